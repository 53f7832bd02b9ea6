"""Folders and fsspec URLs as places for files: written whole or not at all, listed, read, removed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from pytest_relaybench.archive import archive_home
from pytest_relaybench.config import HomeConfig
from pytest_relaybench.errors import HomeError
from pytest_relaybench.raw_samples import RawSamples
from pytest_relaybench.raw_storage import AGAIN, add_raw, keep_raw, raw_of, shown_raw
from pytest_relaybench.restoring import restore
from pytest_relaybench.storage import LocalFolder, RemoteFolder, Storage, storage_of
from tests.test_archive import home_at
from tests.test_restoring import tree

RUN = "20261122T010203.000004Z"
BUCKET = "nights"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server of our own that answers as S3 does, and the environment that leads there."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", address)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}"
    server.stop()


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place of each kind that nobody has used before."""
    fresh = uuid.uuid4().hex
    return {
        "folder": lambda: str(tmp_path / "deep" / fresh),
        "file": lambda: f"file://{tmp_path}/deep/{fresh}",
        "memory": lambda: f"memory://{fresh}",
        "s3": lambda: f"{request.getfixturevalue('s3')}/deep/{fresh}",
    }[request.param]()


@pytest.fixture
def storage(place: str, tmp_path: Path) -> Storage:
    return storage_of(place, tmp_path)


def put(storage: Storage, name: str, content: bytes) -> None:
    with storage.writing(name) as file:
        file.write(content)


def get(storage: Storage, name: str) -> bytes:
    with storage.reading(name) as path:
        return path.read_bytes()


def test_what_is_written_is_there(storage: Storage) -> None:
    """Listed by name with size and time, read back, replaced, removed; a place that is not there yet is empty."""
    assert storage.files() == []
    put(storage, "b.zip", b"first")
    put(storage, "a.zip", b"other")
    put(storage, "b.zip", b"second")
    assert [(file.name, file.size) for file in storage.files()] == [("a.zip", 5), ("b.zip", 6)]
    now = datetime.now(UTC)
    assert all(file.modified and abs((now - file.modified).total_seconds()) < 60 for file in storage.files())
    assert get(storage, "b.zip") == b"second"
    storage.remove("b.zip")
    storage.remove("b.zip")
    assert [file.name for file in storage.files()] == ["a.zip"]


def test_half_a_file_is_never_there(storage: Storage) -> None:
    """When writing is broken off, what was there before stays, and nothing new appears."""
    put(storage, "a.zip", b"whole")

    def break_off(name: str) -> None:
        with storage.writing(name) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    for name in ("a.zip", "b.zip"):
        with pytest.raises(KeyboardInterrupt):
            break_off(name)
    assert [file.name for file in storage.files()] == ["a.zip"]
    assert get(storage, "a.zip") == b"whole"


def test_a_file_that_is_not_there_is_named(storage: Storage) -> None:
    """As an OSError, whatever the storage's own package raises."""
    with pytest.raises(OSError, match=r"none\.zip"), storage.reading("none.zip") as path:
        path.read_bytes()


def test_a_home_whose_archives_and_samples_go_elsewhere(place: str, tmp_path: Path) -> None:
    """An archive is written there and a home restored from its address; raw samples come back as they were."""
    home = home_at(tmp_path / "home", backup_dir=place, tmp_data_dir=place)
    shown = archive_home(home, RUN, "after")
    assert shown == home.backups.shown(f"dashboard_{RUN}_after.tar.zst")
    restore(shown, tmp_path / "again", force=False, now=datetime.now(UTC))
    assert tree(tmp_path / "again") == tree(home.root)
    keep_raw(home, RUN, [RawSamples("demo", "test_a", "time", {"size": 4}, "installed", [0.25, 0.5])])
    assert list(raw_of(home, RUN)["value"]) == [0.25, 0.5]
    assert shown_raw(home, RUN).endswith(f"benchmarks_{RUN}_data.zip")


def test_what_two_sittings_measured_again(tmp_path: Path) -> None:
    """The samples of both are there; of a test that both looked into, those of the later one."""
    home = home_at(tmp_path / "home")
    for tests in ({"test_a": 1.0, "test_b": 2.0}, {"test_b": 3.0, "test_c": 4.0}):
        made = [RawSamples("demo", test, "time", {"size": 4}, "base", [value]) for test, value in tests.items()]
        add_raw(home, RUN, made, AGAIN)
    found = raw_of(home, RUN, AGAIN)
    assert dict(zip(found["test"], found["value"], strict=True)) == {"test_a": 1.0, "test_b": 3.0, "test_c": 4.0}
    assert [file.name for file in home.raw_samples.files()] == [f"benchmarks_{RUN}_{AGAIN}.zip"]


def test_a_server_that_is_away_costs_one_line(tmp_path: Path, s3: str) -> None:
    """A bucket that does not exist: HomeError with the address, and no part of an archive in the home."""
    home = home_at(tmp_path / "home", backup_dir="s3://another-bucket-of-nobody/x")
    with pytest.raises(HomeError, match=r"s3://another-bucket-of-nobody/x/dashboard_.*: the home cannot be archived"):
        archive_home(home, RUN, "before")


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("s3://key:secret@nights", "may not hold a user or a password"),
        ("s3://key@nights", "may not hold a user or a password"),
        ("s3://nights?token=1", "neither"),
        ("nonsense://nights", "no storage is known by 'nonsense'"),
        ("gs://nights", "cannot be reached here"),
        ("simplecache::s3://nights", "neither a folder nor a URL"),
        (" s3://nights", "neither a folder nor a URL"),
    ],
)
def test_addresses_that_no_home_may_name(place: str, rule: str) -> None:
    """A secret, a scheme that nobody knows and one whose package is missing: said when the config is read."""
    with pytest.raises(ValidationError, match=rule):
        HomeConfig(tmp_data_dir="tmp", backup_dir=place, setup_dir="setup")


def test_folders_are_no_addresses(tmp_path: Path) -> None:
    """Relative and absolute folders, one with a colon, and file:// lead to folders; anything else to fsspec."""
    assert storage_of("tmp", tmp_path) == LocalFolder(tmp_path / "tmp")
    assert storage_of("a:b", tmp_path) == LocalFolder(tmp_path / "a:b")
    assert storage_of("/var/x", tmp_path) == LocalFolder(Path("/var/x"))
    assert storage_of("file:///var/x", tmp_path) == LocalFolder(Path("/var/x"))
    assert storage_of("memory://x", tmp_path) == RemoteFolder("memory://x")
