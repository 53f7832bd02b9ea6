"""A home: where things lie, and what is wrong with one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pytest_relaybench.errors import ConfigError, HomeError
from pytest_relaybench.experiment import read_source
from pytest_relaybench.home import open_home
from pytest_relaybench.storage import LocalFolder

CONFIG = {"tmp_data_dir": "tmp", "backup_dir": "~/backup", "setup_dir": "/var/setup"}


def write(root: Path, name: str, content) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def root(tmp_path):
    write(tmp_path, "config.json", CONFIG)
    return tmp_path


def test_folders_of_the_config(root, monkeypatch):
    """Relative folders are relative to the home, `~` is the user's, absolute ones are as they are."""
    monkeypatch.setenv("HOME", "/users/ada")
    home = open_home(root)
    assert home.raw_samples == LocalFolder(root / "tmp")
    assert home.backups == LocalFolder(Path("/users/ada/backup"))
    assert home.setup_dir == Path("/var/setup")


def test_relative_home_stays_where_it_was(root, monkeypatch):
    """A home given relative to the working folder is the same one after the folder changes."""
    monkeypatch.chdir(root.parent)
    home = open_home(Path(root.name))
    monkeypatch.chdir("/")
    assert home.root == root


def test_layout(root):
    """Files lie where the predecessor had them."""
    home = open_home(root)
    base = "results/experiments"
    assert home.shown(home.exp_config_file("x")) == "config/experiments/x/config.json"
    assert home.shown(home.exp_status_dir("x")) == f"{base}/status/x"
    assert home.shown(home.data_file("x", "R")) == f"{base}/data/x/data_R.json"
    assert home.shown(home.exp_graph_dir("x")) == f"{base}/graph/x"
    assert home.shown(home.exp_summary_dir("x")) == f"{base}/summary/x"
    assert home.shown(home.subsys_config_file("s")) == "config/subsystem/s/config.json"
    assert home.shown(home.subsys_status_dir("s")) == "results/subsystem/status/s"
    assert home.shown(home.subsys_output_dir("s")) == "results/subsystem/output/s"
    assert home.shown(home.run_dir("R")) == "results/runs/R"
    assert home.shown(Path("/else/where")) == "/else/where"


def test_opening_writes_nothing(root):
    """Looking at a home changes nothing in it."""
    open_home(root)
    assert [path.name for path in root.iterdir()] == ["config.json"]


def test_missing_home(tmp_path):
    """A home that is not there is an error which says how to make one."""
    with pytest.raises(HomeError, match=r"missing: the home does not exist \(make one with `relaybench init"):
        open_home(tmp_path / "missing")


def test_missing_config(tmp_path):
    """A folder without a config is no home; nothing is guessed."""
    with pytest.raises(ConfigError, match=r"config\.json: the file is missing"):
        open_home(tmp_path)


def test_documented_place_of_the_config(tmp_path):
    """The place that the predecessor documented is accepted when it is the only one; both are an error."""
    write(tmp_path, "config/config.json", CONFIG)
    assert open_home(tmp_path).raw_samples == LocalFolder(tmp_path / "tmp")
    write(tmp_path, "config.json", CONFIG)
    with pytest.raises(ConfigError, match="a home has one config file"):
        open_home(tmp_path)


def test_mandatory_keys_are_told_together(tmp_path):
    """All three folders must be stated."""
    write(tmp_path, "config.json", {})
    with pytest.raises(ConfigError) as error:
        open_home(tmp_path)
    assert sorted({fault.key for fault in error.value.faults}) == ["backup_dir", "setup_dir", "tmp_data_dir"]
    assert len(error.value.faults) == 3


def test_names_come_from_config_files(root):
    """An experiment or a subsystem is a folder with a config.json; others are named as running nothing."""
    for name in ("b", "a"):
        write(root, f"config/experiments/{name}/config.json", {})
    write(root, "config/subsystem/site/config.json", {})
    (root / "config" / "experiments" / "empty").mkdir()
    (root / "config" / "experiments" / "notes.txt").write_text("x")
    write(root, "config/experiments/deep/er/config.json", {})
    home = open_home(root)
    assert home.experiment_names() == ["a", "b"]
    assert home.subsystem_names() == ["site"]
    assert [home.shown(path) for path in home.folders_without_config()] == [
        "config/experiments/deep",
        "config/experiments/empty",
    ]


@pytest.mark.parametrize("name", [".hidden", "-x", "a b", "a.b", "über", "a\nb"])
def test_names_that_cannot_be_files_or_pages(root, name):
    """Names that would make odd files or pages are faults of the home."""
    write(root, f"config/experiments/{name}/config.json", {})
    with pytest.raises(ConfigError, match="names are letters, digits"):
        open_home(root)


@pytest.mark.parametrize("what", ["folder", "pipe", "nothing"])
def test_whatever_stands_where_a_config_should_is_one(root, what):
    """An experiment whose config is a folder, a pipe or a link to nothing has a fault, and is not left out."""
    path = root / "config" / "experiments" / "odd" / "config.json"
    path.parent.mkdir(parents=True)
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "nothing": lambda: path.symlink_to("nowhere")}[what]()
    home = open_home(root)
    assert home.experiment_names() == ["odd"]
    assert home.folders_without_config() == []
    with pytest.raises(
        ConfigError, match=r"config/experiments/odd/config\.json: the file is missing or cannot be read"
    ):
        read_source(home, "odd")


def test_a_home_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the folder and the reason, not a traceback; so for a user that there is not."""
    (tmp_path / "config" / "experiments").mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"tmp_data_dir": "t", "backup_dir": "b", "setup_dir": "s"}')

    def closed(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(HomeError, match=r"config/experiments: the home cannot be read: Permission denied$"):
        open_home(tmp_path)
    with pytest.raises(HomeError, match="the home cannot be found"):
        open_home(Path("~nobody-of-this-name/home"))
