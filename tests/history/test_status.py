"""Status files to JSON and back."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.status import Status, read_status, write_status

STATUS = Status(
    True, "fine → µs", "20261122T010203.000004Z", "2026-11-22T01:02:03+00:00", 1.5, {"time_delta": "0:00:02"}
)


def test_reads_back(tmp_path):
    """A status written is a status read, and its extra keys stand beside the others."""
    write_status(tmp_path / "run.json", STATUS)
    assert read_status(tmp_path / "run.json") == STATUS
    content = json.loads((tmp_path / "run.json").read_text())
    assert (content["schema"], content["success"], content["time_delta"]) == (1, True, "0:00:02")
    assert "extra" not in content


def test_no_status(tmp_path):
    """No file is no status, and no error."""
    assert read_status(tmp_path / "run.json") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "3", '{"schema": 1}', '{"schema": 2}', '{"success": true}', "[" * 100_000]
)
def test_damaged_status_is_named(tmp_path, content):
    """A damaged status, or one of another schema, is a RecordError that names the file."""
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecordError, match=r"run\.json"):
        read_status(tmp_path / "run.json")
