"""A home out of its archive: byte for byte, nowhere else, and never over what is there."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_relaybench.archive import MANIFEST, archive_home
from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import HomeError
from pytest_relaybench.restoring import restore
from pytest_relaybench.zstandard import zstd
from tests.test_archive import home_at

RUN = "20261122T010203.000004Z"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
Fill = Callable[[tarfile.TarFile, dict[str, str]], object]
FOLDERS = '{"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}'


def tree(root: Path) -> dict[str, bytes | str]:
    """Every file's bytes, and every link's target, but for what archives leave out."""
    paths = [path for path in root.rglob("*") if path.is_symlink() or path.is_file()]
    kept = [path for path in paths if path.relative_to(root).parts[0] != "backup"]
    return {
        str(path.relative_to(root)): str(path.readlink()) if path.is_symlink() else path.read_bytes() for path in kept
    }


def made_archive(folder: Path, fill: Fill, **told: object) -> Path:
    """An archive that somebody else wrote: `fill` adds members, and to what the manifest says of files."""
    files: dict[str, str] = {}
    path = folder / "archive.tar.zst"
    with zstd.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        fill(tar, files)
        manifest = {"schema": 1, "run_id": RUN, "when": "before", "skipped": [], "files": files, **told}
        add(tar, MANIFEST, json.dumps(manifest).encode())
    return path


def add(tar: tarfile.TarFile, name: str, content: bytes = b"x", **fields: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in fields.items():
        setattr(member, key, value)
    tar.addfile(member, io.BytesIO(content) if member.isreg() else None)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=30
)


@given(files=st.dictionaries(NAMES.filter(lambda name: name not in (".", "..")), st.binary(max_size=300), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_restored_home_is_what_was_archived(files: dict[str, bytes]) -> None:
    """Byte for byte, whatever names and contents its files have, links and empty folders included."""
    with tempfile.TemporaryDirectory() as folder:
        home = home_at(Path(folder) / "home")
        for name, content in files.items():
            (home.results / name).write_bytes(content) if len(name.encode()) < 200 else None
        (home.root / "config.json").write_text(FOLDERS)
        (home.root / "link").symlink_to("config/experiments")
        (home.root / "config" / "empty").mkdir()
        done = restore(archive_home(home, RUN, "after"), Path(folder) / "again", force=False, now=NOW)
        assert tree(Path(folder) / "again") == tree(home.root)
        assert (Path(folder) / "again" / "config" / "empty").is_dir()
        assert (done.run_id, done.when, done.skipped) == (RUN, "after", {"backup": "archives"})


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("../outside", {}),
        ("/tmp/outside", {}),
        ("results/../../outside", {}),
        ("link", {"type": tarfile.SYMTYPE, "linkname": "../.."}),
        ("link", {"type": tarfile.SYMTYPE, "linkname": "/etc"}),
        ("link", {"type": tarfile.LNKTYPE, "linkname": "../../etc/passwd"}),
        ("device", {"type": tarfile.CHRTYPE}),
    ],
)
def test_what_would_escape_is_refused(tmp_path: Path, name: str, fields: dict[str, object]) -> None:
    """A member above the folder, through a link or a device: one line, and nothing is written anywhere."""
    path = made_archive(tmp_path, lambda tar, _: add(tar, name, b"" if fields else b"x", **fields))
    (tmp_path / "in").mkdir()
    with pytest.raises(HomeError, match=r"it would write outside|neither file, folder nor"):
        restore(str(path), tmp_path / "in" / "home", force=False, now=NOW)
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["archive.tar.zst", "in"]


def test_every_file_has_the_hash_that_the_manifest_says(tmp_path: Path) -> None:
    """A file that is another, one too many and one too few are each named."""
    fills: dict[str, Fill] = {
        "a has another SHA-256": lambda tar, told: (add(tar, "a"), told.update(a="0")),
        "a is in it but not named": lambda tar, _: add(tar, "a"),
        "a is named but not in it": lambda _, told: told.update(a="0"),
    }
    for said, fill in fills.items():
        with pytest.raises(HomeError, match=said):
            restore(str(made_archive(tmp_path, fill)), tmp_path / "h", force=False, now=NOW)
    assert not (tmp_path / "h").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_part_of_an_archive_is_no_archive(tmp_path: Path, share: float) -> None:
    """Wherever it was cut off, or if it is something else altogether: one line, no home."""
    home = home_at(tmp_path / "home")
    (home.results / "noise").write_bytes(bytes(range(256)) * 400)
    path = Path(archive_home(home, RUN, "before"))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(HomeError, match="not a whole archive of a home"):
        restore(str(path), tmp_path / "again", force=False, now=NOW)
    assert not (tmp_path / "again").exists()


def test_a_home_with_results_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --force it is refused by name; with it, what was there is moved aside whole and named."""
    home = home_at(tmp_path / "home")
    (home.root / "config.json").write_text(FOLDERS)
    archive = archive_home(home, RUN, "before")
    newer = home.results / "experiments" / "data" / "demo" / "data_2.json"
    newer.write_text("tonight")
    assert main(["restore", archive, str(home.root)]) == 1
    assert f"{home.root}: the folder has results (--force moves it aside and restores)" in capsys.readouterr().err
    assert newer.read_text() == "tonight"
    # the archive lies in the home that moves: it is taken from a copy
    copy = tmp_path / "copy.tar.zst"
    copy.write_bytes(Path(archive).read_bytes())
    assert main(["restore", str(copy), str(home.root), "--force"]) == 0
    told = capsys.readouterr().out
    aside = next(tmp_path.glob("home.before-restore-*"))
    assert not newer.exists()
    assert (aside / newer.relative_to(home.root)).read_text() == "tonight"
    assert str(aside) in told
    assert "not in the archive: backup (archives)" in told


def test_an_archive_inside_the_home_that_moves(tmp_path: Path) -> None:
    """--force with an archive of the home's own backup_dir works, since it is unpacked before anything moves."""
    home = home_at(tmp_path / "home")
    (home.root / "config.json").write_text(FOLDERS)
    archive = archive_home(home, RUN, "before")
    assert main(["restore", archive, str(home.root), "--force"]) == 0
    assert (home.root / "config.json").read_text() == FOLDERS
    assert not (home.root / "backup").exists()


def test_archives_of_before_zstandard(tmp_path: Path) -> None:
    """Those packed with gzip are restored too."""
    home = home_at(tmp_path / "home")
    path = Path(archive_home(home, RUN, "before"))
    with (
        zstd.open(path, "rb") as file,
        tarfile.open(fileobj=file, mode="r|") as old,
        tarfile.open(tmp_path / "old.tar.gz", "w:gz") as new,
    ):
        for member in old:
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
    restore(str(tmp_path / "old.tar.gz"), tmp_path / "again", force=False, now=NOW)
    assert tree(tmp_path / "again") == tree(home.root)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that names it."""
    assert main(["restore", str(tmp_path / "none.tar.zst"), str(tmp_path / "home")]) == 1
    assert f"{tmp_path / 'none.tar.zst'}: cannot be restored" in capsys.readouterr().err


def test_what_an_archive_cannot_hold_does_not_spoil_it(tmp_path: Path) -> None:
    """A file of the manifest's name, and a link that by way of another leads out, are left out, and said."""
    home = home_at(tmp_path / "home")
    (home.root / MANIFEST).write_text("mine")
    (home.root / "latest").symlink_to(".")
    (home.root / "out").symlink_to("latest/../other")
    (home.root / "loop").symlink_to("loop")
    archive = archive_home(home, RUN, "before")
    done = restore(archive, tmp_path / "again", force=False, now=NOW)
    assert {MANIFEST, "out"} <= set(done.skipped)
    assert (tmp_path / "again" / "latest").readlink() == Path()
    assert (tmp_path / "again" / "loop").is_symlink()
    assert not (tmp_path / "again" / MANIFEST).exists()


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        ("s3://ada:geheim@bucket/a.tar.zst", "s3://***@bucket/a.tar.zst: a URL here may not hold a user or a password"),
        ("s3://bucket/a.tar.zst?sig=geheim", "s3://bucket/a.tar.zst: a URL here has neither"),
        ("nosuch://bucket/a.tar.zst", "no storage is known by 'nosuch'"),
    ],
)
def test_addresses_are_told_without_their_secrets(
    archive: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a config: what would need a secret in the address is refused, and the secret is not repeated."""
    assert main(["restore", archive, str(tmp_path / "home")]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "geheim" not in told


def test_no_place_for_the_home_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no folder can be made, that is told."""
    archive = archive_home(home_at(tmp_path / "home"), RUN, "before")
    (tmp_path / "file").write_text("")
    assert main(["restore", archive, str(tmp_path / "file" / "home")]) == 1
    assert f"{tmp_path / 'file' / 'home'}: cannot be restored: " in capsys.readouterr().err
