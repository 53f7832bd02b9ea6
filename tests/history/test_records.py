"""Statistics of samples, and records to JSON and back."""

from __future__ import annotations

import json
import math
import statistics

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_relaybench.errors import MeasurementError, RecordError
from pytest_relaybench.history.records import (
    TestOutcome,
    canonical,
    describe,
    read_record,
    write_record,
)

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | numbers | st.text()
params = st.dictionaries(st.text(max_size=5), scalars | st.lists(scalars, max_size=2), max_size=3)


@given(st.lists(st.floats(1e-12, 1e15) | st.floats(-1e15, -1e-12), min_size=1, max_size=50))
def test_statistics_are_those_of_the_samples(samples):
    """Mean, median, deviation and extremes agree with Python's own statistics; nothing lies outside the samples."""
    stats = describe(samples)
    assert (stats.n, stats.min, stats.max) == (len(samples), min(samples), max(samples))
    assert stats.median == pytest.approx(statistics.median(samples))
    assert stats.mean == pytest.approx(statistics.fmean(samples), abs=1e-9 * max(map(abs, samples)))
    expected = statistics.stdev(samples) if len(samples) > 1 else 0.0
    assert stats.std == pytest.approx(expected, rel=1e-6, abs=1e-9 * max(map(abs, samples)))
    assert stats.min <= stats.ci_low <= stats.median <= stats.ci_high <= stats.max


@pytest.mark.parametrize(("n", "low", "high"), [(1, 1, 1), (5, 1, 5), (10, 1, 10), (20, 5, 16), (100, 40, 61)])
def test_interval_of_the_median(n, low, high):
    """The interval is between order statistics, as in the tables of Conover, or one rank wider."""
    stats = describe(range(1, n + 1))
    assert (stats.ci_low, stats.ci_high) == (low, high)


@pytest.mark.parametrize("samples", [[], [math.nan], [1.0, math.inf], [-math.inf]])
def test_what_is_no_measurement(samples):
    """No samples, NaN and infinities are errors, not numbers."""
    with pytest.raises(MeasurementError):
        describe(samples)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(params=params, samples=st.lists(numbers, min_size=1, max_size=5), message=st.text(), extra=params)
def test_record_reads_back(*, tmp_path, record, measurement, params, samples, message, extra):
    """A record written is a record read, whatever texts and numbers are in it."""
    written = record(
        tests=[TestOutcome("x", "failed", 0.1, message)],
        measurements=[measurement(samples, params=params)],
        extra=extra,
        complete=False,
    )
    write_record(tmp_path / "r.json", written)
    assert read_record(tmp_path / "r.json") == written


def test_nan_cannot_be_written(tmp_path, record):
    """NaN anywhere in a record is an error at writing; nothing stands there half."""
    with pytest.raises(ValueError, match="JSON"):
        write_record(tmp_path / "r.json", record(extra={"x": math.nan}))
    assert list(tmp_path.iterdir()) == []


@given(params)
def test_canonical_text_does_not_depend_on_order(parameters):
    """Equal parameters have equal text, and the text has the parameters."""
    text = canonical(dict(reversed(parameters.items())))
    assert text == canonical(parameters)
    assert json.loads(text) == parameters


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.pop("schema"), "schema None is unknown"),
        (lambda content: content.update(schema=99), "schema 99 is unknown to this version, which reads 1"),
        (lambda content: content.pop("seed"), "seed"),
        (lambda content: content.update(foreign=1), "foreign"),
        (lambda content: content.update(tests=3), "tests: Input should be a valid array"),
        (lambda content: content.update(measurements=[3]), "not a readable record"),
        (lambda content: content["measurements"][0].pop("unit"), "unit"),
        (lambda content: content["measurements"][0]["stats"].pop("n"), r"measurements\.0\.stats\.n: Field required"),
        (lambda content: content["measurements"][0].update(value=math.nan), "value: Input should be a finite number"),
        (lambda content: content["measurements"][0].update(value="fast"), "not a readable record"),
    ],
)
def test_damaged_records_are_named(tmp_path, record, change, told):
    """A record of an unknown schema, or with parts missing or wrong, is a RecordError with file and reason."""
    path = tmp_path / "data_1.json"
    write_record(path, record())
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match=told) as error:
        read_record(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"schema": 1}'])
def test_files_that_are_no_records(tmp_path, content):
    """Whatever the file holds, reading it is a RecordError and nothing else."""
    (tmp_path / "data_1.json").write_bytes(content)
    with pytest.raises(RecordError, match=r"data_1\.json: not a readable record"):
        read_record(tmp_path / "data_1.json")


def test_missing_record(tmp_path):
    """A missing file is told as one that cannot be read."""
    with pytest.raises(RecordError, match="No such file"):
        read_record(tmp_path / "data_1.json")


def test_series_key(measurement):
    """Order of parameters does not make another series; variant and metric do."""
    one = measurement(params={"a": 1, "b": 2})
    assert one.key() == measurement(params={"b": 2, "a": 1}).key()
    assert one.key() != measurement(params={"a": 1, "b": 2}, variant="0.26.0").key()
