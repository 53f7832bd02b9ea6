"""Faults of the places that a night writes to: full, read-only, forbidden, gone, out of descriptors, oddly named."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .campaign import Fault, Outcome
from .mounts import ROOMY, mounted, no_mounts, no_setpriv, remount, unmount, used
from .project import PATIENCE_S, Project, ended
from .wells import KILLED, OLDER, Well, make_well

FULL = "No space left on device"
NIGHT_BYTES = 2_000_000  # that a night of this project writes, 1.6 MB of them the table
SMALL_BYTES = 130_000  # and all that is no table
NIGHT_FILES = 45
FULL_FROM = ("bytes", "bytes", "bytes", "files")


def disk_full(root: Path, random: Random) -> Outcome:
    """Room for a part of what a night writes, any part; or for its bytes, but not for as many files."""
    home = root / "H"
    with mounted(home, size=ROOMY):
        well = make_well(root, random, draws=random.random() < 1 / 4)
        there, files = used(home)
        if random.choice(FULL_FROM) == "bytes":
            limit = f"size={there + random.randrange(random.choice((SMALL_BYTES, NIGHT_BYTES)))}"
        else:
            limit = f"nr_inodes={files + random.randrange(1, NIGHT_FILES)}"
        remount(home, limit)
        status, output = well.night()
        remount(home, f"size={ROOMY},nr_inodes=10000")
        return well.judged(status, output, FULL, told=limit)


BUILDING = """
def test_built(bench, setup_cache):
    folder = setup_cache("made", lambda folder: (folder / "it").write_bytes(bytes(99_999)))
    bench(sum, (1, 2))
"""


def other_disk_full(root: Path, random: Random) -> Outcome:
    """The home has room, one of the places that its config names has none."""
    key = random.choice(("tmp_data_dir", "backup_dir", "setup_dir"))
    other = root / "other"
    with mounted(other, size=2 ** random.randrange(12, 17)):
        (other / "filling").write_bytes(bytes(random.randrange(4096)))
        well = make_well(root, random, BUILDING, tests=1, home={key: str(other)})
        status, output = well.night()
        remount(other, f"size={ROOMY}")
        return well.judged(status, output, FULL, told=key)


def lost_disk(root: Path, random: Random) -> Outcome:
    """The home is read-only from the start, or becomes so under a night, or its file system goes away."""
    tests = random.randrange(-1, 3)
    return (_gone if tests >= 0 and random.randrange(2) else _read_only)(root, random, tests)


def _read_only(root: Path, random: Random, tests: int) -> Outcome:
    home = root / "H"

    def freeze() -> None:
        subprocess.run(["mount", "--bind", home, home], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)

    with mounted(home, size=ROOMY):
        well = make_well(root, random)
        if tests < 0:
            freeze()
        try:
            status, output = well.night() if tests < 0 else broken_off(well, tests, freeze)
        finally:
            unmount(home)
        return well.judged(status, output, "Read-only file system", told=f"after {tests} tests")


def _gone(root: Path, random: Random, tests: int) -> Outcome:
    disk, home = root / "disk", root / "H"
    home.mkdir()
    with mounted(disk, size=ROOMY):
        subprocess.run(["mount", "--bind", disk, home], check=True)
        try:
            well = make_well(root, random)
            status, output = broken_off(well, tests, lambda: unmount(home, "--lazy"))
            subprocess.run(["mount", "--bind", disk, home], check=True)
            return well.judged(status, output, "No such file or directory", told=f"gone after {tests} tests")
        finally:
            unmount(home)


def broken_off(project: Project, tests: int, breaking: Callable[[], object]) -> tuple[int, str]:
    """A night during which something happens to its places, after so many tests."""
    with project.start() as process:
        _wait_for(project, process, tests)
        breaking()
        return ended(process)


def _wait_for(project: Project, process: subprocess.Popen[str], tests: int) -> None:
    """Until so many tests of tonight are in the journal, or the night has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        journals = project.home_folder.glob("results/runs/*/journal.jsonl")
        if any(path.read_bytes().count(b'{"kind": "test"') >= tests for path in journals if KILLED not in str(path)):
            return
        time.sleep(0.01)


@dataclass(frozen=True)
class Obedient(Well):
    """Nights of a root that permissions hold for."""

    def command(self, *arguments: str) -> list[str]:
        without = "-dac_override,-dac_read_search"
        return ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}", *super().command(*arguments)]


FILES = (
    "config.json", "config/experiments/night_0/config.json", "results/history.duckdb", "results/incidents.json",
    f"results/runs/{KILLED}/journal.jsonl", f"results/experiments/data/night_0/data_{OLDER}.json",
)  # fmt: skip
FOLDERS = (
    ".", "config", "config/experiments", "config/experiments/night_0", "config/schema", "decisions", "results",
    "results/runs", f"results/runs/{KILLED}", "results/experiments", "results/experiments/data",
    "results/experiments/data/night_0", "results/experiments/graph", "results/experiments/graph/night_0",
    "results/experiments/status", "results/experiments/status/night_0", "results/experiments/summary",
    "results/subsystem", "tmp", "backup", "setup",
)  # fmt: skip


def forbidden(root: Path, random: Random) -> Outcome:
    """One file or folder of the home may not be read, or not be written."""
    well = make_well(root, random, kind=Obedient)
    place = random.choice((*FILES, *FOLDERS))
    path = well.home_folder / place
    (path.parent if place in FILES else path).mkdir(parents=True, exist_ok=True)
    if place in FILES:
        path.touch()
    readable = 0o400 if place in FILES else 0o500
    # pytest itself looks for its settings in every folder that is named to it, and gives up at a closed one
    mode = readable if place == "." else random.choice((0, readable))
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        status, output = well.night()
    finally:
        path.chmod(before)
    return well.judged(status, output, "Permission denied", told=f"{place}: {mode:o}")


FAILING = """
import errno, os, sys
left, lasting = map(int, os.environ["FAILING_FSYNC"].split())
fsync = os.fsync
def failing(handle):
    global left
    left -= 1
    if left == 0 or (left < 0 and lasting):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    fsync(handle)
if "pytest" in sys.orig_argv:
    os.fsync = failing
"""


def refused(root: Path, random: Random) -> Outcome:
    """The disk fails to take one file, or every one from some on; or no file may be larger than a limit."""
    well = make_well(root, random, draws=random.random() < 1 / 4)
    if random.randrange(2):
        size = int(10 ** random.uniform(2, 6.3))
        return well.judged(*limited(well, resource.RLIMIT_FSIZE, size), "File too large", told=f"at most {size} bytes")
    (root / "inject").mkdir()
    (root / "inject" / "sitecustomize.py").write_text(FAILING)
    which = f"{random.randrange(1, 50)} {random.randrange(2)}"
    path = os.pathsep.join([str(root / "inject"), well.environment()["PYTHONPATH"]])
    status, output = well.night(env={"PYTHONPATH": path, "FAILING_FSYNC": which})
    return well.judged(status, output, "Input/output error", told=f"fsync {which}")


def limited(project: Project, limit: int, value: int) -> tuple[int, str]:
    """A night whose processes have this limit of the system's."""
    with project.start() as process:
        resource.prlimit(process.pid, limit, (value, value))
        return ended(process)


def descriptors(root: Path, random: Random) -> Outcome:
    """The session and its children may open few files (`ulimit -n`)."""
    well = make_well(root, random)
    most = random.randrange(14, 40)  # with fewer pytest itself does not come up
    return well.judged(*limited(well, resource.RLIMIT_NOFILE, most), "Too many open files", told=f"at most {most}")


PRINTING = """
def test_prints(bench):
    print("x" * 100_000)
    bench(sum, (1, 2))
"""


@dataclass(frozen=True)
class Elsewhere(Well):
    """Nights that are started in another folder, by somebody without a home folder."""

    def command(self, *arguments: str) -> list[str]:
        (self.root / "scratch").mkdir(exist_ok=True)
        _, *rest = super().command(*arguments)
        named = {"bench": str(self.root / "bench"), "H": str(self.home_folder)}
        start = ["env", f"--chdir={self.root / 'scratch'}", f"HOME={self.root / 'file'}", sys.executable]
        return [*start, *(named.get(word, word) for word in rest)]


def no_folder(root: Path, random: Random) -> Outcome:
    """Temporary files have no room or no folder; or the folder that the night was started in is removed under it."""
    (root / "file").touch()
    place = random.choice(("small", "missing", "file", "current"))
    if place == "current":
        key = random.choice(("tmp_data_dir", "backup_dir", "setup_dir"))
        well = make_well(root, random, kind=Elsewhere, home={key: "~/place"})
        status, output = broken_off(well, random.randrange(3), lambda: shutil.rmtree(root / "scratch"))
        return well.judged(status, output, "No such file", "Not a directory", told=f"current folder, {key}")
    with mounted(root / "small", size=8192):
        well = make_well(root, random, PRINTING, tests=1)
        status, output = well.night(env={"TMPDIR": str(root / place)})
        return well.judged(status, output, FULL, told=place)


NAMES = (
    "with space", "it's \"quoted\"", "line\nbreak", "größe 測試 🙂", "x" * 240, "%s {x} $HOME `id` ;",
    "-p no:relaybench", "[a-z]*?", "back\\slash", "#hash?query&amp;", "'; DROP TABLE files; --",
)  # fmt: skip


def odd_name(root: Path, random: Random) -> Outcome:
    """The path of the project is one that programs trip over: a night there is like any other."""
    name = random.choice(NAMES)
    well = make_well(root / name / "project", random, draws=random.random() < 1 / 4)
    status, output = well.night()
    return well.judged(status, output, "that anything was wrong, since nothing is", told=repr(name))


FAULTS = (
    Fault("The disk is full, or out of inodes, at any byte of a night", disk_full, 100, 2, no_mounts),
    Fault("The disk of raw samples, archives or set-up is full", other_disk_full, 16, 1, no_mounts),
    Fault("The home is read-only, becomes so, or its disk goes away", lost_disk, 24, 1, no_mounts),
    Fault("A file or folder may not be read or not be written", forbidden, 80, 1, no_setpriv),
    Fault("The disk fails, or takes no large file", refused, 60),
    Fault("File descriptors are used up", descriptors, 24),
    Fault("No folder for temporary files, or the current one is removed", no_folder, 12, 1, no_mounts),
    Fault("A path that programs trip over", odd_name, 16),
)
