"""A home in which nights are killed, and what must hold afterwards, whatever was under way."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pytest_relaybench.archive import MANIFEST
from pytest_relaybench.files import json_object
from pytest_relaybench.history.journal import BEGIN, is_finished, read_journal
from pytest_relaybench.history.table import PUBLIC_COLUMNS, Table, open_history
from pytest_relaybench.zstandard import zstd

from .campaign import Outcome
from .killing import killed_at, night, orphans
from .points import Point
from .project import Project, Test

TESTS = 3
QUIET = ("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:anyio")  # plugins of this environment that cost time
MEASURED = "measured"  # the file in which tests say that they have run
EXPERIMENT = f"""
import subprocess
import time
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def made(setup_cache):
    with subprocess.Popen(["sleep", "300"]) as grandchild:
        yield setup_cache("made", lambda folder: (folder / "a").write_text("b"))
        grandchild.kill()


@pytest.mark.parametrize("case", range({TESTS}))
def test_it(bench, case, made):
    assert bench(sum, (case, 2)) == case + 2
    with Path("{MEASURED}").open("a") as file:
        file.write(f"{{__name__}} {{case}}\\n")
    time.sleep(0.1)


def visualize(table, folder):
    (folder / "table.txt").write_text(str(len(table)))
"""


@dataclass
class Trial:
    """A home, and what was seen in it that must not be."""

    project: Project
    random: Random
    experiments: int = 1
    finished: set[Test] = field(default_factory=set)  # what journals have told of at any time
    complaints: list[str] = field(default_factory=list)

    def live(self, *arguments: str) -> str:
        """A night that nobody kills; its output."""
        status, output = night(self.project, *QUIET, *arguments)
        self._expect(status == 0, f"exit status {status}: {output}")
        self._remember()
        return output

    def kill(self, do: Callable[..., str], *, resumes: bool = True) -> None:
        """A night that is killed, which `resumes` one as often as it is new; then what must hold at once."""
        before, journaled = len(self._measured()), len(self.project.finished())
        output = do(*QUIET, *(self._perhaps_resume() if resumes else ()))
        self._expect("Traceback" not in output, f"a traceback in the killed night: {output}")
        left = orphans(self.project)
        self._expect(not left, f"outlived the night: {left}")
        self._expect_whole(leftovers=True)
        self._remember()
        lost = len(self._measured()) - before - (len(self.finished) - journaled)
        self._expect(lost in {0, 1}, f"{lost} tests had run that no journal has")

    def kill_at(self, point: Point, *, resumes: bool = True) -> None:
        """Kill a night at the point."""
        self.kill(lambda *arguments: killed_at(self.project, point, self.random, *arguments)[1], resumes=resumes)

    def cost_one(self, status: int, output: str, killed: str) -> None:
        """A child was killed: the night went on without its test."""
        self._expect(status in {0, 1}, f"exit status {status} after {killed}: {output}")
        left = orphans(self.project)
        self._expect(not left, f"outlived the night: {left}")
        self._remember()
        missing = self.experiments * TESTS - len(self.finished)
        self._expect(missing in {0, 1}, f"{missing} tests were lost with {killed}: {output}")
        self._expect(status == bool(missing), f"exit status {status}, and {missing} tests were lost with {killed}")
        self._expect_kept()

    def outcome(self) -> Outcome:
        """What the next night makes of it."""
        unfinished, holder = self._unfinished(), self._holder()
        resumed = self._perhaps_resume()
        before, there = len(self._measured()), len(self._of(unfinished))
        output = self.live(*resumed)
        told = f"resuming run {unfinished}" if resumed else f"run {holder} did not"
        self._expect(not holder or told in output, f"not said: {told}: {output}")
        if resumed:
            run = len(self._measured()) - before
            self._expect(run == self.experiments * TESTS - there, f"{run} tests ran, and {there} were there")
            self._expect(len(self._of(unfinished)) == self.experiments * TESTS, f"resumed, and incomplete: {output}")
        self._expect_kept()
        self._expect_whole(leftovers=False)
        self._expect_table()
        self._expect_site()
        self._expect(not self._holder(), "the home is still held")
        return self.verdict()

    def verdict(self) -> Outcome:
        """What was seen so far."""
        lost = len(self.finished - self.project.kept())
        return Outcome(not self.complaints, lost, "\n".join(self.complaints))

    def _perhaps_resume(self) -> tuple[str, ...]:
        return ("--resume",) if self._unfinished() and self.random.random() < 0.5 else ()

    def _measured(self) -> list[str]:
        """Every test that ran to its end, as often as it did."""
        path = self.project.root / MEASURED
        return path.read_text().splitlines() if path.exists() else []

    def _remember(self) -> None:
        finished = self.project.finished()
        self._expect(self.finished <= finished, f"gone from the journals: {self.finished - finished}")
        self.finished |= finished

    def _of(self, run_id: str) -> set[Test]:
        return {test for test in self.project.finished() if test[0] == run_id}

    def _unfinished(self) -> str:
        """The newest run that has begun, when it has not ended."""
        runs = {run: read_journal(self.project.home.run_dir(run) / "journal.jsonl") for run in self.project.run_ids()}
        begun = [run for run, entries in runs.items() if entries and entries[0]["kind"] == BEGIN]
        return begun[-1] if begun and not is_finished(runs[begun[-1]]) else ""

    def _holder(self) -> str:
        """The run that last took the home and has not let it go."""
        return str((json_object(self.project.home_folder / ".lock.json") or {}).get("run_id", ""))

    def _expect(self, holds: bool, complaint: str) -> None:
        if not holds:
            self.complaints.append(complaint)

    def _expect_kept(self) -> None:
        lost = self.finished - self.project.kept()
        self._expect(not lost, f"in no record: {lost}")

    def _expect_whole(self, *, leftovers: bool) -> None:
        found = [told for told in self.project.halves() if not leftovers or not told.endswith(": left behind")]
        found += [f"{path}: is not whole" for path in self.project.home_folder.rglob("*") if not _unpacks(path)]
        self._expect(not found, f"half-written: {found}")

    def _expect_table(self) -> None:
        """What the table has is what the records say."""
        kept, anew = Table(self.project.home).frame()[PUBLIC_COLUMNS], open_history(self.project.home_folder)
        self._expect(kept.equals(anew), f"the table differs from the records: {len(kept)} rows, {len(anew)} in them")

    def _expect_site(self) -> None:
        """Where there is a site, the next time it is written it is what a whole new one would be."""
        folder = self.project.home.subsys_output_dir("website")
        if not folder.is_dir():
            return
        grown = self._site(folder)
        shutil.rmtree(folder)
        anew = self._site(folder)
        other = sorted(name for name in {*grown, *anew} if grown.get(name) != anew.get(name))
        self._expect(not other, f"of the site {len(other)} files are not as in a new one: {other[:9]}")

    def _site(self, folder: Path) -> dict[str, bytes]:
        command = [sys.executable, "-m", "pytest_relaybench", "site", str(self.project.home_folder)]
        subprocess.run(command, check=True, capture_output=True, env=self.project.environment())
        return _pages(folder)


def _pages(site: Path) -> dict[str, bytes]:
    """What is shown of a site, by name."""
    files = (path for path in site.rglob("*") if path.is_file() and not path.name.startswith("."))
    names = {path.relative_to(site): path for path in files}
    return {str(name): path.read_bytes() for name, path in names.items() if name.parts[0] != "source"}


def _unpacks(path: Path) -> bool:
    """Whether an archive can be read to its end; anything else can."""
    if path.name.startswith("."):
        return True
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return archive.testzip() is None
        if path.suffix == ".zst":
            with zstd.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
                return [member.name for member in tar][-1] == MANIFEST
    except (OSError, EOFError, IndexError, zipfile.BadZipFile, tarfile.TarError, zstd.ZstdError):
        return False
    return path.suffix != ".png" or path.read_bytes().endswith(b"IEND\xaeB`\x82")
