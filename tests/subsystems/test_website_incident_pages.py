"""The page of evidence that each incident has."""

from __future__ import annotations

import html
import re
import shutil
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home
from pytest_relaybench.incidents.keeping import keep, read_kept
from tests.subsystems.loading import load
from tests.subsystems.sample_evidence import EXPERIMENT, NEW, OLD, SINCE, WHOLE, add_evidence
from tests.subsystems.sample_home import build_site, make_home, run_id_of
from tests.subsystems.sample_incidents import add_incidents, run
from tests.subsystems.sample_verdicts import add_verdicts

NIGHTS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """With an incident of every state, one of which everything is known."""
    home = make_home(tmp_path_factory.mktemp("incidents") / "home", nights=NIGHTS, pick=["relay_opt", "attack"])
    add_incidents(home)
    add_verdicts(home, NIGHTS)
    add_evidence(home, NIGHTS)
    return home


@pytest.fixture(scope="module")
def site(home: Home) -> Path:
    """Its web root."""
    return build_site(home, NIGHTS)


def page(site: Path, incident_id: str) -> str:
    """The page of one incident."""
    return (site / "incidents" / f"{incident_id}.html").read_text(encoding="utf-8")


def part(text: str, name: str) -> str:
    """What stands below one heading of a page."""
    return re.split("<h2", text.split(f'id="{name}"')[1])[0]


def told(text: str) -> str:
    """A piece of HTML as a person reads it, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def rows_of(text: str) -> list[str]:
    """The rows of a table as a person reads them, without its head."""
    return [told(row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.S)[1:]]


def labels(text: str) -> list[str]:
    """What a screen reader says of the pictures."""
    return [html.unescape(label) for label in re.findall(r'<svg class="rb-evidence"[^>]*aria-label="([^"]*)"', text)]


def test_every_listed_incident_has_a_page(site: Path) -> None:
    """Live, muted and recovered ones; the list leads there, and each page back to its place in the list."""
    listed = set(
        re.findall(r'href="incidents/([\w-]+)\.html"', (site / "regressions.html").read_text(encoding="utf-8"))
    )
    assert listed == {path.stem for path in (site / "incidents").glob("*.html")}
    assert len(listed) == 9
    for name in listed:
        assert f'href="../regressions.html#{name}"' in page(site, name)


def test_state_people_and_decisions(site: Path) -> None:
    """In one line: state, days, whom the configs name, of an address of e-mail without its host; then who decided."""
    strip = told(page(site, WHOLE).split('aria-label="The incident in one line">')[1].split("</dl>")[0])
    assert strip.startswith(f"state open incident {WHOLE} began 2026-11-13 first told 2026-11-15 series 1")
    assert "U024BE7LH (Relax optimisation levels) , ada (Relax optimisation levels)" in strip
    assert "example.org" not in page(site, WHOLE)
    accepted = told(page(site, "2026-11-10-a"))
    assert "nobody is named in the configs" in accepted
    assert "Accepted by Ada <b>L</b> on 2026-11-21, until 9999-01-01: agreed" in accepted
    fixed = told(page(site, "2026-11-02-a"))
    assert "recovered 2026-11-19" in fixed
    assert "Recovered: back at its old level" in fixed


def test_the_nights_and_the_samples_are_drawn(site: Path) -> None:
    """The nights in a row with the change, their distributions, and those of one process a side, each told in words."""
    in_a_row, nights, again, samples = labels(page(site, WHOLE))
    assert in_a_row == ("40 nights, 2026-10-14 to 2026-11-22; level before 66.1 ms; since 2026-11-13 72.4 ms")
    assert re.search(r"before: 30 nights, median 66\.\d ms, middle half .* since: 10 nights, median 72\.\d ms", nights)
    assert re.search(r"the build before: 5 processes, median .* the build of that night: 5 processes", again)
    assert re.search(r"2026-11-12: 300 samples, .* 2026-11-22: 300 samples", samples)
    assert "the night is the replicate" in told(page(site, WHOLE))
    assert "no verdict rests on them" in told(page(site, WHOLE))


def test_a_bimodal_process_shows_both_modes(site: Path) -> None:
    """Of many samples as many dots are drawn as fit, at equal ranks, so that none of the modes is left out."""
    third = re.findall(r'<svg class="rb-evidence".*?</svg>', page(site, WHOLE), re.S)[3]
    places = [float(x) for x in re.findall(r"M([\d.]+) [\d.]+h0", third.split("rb-ink-since")[1])]
    assert len(places) == 80
    widest = max(right - left for left, right in pairwise(places))
    below = sum(place <= (min(places) + max(places)) / 2 for place in places)
    assert widest < 40
    assert 20 <= below <= 60


def test_builds_and_artifacts(site: Path) -> None:
    """The nights around it with a link to each commit, where the build is new, and what the compiler made of it."""
    build = part(page(site, WHOLE), "build")
    rows = rows_of(build)
    assert [row.split()[0] for row in rows] == [f"2026-11-{day:02}" for day in range(9, 16)]
    assert [" new " in f" {row} " for row in rows] == [False] * 4 + [True] + [False] * 2
    assert f'href="https://github.com/apache/tvm/commit/{"9be2" * 10}"' in build
    assert "the built artifact is another: changed fused_conv2d" in told(build)
    assert "40 changed" in told(part(page(site, "2026-11-20-a"), "build"))


def test_what_else_changed(site: Path) -> None:
    """Fingerprint, packages, config as run and the experiment's own files: last night before, first with it."""
    rows = rows_of(part(page(site, WHOLE), "environment"))
    assert [row.split(" ")[0] for row in rows] == ["kernel", "numpy", "note", "threads", "hash"]
    assert rows[1] == "numpy packages 2.4.1 2.4.2"
    assert rows[3] == "threads configuration 1 2"
    assert rows[4].endswith("cccccccccccc dddddddddddd")


def test_how_the_machine_was(site: Path) -> None:
    """Telemetry of the last night before, the first with it, and the newest; what nobody knows has no column."""
    machine = part(page(site, WHOLE), "machine")
    assert "GPU" not in machine
    rows = rows_of(machine)
    assert rows[0] == "relay_opt 2026-11-12 before 0.2 2 % 10 % no 1 % 64 °C 83.8 GiB"
    assert rows[1] == "relay_opt 2026-11-13 first with it 0.2 14 % 10 % no 9 % 64 °C 83.8 GiB"
    assert rows[2].startswith("relay_opt 2026-11-22 last")


def test_the_commands_that_show_it_again(site: Path) -> None:
    """The side-by-side comparison of exactly that test, the bisection, the two nights; of what is gone the test."""
    commands = [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", part(page(site, WHOLE), "again"))]
    old, new = OLD.partition("+g")[2], NEW.partition("+g")[2]
    before, since = (run_id_of(night, NIGHTS) for night in (SINCE - 1, SINCE))
    case = "test_infer[vgg-16-O3-cpu-1]"
    assert commands == [
        f"pytest 'bench/test_relay_opt.py::{case}' --home HOME --desk --compare git:{old}..git:{new}",
        f"relaybench bisect relay_opt -k '{case}' --good {old} --bad {new} --home HOME",
        f"relaybench compare {before} {since} --home HOME --experiment relay_opt",
    ]
    gone = told(part(page(site, "2026-11-21-a"), "again"))
    assert "--compare" not in gone
    assert "bisect" not in gone
    assert "pytest bench/test_attack.py" in gone


def test_many_series_are_folded(site: Path) -> None:
    """From twelve on the table stands in a part that opens; what has recovered comes last and says how."""
    series = part(page(site, "2026-11-17-a"), "series")
    assert "<summary>14 series</summary>" in series
    assert told(series.split("<tr")[-1].split("</tr>")[0]).endswith("recovered 2026-11-19: back at its old level")


def test_text_of_any_origin_is_text(site: Path) -> None:
    """Parameters, reasons, events, decisions, facts of the machine and values of configs reach no page as markup."""
    seen = 0
    for path in (site / "incidents").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        seen += "window.hacked" in text
        for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript', "<b>L</b>"):
            assert piece not in text
    assert seen >= 4


def test_the_page_of_a_recovered_incident_stays(tmp_path: Path) -> None:
    """One more night changes no byte of the page of what has recovered; that of what has not is another then."""
    home = make_home(tmp_path / "home", nights=NIGHTS, pick=["relay_opt"])
    add_evidence(home, NIGHTS)
    kept = read_kept(home)
    (case,) = kept.cases
    back = replace(case.members[0], recovered_run=run(3), recovery="back at its old level")
    keep(home, replace(kept, cases=(case, replace(case, id="2026-11-13-b", members=(back,)))))
    after = sources(home, run(0))
    shutil.rmtree(home.run_dir(run(0)))
    home.data_file(EXPERIMENT, run(0)).unlink()
    before = sources(home, run(1))
    fixed, live = (f"docs/incidents/{name}.md" for name in ("2026-11-13-b", WHOLE))
    assert before[fixed] == after[fixed]
    assert before[live] != after[live]
    (in_a_row, *_) = labels(bytes(after[fixed]).decode())
    assert in_a_row.endswith(
        "to 2026-11-19; level before 66.1 ms; since 2026-11-13 72.1 ms; found recovered 2026-11-19"
    )


def sources(home: Home, run_id: str) -> dict[str, bytes]:
    """Every file of the site as that night has it."""
    table = Table(home)
    table.refresh()
    website = load("website")
    found: dict[str, bytes] = sys.modules[f"{website.__name__}.source"].source_of(
        Dashboard(home, run_id, table), "website"
    )
    return found


def test_a_machine_event_has_the_sentinels_records(site: Path) -> None:
    """It has no series and no build; what changed of the machine is told from the sentinels' records."""
    text = page(site, "2026-11-22-a")
    assert 'id="before-and-since"' not in text
    rows = rows_of(part(text, "environment"))
    assert rows[0].startswith("kernel machine 6.1.0-27-amd64 6.8.0 </title>")
    assert "relaybench accept" not in text
    assert "relaybench ack 2026-11-22-a" in told(text)
