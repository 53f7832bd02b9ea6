"""The gate for CI: is any series worse than its config tolerates, and who is told how."""

from .baseline import Baseline, against_baseline, make_baseline, read_baseline, write_baseline
from .evidence import Evidence, Series
from .github import github_commands
from .junit import add_to_junit
from .markdown import gate_markdown
from .nightly import from_verdicts, without_base
from .policy import Decision, Terms, judge
from .reports import write_report
from .result import Finding, GateResult, json_schema
from .sarif import sarif
from .side_by_side import side_by_side
from .terminal import gate_lines

__all__ = [
    "Baseline",
    "Decision",
    "Evidence",
    "Finding",
    "GateResult",
    "Series",
    "Terms",
    "add_to_junit",
    "against_baseline",
    "from_verdicts",
    "gate_lines",
    "gate_markdown",
    "github_commands",
    "json_schema",
    "judge",
    "make_baseline",
    "read_baseline",
    "sarif",
    "side_by_side",
    "without_base",
    "write_baseline",
    "write_report",
]
