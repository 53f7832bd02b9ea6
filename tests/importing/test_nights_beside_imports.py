"""What an import must not change: tonight's verdicts, suspects, incidents, and what the newest night is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.confirming.suspects import suspects_of
from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import Table, measured_here
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.importing.outside_records import Naming, records_of
from pytest_relaybench.importing.taking_in import take_in
from pytest_relaybench.incidents import update
from pytest_relaybench.judging.keeping import write_verdicts
from pytest_relaybench.judging.tonight import LOOKED_BACK, selections_before
from pytest_relaybench.judging.verdicts import Verdicts
from tests.importing.test_taking_in import outside, result
from tests.judging.made_history import FIRST, Nights, Test

NIGHTS = 40
SLOWER_FROM = 36


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Forty nights of the experiment `demo`, of which the last four are slower."""
    main(["init", "--empty", str(tmp_path / "home")])
    found = Nights(open_home(tmp_path / "home"))
    for night in range(NIGHTS):
        level = 1.2 if night >= SLOWER_FROM else 1.0
        found.night(demo=[Test("test_a", level + 0.001 * (night % 5)), Test("test_b", 2.0 + 0.001 * (night % 3))])
        _tell(found.home, found.run_id(night))
    return found


def _tell(home: Home, run_id: str, **more: object) -> None:
    home.run_dir(run_id).mkdir(parents=True, exist_ok=True)
    (home.run_dir(run_id) / "run.json").write_text(json.dumps({"run_id": run_id, **more}))


def import_beside(home: Home, hours: int = 12) -> None:
    """Runs of another program, of the same experiment and test, between late nights and after them."""
    for hour in range(24 * (NIGHTS - 6), 24 * (NIGHTS + 40), hours):
        value = 1.0 if hour < 24 * NIGHTS else 9.0
        told = result("test_it", value, params={"x": "test_a"})
        run = outside(told, variant="installed", began=FIRST + timedelta(hours=hour, seconds=7))
        take_in(home, list(records_of(run, "a.json", Naming())))


def told(nights: Nights) -> tuple[Verdicts, list[object], list[object]]:
    """Verdicts, suspects and incidents of the newest night, made anew."""
    home, run_id = nights.home, nights.run_id(NIGHTS - 1)
    home.history_file.unlink(missing_ok=True)
    verdicts = nights.judge()
    write_verdicts(home, verdicts)
    incidents = update(home, verdicts, nights.table(), FIRST + timedelta(days=NIGHTS))
    return verdicts, list(suspects_of(nights.table(), "demo", run_id)), list(incidents.all)


def test_an_import_changes_no_verdict(nights: Nights) -> None:
    """Years of another program's runs, also newer ones, leave verdicts, suspects and incidents as they were."""
    before = told(nights)
    assert before[0].frame["kind"].tolist() == ["slower", "same"]
    assert [len(part) for part in before[1:]] == [0, 1]
    import_beside(nights.home)
    after = told(nights)
    assert before[0].frame.equals(after[0].frame)
    assert before[0].events == after[0].events
    assert before[1:] == after[1:]


def test_a_suspect_stays_one(nights: Nights) -> None:
    """A newer run of another program does not hide that tonight looks odd."""
    nights.night(demo=[Test("test_a", 1.2), Test("test_b", 2.6)])
    run_id = nights.run_id(NIGHTS)
    before = suspects_of(nights.table(), "demo", run_id)
    assert {"x": "test_b"} in [one.params for one in before]
    import_beside(nights.home)
    after = suspects_of(nights.table(), "demo", run_id)
    assert [(one.params, one.suspicion) for one in after] == [(one.params, one.suspicion) for one in before]


def test_the_newest_night_is_one_of_ours(nights: Nights, tmp_path: Path) -> None:
    """The site speaks of the newest night, a baseline too, and the newest record is what was measured here."""
    run_id = nights.run_id(NIGHTS - 1)
    import_beside(nights.home)
    (tmp_path / "mine").mkdir()
    writes = "def run(dashboard, config, output):\n    (output / 'index.html').write_text(dashboard.run_id)\n"
    (tmp_path / "mine" / "website.py").write_text(writes)
    assert main(["site", str(nights.home.root), "--subsystems", str(tmp_path / "mine")]) == 0
    assert (nights.home.subsys_output_dir("website") / "index.html").read_text() == run_id
    assert main(["baseline", str(nights.home.root), "-o", str(tmp_path / "b.json")]) == 0
    assert json.loads((tmp_path / "b.json").read_text())["run_id"] == run_id
    table = Table(nights.home)
    table.refresh()
    newest = Dashboard(nights.home, run_id, table).newest_record("demo")
    assert newest is not None
    assert newest.run_id == run_id
    assert measured_here(table.frame())["run_id"].nunique() == NIGHTS


def test_a_home_of_imports_alone_has_a_newest_run(tmp_path: Path) -> None:
    """Where nothing was measured here, the imported runs are what there is."""
    main(["init", "--empty", str(tmp_path / "home")])
    home = open_home(tmp_path / "home")
    import_beside(home)
    assert main(["baseline", str(home.root), "-o", str(tmp_path / "b.json")]) == 0
    table = Table(home)
    table.refresh()
    newest = Dashboard(home, "", table).newest_record("demo")
    assert newest is not None
    assert json.loads((tmp_path / "b.json").read_text())["run_id"] == newest.run_id


def test_imports_do_not_push_out_what_a_night_was_asked(nights: Nights) -> None:
    """A selection of tests some nights ago is remembered, however many runs were imported since."""
    chosen = nights.run_id(NIGHTS - 8)
    _tell(nights.home, chosen, is_selection=True)
    import_beside(nights.home, hours=6)
    later = nights.run_id(NIGHTS + 60)
    assert len(list((nights.home.results / "runs").iterdir())) > NIGHTS + LOOKED_BACK
    assert selections_before(nights.home, later) == {chosen}
