"""A line of text beside a value: from the test through journal and record to the table."""

from __future__ import annotations

import json

from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import frame_of

NOTED = """
def test_cell(bench):
    note = "import:\\n  no such \\udcff operator " + "x" * 400
    bench.record("coverage", 0.0, unit="1", direction="higher", note=note)
    bench.record("cost", 3.0, unit="s")


def summarize(table):
    return "noted: " + "; ".join(f"{row.metric} {row.note[:24]}" for row in table.itertuples() if row.note)
"""


def test_note_reaches_the_table(project):
    """A note becomes one bounded line, is stored with its value alone, and stands in the table that hooks are given."""
    project.experiment("noted", NOTED)
    assert project.night().ret == 0
    (record,) = project.records("noted")
    notes = {entry.metric: entry.note for entry in record.measurements}
    assert notes["coverage"].startswith("import: no such ? operator xxx")
    assert len(notes["coverage"]) == 300
    assert notes["coverage"].endswith("…")
    assert notes["cost"] == ""
    assert dict(zip(*frame_of(record)[["metric", "note"]].to_numpy().T, strict=True)) == notes
    (path,) = project.home().exp_data_dir("noted").glob("data_*.json")
    stored = {entry["metric"]: entry for entry in json.loads(path.read_text())["measurements"]}
    assert "note" not in stored["cost"]  # as in records of versions that know of no notes
    assert read_record(path) == record
    summary = json.loads((project.home().exp_summary_dir("noted") / "summary.json").read_text())
    assert summary["value"] == "noted: coverage import: no such ? operat"
