"""What killed runs left behind is gone after the next one has begun; nothing else is."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from pytest_relaybench.files import replacing
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.lock import HOLDER_FILE
from pytest_relaybench.sweeping import MAY_LIVE_S, sweep_leftovers

HOUR_S = 3600.0
KEY = "0123456789abcdef0123"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that was taken just now, and keeps archives in a folder which it may share with other homes."""
    root = tmp_path / "H"
    root.mkdir()
    config = {"tmp_data_dir": "tmp", "backup_dir": str(tmp_path / "shared"), "setup_dir": "setup"}
    (root / "config.json").write_text(json.dumps(config))
    old(root / HOLDER_FILE, age_s=-1)
    return open_home(root)


def old(path: Path, age_s: float = HOUR_S) -> Path:
    """A file that was last written so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_a_file_that_never_took_its_place_goes(home: Home) -> None:
    """What the one writer leaves when it is killed before its rename, wherever in the home that is."""
    target = home.results / "experiments" / "data" / "a" / "data_1.json"
    writer = replacing(target)
    writer.__enter__().write(b"half")
    (left,) = target.parent.iterdir()
    sweep_leftovers(home)
    assert not left.exists()
    with pytest.raises(FileNotFoundError):
        writer.__exit__(None, None, None)


def test_a_folder_of_files_that_never_took_their_places_goes(home: Home) -> None:
    """What `replace_together` leaves when it is killed, with all that is in it."""
    inside = old(home.subsys_output_dir("website") / "source" / ".abcd_123.tmp" / "0")
    sweep_leftovers(home)
    assert not inside.parent.exists()
    assert inside.parent.parent.exists()


@pytest.mark.parametrize(
    "name", ["results/a.tmp", "results/.a.tmp", "results/.a.json.abc.tmp", "results/.a.ABCDEFGH.tmp", ".gitignore"]
)
def test_what_is_named_otherwise_stays(home: Home, name: str) -> None:
    """A person's files are theirs, also when they are called temporary."""
    path = old(home.root / name)
    sweep_leftovers(home)
    assert path.exists()


def test_what_is_being_written_stays(home: Home) -> None:
    """A command that writes into the home beside the run, as `relaybench accept`, is not disturbed."""
    path = old(home.root / ".decisions.toml.abcdefgh.tmp", age_s=-2)
    sweep_leftovers(home)
    assert path.exists()


def test_nothing_goes_from_a_home_that_nobody_holds(home: Home) -> None:
    """Whoever holds no lock cannot know who writes."""
    (home.root / HOLDER_FILE).unlink()
    path = old(home.results / ".a.json.abcdefgh.tmp")
    sweep_leftovers(home)
    assert path.exists()


def test_links_are_not_followed(home: Home, tmp_path: Path) -> None:
    """What lies outside of the home is not the home's, whatever leads there."""
    outside = old(tmp_path / "elsewhere" / ".a.json.abcdefgh.tmp")
    (home.root / "link").symlink_to(outside.parent)
    (home.root / ".b.json.abcdefgh.tmp").symlink_to(outside)
    sweep_leftovers(home)
    assert outside.exists()


def test_of_archives_outside_only_what_is_old_goes(home: Home, tmp_path: Path) -> None:
    """Another home may write its archive there at this moment, and files of others stay for ever."""
    name = ".dashboard_20260101T000000.000000Z_after.tar.zst.abcdefgh.tmp"
    fresh, stale = old(tmp_path / "shared" / name), old(tmp_path / "shared" / f".dashboard_{name}", MAY_LIVE_S + 9)
    other = old(tmp_path / "shared" / ".letter.odt.abcdefgh.tmp", 9 * MAY_LIVE_S)
    sweep_leftovers(home)
    assert (fresh.exists(), stale.exists(), other.exists()) == (True, False, True)


def test_a_set_up_that_nobody_builds_goes(home: Home) -> None:
    """The half-built folder of a killed run goes; one that another home's run builds, and holds the lock of, stays."""
    dead, alive = (home.setup_dir / f".{name}-{KEY}.abcdefgh.tmp" / "content" / "a" for name in ("dead", "alive"))
    for path in (dead, alive):
        old(path)
    with FileLock(home.setup_dir / f".alive-{KEY}.lock"):
        sweep_leftovers(home)
        assert alive.exists()
    assert not dead.parents[1].exists()
    sweep_leftovers(home)
    assert not alive.parents[1].exists()


def test_set_ups_stay_where_another_host_may_build_unseen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that hosts share and locks are not: a free lock tells nothing there."""
    half = old(home.setup_dir / f".far-{KEY}.abcdefgh.tmp" / "content" / "a")
    monkeypatch.setattr("pytest_relaybench.sweeping.type_without_shared_locks", lambda _: "cifs")
    sweep_leftovers(home)
    assert half.exists()


def test_what_a_set_up_holds_stays_however_its_folder_is_written(home: Home) -> None:
    """A finished set-up is its builder's, whatever its files are called."""
    (home.root / "x").mkdir()
    home = replace(home, config=home.config.model_copy(update={"setup_dir": "x/../setup"}))
    inside = old(home.root / "setup" / f"model-{KEY}" / "content" / ".cache.json.abcdefgh.tmp")
    sweep_leftovers(home)
    assert inside.exists()
