"""The log of providing one variant: all that was run, what it printed, and its end for whoever asks why it failed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import VariantError

SHOWN_LINES = 50
KEPT_LOGS = 50
LONGEST_LINE = 400
CHUNK_BYTES = SHOWN_LINES * LONGEST_LINE * 4
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.+-]+")


class BuildLog:
    """A log file in `folder` named after the moment, the variant and this process; made when first written to."""

    def __init__(self, folder: Path, label: str) -> None:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self.label = label
        self.path = folder / f"{moment}-{short_name(label)}-{os.getpid()}.log"

    def write(self, text: str) -> None:
        """Add a line."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")

    def run(
        self, command: Sequence[str | Path], *, what: str, env: Mapping[str, str], cwd: Path, timeout_s: float
    ) -> None:
        """Run a program whose output goes here; it ends with this process, and after `timeout_s` at the latest.

        `env` is added to this process's environment. Raises VariantError that begins with `what`.
        """
        words = [str(word) for word in command]
        self.write("\n".join(["", *(f"{name}={value}" for name, value in env.items()), f"$ {shlex.join(words)}"]))
        # -P: the folder that is built in must not be where the guard's own modules come from
        guarded = [sys.executable, "-P", str(Path(__file__).with_name("guard.py")), *words]
        with self.path.open("ab") as output:
            process = subprocess.Popen(
                guarded,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **env},
                start_new_session=True,
            )
            try:
                status = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise self.failure(f"{what} took longer than {timeout_s:g} s") from None
            finally:
                process.communicate()  # ends its input, which ends it where it still runs
        if status:
            raise self.failure(f"{what} failed (exit status {status})")

    def failure(self, reason: str) -> VariantError:
        """The error to raise: the reason on its first line, then the end of the log and where the whole of it is."""
        lines = [f"variant {self.label}: {reason}"]
        if self.path.is_file():
            lines += [*self.tail(), f"whole log: {self.path}"]
        return VariantError("\n".join(lines))

    def tail(self) -> list[str]:
        """The last 50 lines, over-long ones cut."""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - CHUNK_BYTES))
            text = file.read().decode("utf-8", "replace")
        return [_printable(line[:LONGEST_LINE]) for line in text.splitlines()[-SHOWN_LINES:]]


def _printable(line: str) -> str:
    """Without what would move a terminal's cursor, or colour what follows."""
    return "".join(mark if mark.isprintable() or mark == "\t" else "?" for mark in line)


def short_name(label: str) -> str:
    """The label as part of a file's name."""
    return _NOT_IN_NAMES.sub("-", label).strip("-.")[-60:] or "variant"


def drop_old_logs(folder: Path) -> None:
    """Keep the newest 50 logs."""
    for path in sorted(folder.glob("*.log"))[:-KEPT_LOGS]:
        path.unlink(missing_ok=True)
