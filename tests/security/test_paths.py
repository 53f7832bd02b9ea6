"""Names out of stored results, files and command lines lead nowhere but into the home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import ConfigError, RecordError
from pytest_relaybench.history.artifacts import keep_artifacts, read_artifact
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.importing.outside_records import allowed_name
from pytest_relaybench.incidents.decisions import read_decisions
from pytest_relaybench.variants.spec import checked_name
from subsystems.website.graphs import graphs_of
from subsystems.website.inert import slug
from tests.judging.made_history import Nights, Test

ELSEWHERE = ["../../../outside", "/tmp/outside", "..", ".", "", "a/../../b", "a/b", "a\0b"]
EXPERIMENT, OTHER = "demo", "data_20991231T000000.000000Z.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One experiment with two nights; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("paths")
    assert main(["init", "--empty", str(folder / "H")]) == 0
    home = open_home(folder / "H")
    nights = Nights(home)
    for _ in range(2):
        nights.night(**{EXPERIMENT: [Test("test_a", 1.0)]})
    return home


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "history.duckdb" not in path.name}


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("key", ["experiment", "run_id"])
def test_a_record_that_names_another_place_is_none(home: Home, key: str, name: str) -> None:
    """It is told as unreadable, its neighbours count, and no path is made of what it says."""
    path = next(home.exp_data_dir(EXPERIMENT).iterdir())
    content = {**json.loads(path.read_text()), key: name}
    odd = path.with_name(OTHER)
    odd.write_text(json.dumps(content))
    with pytest.raises(RecordError, match=f"{OTHER}: not a readable record: {key}"):
        read_record(odd)
    table = Table(home)
    table.refresh()
    assert len(table.frame()["run_id"].unique()) == 2
    assert any(OTHER in problem for problem in table.problems)
    odd.unlink()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_record_is_written_elsewhere(home: Home, name: str) -> None:
    """A journal of a stranger may name any experiment: its recovery stays in the home."""
    with pytest.raises(RecordError, match="is no name of a file or folder"):
        home.data_file(name, "20261122T000000.000000Z")
    with pytest.raises(RecordError, match="is no name of a file or folder"):
        home.data_file(EXPERIMENT, name)


@pytest.mark.parametrize("name", [*ELSEWHERE, "0123456", "0123456G" * 2])
def test_no_artifact_is_kept_elsewhere(home: Home, name: str) -> None:
    """Only a hash names one."""
    before = tree(home.root.parent)
    keep_artifacts(home, [{"kind": "test", "measured": {"artifacts": {name: {"f": "1"}}}}])
    assert tree(home.root.parent) == before
    assert read_artifact(home, name) is None


@pytest.mark.parametrize("name", ["../../etc", "../../etc/passwd", "/etc", "latest/../../x", "H/../../../etc"])
@pytest.mark.parametrize("command", [["compare", "{}", "latest"], ["compare", "latest", "{}"]])
def test_runs_are_names_not_places(
    home: Home, name: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no file of results is told so in one line, and nothing of it is shown."""
    assert main([word.format(name) for word in command] + ["--home", str(home.root)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "root:" not in told.err


def test_other_commands_take_names_only(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A run, an experiment, an incident: none of them is made a path."""
    before = tree(home.root.parent)
    out = str(home.root.parent / "out.csv")
    for words in (
        ["export", str(home.root), "-o", out, "--run", "../../../etc/passwd"],
        ["export", str(home.root), "-o", out, "--experiment", "../../x' OR 1=1 --"],
        ["ack", "../../x", "--why", "so", "--home", str(home.root)],
        ["mute", "../../x", "--why", "so", "--home", str(home.root)],
    ):
        assert main(words) == 1, words
    assert tree(home.root.parent) == before
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", [*ELSEWHERE, "\x1b[2J", "-rf", "sentinels", "Ünï/code"])
def test_imported_names_are_names(name: str) -> None:
    """Of experiments, of pages, of variants: no separator, no mark in front; or refused."""
    assert "/" not in allowed_name(name)
    assert allowed_name(name)[0] not in ".-"
    assert "/" not in slug(name)
    assert slug(name)[:1] not in (".", "-")
    if set(name) & set("/\0\x1b") or name in ("", ".", "..", "-rf"):
        with pytest.raises(ValueError, match="is no name for a variant"):
            checked_name(name)


def test_decisions_are_files_of_one_folder(home: Home) -> None:
    """A folder of that name and a link to nowhere are told, and stop nothing."""
    folder = home.root / "decisions"
    folder.mkdir(exist_ok=True)
    (folder / "folder.toml").mkdir()
    (folder / "nowhere.toml").symlink_to("/nowhere/at/all")
    found, problems = read_decisions(home)
    assert found == []
    assert len(problems) == 2
    (folder / "folder.toml").rmdir()
    (folder / "nowhere.toml").unlink()


def test_no_link_brings_a_file_onto_the_site(tmp_path: Path) -> None:
    """Pictures are shown where they lie in their folder, and what a link leads to elsewhere is none of them."""
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "graphs" / "more").mkdir(parents=True)
    (tmp_path / "graphs" / "own.png").write_bytes(b"x")
    (tmp_path / "graphs" / "again.png").symlink_to("own.png")
    (tmp_path / "graphs" / "out.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "graphs" / "more" / "out.png").symlink_to("../../secret.png")
    root = tmp_path / "graphs"
    assert [graph.file for graph in graphs_of(root, root.rglob("*.png"))] == ["again.png", "own.png"]


@pytest.mark.parametrize("kind", ["experiments", "subsystem"])
def test_a_config_of_an_odd_name_is_a_fault_of_the_home(home: Home, kind: str) -> None:
    """Names are letters, digits, `_` and `-`: none leads out, none is an option, none moves the cursor."""
    for name in ("-rf", "a b", "a\x1b[2J", "..."):
        folder = home.root / "config" / kind / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text('{"active": true}')
        with pytest.raises(ConfigError, match="names are letters, digits, '_' and '-'") as caught:
            open_home(home.root)
        assert str(caught.value).isprintable()
        (folder / "config.json").unlink()
