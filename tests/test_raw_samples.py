"""Zipped raw samples: the layout for people, and the way back for programs."""

from __future__ import annotations

import csv
import io
import json
import string
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import canonical
from pytest_relaybench.raw_samples import FORMULA_STARTS, RawSamples, read_raw, write_samples
from pytest_relaybench.raw_storage import raw_name

RUN = "20261122T010203.000004Z"


def write_raw(path: Path, entries: Iterable[RawSamples]) -> Path:
    """The archive as a file, and its path."""
    with path.open("wb") as file:
        write_samples(file, entries)
    return path


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = scalars | st.lists(scalars, max_size=3)
names = st.text(string.ascii_letters + "_", min_size=1, max_size=8)
entries = st.builds(
    RawSamples,
    experiment=names,
    test=names | st.builds("{}::{}".format, names, names),
    metric=names | st.sampled_from(["peak memory", "a/b", "a-b", "=x"]),
    params=st.dictionaries(names, values, max_size=3),
    variant=st.text(max_size=8),
    samples=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5),
)


def rows(path, member):
    with zipfile.ZipFile(path) as archive:
        return list(csv.reader(io.StringIO(archive.read(member).decode())))


def test_layout(tmp_path):
    """A member per test and metric, a row per sample: parameters, variant, input, round, value."""
    samples = RawSamples(
        "demo", "test_add", "time", {"size": 64, "net": "dqn"}, "installed", [0.5, 0.25, 1e-9], [0, 0, 1]
    )
    path = write_raw(tmp_path / raw_name(RUN), [samples])
    assert path == tmp_path / f"benchmarks_{RUN}_data.zip"
    assert rows(path, "demo/test_add-time.csv") == [
        ["size", "net", "variant", "rep", "run", "time"],
        ["64", "dqn", "installed", "0", "0", "0.5"],
        ["64", "dqn", "installed", "0", "1", "0.25"],
        ["64", "dqn", "installed", "1", "0", "1e-09"],
    ]


def test_one_member_holds_all_parameter_sets(tmp_path):
    """Measurements of one test and metric share a file; a parameter that one of them lacks is an empty cell."""
    path = write_raw(
        tmp_path / "raw.zip",
        [RawSamples("demo", "test_a", "time", params, "", [1.0]) for params in ({"a": 1}, {"a": 2, "b": ""}, {})],
    )
    assert [row[:2] for row in rows(path, "demo/test_a-time.csv")] == [["a", "b"], ["1", ""], ["2", '""'], ["", ""]]
    assert list(read_raw(path)["params"]) == ['{"a": 1}', '{"a": 2, "b": ""}', "{}"]


@settings(deadline=None, max_examples=150)
@given(st.lists(entries, max_size=5))
def test_what_is_written_reads_back(tmp_path_factory, measured):
    """Whatever the parameters are, reading gives them back as the table has them, with every sample to the last bit."""
    path = write_raw(tmp_path_factory.mktemp("raw") / "raw.zip", measured)
    frame = read_raw(path)
    found = sorted(frame[["experiment", "test", "metric", "params", "variant", "run", "value"]].itertuples(index=False))
    expected = sorted(
        (entry.experiment, entry.test, entry.metric, canonical(entry.params), entry.variant, number, value)
        for entry in measured
        for number, value in enumerate(entry.samples)
    )
    assert [tuple(row) for row in found] == expected


@settings(deadline=None)
@given(st.sampled_from([*FORMULA_STARTS, " =", "\t=", "\r", "\n+"]), st.text(max_size=10))
def test_no_cell_is_a_formula(tmp_path_factory, start, rest):
    """Text that a spreadsheet would run is quoted, in parameters, variants and the name of a metric."""
    text = start + rest
    entry = RawSamples("demo", "test_a", text, {text: text}, text, [-1.0])
    path = write_raw(tmp_path_factory.mktemp("raw") / "raw.zip", [entry])
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
    header, row = rows(path, member)
    cells = [*header, *row[:2]]
    assert not [cell for cell in cells if cell.strip().startswith(FORMULA_STARTS) or cell[:1] in ("\t", "\r", "\n")]
    assert row[-1] == "-1.0"
    assert read_raw(path)["params"][0] == canonical({text: text})


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "a/../b"])
def test_no_member_leaves_its_folder(tmp_path, name):
    """Names cannot climb out of the folder into which somebody unpacks."""
    path = write_raw(tmp_path / "raw.zip", [RawSamples(name, name, name, {}, "", [1.0])])
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
    assert member.count("/") == 1
    assert not member.startswith("/")
    assert read_raw(path)["test"][0] == name


def test_journal_lines_are_entries(tmp_path):
    """A line of a journal, with the keys of `RawSamples`, can be written as it is."""
    line = json.dumps({
        "experiment": "demo", "test": "test_a", "metric": "time", "params": {}, "variant": "v", "samples": [1, 2]
    })  # fmt: skip
    frame = read_raw(write_raw(tmp_path / "raw.zip", [RawSamples(**json.loads(line))]))
    assert list(frame["value"]) == [1.0, 2.0]


def test_inputs_must_fit_the_samples():
    """Telling inputs for another number of samples is an error that names test and metric."""
    with pytest.raises(ValueError, match="test_a: time has 2 samples but inputs for 1"):
        RawSamples("demo", "test_a", "time", {}, "", [1.0, 2.0], [0])


def test_run_without_samples(tmp_path):
    """An archive without members reads as a frame without rows."""
    frame = read_raw(write_raw(tmp_path / "raw.zip", []))
    assert frame.empty
    assert list(frame) == ["experiment", "test", "metric", "params", "variant", "rep", "run", "value"]


def test_joins_with_the_table(tmp_path):
    """`params` is the text of the table, so raw samples and statistics can be joined on it."""
    params = {"b": [1, "x"], "a": "1"}
    frame = read_raw(write_raw(tmp_path / "raw.zip", [RawSamples("demo", "test_a", "time", params, "", [1.0])]))
    table = pd.DataFrame({"params": [canonical(params)], "min": [1.0]})
    assert len(frame.merge(table, on="params")) == 1


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 20])
def test_damaged_archive_is_named(tmp_path, content):
    """A damaged archive is a RecordError that names the file."""
    (tmp_path / "raw.zip").write_bytes(content)
    with pytest.raises(RecordError, match=r"raw\.zip: not a readable archive"):
        read_raw(tmp_path / "raw.zip")


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_any_flipped_byte_is_noticed_or_harmless(tmp_path_factory, position, byte):
    """No damage to the file makes reading fail in any way but with a RecordError."""
    path = tmp_path_factory.mktemp("raw") / "raw.zip"
    write_raw(path, [RawSamples("demo", "test_a", "time", {"a": "b"}, "v", [0.1] * 50)])
    content = bytearray(path.read_bytes())
    content[position % len(content)] = byte
    path.write_bytes(bytes(content))
    try:
        frame = read_raw(path)
    except RecordError as error:
        assert str(path) in str(error)  # noqa: PT017, either outcome is right
    else:
        assert list(frame)[-1] == "value"
