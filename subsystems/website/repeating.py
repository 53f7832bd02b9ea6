"""The command that repeats a comparison, safe to be pasted into a shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.history.records import Record
from pytest_relaybench.variants.parsing import RANGE_MARK

from .inert import shell_line
from .series import param_text

_WORD = re.compile(r"[\w:+./-]+")  # what `-k` takes as one name; brackets would need the whole id
_OPERATORS = frozenset({"and", "or", "not", "True", "False", "None"})
_KNOWN_EVERYWHERE = ("git:", "release:")


@dataclass(frozen=True)
class Repeat:
    """Which comparison to repeat: two builds on one case of an experiment."""

    record: Record
    base: str
    candidate: str
    test: str
    params: Mapping[str, Any]

    @property
    def command(self) -> str:
        """For the shell; of the cases of a table it picks the first one."""
        words = ["pytest", self._file, *self._home, "--compare", f"{self.base}{RANGE_MARK}{self.candidate}"]
        return shell_line([*words, "-k", self._keywords])

    @property
    def follows_branches(self) -> bool:
        """Whether a side may be another commit by now."""
        return any(label.startswith("git:") for label in (self.base, self.candidate))

    @property
    def _file(self) -> str:
        nodeids = (test.nodeid.partition("::") for test in self.record.tests)
        return next((file for file, mark, _ in nodeids if mark), f"bench/test_{self.record.experiment}.py")

    @property
    def _home(self) -> list[str]:
        """Only a home knows what a name in its table of variants means."""
        known = all(
            label == "installed" or label.startswith(_KNOWN_EVERYWHERE) for label in (self.base, self.candidate)
        )
        return [] if known else ["--home", "HOME"]

    @property
    def _keywords(self) -> str:
        texts = [self.test, *(param_text(value) for value in self.params.values())]
        return " and ".join(text for text in texts if _WORD.fullmatch(text) and text not in _OPERATORS) or self.test
