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
    """Tests that failed with the same message."""

    message: Message
    tests: Sequence[TestOutcome]


def message_of(text: str, whole: int = SHOWN_WHOLE, lead: int = 1) -> Message:
    """A message of up to `whole` lines as it is; of a longer one the first `lead` lines stand before the rest."""
    lines = plain(text).strip("\n").splitlines()
    if len(lines) <= whole:
        return Message("\n".join(lines))
    return Message("\n".join(lines[:lead]), "\n".join(lines[lead:]))


def failures_of(tests: Iterable[TestOutcome]) -> list[Failures]:
    """The tests that failed, each message once."""
    groups: dict[str, list[TestOutcome]] = {}
    for test in tests:
        if test.outcome == "failed":
            groups.setdefault(test.message, []).append(test)
    return [Failures(message_of(text), group) for text, group in groups.items()]
