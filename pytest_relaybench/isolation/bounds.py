"""How much of what a test says crosses the pipe, and in what form it reaches people."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

LONGEST_TEXT = 1 << 20  # letters of one text in a report
LONGEST_LINE = 10_000  # letters of a line of progress, or of a warning
WARNINGS_A_PLACE, WARNINGS_A_TEST = 10, 100
LINES_A_TEST = 1000  # of progress
SPOKEN = ("longrepr", "sections", "user_properties")  # the parts of a report that hold what people wrote

# all but tabs, ends of lines, and the sequences that only colour what follows
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")

Place = tuple[str, str, int]  # category, file, line


def harmless(text: str) -> str:
    """What was printed: colours stay, whatever else a terminal obeys is an escape; no cursor moves, no title is set."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """The beginning and the end of a text that is longer than people read."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} letters left out ...]\n{text[-half:]}"


def fit(report: Mapping[str, Any]) -> dict[str, Any]:
    """A serialised report whose texts are short enough to be shown; what was measured stays as it is."""
    return {key: _fit(value) if key in SPOKEN else value for key, value in report.items()}


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, Mapping):
        return {key: _fit(entry) for key, entry in value.items()}
    return [_fit(entry) for entry in value] if isinstance(value, list | tuple) else value


class Allowance:
    """How many warnings and lines of progress a test has had, and how many of them were too many."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A test begins."""
        self._of_place: Counter[Place] = Counter()
        self._warnings = self._left_out = self._lines = 0

    def admits_warning(self, place: Place) -> bool:
        """Whether one more from this place is to be told."""
        if self._warnings >= WARNINGS_A_TEST or self._of_place[place] >= WARNINGS_A_PLACE:
            self._left_out += 1
            return False
        self._warnings += 1
        self._of_place[place] += 1
        return True

    def admits_line(self) -> bool:
        """Whether one more line of progress is to be told."""
        self._lines += 1
        return self._lines <= LINES_A_TEST

    def left_out(self) -> list[str]:
        """A line for warnings and one for lines of progress, where some were not told."""
        lines = max(self._lines - LINES_A_TEST, 0)
        told = [(self._left_out, "warnings"), (lines, "lines of progress")]
        return [f"{count} more {what} of this test are not shown" for count, what in told if count]

    @contextmanager
    def of_warnings(self) -> Iterator[None]:
        """What too many warnings are about is not even kept; for use within whatever records them."""
        record: Callable[..., None] = warnings.showwarning

        def show(  # noqa: PLR0913, PLR0917, as `warnings.showwarning`
            message: Warning | str, category: type[Warning], filename: str, lineno: int,
            file: TextIO | None = None, line: str | None = None,
        ) -> None:  # fmt: skip
            if self.admits_warning((category.__name__, filename, lineno)):
                record(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        try:
            yield
        finally:
            if warnings.showwarning is show:
                warnings.showwarning = record
