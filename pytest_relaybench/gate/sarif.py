"""The gate as SARIF 2.1.0, the format that code scanning reads; specification: OASIS, sarif-v2.1.0."""

from __future__ import annotations

import hashlib
from importlib import metadata
from typing import Any
from urllib.parse import quote

from ..files import UNPAIRED
from ..reports.shortening import one_line
from .result import Finding, GateResult
from .terminal import told_decision

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
LIMIT, EMPTY = "limit", "nothing-compared"

RULES = {
    "slower": "A series is worse than tolerated",
    LIMIT: "A series is beyond its limit",
    "unsure": "A series may be worse than tolerated",
    "missing": "A series was not measured",
    "broken": "A test that measured a series failed",
    "machine": "The machine changed, so that a series cannot be judged",
    EMPTY: "The gate checked less than it was told to",
}


def sarif(result: GateResult) -> dict[str, Any]:
    """A log with one run: a result for each series that fails or was accepted, and for each other problem."""
    told = [*result.failing, *result.having("accepted")]
    driver = {
        "name": "pytest-relaybench",
        "version": metadata.version("pytest-relaybench"),
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in RULES.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"relaybench/gate/{result.run_id}"},
        "results": [*map(_result, told), *map(_problem, result.problems)],
        "properties": {"status": result.status, "headline": result.headline},
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _result(finding: Finding) -> dict[str, Any]:
    rule = finding.fault
    against = f" against {finding.against}" if finding.against else ""
    name = finding.name.encode(errors=UNPAIRED)
    message = one_line(f"{finding.name}: {finding.change}{against}: {finding.rule}".rstrip(": "))
    content: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": list(RULES).index(rule),
        "level": "error",
        "message": {"text": message},
        "locations": [_location(finding)],
        "partialFingerprints": {"series/v1": hashlib.sha256(name).hexdigest()},
        "properties": {
            key: value
            for key, value in (("ratio", finding.ratio), ("low", finding.ci_low), ("high", finding.ci_high))
            if value is not None
        },
    }
    if finding.outcome == "accepted":
        suppression = {"kind": "external", "status": "accepted", "justification": told_decision(finding)}
        content["suppressions"] = [suppression]
    return content


def _problem(text: str) -> dict[str, Any]:
    index = list(RULES).index(EMPTY)
    return {"ruleId": EMPTY, "ruleIndex": index, "level": "error", "message": {"text": one_line(text)}}


def _location(finding: Finding) -> dict[str, Any]:
    content: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.nodeid or finding.name}]}
    if finding.file:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.file), "uriBaseId": ROOT}}
        if finding.line:
            place["region"] = {"startLine": finding.line}
        content["physicalLocation"] = place
    return content
