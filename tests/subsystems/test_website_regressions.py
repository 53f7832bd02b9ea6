"""The page of what became worse, and what the overview says of it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.subsystems.links import check_links
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import build_site, make_home
from tests.subsystems.sample_incidents import add_incidents

COMMITS = "https://github.com/apache/tvm/compare/1f0c1f0c1f0c1f0c1f0c1f0c1f0c1f0c1f0c1f0c...9be29be29be29be29be29be29be29be29be29be2"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a home with an incident of every state."""
    home = make_home(tmp_path_factory.mktemp("regressions") / "home", nights=4, pick=["relay_opt", "matmul", "attack"])
    add_incidents(home)
    return build_site(home, nights=4)


def told(part: str) -> str:
    """A piece of HTML as a person reads it, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def incident(site: Path, incident_id: str) -> str:
    """The section of one incident."""
    sections = (site / "regressions.html").read_text(encoding="utf-8").split('<section class="rb-incident')
    return next(part.split("</section>")[0] for part in sections if f'id="{incident_id}"' in part)


def test_order_and_sections(site: Path) -> None:
    """What is new comes first, then open and accepted; muted and fixed ones have lists of their own."""
    page = (site / "regressions.html").read_text(encoding="utf-8")
    places = [page.index(f'id="{name}"') for name in (
        "2026-11-20-a", "2026-11-17-a", "2026-11-10-a", "muted", "2026-11-09-a", "fixed", "2026-11-02-a", "unreadable",
    )]  # fmt: skip
    assert places == sorted(places)
    strip = told(page.split('aria-label="Incidents in one line"')[1].split("</dl>")[0])
    assert "open 5 muted 1 fixed 2" in strip


def test_an_incident_with_its_evidence(site: Path) -> None:
    """State, headline, when, commits with a link to the forge, the worst series first, and how to say something."""
    section = incident(site, "2026-11-20-a")
    words = told(section)
    assert "new resnet-18 on cpu: 4 series slower by 4 to 10 % since 2026-11-20 (1f0c1f0c1f..9be29be29b)" in words
    assert f'href="{COMMITS}"' in section
    assert "began 2026-11-20, first told 2026-11-22, the commits 1f0c1f0c1f..9be29be29b" in words
    rows = [told(row) for row in section.split("<tr>")[2:]]
    assert rows[0].startswith(
        "relay_opt/test_infer[cpu-resnet-18-O3]/time (git:main) slower "
        "+10.0 % [+8.8 %, +11.2 %] 31.1 ms → 34.2 ms 2026-11-20"
    )
    assert 'href="experiments/relay_opt.html"' in section
    assert 'relaybench accept 2026-11-20-a --home HOME --why "..."' in words


def test_many_series_are_folded(site: Path) -> None:
    """From twelve on they stand in a part that opens; what has recovered comes last and says how."""
    section = incident(site, "2026-11-17-a")
    assert "<summary>14 series</summary>" in section
    assert told(section.split("<tr")[-1].split("</tr>")[0]).endswith("recovered 2026-11-19: back at its old level")


def test_decisions_are_shown(site: Path) -> None:
    """Who decided what, when, until when and why; a mute of an experiment greys its incidents and is listed."""
    assert f"Accepted by Ada <b>L</b> on 2026-11-21, until 9999-01-01: agreed {ATTACK}" in told(
        incident(site, "2026-11-10-a")
    )
    assert "rb-muted" in (site / "regressions.html").read_text(encoding="utf-8").split('id="2026-11-09-a"')[0][-200:]
    assert "Muted by Grace on 2026-11-21, until 9999-01-01: being rewritten" in told(incident(site, "2026-11-09-a"))


def test_the_overview_tells_what_waits(site: Path) -> None:
    """Only what nobody has decided on: not what is accepted, muted or fixed; each leads to its section."""
    page = (site / "index.html").read_text(encoding="utf-8")
    part = page.split('id="incidents"')[1].split("</section>")[0]
    assert re.findall(r"regressions\.html#([\w-]+)", part) == [
        "2026-11-22-a",
        "2026-11-21-a",
        "2026-11-20-a",
        "2026-11-17-a",
    ]
    assert re.search(r'href="regressions.html" class="md-tabs__link">\s*Regressions', page)


def test_text_of_any_origin_is_text(site: Path) -> None:
    """Parameters, reasons, events, decisions and broken files reach no page as markup."""
    for name in ("regressions.html", "index.html"):
        page = (site / name).read_text(encoding="utf-8")
        assert "window.hacked" in page
        for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript', "<b>L</b>"):
            assert piece not in page


def test_links_hold_and_only_commits_lead_outside(site: Path) -> None:
    """Anchors included; a forge is linked, never loaded from."""
    found = check_links(site)
    assert found.broken == []
    assert {link for _, link in found.outside} == {COMMITS}


def test_without_judged_nights_there_is_no_page(tmp_path: Path) -> None:
    """A home that has no incidents file yet has no such page and no link to one."""
    site = build_site(make_home(tmp_path / "home", nights=2, pick=["matmul"]), nights=2)
    assert not (site / "regressions.html").exists()
    assert "regressions" not in (site / "index.html").read_text(encoding="utf-8")
