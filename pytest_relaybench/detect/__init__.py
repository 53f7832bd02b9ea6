"""Change points and verdicts: arrays in, answers out, no I/O."""

from .change_points import find_change_points
from .latest import judge_latest
from .side_by_side import Comparison, compare_processes
from .verdicts import ChangePoint, Kind, Verdict

__all__ = ["ChangePoint", "Comparison", "Kind", "Verdict", "compare_processes", "find_change_points", "judge_latest"]
