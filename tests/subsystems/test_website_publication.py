"""Publishing: only what a night changed is written, all of it at once, and who watches the folder wakes up once."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.large_home import add_night, make_large_home, publish
from tests.subsystems.loading import load

EXPERIMENTS, NIGHTS = 4, 400  # over two calendar years
SINGLE = "Detected file changes"  # what `mkdocs serve` says before it builds again


def _stamps(site: Path) -> dict[str, int]:
    """Every file of the site with the moment it was written; what MkDocs was given aside."""
    files = (path for path in site.rglob("*") if path.is_file())
    found = {path.relative_to(site).as_posix(): path.stat().st_mtime_ns for path in files}
    return {name: stamp for name, stamp in found.items() if not name.startswith("source/")}


@dataclass(frozen=True)
class Published:
    """The stamps of a site after a publication, after a second one of the same night, and after one more night."""

    first: Mapping[str, int]
    again: Mapping[str, int]
    next: Mapping[str, int]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A home of two calendar years, published three times."""
    root = tmp_path_factory.mktemp("nights") / "home"
    home = make_large_home(root, experiments=EXPERIMENTS, nights=NIGHTS, held_back=1)
    first, again = _stamps(publish(home)), _stamps(publish(home))
    add_night(home, experiments=EXPERIMENTS, nights=NIGHTS)
    return Published(first, again, _stamps(publish(home)))


def test_publishing_the_same_night_again_writes_nothing(nights: Published) -> None:
    """Not one file of hundreds gets another date."""
    assert len(nights.first) > 100
    assert nights.again == nights.first


def test_a_night_changes_only_what_shows_it(nights: Published) -> None:
    """The pages of what ran, the lists of runs and incidents, this year's data; no page or data of the year before."""
    after = nights.next
    changed = {name for name, stamp in after.items() if nights.again.get(name) != stamp}
    pages = {name for name in changed if name.endswith(".html")}
    ran = {f"experiments/{name}_0.html" for name in ("builds", "counters", "gpu", "rates", "levels", "engines")}
    assert pages & ran == ran & set(after)
    assert {"index.html", "runs.html", "runs/2026.html", "compare.html", "machines.html"} <= pages
    assert "about.html" not in pages
    assert not [name for name in changed if "2025" in name]
    assert not [name for name in changed if name.startswith(("static/", "assets/", "graphs/"))]
    assert [name for name in after if "2025" in name]


def test_pages_are_renamed_after_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and style first; a page of Markdown never appears before them."""
    load("website")
    write_folder = sys.modules[f"{load('website').__name__}.source"].write_folder
    order: list[str] = []
    rename = os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (order.append(Path(new).name), rename(old, new)))
    contents = {"docs/a.md": b"page", "docs/data/z.js": b"data", "mkdocs.yml": b"settings"}
    assert write_folder(tmp_path / "source", contents) == 3
    assert order == ["z.js", "mkdocs.yml", "a.md"]


def test_a_write_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """A picture that vanished meanwhile: no other file was replaced, and nothing is left lying about."""
    write_folder = sys.modules[f"{load('website').__name__}.source"].write_folder
    root = tmp_path / "source"
    write_folder(root, {"docs/a.md": b"old"})
    with pytest.raises(FileNotFoundError):
        write_folder(root, {"docs/a.md": b"new", "docs/b.png": tmp_path / "gone.png"})
    assert {path.relative_to(root).as_posix(): path.is_file() and path.read_bytes() for path in root.rglob("*")} == {
        "docs": False,
        "docs/a.md": b"old",
    }


def test_mkdocs_serve_builds_once_for_a_night(site: Path, tmp_path: Path) -> None:
    """A hundred files change, and it builds once; twice at most, where it looked while they were being renamed."""
    source = tmp_path / "source"
    shutil.copytree(site / "source", source)
    write_folder = sys.modules[f"{load('website').__name__}.source"].write_folder
    files = sorted(path for path in source.rglob("*") if path.is_file())
    content = {path.relative_to(source).as_posix(): path.read_bytes() for path in files}
    pages = [name for name in content if name.endswith((".md", ".js", ".css", ".csv"))][:100]
    seen: list[int] = []
    with _serving(source, tmp_path / "log") as log:
        while seen.count(1) < 2:
            before = log.read_text().count(SINGLE)
            content |= {name: content[name] + b"\n" for name in pages}
            assert write_folder(source, content) == len(pages)
            seen.append(_builds(log, before))
            assert seen[-1] <= 2, log.read_text()
            assert len(seen) <= 5, f"builds for each night: {seen}"


@contextmanager
def _serving(source: Path, log: Path) -> Iterator[Path]:
    """`mkdocs serve` over the folder while the block runs, and the file of what it says."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    with log.open("wb") as file:
        server = subprocess.Popen(
            command, cwd=source, stdout=file, stderr=file, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        )
    try:
        _wait(lambda: "Serving on" in log.read_text(), server)
        time.sleep(1)  # until it has looked at the folder for the first time
        yield log
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _builds(log: Path, before: int) -> int:
    """How often it built since, once it has been still for more than a second: it looks every half."""
    _wait(lambda: log.read_text().count("Reloading browsers") > before)
    told = ""
    while told != (told := log.read_text()):
        time.sleep(1.2)
    return told.count(SINGLE) - before


def _wait(is_so: Callable[[], bool], server: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "mkdocs serve did not answer"
        assert server is None or server.poll() is None, "mkdocs serve ended"
        time.sleep(0.1)
