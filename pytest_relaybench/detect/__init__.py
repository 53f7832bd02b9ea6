"""Change points and verdicts: arrays in, answers out, no I/O."""

from .change_points import find_change_points
from .latest import judge_latest
from .verdicts import ChangePoint, Kind, Verdict

__all__ = ["ChangePoint", "Kind", "Verdict", "find_change_points", "judge_latest"]
