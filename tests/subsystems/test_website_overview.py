"""The overview: what it says of a night in which all is well, of a first run, of a fall, and in which order."""

from __future__ import annotations

import html
import re
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.incidents import Decision, write_decision
from tests.subsystems.loading import load
from tests.subsystems.sample_calm import CALM, FALLEN, JUMPED, NIGHTS, make
from tests.subsystems.sample_home import dashboard_of, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_verdicts import nothing_ran

PACKAGE = load("website").__name__
part, sites, rows, choices = (
    sys.modules[f"{PACKAGE}.{name}"] for name in ("overview.page", "site", "overview.rows", "overview.choices")
)


def overview_of(home: Home, nights: int) -> str:
    """The body of the page."""
    return str(part.overview(site_of(home, nights)).pages["index.md"])


def site_of(home: Home, nights: int) -> Any:
    """What its parts are made from."""
    return sites.site_of(dashboard_of(home, nights), "website")


def shown(piece: str) -> str:
    """As a person reads it, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", piece)).replace("\xa0", " ").split())


def strip(page: str) -> str:
    """The line on tonight."""
    return shown(page.split('class="rb-strip rb-tonight"')[1].split(">", 1)[1].split("</dl>", maxsplit=1)[0])


def told(page: str) -> dict[str, str]:
    """Experiment → the text of its row, in the order of the table."""
    found = page.rsplit("<tbody>", maxsplit=1)[-1].split("</tbody>", maxsplit=1)[0].split("<tr ")[1:]
    return {re.findall(r"experiments/([\w-]+)\.html", row)[0]: shown(row.split(">", 1)[1]) for row in found}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a home in which nothing changed in a month."""
    return overview_of(make(tmp_path_factory.mktemp("calm") / "home", *CALM), NIGHTS)


@pytest.fixture(scope="module")
def fallen_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A rate that fell by a fifth ten nights ago, and a time that jumped tonight."""
    return make(tmp_path_factory.mktemp("fallen") / "home", *CALM, FALLEN, JUMPED)


def test_a_calm_night_is_a_calm_page(calm: str) -> None:
    """All in order, every count none, nothing in a colour of alarm, nothing above the table."""
    assert "All in order" in strip(calm)
    assert "experiments 5 failed none regressions none missing none machine remarks none took" in strip(calm)
    assert not re.search(r"rb-(bad|warn|failed|slower|worse|stale|waits|alarm|event)\b", calm)
    assert "nothing to compare" not in calm


def test_each_row_tells_the_change_with_its_interval(calm: str) -> None:
    """Of one series, of the one of many that changed most, of a rate, of what has no unit, or no direction."""
    found = told(calm)
    interval = r"(no change|[−+]0\.\d %) \[([−+]0\.\d|0\.0) %, ([−+]0\.\d|0\.0) %\]"
    assert re.search(rf"One series one fine 12\.\d ms time {interval} same ", found["one"])
    assert re.search(rf"fine 12\.\d to 24\d ms time, 20 series {interval} case=\d+ same, all 20 ", found["many"])
    assert re.search(rf"0\.012\d FLOP/s rate, more is better {interval} same ", found["rate"])
    assert re.search(rf"fine 0\.012\d accuracy, more is better {interval} same ", found["bare"])
    assert re.search(rf"fine 0\.012\d nodes {interval} – ", found["plain"])
    assert not re.search(r"[−-]0\.0 %", shown(calm))


def test_a_row_takes_little(calm: str) -> None:
    """With a month in its picture; a home of 500 experiments has 500 of them."""
    sizes = [len(row) for row in calm.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0].split("<tr ")[1:]]
    assert len(sizes) == len(CALM)
    assert max(sizes) < 1150


def test_a_first_run_has_nothing_to_compare(tmp_path: Path) -> None:
    """It says so once, and no row has a number that would be noise; after three nights it is too early to tell."""
    page = overview_of(make(tmp_path / "one" / "home", *CALM, nights=1), 1)
    assert "First run, nothing to compare yet" in strip(page)
    assert all(re.search(r" – (first run|–) \d", row) for row in told(page).values())
    page = overview_of(make(tmp_path / "three" / "home", *CALM, nights=3), 3)
    assert "In order so far" in strip(page)
    assert "unsure: 3 of 29 nights" in told(page)["one"]


def test_one_night_of_an_exact_metric_is_no_change(tmp_path: Path) -> None:
    """What is the same for the same build has an interval of its own, but not before there are two nights."""
    home = make(tmp_path / "home", *CALM)
    series = next(iter(site_of(home, NIGHTS).experiments[0].history.series))
    verdict = replace(series.verdict, ratio=1.0, ci=(1.0, 1.0))
    assert rows._has_levels(replace(series, verdict=verdict))
    assert not rows._has_levels(replace(series, verdict=verdict, values=series.values[-1:]))


def test_what_fell_is_worse_and_stands_first(fallen_home: Home) -> None:
    """A rate is not slower; its row has the size with the interval, and since when."""
    page = overview_of(fallen_home, NIGHTS)
    assert re.search("Somebody should look experiments 7 failed none regressions 1", strip(page))
    found = told(page)
    assert next(iter(found)) == "fallen"
    assert re.search(r"more is better −(20|19)\.\d % \[−2\d\.\d %, −19\.\d %\] worse since 2026-11-13", found["fallen"])


def test_a_jump_of_tonight_alone_is_told_before_what_is_calm(fallen_home: Home) -> None:
    """No verdict looks at a single night, so it has no colour of one."""
    found = told(overview_of(fallen_home, NIGHTS))
    assert list(found)[1] == "jumped"
    assert re.search(r"tonight \+[23]\d\.\d % \(worse\) same", found["jumped"])
    assert [name for name, row in found.items() if "tonight" in row] == ["jumped"]


def test_what_was_decided_on_is_no_open_regression(fallen_home: Home, tmp_path: Path) -> None:
    """A muted series is told, but nobody should look."""
    home = open_home(Path(shutil.copytree(fallen_home.root, tmp_path / "home")))
    decided, until = datetime(2026, 11, 20, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    write_decision(home, Decision("mute", "fallen", "being rewritten", "Ada", decided, until))
    assert "regressions none 1 decided" in strip(overview_of(home, NIGHTS))
    assert "All in order" in strip(overview_of(home, NIGHTS))
    assert "decided" not in strip(overview_of(fallen_home, NIGHTS))


def test_a_night_in_which_nothing_ran_is_not_in_order(tmp_path: Path) -> None:
    """Whatever the values of earlier nights say."""
    home = make_home(tmp_path / "home", nights=NIGHTS, of=CALM[:1])
    nothing_ran(home, experiments={"one": {"stages": {}, "message": ""}}, order=["one"])
    page = overview_of(home, NIGHTS)
    assert "Nothing ran experiments 1" in strip(page)
    assert "Nothing ran: 1 experiment did not begin." in page.split('class="rb-alarm"')[1].split("</p>")[0]


def test_what_waits_names_whom_to_ask(tmp_path: Path) -> None:
    """Each incident that nobody has spoken of leads to its evidence and to the commits; the others are counted."""
    home = make_home(tmp_path / "home", nights=2, pick=["relay_opt", "attack"])
    path = home.exp_config_file("relay_opt")
    notify = '"notify": ["U1", "ada@example.org", "xoxb-1234567890"]'
    path.write_text(path.read_text().replace('"active"', f'{notify}, "active"'))
    add_incidents(home)
    page = overview_of(home, 2)
    part = page.split('id="incidents"')[1].split("</section>")[0]
    assert re.findall(r"incidents/([\w-]+)\.html", part) == [
        "2026-11-22-a",
        "2026-11-21-a",
        "2026-11-20-a",
        "2026-11-17-a",
    ]
    line = next(line for line in part.split("<li>") if "2026-11-20-a" in line)
    assert re.search(r"new resnet-18 on cpu: .* since 2026-11-20 .* commits for U1, ada$", shown(line))
    assert re.search(r'href="https://github\.com/[^"]+" rel="noreferrer">commits<', line)
    assert "Looked after: 1 accepted (Ada <b>L</b>), 1 muted (Grace)" in shown(part)
    assert page.index('id="incidents"') < page.index('id="experiments"')


def test_rows_can_be_chosen_by_what_tells_them_apart(fallen_home: Home) -> None:
    """Devices of which there are two, engines likewise; builds are no choice where there is one."""
    found = choices.choices_of(site_of(fallen_home, NIGHTS).experiments)
    assert [(chip.name, chip.count) for chip in found.chips] == [("worse", 1), ("failed", 0), ("amiss", 0)]
    assert {choice.name: list(choice.options) for choice in found.choices} == {
        "device": ["cpu", "cuda"],
        "engine": ["relax", "torch"],
    }
    assert found.marks["fallen"].split() == ["w", "d1", "e0"]
    assert found.marks["one"] == ""


def test_rows_can_be_chosen_by_machine(tmp_path: Path) -> None:
    """A home of two machines lets one choose, by the words that the machine's page has; a home of one does not."""
    home = make_home(tmp_path / "home", nights=2, pick=["relay_opt", "attack"])
    assert "machine" not in [choice.name for choice in choices.choices_of(site_of(home, 2).experiments).choices]
    for path in sorted(home.exp_data_dir("relay_opt").glob("data_*.json"))[:1]:
        record = read_record(path)
        write_record(path, replace(record, machine={**record.machine, "id": "aaaaaaaaaaaa"}))
    experiments = site_of(home, 2).experiments
    here = str(read_record(sorted(home.exp_data_dir("attack").glob("data_*.json"))[0]).machine["id"])
    found = choices.choices_of(experiments, {"aaaaaaaaaaaa": "An ARM, 8 cores"})
    (machines,) = (choice for choice in found.choices if choice.name == "machine")
    assert set(machines.options) == {here, "An ARM, 8 cores"}
    assert machines.options["An ARM, 8 cores"] in found.marks["relay_opt"].split()
    assert machines.options["An ARM, 8 cores"] not in found.marks["attack"].split()
