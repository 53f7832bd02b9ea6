"""Reading samples back, whatever became of their file."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.telemetry.samples import read_samples

BEGIN = {
    "kind": "begin",
    "schema": 1,
    "rate_s": 0.5,
    "measured_cpus": [2],
    "topics": {"cpu_use": {"unit": "%", "title": "use"}},
}


@pytest.fixture
def read(tmp_path):
    """Writes lines (objects become JSON) and reads them."""

    def reading(*lines, end="\n"):
        path = tmp_path / "s.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end)
        return read_samples(path)

    return reading


def sample(t, **values):
    return {"kind": "sample", "t": t, "values": {"cpu_use": values}}


def test_a_torn_last_line_is_left_out(read):
    """What was whole before a kill is kept."""
    found = read(BEGIN, sample(0.0, all=1.0), sample(0.5, all=2.0), '{"kind": "sample", "t": 1.0, "val', end="")
    assert found.at == (0.0, 0.5)
    assert found.lines("cpu_use") == {"all": [1.0, 2.0]}
    assert (found.rate_s, found.measured_cpus, found.is_complete) == (0.5, (2,), False)


STRANGE = [
    "[]",
    '"x"',
    '{"kind": "sample", "t": "1", "values": {}}',
    '{"kind": "sample", "t": 1, "values": {"cpu_use": 3}}',
    '{"kind": "sample", "t": 1, "values": {"cpu_use": {"all": NaN}}}',
    "\x00\x00",
]


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_lines_are_left_out(read, strange):
    """A line that no sampler writes does not hide the others."""
    assert read(BEGIN, sample(0.0, all=1.0), strange, sample(2.0, all=2.0)).at == (0.0, 2.0)


@pytest.mark.parametrize(
    "begin", [{"kind": "begin"}, {**BEGIN, "rate_s": None}, {**BEGIN, "topics": []}, {"kind": "x"}]
)
def test_without_a_readable_beginning_there_is_nothing(read, begin):
    """Nobody guesses a rate."""
    assert read(begin, sample(0.0, all=1.0)) is None


def test_no_file(tmp_path):
    """An experiment that nobody watched."""
    assert read_samples(tmp_path / "none.jsonl") is None


def test_gaps_are_nan_and_order_is_by_time(read):
    """A label that came later has NaN before; what no version here knows keeps the unit of its file."""
    topics = {"heat_2": {"unit": "K", "title": "heat"}, "gpu_throttling": {"unit": "", "title": "held"}}
    found = read({**BEGIN, "topics": topics}, sample(1.0, all=2.0, ours=1.0), sample(0.0, all=1.0))
    lines = found.lines("cpu_use")
    assert lines["all"] == [1.0, 2.0]
    assert str(lines["ours"][0]) == "nan"
    assert found.topics["heat_2"].unit == "K"
    assert found.topics["gpu_throttling"].is_flag


def test_two_sittings_of_a_night_follow_each_other(read):
    """Of a night that was resumed the later samples come a rate's length after the earlier; its own end counts."""
    first = [BEGIN, sample(0.0, all=1.0), sample(0.5, all=2.0), {"kind": "end", "t": 0.6}]
    found = read(*first, BEGIN, sample(0.0, all=3.0), sample(0.5, all=4.0))
    assert found.at == (0.0, 0.5, 1.0, 1.5)
    assert found.lines("cpu_use") == {"all": [1.0, 2.0, 3.0, 4.0]}
    assert not found.is_complete
    assert read(*first, BEGIN, sample(0.0, all=3.0), {"kind": "end", "t": 0.1}).is_complete


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e400", "NaN", '"x"'])
@pytest.mark.parametrize("place", ["rate", "time", "value"])
def test_impossible_numbers_are_left_out(tmp_path, number, place):
    """Whatever a damaged file says, reading it is no error."""
    begin = '{"kind": "begin", "rate_s": %s, "measured_cpus": [], "topics": {}}' % (number if place == "rate" else 1)
    sample = '{"kind": "sample", "t": %s, "values": {"a": {"0": %s}}}'
    odd = sample % (number if place == "time" else 1, number if place == "value" else 1)
    path = tmp_path / "s.jsonl"
    path.write_text("\n".join([begin, sample % (0, 2), odd]))
    samples = read_samples(path)
    if place != "rate":
        assert samples is not None
        assert samples.at == (0.0,)
