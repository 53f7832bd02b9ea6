"""Data that no usual night leaves: the site is published all the same, and says what can be said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.render.graphs import is_number
from tests.judging.made_history import FIRST, Nights, Test
from tests.subsystems.chart_home import PACKAGE, nights_in, part
from tests.subsystems.sample_records import plain_run

NIGHTS = 12
MACHINES = ({"id": "m-one"}, {"id": "m-two"})  # of which nobody knows the host


def home_of(
    root: Path,
    tests: Callable[[int], Sequence[Test]],
    machines: Sequence[Mapping[str, Any]] = MACHINES[:1],
    **told: Any,
) -> Nights:
    """Nights of the experiment `e`, each with a `run.json` in which `told` replaces what usual ones say."""
    nights = nights_in(root)
    for night in range(NIGHTS):
        nights.machine = machines[night % len(machines)]
        nights.night(e=tests(night))
        run_id, begun = nights.run_id(night), FIRST + timedelta(days=night)
        usual = {**plain_run(begun, run_id, ("e",), bad=False), "machine": nights.machine}
        write_json(nights.home.run_dir(run_id) / "run.json", {**usual, **told})
    return nights


def published(nights: Nights) -> dict[str, str]:
    """The text files of the site's source."""
    dashboard = Dashboard(nights.home, nights.run_id(nights.count - 1), nights.table())
    found = part("source").source_of(dashboard, "website")
    return {
        name: content.decode()
        for name, content in found.items()
        if isinstance(content, bytes) and not name.endswith(".zip")
    }


def one(_night: int) -> list[Test]:
    """A night with one test."""
    return [Test("a", 1.0)]


def test_machines_without_a_name_are_told_by_their_ids(tmp_path: Path) -> None:
    """As those of imported results are; two of them have a column in the table of the runs."""
    page = published(home_of(tmp_path, one, MACHINES))["docs/runs.md"]
    for machine in ("m-one", "m-two"):
        assert f'<a href="machines.html#machine-{machine}" title="{machine}">{machine}</a>' in page


@pytest.mark.filterwarnings(f"error::RuntimeWarning:{PACKAGE}.charts.picture")
@pytest.mark.filterwarnings(f"error::RuntimeWarning:{PACKAGE}.short_numbers")
@pytest.mark.parametrize("values", [(1.7e308, 1.6e308), (1.7e308, -1.7e308), (5e-324, 1e-310), (0.0, -1.0)], ids=str)
def test_values_at_the_ends_of_all_numbers_are_drawn(tmp_path: Path, values: tuple[float, float]) -> None:
    """No sum of two of them overflows."""
    page = published(home_of(tmp_path, lambda night: [Test("a", values[night % 2])]))["docs/experiments/e.md"]
    assert page.count('class="rb-plot"') == 1
    assert "nan" not in page.split('class="rb-plot"')[1].split("</svg>")[0]


def test_parameters_may_be_of_any_length(tmp_path: Path) -> None:
    """Also a number with more digits than Python turns into one."""
    page = published(home_of(tmp_path, lambda _: [Test("9" * 5000, 1.0), Test("8" * 5000, 2.0)]))
    assert "9" * 5000 in page["docs/experiments/e.md"]


@pytest.mark.parametrize(
    "told",
    [
        {"machine": {"id": "m", "memory_bytes": "much", "gpu": 5, "cores": "4"}},
        {"machine": {"id": "m", "gpu": [{"driver": "1"}, 3, None]}},
        {"experiments": {"e": {"stages": {"run": "success"}, "duration_s": "long", "message": 3}}},
        {"gate": {"status": "failed"}},
        {"gate": {"headline": "2 are worse"}},
    ],
    ids=lambda told: json.dumps(told)[:40],
)
def test_what_a_run_tells_in_another_form_is_left_out(tmp_path: Path, told: dict[str, Any]) -> None:
    """Only that; the run has its row."""
    nights = home_of(tmp_path, one, **told)
    page = published(nights)["docs/runs.md"]
    assert f'id="run-{nights.run_id(0)}"' in page
    assert "long" not in page
    if "gate" in told:
        assert next(iter(told["gate"].values())) in page


def test_a_chart_names_the_runs_that_have_no_row(tmp_path: Path) -> None:
    """So that its script makes no link that leads to no place: nobody kept what they tell."""
    nights = home_of(tmp_path, one)
    (nights.home.run_dir(nights.run_id(3)) / "run.json").unlink()
    page = published(nights)["docs/experiments/e.md"]
    manifest = json.loads(page.split('id="rb-charts">')[1].split("</script>")[0])
    assert manifest["runs_untold"] == [nights.run_id(3)]


def test_no_two_texts_have_the_same_place() -> None:
    """Sets are sorted by it: what is equal would stand in another order on every night."""
    natural = part("natural_order").natural
    texts = ["10", "9", "010", "10.0", "a9", "a10", "A9", "", "²", "٣", "9" * 5000]
    assert len({repr(natural(text)) for text in texts}) == len(texts)
    assert sorted(["O10", "O2", "64", "1024"], key=natural) == ["64", "1024", "O2", "O10"]


def test_no_csv_of_the_site_holds_a_formula(tmp_path: Path) -> None:
    """Whatever an author called a metric, a unit, a parameter or its value; negative values stay numbers."""
    more = {"metric": "=m", "unit": "@u", "variant": "+v", "params": {"-p": "=1+1", "n": -5}}
    files = published(home_of(tmp_path, lambda night: [Test("a", -1.0 - night, more=more)]))
    tables = {name: text for name, text in files.items() if name.endswith(".csv")}
    assert len(tables) == 2  # of the chart, and of everything
    for text in tables.values():
        cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
        bad = [cell for cell in cells if cell[:1] in tuple("=+-@") and not is_number(cell)]
        assert bad == []
        assert {"'+v", "'@u", "-1.0"} <= set(cells)


def test_a_unit_in_the_scores_is_no_formula() -> None:
    """As the names of metrics and their texts are none."""
    scores = part("scores")
    night = scores.ScoreNight("=run", "+1", 1.0, "=unit")
    score = scores.Score("-name", "t", "", "", [night], [])
    row = part("scores_page").csv_of([score]).decode().splitlines()[1]
    assert row == "'-name,'=run,,1.0,'=unit,,,+1"


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a\0b", 3, None])
def test_a_score_reads_nothing_beside_its_own_folders(tmp_path: Path, name: object) -> None:
    """Its name is that of a folder: one that leads elsewhere is none."""
    write_json(tmp_path / "scores.json", {"scores": [{"name": name}, {"name": "fine"}]})
    assert [score.name for score in part("scores").scores_of(tmp_path)] == ["fine"]


def test_the_command_that_compares_is_safe_to_paste() -> None:
    """Whatever a record calls its run."""
    newest = part("compare.newest").Newest("$(touch x)", "b;c\nd")
    assert newest.command == "relaybench compare '$(touch x)' 'b;c\ufffdd' --home HOME"


def test_archives_that_are_not_there_are_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them in one question: across a network each would be one of its own, for every series."""
    nights = nights_in(tmp_path)
    raw = part("incident_pages.raw")
    monkeypatch.setattr(f"{PACKAGE}.incident_pages.raw.raw_of", lambda *_, **__: pytest.fail("asked"))
    archives = raw.RawArchives(nights.home)
    series = ("e", "test_t", "{}", "time", "installed", "m")
    assert [archives.samples(series, run) for run in ("r1", "r2")] == [(), ()]
    assert archives.processes(series, "r1") == ((), ())
