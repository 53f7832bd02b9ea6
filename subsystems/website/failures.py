"""What did not pass, told so that it can be read: equal messages once, long ones folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_relaybench.history.records import TestOutcome
from pytest_relaybench.render.format import count_text

from .inert import plain

SHOWN_WHOLE = 8  # lines; the message of a variant that could not be built brings up to 50 of its log


@dataclass(frozen=True)
class Message:
    """A message: what is seen at once, and what a click opens."""

    lead: str
    rest: str = ""

    @property
    def words(self) -> str:
        """What stands where the rest is folded away."""
        return count_text(len(self.rest.splitlines()), "more line")


@dataclass(frozen=True)
class Failures:
    """Tests that ended in the same way with the same message."""

    outcome: str
    message: Message
    tests: Sequence[TestOutcome]


def message_of(text: str) -> Message:
    """A short message whole; of a long one the first line leads."""
    lines = plain(text).strip("\n").splitlines()
    if len(lines) <= SHOWN_WHOLE:
        return Message("\n".join(lines))
    return Message(lines[0], "\n".join(lines[1:]))


def failures_of(tests: Iterable[TestOutcome]) -> list[Failures]:
    """The tests that did not pass, failed ones first, each message once."""
    groups: dict[tuple[str, str], list[TestOutcome]] = {}
    for test in sorted((test for test in tests if test.outcome != "passed"), key=lambda test: test.outcome):
        groups.setdefault((test.outcome, test.message), []).append(test)
    return [Failures(outcome, message_of(text), group) for (outcome, text), group in groups.items()]
