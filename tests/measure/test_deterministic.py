"""Metrics that are the same whenever the same code is measured: marked by the author, kept to the table."""

from __future__ import annotations

import json

from pytest_relaybench.history.table import frame_of

COUNTED = """
def test_counts(bench):
    bench.record("kernels", 12, unit="1", deterministic=True, note="of the whole network")
    bench.record("error", 0.25, unit="%")
"""


def test_mark_reaches_the_table(project) -> None:
    """What is marked is marked in record and table; what is not leaves no trace, as in records of older versions."""
    project.experiment("counted", COUNTED)
    assert project.night().ret == 0
    (record,) = project.records("counted")
    frame = frame_of(record).set_index("metric")
    assert frame["deterministic"].to_dict() == {"kernels": True, "error": False, "peak_memory": False}
    assert frame.loc["kernels", "note"] == "of the whole network"
    (path,) = project.home().exp_data_dir("counted").glob("data_*.json")
    stored = {entry["metric"]: entry for entry in json.loads(path.read_text())["measurements"]}
    assert [name for name, entry in stored.items() if "deterministic" in entry] == ["kernels"]
