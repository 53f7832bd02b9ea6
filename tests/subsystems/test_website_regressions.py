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
    """What is new comes first, then what is open; accepted, muted and recovered ones have lists of their own."""
    page = (site / "regressions.html").read_text(encoding="utf-8")
    places = [page.index(f'id="{name}"') for name in (
        "open", "2026-11-20-a", "2026-11-17-a", "accepted", "2026-11-10-a", "muted", "2026-11-09-a", "fixed",
        "2026-11-02-a", "unreadable",
    )]  # fmt: skip
    assert places == sorted(places)
    strip = told(page.split('aria-label="Incidents in one line"')[1].split("</dl>")[0])
    assert "open 4 accepted 1 muted 1 recovered 2" in strip


def test_an_incident_in_a_few_lines(site: Path) -> None:
    """State, headline, when, commits with a link to the forge, the worst series first, and how to say something."""
    section = incident(site, "2026-11-20-a")
    words = told(section)
    assert "new resnet-18 on cpu: 4 series slower by 4 to 10 % since 2026-11-20 (1f0c1f0c1f..9be29be29b)" in words
    assert f'href="{COMMITS}"' in section
    assert "began 2026-11-20, first told 2026-11-22, the commits 1f0c1f0c1f..9be29be29b" in words
    rows = [told(row) for row in section.split("<li>")[1:]]
    assert rows[0].startswith("relay_opt/test_infer[cpu-resnet-18-O3]/time (git:main) +10.0 % [+8.8 %, +11.2 %]")
    assert rows[3].startswith("and 1 more")
    assert "<table" not in section
    assert 'relaybench accept 2026-11-20-a --home HOME --why "..."' in words


def test_each_leads_to_its_evidence(site: Path) -> None:
    """The headline of a live one, the id of one that has recovered; the feeds are named on the page and in its head."""
    page = (site / "regressions.html").read_text(encoding="utf-8")
    assert 'href="incidents/2026-11-20-a.html"' in incident(site, "2026-11-20-a")
    assert 'href="incidents/2026-11-02-a.html"' in page.split('id="fixed"')[1]
    for name, kind in (("regressions.atom.xml", "application/atom+xml"), ("regressions.json", "application/feed+json")):
        assert re.search(rf'<link rel="alternate feed" type="{re.escape(kind)}"[^>]*href="{re.escape(name)}"', page)
        assert f'<a href="{name}" type="{kind}">' in page
        assert (site / name).is_file()


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
    assert re.findall(r"(?:regressions\.html#|incidents/)([\w-]+)", part) == [
        "2026-11-22-a",
        "2026-11-21-a",
        "2026-11-20-a",
        "2026-11-17-a",
    ]
    assert re.search(r'href="regressions.html" class="md-tabs__link">\s*Regressions', page)


def test_text_of_any_origin_is_text(site: Path) -> None:
    """Parameters, reasons, events, decisions and broken files reach no page as markup."""
    for name in ("regressions.html", "index.html", "incidents/2026-11-21-a.html"):
        page = (site / name).read_text(encoding="utf-8")
        assert "window.hacked" in page
        for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript', "<b>L</b>"):
            assert piece not in page


def test_links_hold_and_only_commits_lead_outside(site: Path) -> None:
    """Anchors included; a forge is linked, never loaded from."""
    found = check_links(site)
    assert (found.broken, found.dangling, found.doubled) == ([], [], [])
    assert {link for _, link in [*found.outside, *found.forges]} == {COMMITS}


def test_without_judged_nights_the_page_says_so(tmp_path: Path) -> None:
    """A home that has no incidents yet has the page and its feeds, and nothing on it is green."""
    site = build_site(make_home(tmp_path / "home", nights=2, pick=["matmul"]), nights=2)
    page = (site / "regressions.html").read_text(encoding="utf-8")
    assert "no night has been judged yet" in told(page)
    assert "Nothing is open" not in page
    assert "rb-good" not in page
    assert (site / "regressions.atom.xml").read_text(encoding="utf-8").count("<entry>") == 0
