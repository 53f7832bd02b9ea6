"""What a night could not write: a line for each reason, with the files by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .errors import reason_of

MOST_NAMED = 3


def refusal(error: OSError, shown: Callable[[Path], str]) -> str:
    """The file, as `shown` names it, and the reason: `results/runs/R/run.json: No space left on device`."""
    return f"{shown(Path(str(error.filename)))}: {reason_of(error)}" if error.filename else reason_of(error)


@dataclass
class Unkept:
    """Files by the reason for which they are not as they should be."""

    files: dict[str, list[str]] = field(default_factory=dict)

    @contextmanager
    def noting(self, file: str) -> Iterator[None]:
        """What the block cannot write, or remove, is noted under the name that messages have for the file."""
        try:
            yield
        except OSError as error:
            noted = self.files.setdefault(reason_of(error), [])
            if file not in noted:
                noted.append(file)

    def lines(self) -> list[str]:
        """One for each reason."""
        return [f"not written: {_named(files)}: {told}" for told, files in self.files.items()]


def _named(files: list[str]) -> str:
    more = len(files) - MOST_NAMED
    return ", ".join(files[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
