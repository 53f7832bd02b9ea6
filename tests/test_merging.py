"""Several homes' histories in one: every file once, nothing lost, machines apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.table import Table, open_history
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.lock import HomeLock
from pytest_relaybench.raw_samples import RawSamples
from pytest_relaybench.raw_storage import keep_raw, raw_of
from tests.judging.made_history import MACHINE, Nights, Test

OTHER = {**MACHINE, "id": "aaaaaaaaaaaa", "cpu_model": "Another CPU"}


def made(folder: Path, machine: dict[str, str], name: str = "demo", offset: int = 0, count: int = 3) -> Home:
    """A home with nights of one experiment, each with its run, its raw samples and an artifact."""
    main(["init", "--empty", str(folder)])
    home = open_home(folder)
    nights = Nights(home, count=offset, machine=machine)
    for number in range(count):
        nights.night(**{name: [Test("test_a", 1.0 + number)]})
        run_id = nights.run_id(nights.count - 1)
        (home.run_dir(run_id)).mkdir(parents=True)
        (home.run_dir(run_id) / "run.json").write_text(json.dumps({"run_id": run_id}))
        keep_raw(home, run_id, [RawSamples(name, "test_a", "time", {}, "v", [1.0 + number, 2.0])])
    config = home.root / "config" / "experiments" / name
    config.mkdir(parents=True)
    (config / "config.json").write_text('{"active": true, "title": "The experiment"}')
    (home.root / "decisions").mkdir()
    (home.root / "decisions" / f"{machine['id']}.toml").write_text('why = "so"\n')
    return home


def files(home: Home) -> dict[str, bytes]:
    """All but the derived table and the lock."""
    kept = (path for path in home.root.rglob("*") if path.is_file() and not path.name.startswith((".lock", "history.")))
    return {home.shown(path): path.read_bytes() for path in kept}


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Home, Home, Home]:
    """Two of two machines with the same experiment on the same nights but another moment, and an empty one."""
    one, two = made(tmp_path / "one", MACHINE), made(tmp_path / "two", OTHER, offset=10)
    main(["init", "--empty", str(tmp_path / "into")])
    return one, two, open_home(tmp_path / "into")


def test_everything_of_both_is_there_once(homes: tuple[Home, Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    """Records, runs, samples and decisions byte for byte; and a second time nothing changes."""
    one, two, into = homes
    command = ["merge", str(one.root), str(two.root), "--into", str(into.root)]
    assert main(command) == 0
    assert f"{one.root}: 10 files new (3 records), 0 there already; 1 experiment" in capsys.readouterr().out
    merged = files(into)
    for home in (one, two):
        own = files(home).items()
        assert {
            (name, content) for name, content in own if name.startswith(("results/", "decisions/"))
        } <= merged.items()
        run_id = open_history(home.root)["run_id"].iloc[-1]
        assert list(raw_of(into, run_id)["value"]) == [3.0, 2.0]
    assert main(command) == 0
    assert f"{two.root}: 0 files new (0 records), 10 there already" in capsys.readouterr().out
    assert files(into) == merged


def test_machines_stay_apart(homes: tuple[Home, Home, Home]) -> None:
    """The table tells six nights of two machines."""
    one, two, into = homes
    main(["merge", str(one.root), str(two.root), "--into", str(into.root)])
    table = Table(into)
    table.refresh()
    rows = table.frame(experiment="demo")
    assert rows.groupby("machine")["value"].apply(list).to_dict() == {
        MACHINE["id"]: [1.0, 2.0, 3.0],
        OTHER["id"]: [1.0, 2.0, 3.0],
    }


def test_an_experiment_that_is_new_is_inactive(homes: tuple[Home, Home, Home]) -> None:
    """It has the title that it had, and no night here measures it; one that is known keeps its config."""
    one, _, into = homes
    main(["merge", str(one.root), "--into", str(into.root)])
    config = into.exp_config_file("demo")
    assert json.loads(config.read_text()) == {"active": False, "title": "The experiment"}
    config.write_text('{"active": true}')
    main(["merge", str(one.root), "--into", str(into.root)])
    assert config.read_text() == '{"active": true}'


def test_what_differs_stays_and_is_told(homes: tuple[Home, Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    """A file of the same name with another content is named, and left as it is."""
    one, _, into = homes
    path = next(one.exp_data_dir("demo").iterdir())
    mine = into.exp_data_dir("demo") / path.name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["merge", str(one.root), "--into", str(into.root)]) == 0
    told = f"not taken: {one.shown(path)} of {one.root}: there is another file of this name, which stays"
    assert told in capsys.readouterr().out
    assert mine.read_text() == "mine"


def test_no_home_into_itself_or_while_a_run_writes(
    homes: tuple[Home, Home, Home], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, and nothing is touched."""
    one, _, into = homes
    assert main(["merge", str(into.root / ".." / "into"), "--into", str(into.root)]) == 1
    assert "a home cannot be merged into itself" in capsys.readouterr().err
    before = files(into)
    with HomeLock(one.root, "tonight"):
        assert main(["merge", str(one.root), "--into", str(into.root)]) == 1
    assert "tonight" in capsys.readouterr().err
    assert files(into) == before


def test_odd_folders_make_no_config(homes: tuple[Home, Home, Home]) -> None:
    """Sentinels are no experiment, an odd name would spoil the home, and half-written files are nobody's history."""
    one, _, into = homes
    data = one.results / "experiments" / "data"
    for name in ("sentinels", "old stuff"):
        (data / name).mkdir()
        (data / name / "data_20260901T030000.000000Z.json").write_text("{}")
    (data / "demo" / ".data_x.json.abc.tmp").write_text("{")
    assert main(["merge", str(one.root), "--into", str(into.root)]) == 0
    assert open_home(into.root).experiment_names() == ["demo"]
    assert (into.exp_data_dir("sentinels") / "data_20260901T030000.000000Z.json").is_file()
    assert not list(into.root.rglob("*.tmp"))


def test_a_merge_that_stops_can_be_done_again(
    homes: tuple[Home, Home, Home], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk in the middle is one line, and afterwards a merge brings the rest."""
    one, _, into = homes
    command = ["merge", str(one.root), "--into", str(into.root)]
    written = []

    def full(path: Path, content: bytes) -> None:
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(path.write_bytes(content))

    with monkeypatch.context() as patch:
        patch.setattr("pytest_relaybench.merging.write_bytes", full)
        assert main(command) == 1
    assert f"{one.root}: merging stopped, and may be done again: " in capsys.readouterr().err
    assert main(command) == 0
    assert "6 files new" in capsys.readouterr().out
    assert {name: content for name, content in files(one).items() if name.startswith(("results", "tmp"))} == {
        name: content for name, content in files(into).items() if name.startswith(("results", "tmp"))
    }
