"""`relaybench restore` of an archive that anybody may have made, `relaybench merge` of a home that anybody may have."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from pytest_relaybench import unpacking
from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import HomeError
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import open_home
from pytest_relaybench.merging import merge
from pytest_relaybench.restoring import restore
from pytest_relaybench.zstandard import zstd
from tests.judging.made_history import Nights, Test
from tests.test_restoring import add, made_archive

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SYM, HARD, SPARSE = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.GNUTYPE_SPARSE
OUTSIDE = "it would write outside of the home"
Members = tuple[tuple[str, Mapping[str, Any]], ...]


def link(goal: str) -> dict[str, Any]:
    return {"type": SYM, "linkname": goal}


def refused(tmp_path: Path, fill: Callable[[tarfile.TarFile, dict[str, str]], object], **told: Any) -> str:
    """Why the archive is not restored; nothing is anywhere but the archive."""
    path = made_archive(tmp_path, fill, **told)
    (tmp_path / "in").mkdir()
    with pytest.raises(HomeError) as caught:
        restore(str(path), tmp_path / "in" / "home", force=False, now=NOW)
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["archive.tar.zst", "in"]
    return str(caught.value)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ((("/tmp/outside", {}),), OUTSIDE),
        ((("../outside", {}),), OUTSIDE),
        ((("a/../../outside", {}),), OUTSIDE),
        ((("a/../b", {}),), OUTSIDE),
        ((("./a", {}),), "no name of a file"),
        ((("a//b", {}),), "no name of a file"),
        ((("x/" * 1100 + "x", {}),), "no name of a file"),
        ((("a", {}), ("a", {})), "there twice"),
        ((("a", {}), ("a/b", {})), "or into a file"),
        ((("out", link("/etc")),), OUTSIDE),
        ((("out", link("../..")),), OUTSIDE),
        ((("here", link(".")), ("here/file", {})), OUTSIDE),
        ((("d", {"type": tarfile.DIRTYPE}), ("l", link("d")), ("l/file", {})), OUTSIDE),
        # each is within by its text, and leads out once the other is there
        ((("out", link("here/../../outside")), ("here", link("."))), OUTSIDE),
        ((("out", link("here/..")), ("here", link("."))), OUTSIDE),
        ((("hard", {"type": HARD, "linkname": "config.json"}),), "neither file, folder nor"),
        ((("hard", {"type": HARD, "linkname": "/etc/passwd"}),), "neither file, folder nor"),
        ((("null", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3}),), "neither file, folder nor"),
        ((("disk", {"type": tarfile.BLKTYPE}),), "neither file, folder nor"),
        ((("pipe", {"type": tarfile.FIFOTYPE}),), "neither file, folder nor"),
        ((("sparse", {"type": SPARSE}),), "neither file, folder nor|not a whole archive"),
    ],
)
def test_no_member_but_those_of_a_home(tmp_path: Path, members: Members, why: str) -> None:
    """Absolute and climbing names, links and what lies behind them, twice the same name, devices: one line."""

    def fill(tar: tarfile.TarFile, _: dict[str, str]) -> None:
        for name, fields in members:
            add(tar, name, b"" if fields else b"x", **fields)

    told = refused(tmp_path, fill)
    assert told.count("\n") == 0
    assert any(word in told for word in why.split("|")), told


def test_what_the_disk_has_no_room_for_is_refused_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb of a few kB that unpacks to more than fits never fills the disk."""
    free = unpacking.LEFT_FREE_BYTES + 10_000
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    told = refused(tmp_path, lambda tar, _: [add(tar, f"zeros{n}", bytes(4000)) for n in range(4)])
    assert "more than the disk has room for: zeros2" in told


def test_a_header_is_no_way_to_fill_the_memory(tmp_path: Path) -> None:
    """What tells a member's name is at most a MiB; tarfile alone would take gigabytes of it into memory."""

    def fill(tar: tarfile.TarFile, _: dict[str, str]) -> None:
        member = tarfile.TarInfo("././@LongLink")
        member.type, member.size = tarfile.GNUTYPE_LONGNAME, unpacking.LONGEST_HEADER + 1
        assert tar.fileobj is not None
        tar.fileobj.write(member.tobuf(tarfile.GNU_FORMAT))
        tar.fileobj.write(bytes(2 * unpacking.LONGEST_HEADER))

    assert f"a header of {unpacking.LONGEST_HEADER + 1} bytes" in refused(tmp_path, fill)


def test_the_number_of_members_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without a content take room, too."""
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 5)
    assert "more than 5 members" in refused(tmp_path, lambda tar, _: [add(tar, f"f{n}", b"") for n in range(9)])


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"files": {"a": "0" * 64}}, "another SHA-256"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "is named but not in it|is in it but not named"),
        ({"files": [["a"]]}, "no readable MANIFEST.json"),
        ({"files": "a"}, "no readable MANIFEST.json"),
        ({"schema": 99}, "schema 99 is unknown"),
        ({"skipped": [{"path": "x"}]}, "no readable MANIFEST.json"),
        ({"run_id": "\x1b[2J\n::error::x"}, "is in it but not named"),
    ],
)
def test_a_manifest_that_lies(tmp_path: Path, told: dict[str, Any], why: str) -> None:
    """Of hashes, of names, of its own shape: one line, no home, and nothing that a terminal obeys."""
    line = refused(tmp_path, lambda tar, _: add(tar, "a"), **told)
    assert any(word in line for word in why.split("|"))
    assert line.isprintable()


def test_rights_are_not_restored(tmp_path: Path) -> None:
    """No program of another user's: neither setuid nor setgid, and nobody else may write."""
    digest = hashlib.sha256(b"x").hexdigest()

    def fill(tar: tarfile.TarFile, files: dict[str, str]) -> None:
        add(tar, "program", b"x", mode=0o6777, uid=0, gid=0)
        add(tar, "config.json", b"x")
        files |= {"program": digest, "config.json": digest}

    restore(str(made_archive(tmp_path, fill)), tmp_path / "home", force=False, now=NOW)
    told = (tmp_path / "home" / "program").stat()
    assert told.st_mode & 0o6022 == 0
    assert told.st_uid == os.getuid()


def test_what_an_archive_says_is_shown_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names and reasons in the manifest of a stranger move no cursor and begin no line."""
    hostile = "\x1b]0;owned\x07\x1b[2J\u202e"
    content = json.dumps({"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}).encode()

    def fill(tar: tarfile.TarFile, files: dict[str, str]) -> None:
        add(tar, "config.json", content)
        files["config.json"] = hashlib.sha256(content).hexdigest()

    skipped = [{"path": f"a{hostile}", "reason": f"b{hostile}"}]
    path = made_archive(tmp_path, fill, skipped=skipped, run_id=hostile, when=hostile)
    assert main(["restore", str(path), str(tmp_path / "home")]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\u001b" in told


def test_a_bomb_of_nested_packing_is_one_layer(tmp_path: Path) -> None:
    """What is no tar inside of the packing is no archive."""
    path = tmp_path / "a.tar.zst"
    path.write_bytes(zstd.compress(zstd.compress(bytes(10**7))))
    with pytest.raises(HomeError, match="not a whole archive"):
        restore(str(path), tmp_path / "home", force=False, now=NOW)


def test_no_link_of_a_merged_home_is_followed(tmp_path: Path) -> None:
    """Files, folders, configs and raw samples that lead out of a stranger's home are not brought into one's own."""
    mine, theirs, private = tmp_path / "mine", tmp_path / "theirs", tmp_path / "private"
    private.mkdir()
    (private / "id_rsa").write_text("private")
    (private / "benchmarks_x_data.zip").write_text("private")
    (private / "secret.json").write_text('{"private": "private"}')
    for home in (mine, theirs):
        main(["init", "--empty", str(home)])
    config = json.loads((theirs / "config.json").read_text())
    (theirs / "config.json").write_text(json.dumps({**config, "tmp_data_dir": "samples"}))
    data = theirs / "results" / "experiments" / "data"
    (data / "demo").mkdir(parents=True)
    (data / "demo" / "data_1.json").symlink_to(private / "secret.json")
    (data / "linked").symlink_to(private)
    (theirs / "results" / "artifacts").symlink_to(private)
    (theirs / "results" / "runs").symlink_to("../../private")
    (theirs / "decisions").symlink_to(private)
    (theirs / "samples").mkdir()
    (theirs / "samples" / "benchmarks_x_data.zip").symlink_to(private / "benchmarks_x_data.zip")
    (theirs / "config" / "experiments" / "demo").mkdir(parents=True)
    (theirs / "config" / "experiments" / "demo" / "config.json").symlink_to(private / "secret.json")
    merged = merge(open_home(theirs), open_home(mine))
    assert [path for path in mine.rglob("*") if path.is_file() and "private" in path.read_text()] == []
    assert (merged.new, len(merged.kept)) == (0, 3)
    assert json.loads((mine / "config" / "experiments" / "demo" / "config.json").read_text()) == {"active": False}


def test_of_raw_samples_only_those_are_taken(tmp_path: Path) -> None:
    """A stranger's config may name any folder of this machine for them: its other files stay where they are."""
    private = tmp_path / "private"
    private.mkdir()
    (private / "id_rsa").write_text("private")
    for home in ("mine", "theirs"):
        main(["init", "--empty", str(tmp_path / home)])
    config = tmp_path / "theirs" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "tmp_data_dir": str(private)}))
    assert merge(open_home(tmp_path / "theirs"), open_home(tmp_path / "mine")).new == 0
    assert not list((tmp_path / "mine").rglob("id_rsa"))


def test_a_strangers_table_reads_no_other_file(tmp_path: Path) -> None:
    """A home may come with a table that is a view of another file: it is no table of ours, and is made again."""
    secret = tmp_path / "secret.csv"
    secret.write_text("private\n")
    main(["init", "--empty", str(tmp_path / "H")])
    home = open_home(tmp_path / "H")
    Nights(home).night(demo=[Test("test_a", 1.0)])
    Table(home).refresh()
    with duckdb.connect(str(home.history_file)) as connection:
        connection.execute("CREATE TABLE own AS SELECT * FROM measurements; DROP TABLE measurements")
        lines = f"SELECT * FROM read_csv('{secret}', header=false, columns={{'line': 'VARCHAR'}})"
        replaced = "SELECT own.* REPLACE (line AS test) FROM own, lines"
        connection.execute(f"CREATE VIEW measurements AS WITH lines AS ({lines}) {replaced}")
        assert connection.execute("SELECT test FROM measurements").fetchall() == [("private",)]
    table = Table(home)
    table.refresh()
    assert table.frame()["test"].tolist() == ["test_it"]


def test_a_folder_in_place_of_the_table(tmp_path: Path) -> None:
    """It does not stay either."""

    def fill(tar: tarfile.TarFile, _: dict[str, str]) -> None:
        add(tar, "results/history.duckdb", b"", type=tarfile.DIRTYPE, mode=0o755)

    restore(str(made_archive(tmp_path, fill)), tmp_path / "home", force=False, now=NOW)
    assert [*(tmp_path / "home" / "results").iterdir()] == []


def test_a_restored_home_has_no_table(tmp_path: Path) -> None:
    """It follows from the records: that of a stranger is not opened."""

    def fill(tar: tarfile.TarFile, files: dict[str, str]) -> None:
        add(tar, "results/history.duckdb", b"x")
        files["results/history.duckdb"] = hashlib.sha256(b"x").hexdigest()

    restore(str(made_archive(tmp_path, fill)), tmp_path / "home", force=False, now=NOW)
    assert list((tmp_path / "home" / "results").iterdir()) == []
