"""What a detector is to the yardstick, and how one that sees only whole series is asked night by night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from ..history import Array
from ..online import Online

ChangePoints = Callable[[Array], Sequence[int]]  # the first nights of new levels in a whole series

NEWS = 14  # nights; an older change point is not worth an alarm
ALIKE = 5  # nights; a change point this close to one that was told is the same


@dataclass(frozen=True)
class Detector:
    """A rule under test.

    `key` names it on the command line and `source` says where the rule comes from; `online` makes one for a series.
    `change_points` is None where the rule has no retrospective form. `needs` is the module that it is, with the name
    under which it is installed. `work_of` is the key of the one whose results it only reads, so that it has no time.
    """

    key: str
    name: str
    source: str
    online: Callable[[], Online]
    change_points: ChangePoints | None = None
    needs: tuple[str, str] | None = None
    work_of: str = ""

    @property
    def lacks(self) -> str:
        """What must be installed before it can be scored, empty when nothing must."""
        if self.needs is None or find_spec(self.needs[0]) is not None:
            return ""
        return self.needs[1]


@dataclass
class Rule:
    """An online detector without memory: a function of the nights up to tonight."""

    is_alarm: Callable[[Array], bool]

    def update(self, history: Array) -> bool:
        """Whether tonight is one."""
        return self.is_alarm(history)


class Rerun:
    """Looks at the whole series every night, and raises one alarm for each change point that is new and recent."""

    def __init__(self, change_points: ChangePoints) -> None:
        self._change_points = change_points
        self._told: list[int] = []

    def update(self, history: Array) -> bool:
        """Whether there is one tonight."""
        before = len(self._told)
        for point in self._change_points(history):
            is_recent = len(history) - 1 - point <= NEWS
            if is_recent and all(abs(point - told) > ALIKE for told in self._told):
                self._told.append(point)
        return len(self._told) > before
