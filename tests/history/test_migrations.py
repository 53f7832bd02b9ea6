"""Records of every schema that was ever written stay readable: files kept as they were, and what they must come to.

Whoever changes the schema adds files of the new one here, written by the code of the day, a migration, and its test.
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.layout import confirmation_rows, frame_of, record_row
from pytest_relaybench.history.migrations import SCHEMA
from pytest_relaybench.history.records import Measurement, Record, Telemetry, TestOutcome, read_record, write_record

RECORDS = Path(__file__).parents[1] / "data" / "records"
FULL = RECORDS / "schema_1_full.json"


def test_every_schema_has_its_files() -> None:
    """A new schema without a file of it fails here."""
    found = {int(re.fullmatch(r"schema_(\d+)_\w+\.json", path.name)[1]) for path in RECORDS.iterdir()}  # type: ignore[index]
    assert found == set(range(1, SCHEMA + 1))


def test_the_newest_files_have_every_field() -> None:
    """A new field that no kept file has fails here: write a file of a new name with it, and leave the old ones."""
    content = json.loads(FULL.read_text())
    assert set(content) == {field.name for field in dataclasses.fields(Record)} | {"schema"}
    measured = set().union(*content["measurements"])
    assert measured == {field.name for field in dataclasses.fields(Measurement)}
    assert set().union(*content["tests"]) == {field.name for field in dataclasses.fields(TestOutcome)}
    assert set(content["telemetry"]) == {field.name for field in dataclasses.fields(Telemetry)}


@pytest.mark.parametrize("path", sorted(RECORDS.iterdir()), ids=lambda path: path.stem)
def test_a_kept_record_comes_to_the_same_rows(path: Path) -> None:
    """Its headline, unit, machine and hash are where they were, whatever schema it is of."""
    record = read_record(path)
    rows = frame_of(record)
    first = rows.iloc[0]
    assert (first["metric"], first["value"], first["unit"], first["direction"]) == ("time", 0.0121, "s", "lower")
    assert (first["machine"], first["tvm_hash"], first["n"]) == ("5d2f0a1b9c3e", "0.27.0+g7b5acb32b", 5)
    assert first["params"] == '{"batch": 1, "engine": "relax", "network": "resnet-18"}'
    assert record_row(record)["complete"].iloc[0] == record.complete


def test_the_full_record_has_all_that_was_in_it() -> None:
    """Notes, hashes, devices, confirmations, outcomes, telemetry."""
    record = read_record(FULL)
    rows = frame_of(record).set_index("metric")
    assert rows.loc["time", ["note", "artifact", "ran_on"]].tolist() == ["one of five was slow", "a" * 64, "cpu"]
    assert rows["deterministic"].to_dict() == {"time": False, "artifact_size": True, "speed-up": False}
    assert rows["derived"].to_dict() == {"time": False, "artifact_size": False, "speed-up": True}
    assert [test.outcome for test in record.tests] == ["passed", "failed", "skipped"]
    assert confirmation_rows(record)[["outcome", "ratio"]].to_numpy().tolist() == [["confirmed", 1.05]]
    assert record.telemetry is not None
    assert record.telemetry.missing == {"GPU": "no NVML"}


@pytest.mark.parametrize("path", [path for path in sorted(RECORDS.iterdir()) if f"schema_{SCHEMA}_" in path.name])
def test_todays_code_writes_the_same_file(path: Path, tmp_path: Path) -> None:
    """Byte for byte: a change of what is written is a change of schema, or an optional field."""
    write_record(tmp_path / "again.json", read_record(path))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("schema", [0, SCHEMA + 1, "1", None])
def test_an_unknown_schema_is_refused_by_name(tmp_path: Path, schema: object) -> None:
    """It is named with the file and what this version reads; nothing guesses."""
    content = json.loads(FULL.read_text()) | {"schema": schema}
    (tmp_path / "data.json").write_text(json.dumps(content))
    with pytest.raises(
        RecordError, match=rf"data\.json: .*schema {schema!r} is unknown to this version, which reads 1"
    ):
        read_record(tmp_path / "data.json")
