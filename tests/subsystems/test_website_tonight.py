"""What the site tells of a night beside its values: machine, second measurements, artifacts, that nothing ran."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import pytest

from pytest_relaybench.history.artifacts import keep_artifacts
from pytest_relaybench.history.journal import TEST
from pytest_relaybench.home import Home
from tests.subsystems.links import check_links
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import build_site, dashboard_of, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_verdicts import AGAIN, CHANGED, MOVED, NOT_CONFIRMED, add_verdicts

NIGHTS = 4
PACKAGE = load("website").__name__
built, nights, measured_again = (sys.modules[f"{PACKAGE}.{name}"] for name in ("built", "nights", "measured_again"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """With incidents, sentinels, and verdicts on them."""
    home = make_home(tmp_path_factory.mktemp("tonight") / "home", nights=NIGHTS, pick=["relay_opt", "matmul"])
    add_incidents(home)
    add_verdicts(home, NIGHTS)
    return home


@pytest.fixture(scope="module")
def site(home: Home) -> Path:
    """The web root of its site."""
    return build_site(home, NIGHTS)


def page_of(site: Path, name: str = "index") -> str:
    """The HTML of a page."""
    return (site / f"{name}.html").read_text(encoding="utf-8")


def shown(part: str) -> str:
    """A piece of HTML as a person reads it, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).replace("\xa0", " ").split())


def incident(site: Path) -> str:
    """The page of the incident whose artifacts are known."""
    return page_of(site, "incidents/2026-11-20-a")


def test_the_machines_events_stand_above_the_experiments(site: Path) -> None:
    """One line each with the cause, since when, how many alerts it holds back, and a link to its incident."""
    lines = [shown(line) for line in re.findall(r'<p class="rb-event">(.*?)</p>', page_of(site), re.DOTALL)]
    assert lines == [
        f"machine {' '.join(CHANGED.split())} (another configuration) : no series held back",
        f"machine {MOVED} (sentinels, since 2026-11-20) : 4 series held back",
    ]
    assert page_of(site).index('class="rb-event"') < page_of(site).index('id="experiments"')
    assert '<a href="regressions.html#2026-11-22-a">the machine was changed' in page_of(site)


def test_series_held_on_their_own_evidence_are_folded(site: Path) -> None:
    """With the reason beside each; those of an event are not among them."""
    part = page_of(site).split('<details class="rb-event">')[1].split("</details>")[0]
    assert "4 series held back on evidence of their own" in shown(part)
    assert part.count("<li>") == 4
    assert "the machine was throttled" in part
    assert MOVED not in part


def test_counts_tell_what_is_broken_and_held_back(site: Path) -> None:
    """Beside slower and missing."""
    strip = shown(page_of(site).split('class="rb-strip rb-tonight"')[1].split("</dl>")[0])
    assert "regressions none broken 3 missing none held back 8 machine remarks 2" in strip


def test_an_event_is_told_once(site: Path) -> None:
    """The incident that its line links does not stand among the open ones as well."""
    part = page_of(site).split('id="incidents"')[1].split("</section>")[0]
    assert re.findall(r"incidents/([\w-]+)\.html", part) == ["2026-11-21-a", "2026-11-20-a", "2026-11-17-a"]


def test_what_was_measured_again_is_folded(site: Path) -> None:
    """Counted in one line; each series with outcome, size and reason, the confirmed first."""
    part = page_of(site).split('id="measured-again"')[1].split("</details>")[0]
    assert "3 suspects measured again: 1 confirmed, 1 not confirmed, 1 out of time" in shown(part)
    rows = [shown(row) for row in part.split("<tr>")[2:]]
    assert [next(word for word in ("not confirmed", "confirmed", "out of time") if word in row) for row in rows] == [
        "confirmed",
        "not confirmed",
        "out of time",
    ]
    assert rows[1].endswith(f"not confirmed +0.1 % [−0.3 %, +0.4 %] {NOT_CONFIRMED}")
    assert "the budget of 60 s was spent" in rows[2]


def test_an_incident_tells_what_was_built(site: Path) -> None:
    """Which functions changed, folded when there are many, or that the artifact is the same; series that agree once."""
    lines = [shown(line) for line in incident(site).split('class="rb-built"')[1].split("</ul>")[0].split("<li>")[1:]]
    O0, O1, O2, O3 = (f"relay_opt/test_infer[cpu-resnet-18-O{level}]/time (git:main)" for level in range(4))  # noqa: N806
    assert lines[0].startswith(
        f"{O0}, {O1} : the built artifact is another: changed fused_conv2d_add , main ; added </title>"
    )
    assert lines[0].endswith("; removed fused_tanh")
    assert lines[1].startswith(f"{O2} : the built artifact is another: 40 changed changed fused_conv2d0_add_relu")
    assert lines[2:] == [f"{O3} : the built artifact is the same: machine or input"]
    assert incident(site).count('<details class="rb-log"><summary>40 changed</summary>') == 1


def test_nothing_is_said_of_artifacts_that_nobody_knows(site: Path) -> None:
    """As of series whose nights have none."""
    told = [path.stem for path in (site / "incidents").glob("*.html") if 'class="rb-built"' in path.read_text("utf-8")]
    assert told == ["2026-11-20-a"]


def test_a_series_tells_what_measuring_again_said(site: Path) -> None:
    """Outcome, interval, how and when; the verdict's reason does not repeat it."""
    rows = [shown(row) for row in incident(site).split('id="series"')[1].split("<tr>")[2:]]
    assert (
        rows[0]
        .split("2026-11-20 ")[1]
        .startswith("confirmed +10.0 % [+9.0 %, +11.0 %] side by side with the build before, 2026-11-22")
    )
    assert "out of time 2026-11-22 the budget of 60 s was spent" in rows[1]
    assert "measured side by side with the build before:" not in " ".join(rows)


def test_one_line_where_all_series_agree(tmp_path: Path) -> None:
    """Without names; artifacts whose parts are not kept are only known to differ."""
    home = make_home(tmp_path / "home", nights=0, pick=["matmul"])
    a, b, c = (letter * 32 for letter in "abc")
    keep_artifacts(home, [{"kind": TEST, "measured": {"artifacts": {a: {"main": "1" * 8}, b: {"main": "1" * 8}}}}])
    assert built.built_of(home, [("x", a, a), ("y", a, a)], 2) == [
        built.Built("", "the built artifact is the same: machine or input")
    ]
    (unknown,) = built.built_of(home, [("x", a, c), ("y", "", c)], 2)
    assert (unknown.of, unknown.text) == (
        "x",
        "the built artifact is another (aaaaaaaaaa → cccccccccc), it is not known which functions",
    )
    (reordered,) = built.built_of(home, [("x", a, b)], 1)
    assert reordered.text.endswith("of the same functions and constants")
    assert built.built_of(home, [("x", "", a)], 1) == []


def test_a_night_as_it_should_be_is_calm(tmp_path: Path) -> None:
    """No lines on events or on what was measured again, nothing red."""
    site = build_site(make_home(tmp_path / "home", nights=2, pick=["matmul"]), 2)
    for part in ("rb-event", "measured-again", "rb-alarm"):
        assert part not in page_of(site)


def night(**experiments: dict[str, object]) -> object:
    """A run that told this of its experiments."""
    content = {"experiments": experiments, "complete": True, "exit_status": 1}
    return nights._night(content, "20261122T030000.123456Z", "")


OFF = {"stages": {}, "inactive": True}
FINE = {"stages": {"setup": "success", "run": "success"}}
FAILED = {"stages": {"setup": "success", "run": "failed"}, "message": "2 of 8 tests failed"}
SKIPPED = {"stages": {"setup": "not run", "run": "not run"}}


def test_a_night_in_which_nothing_ran_is_an_alarm() -> None:
    """So is one in which everything failed; one thing that went well is enough to look at the table instead."""
    assert night().alarm == night(a=OFF).alarm == "Nothing ran: no experiment was active and in working order."
    assert night(a=SKIPPED, b=OFF).alarm == "Nothing ran: 1 experiment did not begin."
    assert night(a=FAILED, b=FAILED, c=OFF).alarm == "Everything failed: a in run, b in run."
    assert night(a=FAILED, b=FINE).alarm == ""


def test_a_night_in_which_nothing_ran_is_red(tmp_path: Path) -> None:
    """On the overview in a line of its own, on the page of runs in its row."""
    home = make_home(tmp_path / "home", nights=2, pick=["matmul"])
    run_file = sorted(home.results.glob("runs/*/run.json"))[-1]
    text = run_file.read_text(encoding="utf-8")
    run_file.write_text(re.sub(r'"(setup|run)": "success"', r'"\1": "failed"', text), encoding="utf-8")
    site = build_site(home, 2)
    alarm = page_of(site).split('class="rb-alarm"')[1].split("</p>")[0]
    assert "Everything failed: matmul in setup." in alarm
    newest, before = re.findall(r'<tr id="run-[^"]*" class="([^"]*)">(.*?)</tr>', page_of(site, "runs"), re.DOTALL)
    assert newest[0] == "rb-row-failed"
    assert "everything failed" in newest[1]
    assert (before[0], "failed</b>" in before[1]) == ("", False)


def test_a_long_reason_stands_in_its_cell(site: Path) -> None:
    """In an element that may break, beside the verdict of its series."""
    cell = page_of(site, "experiments/matmul").split('<small class="rb-reason">')[1].split("</td>")[0]
    assert "newly failing: MeasurementError" in cell


def test_text_of_any_origin_is_text(site: Path) -> None:
    """Events, reasons, messages, names of functions and facts of the machine reach no page as markup."""
    for name in ("index", "regressions", "machines", "experiments/matmul"):
        page = page_of(site, name)
        assert "window.hacked" in page
        for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript'):
            assert piece not in page


def test_links_hold(site: Path) -> None:
    """Anchors included; what has no page is not linked."""
    assert check_links(site).broken == []


def test_a_confirmed_improvement_is_no_alarm(home: Home) -> None:
    """It has the colour of good news."""
    row = dashboard_of(home, NIGHTS).table.confirmations().to_dict("records")[0]
    confirmed = {**row, "outcome": "confirmed", "ratio": 0.9}
    assert measured_again.again_of({**confirmed, "kind": "faster"}).style == "fine"
    assert measured_again.again_of({**confirmed, "kind": "slower"}).style == "failed"
    assert measured_again.again_of({**confirmed, "kind": "same", "outcome": "no time"}).style == "unsure"


def test_made_confirmations_are_as_the_table_has_them(home: Home) -> None:
    """All of them are read, an entry without numbers too; one of another night is not of tonight."""
    found = measured_again.suspects_of(dashboard_of(home, NIGHTS))
    assert len(found) == len(AGAIN)
    assert (found[-1].again.change, found[-1].again.interval, found[-1].again.how) == ("", "", "")
    assert ATTACK in found[-1].again.message
