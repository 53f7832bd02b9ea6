"""`relaybench init H`: a home from the sample."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench import bundled
from pytest_relaybench.cli.main import main
from pytest_relaybench.home import open_home


def test_new_home_is_right_at_once(tmp_path, capsys):
    """A new home opens, passes its own check, and has the sample's experiments and subsystems."""
    assert main(["init", str(tmp_path / "deep" / "home")]) == 0
    home = open_home(tmp_path / "deep" / "home")
    sample = open_home(bundled.folder("home"))
    assert home.experiment_names() == sample.experiment_names()
    assert home.subsystem_names() == sample.subsystem_names()
    assert main(["check", str(home.root)]) == 0
    assert capsys.readouterr().err == ""


def test_only_configs_are_copied(tmp_path):
    """Results, archives and raw samples of the sample home stay where they are."""
    main(["init", str(tmp_path / "home")])
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"README.md", "config", "config.json"}


def test_next_command_is_told(tmp_path, capsys):
    """The last line is the next command, quoted so that it can be copied into a shell."""
    main(["init", str(tmp_path / "my home")])
    assert capsys.readouterr().out.splitlines()[-1].strip() == f"pytest bench/ --home '{tmp_path}/my home'"


def test_readme_names_every_folder(tmp_path):
    """The home explains itself: folders of the config, results, decisions."""
    main(["init", str(tmp_path / "home")])
    text = (tmp_path / "home" / "README.md").read_text()
    config = json.loads((tmp_path / "home" / "config.json").read_text())
    folders = [config[key] for key in ("tmp_data_dir", "backup_dir", "setup_dir")]
    assert [f"`{folder}/`" in text for folder in folders] == [True] * 3
    assert f"pytest bench/ --home {tmp_path}/home" in text
    assert "{" not in text.replace("{status,graph,summary}", "").replace("{status,output}", "")


def test_empty_folder_is_taken(tmp_path):
    """A folder that exists and is empty becomes the home."""
    assert main(["init", str(tmp_path)]) == 0


@pytest.mark.parametrize("name", ["config.json", ".hidden"])
def test_full_folder_is_refused_untouched(tmp_path, capsys, name):
    """A folder that holds anything is refused in one line, and nothing in it changes."""
    (tmp_path / name).write_text("mine")
    assert main(["init", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"relaybench: error: {tmp_path}: the folder is not empty, and a new home needs one that is\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_file_is_refused(tmp_path, capsys):
    """A file in the place of the home, or on the way to it, is refused in one line."""
    (tmp_path / "file").write_text("x")
    assert main(["init", str(tmp_path / "file")]) == 1
    assert main(["init", str(tmp_path / "file" / "home")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_tilde(tmp_path, monkeypatch):
    """`~` is the user's home also where the shell did not expand it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["init", "~/home"]) == 0
    assert (tmp_path / "home" / "config.json").is_file()


def test_an_empty_home_has_no_experiments(tmp_path):
    """`--empty` makes a home for somebody's own bench: settings and subsystems, no experiment that is not theirs."""
    assert main(["init", str(tmp_path / "home"), "--empty"]) == 0
    home = open_home(tmp_path / "home")
    assert home.experiment_names() == []
    assert "website" in home.subsystem_names()
    assert {"post_process", "score"}.isdisjoint(home.subsystem_names())  # theirs speak of the sample's experiments
