"""The gate in pytest's JUnit file: properties of the suite, since the schema allows a test case none."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from ..files import write_bytes
from ..reports.shortening import one_line
from .result import Finding, GateResult

PREFIX = "relaybench.gate"


def add_to_junit(path: Path, result: GateResult) -> None:
    """Write the result into the file that pytest's `--junit-xml` has just written.

    Properties of the first suite: `relaybench.gate` and `.headline`, then `relaybench.gate.<test id>.<metric>` for each
    series, its value the verdict, the ratio and the interval. Raises OSError or ValueError for an unreadable file.
    """
    try:
        tree = ET.parse(path)  # noqa: S314, pytest has written it a moment ago
    except ET.ParseError as error:
        raise ValueError(f"{path}: no readable XML: {error}") from None
    suite = tree.getroot() if tree.getroot().tag == "testsuite" else tree.getroot().find("testsuite")
    if suite is None:
        raise ValueError(f"{path}: there is no test suite in it")
    holder = suite.find("properties")
    if holder is None:
        holder = ET.Element("properties")
        suite.insert(0, holder)
    for name, value in properties(result):
        ET.SubElement(holder, "property", name=one_line(name), value=one_line(value))
    write_bytes(path, ET.tostring(tree.getroot(), encoding="utf-8", xml_declaration=True))


def properties(result: GateResult) -> list[tuple[str, str]]:
    """Names and values, the gate's own first."""
    own = [(PREFIX, result.status), (f"{PREFIX}.headline", result.headline)]
    problems = [(f"{PREFIX}.problem", problem) for problem in result.problems]
    return [*own, *problems, *((_name(finding), _value(finding)) for finding in result.findings)]


def _name(finding: Finding) -> str:
    test = finding.nodeid or f"{finding.experiment}::{finding.test}"
    return f"{PREFIX}.{test}.{finding.metric}"


def _value(finding: Finding) -> str:
    """`slower fails ratio=1.082 ci=1.069..1.094`: words, then numbers with a name."""
    numbers = [f"ratio={finding.ratio:.6g}"] if finding.ratio is not None else []
    if finding.ci_low is not None and finding.ci_high is not None:
        numbers.append(f"ci={finding.ci_low:.6g}..{finding.ci_high:.6g}")
    return " ".join([finding.verdict, finding.outcome.replace(" ", "-"), *numbers])
