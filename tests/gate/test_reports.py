"""The gate's reports: each valid by its own schema, none a door for what stands in a test's name."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt
from pydantic import BaseModel
from sarif_pydantic import Sarif

from pytest_relaybench.detect import Kind
from pytest_relaybench.gate import (
    Baseline,
    Terms,
    add_to_junit,
    gate_lines,
    gate_markdown,
    github_commands,
    json_schema,
    sarif,
    write_report,
)
from pytest_relaybench.gate.terminal import MOST_ROWS

from .made import JUNIT_SCHEMA, decide, everything, evidence, series

DOCS = Path(__file__).parents[2] / "docs"
JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1" time="0.1"
timestamp="2026-11-22T03:00:00.000000+00:00" hostname="h"><testcase classname="bench.test_matmul"
name="test_matmul[256]" time="0.1" /></testsuite></testsuites>"""


def test_terminal() -> None:
    """A table of what fails, then what was accepted, missing or held back, the verdict last."""
    lines = list(gate_lines(everything()))
    assert lines[0].split() == ["series", "base", "now", "change", "interval", "rule"]
    assert any(line.startswith("matmul/test_slow[256]/time") and "+8.2 %" in line for line in lines)
    assert "accepted: matmul/test_accepted[256]/time +30.0 % (2026-11-20a: new layout @team)" in lines
    assert "held back: matmul/test_moved[256]/time +20.0 %: sentinels moved" in lines
    assert "1 series missing" in lines
    assert "1 series had nothing to be compared with" in lines
    assert "the machine m1 changed: CPU clock" in lines
    assert lines[-1].startswith("gate failed: 3 of 7 series fail: ")


def test_terminal_counts_what_an_event_explains() -> None:
    """Series that a note explains are counted; what got better is no suspect."""
    moved = [evidence(Kind.MACHINE, of=series(f"t{n}"), ratio=1.2, reason="an event") for n in range(3)]
    better = evidence(Kind.MACHINE, of=series("better"), ratio=0.5, reason="the same build as before")
    lines = list(gate_lines(decide(evidence(), *moved, better, terms=Terms(notes=("an event",)))))
    assert lines[:2] == ["4 series held back, since the machine or the input changed", "an event"]


def test_terminal_is_not_commanded() -> None:
    """No control character and no line break of a name gets to the terminal, where a CI service reads lines, too."""
    nasty = evidence(Kind.SLOWER, of=series(params='{"engine": "\\u001b[2J\\n::stop-commands::x\\u202e"}'), ratio=1.2)
    lines = list(gate_lines(decide(nasty)))
    assert not [mark for line in lines for mark in line if not mark.isprintable() and mark != "\u2009"]
    assert not [line for line in lines if line.startswith("::")]


def test_terminal_of_a_quiet_night() -> None:
    """One line."""
    assert list(gate_lines(decide(evidence()))) == ["gate passed: none of 1 series is worse"]


def test_terminal_is_not_flooded() -> None:
    """Of many only the worst are listed."""
    result = decide(*(evidence(Kind.SLOWER, of=series(f"test_{n}"), ratio=1.2) for n in range(60)))
    lines = list(gate_lines(result))
    assert len(lines) == 1 + MOST_ROWS + 2
    assert lines[-2] == "and 20 more"


def test_json_fits_its_schema(tmp_path: Path) -> None:
    """The JSON report is valid by the schema in docs/, which is that of the program."""
    write_report(tmp_path / "gate.json", everything())
    content = json.loads((tmp_path / "gate.json").read_text())
    jsonschema.Draft202012Validator(json_schema()).validate(content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate({**content, "status": "maybe"})
    by_outcome = {finding["test"]: finding["outcome"] for finding in content["findings"]}
    assert by_outcome["test_slow"] == by_outcome["test_big"] == "fails"
    assert (by_outcome["test_accepted"], by_outcome["test_new"]) == ("accepted", "not compared")


@pytest.mark.parametrize(
    ("name", "schema"),
    [("gate-report.schema.json", json_schema()), ("gate-baseline.schema.json", Baseline.model_json_schema())],
)
def test_schemas_in_docs_are_current(name: str, schema: dict[str, Any]) -> None:
    """What docs/ hands out is what the program writes."""
    assert json.loads((DOCS / name).read_text()) == schema


def unknown_keys(model: BaseModel) -> list[str]:
    """Keys of a model, or of those in it, that its format does not know."""
    inside = [value for name in type(model).model_fields for value in _listed(getattr(model, name))]
    own = [f"{type(model).__name__}.{key}" for key in model.model_extra or {} if key not in KNOWN_BY_SCHEMA]
    return own + [key for value in inside if isinstance(value, BaseModel) for key in unknown_keys(value)]


# what the OASIS schema has and the models that stand for it here have not
KNOWN_BY_SCHEMA = {"$schema", "automationDetails", "columnKind", "suppressions"}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_sarif(tmp_path: Path) -> None:
    """SARIF 2.1.0 without a key that the format does not know; what was accepted is there and suppressed."""
    write_report(tmp_path / "gate.sarif", everything())
    text = (tmp_path / "gate.sarif").read_text()
    log = Sarif.model_validate_json(text)
    assert unknown_keys(log) == []
    (run,) = log.runs
    by_rule = [result.rule_id for result in run.results or []]
    assert sorted(by_rule) == ["limit", "slower", "slower", "slower"]
    *others, accepted = json.loads(text)["runs"][0]["results"]
    assert [one.get("suppressions") for one in others] == [None] * 3
    assert accepted["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "2026-11-20a: new layout @team"}
    ]
    assert not [
        one for one in run.results or [] if "\x1b" in (one.message.text or "") or "\n" in (one.message.text or "")
    ]
    rules = [rule.id for rule in run.tool.driver.rules or []]
    assert all(rules[result.rule_index or 0] == result.rule_id for result in run.results or [])
    fingerprints = [result.partial_fingerprints for result in run.results or []]
    assert len({json.dumps(entry) for entry in fingerprints}) == len(fingerprints)


def test_sarif_of_a_limit() -> None:
    """A limit is a rule of its own, also for a series that could not be compared."""
    new = evidence(Kind.UNSURE, now=2.0, is_compared=False)
    (result,) = sarif(decide(new, limit={"time": 1.0}))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("limit", "error")


def test_sarif_of_a_gate_without_anything() -> None:
    """A gate that had nothing to compare is a result, too."""
    (result,) = sarif(decide())["runs"][0]["results"]
    assert result["message"]["text"] == "nothing to compare: nothing was measured"


def test_junit(tmp_path: Path) -> None:
    """The file that pytest wrote stays valid by the schema, and has a property for the gate and for each series."""
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    add_to_junit(path, everything())
    xmlschema.XMLSchema(str(JUNIT_SCHEMA)).validate(str(path))
    found = {one.get("name"): one.get("value") for one in ET.parse(path).iter("property")}
    assert found["relaybench.gate"] == "failed"
    assert found["relaybench.gate.matmul::test_slow.time"] == "slower fails ratio=1.082 ci=1.07118..1.09282"
    assert found["relaybench.gate.matmul::test_new.time"].startswith("unsure not-compared")
    assert len(list(ET.parse(path).iter("testcase"))) == 1


def test_junit_that_is_none(tmp_path: Path) -> None:
    """A damaged file is left as it is."""
    path = tmp_path / "junit.xml"
    path.write_text("<testsuites")
    with pytest.raises(ValueError, match="no readable XML"):
        add_to_junit(path, everything())
    assert path.read_text() == "<testsuites"


def test_markdown() -> None:
    """Small, what passes is folded away, and nothing in a name is markup, a link, a mention or HTML."""
    text = gate_markdown(everything())
    assert len(text) < 65536
    assert text.startswith("### Gate failed: ")
    assert text.count("<details>") == text.count("</details>") == 2
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in html
    assert "<a " not in html
    assert html.count("<em>") == html.count("<strong>") == 0
    assert "@everyone" not in text
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    assert {row.count("<td") for row in table.split("<tr>")[1:]} == {7}


def test_markdown_has_a_size() -> None:
    """Two thousand series still make a comment."""
    pieces = [evidence(Kind.SLOWER, of=series(f"test_{'long_' * 30}{n}"), ratio=1.2) for n in range(2000)]
    assert len(gate_markdown(decide(*pieces))) < 65536


def test_github() -> None:
    """One command a line with everything escaped; no more than the service shows."""
    lines = list(github_commands(everything()))
    assert all(line.startswith(("::error ", "::warning ")) and "\n" not in line for line in lines)
    nasty = next(line for line in lines if "nasty" in line)
    properties, _, message = nasty.removeprefix("::error ").partition("::")
    assert "%250A" in properties
    assert "\x1b" not in nasty
    assert message
    many = decide(*(evidence(Kind.SLOWER, of=series(f"test_{n}"), ratio=1.2) for n in range(30)))
    commands = list(github_commands(many))
    assert len(commands) == 10
    assert commands[-1].startswith("::error title=gate::21 more: 30 of 30 series are worse")


def test_github_marks_the_test() -> None:
    """A mark has file, line and title; commas and colons in them are escaped."""
    result = decide(evidence(Kind.SLOWER, ratio=1.082))
    placed = replace(result, findings=(replace(result.findings[0], file="bench/a,b.py", line=7),))
    (line,) = github_commands(placed)
    assert line == (
        "::error title=matmul/test_matmul[256]/time%3A slower,file=bench/a%2Cb.py,line=7::"
        "10 ms to 10.8 ms +8.2 %25 [+7.1 %25 to +9.3 %25] against before 2026-11-20: worse than before"
    )
