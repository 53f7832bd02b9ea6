"""Archives of a home: what is in, what is out, and what happens when files move meanwhile."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import threading
from pathlib import Path
from typing import IO

import pytest

from pytest_relaybench.archive import archive_home
from pytest_relaybench.config import HomeConfig
from pytest_relaybench.errors import HomeError
from pytest_relaybench.home import Home
from pytest_relaybench.zstandard import zstd

RUN = "20261122T010203.000004Z"


def home_at(root: Path, **folders: str) -> Home:
    (root / "results" / "experiments" / "data" / "demo").mkdir(parents=True)
    (root / "results" / "experiments" / "data" / "demo" / "data_1.json").write_text('{"schema": 1}')
    (root / "config" / "experiments" / "demo").mkdir(parents=True)
    (root / "config" / "experiments" / "demo" / "config.json").write_text('{"active": true}')
    (root / "config.json").write_text("{}")
    config = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", **folders}
    return Home(root.absolute(), HomeConfig(**config))


def archived(home: Home, run_id: str, when: str) -> Path:
    """The archive's path."""
    return Path(archive_home(home, run_id, when))


def opened(path: Path) -> tarfile.TarFile:
    with zstd.open(path, "rb") as file:
        return tarfile.open(fileobj=io.BytesIO(file.read()))


def members(path: Path) -> dict[str, tarfile.TarInfo]:
    with opened(path) as tar:
        return {member.name: member for member in tar}


def manifest(path: Path) -> dict:
    with opened(path) as tar:
        return json.load(tar.extractfile("MANIFEST.json"))


def skipped(path: Path) -> dict[str, str]:
    return {entry["path"]: entry["reason"] for entry in manifest(path)["skipped"]}


@pytest.fixture
def unprivileged_folder():
    """A folder for somebody whom permissions bind, which they do not for root."""
    folder = Path(tempfile.mkdtemp(prefix="relaybench-"))
    folder.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    shutil.rmtree(folder)


def test_archive_restores_the_home(tmp_path):
    """Unpacking gives back configuration and results byte for byte, under the name of run and moment."""
    home = home_at(tmp_path / "home")
    path = archived(home, RUN, "before")
    assert path == home.backups.folder / f"dashboard_{RUN}_before.tar.zst"
    with opened(path) as tar:
        tar.extractall(tmp_path / "restored", filter="data")
    for name in ("config.json", "config/experiments/demo/config.json", "results/experiments/data/demo/data_1.json"):
        assert (tmp_path / "restored" / name).read_bytes() == (home.root / name).read_bytes()


def test_manifest_is_last_and_has_the_hash_of_every_file(tmp_path):
    """The manifest tells run, moment and the SHA-256 of each file that is in the archive, and of no other."""
    home = home_at(tmp_path)
    path = archived(home, RUN, "after")
    told = manifest(path)
    files = {name for name, member in members(path).items() if member.isfile()}
    assert (told["schema"], told["run_id"], told["when"]) == (1, RUN, "after")
    assert set(told["files"]) == files - {"MANIFEST.json"}
    assert list(members(path))[-1] == "MANIFEST.json"
    for name, digest in told["files"].items():
        assert hashlib.sha256((home.root / name).read_bytes()).hexdigest() == digest


def test_derived_files_stay_out_and_are_named(tmp_path):
    """Archives, raw samples, set-up, the table, the site and the lock are not archived, and the manifest says so."""
    home = home_at(tmp_path)
    outside = ["backup/old.tar.gz", "tmp/raw.zip", "setup/tvm/lib.so", ".lock", ".lock.json"]
    outside += ["results/history.duckdb", "results/history.duckdb.wal", "results/subsystem/output/website/index.html"]
    for name in [*outside, "results/subsystem/output/score/report.json"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    path = archived(home, RUN, "before")
    assert not set(outside) & set(members(path))
    assert "results/subsystem/output/score/report.json" in members(path)
    expected = {"backup", "tmp", "setup", ".lock", ".lock.json", "results/subsystem/output/website"}
    assert set(skipped(path)) == expected | {"results/history.duckdb", "results/history.duckdb.wal"}


def test_folders_outside_the_home_do_not_matter(tmp_path):
    """Folders of the config that lie elsewhere are neither archived nor named, and the archive goes there."""
    folders = {name: str(tmp_path / "else" / name) for name in ("tmp_data_dir", "backup_dir", "setup_dir")}
    home = home_at(tmp_path / "home", **folders)
    path = archived(home, RUN, "before")
    assert path.parent == tmp_path / "else" / "backup_dir"
    assert skipped(path) == {}


def test_archives_at_the_top_of_the_home(tmp_path):
    """With `backup_dir` the home itself, archives stay out of archives and everything else is in."""
    home = home_at(tmp_path, backup_dir=".", tmp_data_dir="results")
    first = archived(home, RUN, "before")
    second = archived(home, RUN, "after")
    assert "results/experiments/data/demo/data_1.json" in members(second)
    being_written, finished = sorted(skipped(second))
    assert finished == first.name
    assert being_written.startswith(f".{second.name}.")


def test_links_stay_links(tmp_path):
    """A symbolic link is stored as one, whether it points to a file, a folder, nowhere or to itself.

    One that leads out of the home could never be unpacked again: it is left out and named.
    """
    home = home_at(tmp_path / "home")
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "secret").write_text("not ours")
    inside = {"to_folder": "results", "to_file": "config.json", "to_nothing": "missing", "to_self": "to_self"}
    outside = {"away": str(tmp_path / "big"), "up": "../big"}
    for name, target in {**inside, **outside}.items():
        (home.root / name).symlink_to(target)
    path = archived(home, RUN, "before")
    found = members(path)
    assert {name: found[name].linkname for name in inside} == inside
    assert not any("secret" in name for name in found)
    told = {name: f"a link that leads out of the home, to {target}" for name, target in outside.items()}
    assert skipped(path) == {"backup": "archives"} | told


def test_hard_links_are_stored_by_content(tmp_path):
    """A file that shares its inode with one that is left out is whole in the archive."""
    home = home_at(tmp_path)
    (tmp_path / "setup").mkdir()
    (tmp_path / "setup" / "a").write_text("shared")
    os.link(tmp_path / "setup" / "a", tmp_path / "results" / "a")
    os.link(tmp_path / "setup" / "a", tmp_path / "results" / "b")
    path = archived(home, RUN, "before")
    with opened(path) as tar:
        assert [tar.extractfile(f"results/{name}").read() for name in "ab"] == [b"shared", b"shared"]


def test_odd_files_are_skipped_by_name(tmp_path):
    """A pipe in the home is named as skipped; opening it would wait for ever."""
    home = home_at(tmp_path)
    os.mkfifo(tmp_path / "results" / "pipe")
    path = archived(home, RUN, "before")
    assert skipped(path) == {"backup": "archives", "results/pipe": "neither file, folder nor link"}


def test_names_that_are_no_utf8(tmp_path):
    """A file name of arbitrary bytes survives the round through the archive."""
    home = home_at(tmp_path)
    name = os.fsencode(tmp_path / "results") + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_bytes(b"x")
    path = archived(home, RUN, "before")
    assert os.fsdecode(b"results/caf\xe9.txt") in members(path)
    assert os.fsdecode(b"results/caf\xe9.txt") in manifest(path)["files"]


def test_unreadable_files_are_skipped_by_name(unprivileged_folder):
    """Files and folders that may not be read are named, and the rest is archived."""
    home = home_at(unprivileged_folder / "home")
    (home.results / "locked.json").write_text("x")
    (home.results / "locked.json").chmod(0)
    (home.results / "folder").mkdir()
    (home.results / "folder").chmod(0)
    path = archived(home, RUN, "before")
    (home.results / "folder").chmod(0o700)
    denied = {"results/locked.json": "Permission denied", "results/folder": "Permission denied"}
    assert skipped(path) == {"backup": "archives"} | denied
    assert "results/experiments/data/demo/data_1.json" in members(path)


def test_files_that_move_meanwhile_do_not_spoil_the_archive(tmp_path):
    """While files appear, grow, shrink and vanish the archive stays readable, and its hashes are those of its files."""
    home = home_at(tmp_path)
    stop = threading.Event()
    folder = home.results / "busy"
    folder.mkdir()

    def disturb() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            (folder / f"f{step % 40}").write_bytes(b"x" * (step * 7919 % 100_000))
            (folder / f"f{(step + 20) % 40}").unlink(missing_ok=True)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        paths = [archived(home, f"{RUN}{number}", "before") for number in range(10)]
    finally:
        stop.set()
        thread.join()
    for path in paths:
        with opened(path) as tar:
            for name, digest in manifest(path)["files"].items():
                assert hashlib.sha256(tar.extractfile(name).read()).hexdigest() == digest


def test_archive_that_cannot_be_written_is_one_line(tmp_path):
    """A backup folder that cannot be made is a HomeError naming the archive, and nothing stays."""
    (tmp_path / "in_the_way").write_text("x")
    home = home_at(tmp_path / "home", backup_dir=str(tmp_path / "in_the_way"))
    with pytest.raises(HomeError, match=f"dashboard_{RUN}_before.tar.zst: the home cannot be archived"):
        archived(home, RUN, "before")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is played by Linux's /dev/full")
def test_full_disk_leaves_no_part(tmp_path, monkeypatch):
    """When the disk is full there is an error, and no archive that looks whole."""
    home = home_at(tmp_path)

    def on_a_full_disk(handle: int, mode: str) -> IO[bytes]:
        os.close(handle)
        return real(os.open("/dev/full", os.O_WRONLY), mode)

    real = os.fdopen
    monkeypatch.setattr("pytest_relaybench.files.os.fdopen", on_a_full_disk)
    with pytest.raises(HomeError, match="No space left"):
        archived(home, RUN, "before")
    monkeypatch.undo()
    assert list(home.backups.folder.iterdir()) == []
