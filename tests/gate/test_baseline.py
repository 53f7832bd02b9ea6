"""A baseline: made of a table, written, read again, and held against a later night."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pytest_relaybench.detect import Kind
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.gate import Baseline, against_baseline, make_baseline, read_baseline, write_baseline
from pytest_relaybench.gate.evidence import Evidence

from .made import decide

CREATED = "2026-11-20T03:00:00+00:00"
QUIET = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01]


def table(values: list[float], **columns: Any) -> pd.DataFrame:
    """The rows of one series, one a night."""
    usual = {"experiment": "matmul", "test": "test_matmul", "params": '{"size": 256}', "metric": "time", "unit": "s"}
    usual |= {"direction": "lower", "variant": "installed", "tvm_hash": None, "machine": "m1", "deterministic": False}
    rows = [{**usual, "run_id": f"run{night:02}", "value": value, **columns} for night, value in enumerate(values)]
    return pd.DataFrame(rows)


def made(values: list[float], runs: int = 10, **columns: Any) -> Baseline:
    frame = table(values, **columns)
    return make_baseline(frame, run_id=frame["run_id"].iloc[-1], machine="m1", created=CREATED, runs=runs)


def held(now: float, baseline: Baseline, **columns: Any) -> list[Evidence]:
    tonight = table([now], **columns)
    return list(against_baseline(tonight, baseline, name="main.json", confidence_of={}, ran=["matmul"]))


def test_level_and_spread() -> None:
    """The value is the median of the newest runs, the spread the standard deviation of their logs."""
    (series,) = made([5.0, *QUIET], runs=8).series
    assert series.value == pytest.approx(np.median(QUIET))
    assert series.spread == pytest.approx(np.log(QUIET).std(ddof=1))
    assert series.n_runs == 8


def test_an_old_level_has_no_say() -> None:
    """After a change of level only the runs since count."""
    (series,) = made([2.0 * value for value in QUIET * 2] + QUIET, runs=16).series
    assert series.value == pytest.approx(1.0, rel=0.01)
    assert series.n_runs == len(QUIET)


def test_only_what_the_run_measured() -> None:
    """A series that the run did not have, or that another machine measured, is not in it."""
    other = table([1.0], test="test_gone", run_id="run00")
    far = table([1.0], test="test_far", machine="m2", run_id="run03")
    frame = pd.concat([table([1.0] * 4), other, far], ignore_index=True)
    found = make_baseline(frame, run_id="run03", machine="m1", created=CREATED)
    assert [series.test for series in found.series] == ["test_matmul"]


def test_interval_is_a_prediction() -> None:
    """The interval is Student's prediction interval of one new run, around the ratio."""
    (piece,) = held(1.1, made(QUIET))
    spread = np.log(QUIET).std(ddof=1) * math.sqrt(1 + 1 / len(QUIET))
    reach = math.exp(stats.t.ppf(0.975, len(QUIET) - 1) * spread)
    assert (piece.low, piece.high) == (pytest.approx(1.1 / reach), pytest.approx(1.1 * reach))
    assert (piece.base, piece.now, piece.against) == (1.0, 1.1, "main.json of 2026-11-20")


@pytest.mark.parametrize(("now", "verdict"), [(1.15, "slower"), (1.02, "same"), (0.8, "faster"), (1.041, "unsure")])
def test_verdicts(now: float, verdict: str) -> None:
    """Beyond what runs differ by and a margin of 1 % is worse; beyond the former alone is unsure."""
    assert decide(*held(now, made(QUIET))).findings[0].verdict == verdict


@pytest.mark.parametrize(("now", "verdict"), [(1.09, "same"), (1.11, "slower"), (0.9, "faster")])
def test_without_spread(now: float, verdict: str) -> None:
    """A baseline of one run knows nothing of how runs differ: 10 % is tolerated, or what the config says."""
    baseline = made([1.0])
    assert baseline.series[0].spread is None
    assert decide(*held(now, baseline)).findings[0].verdict == verdict
    assert decide(*held(1.05, baseline), percent=3.0).failed


def test_deterministic() -> None:
    """What is the same whenever the same code runs is worse by any growth."""
    exact = {"metric": "artifact_size", "unit": "B", "deterministic": True}
    baseline = made([900.0, 1000.0], **exact)
    assert baseline.series[0].value == 1000.0
    assert decide(*held(1001.0, baseline, **exact)).failed
    assert not decide(*held(1000.0, baseline, **exact)).failed
    assert not decide(*held(999.0, baseline, **exact)).failed


def test_what_does_not_match() -> None:
    """A series that only one of both has, or in another unit, is compared with nothing; a vanished one is missing."""
    baseline = made(QUIET)
    new, gone = held(1.0, baseline, test="test_new")
    assert (new.is_compared, new.reason) == (False, "not in the baseline")
    assert (gone.series.test, gone.kind) == ("test_matmul", Kind.MISSING)
    (other,) = held(1.0, baseline, unit="ms")
    assert (other.is_compared, other.reason) == (False, "in s in the baseline, now in ms")


def test_round_trip(tmp_path: Path) -> None:
    """What is written is read again, and fits the schema that the model gives."""
    baseline = made([float(value) for value in QUIET])
    write_baseline(tmp_path / "b.json", baseline)
    assert read_baseline(tmp_path / "b.json") == baseline
    jsonschema.validate(json.loads((tmp_path / "b.json").read_text()), Baseline.model_json_schema(by_alias=True))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"relaybench_baseline": 2}, "schema 2 is of a later version of pytest-relaybench, this one reads up to 1"),
        ({"machin": "m"}, 'machin: no such key; did you mean "machine"?'),
        ({"series": [{}]}, "series.0.experiment: the key is mandatory"),
        ({"series": "none"}, "series: "),
    ],
)
def test_damaged_files(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    """One line for each fault, naming file, key and rule."""
    path = tmp_path / "b.json"
    write_baseline(path, made([1.0]))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ConfigError) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)


def test_repeated_series(tmp_path: Path) -> None:
    """A file that has a series twice is refused."""
    path = tmp_path / "b.json"
    write_baseline(path, made([1.0]))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "series": content["series"] * 2}))
    with pytest.raises(ConfigError, match="stands here more than once"):
        read_baseline(path)


def test_zero_is_kept(tmp_path: Path) -> None:
    """A level of zero, and a spread of zero, are in the file and read again; what grows from zero is worse."""
    for values in ([0.0] * 3, [7.0] * 3):
        write_baseline(tmp_path / "b.json", made(values))
        assert read_baseline(tmp_path / "b.json") == made(values)
    assert made([7.0] * 3).series[0].spread == 0.0
    (piece,) = held(1.0, made([0.0] * 3))
    assert decide(piece).failed


def test_time_that_is_none(tmp_path: Path) -> None:
    """A file whose time somebody has spoilt is told by key, value and rule."""
    content = {**made(QUIET).model_dump(mode="json"), "created": "soon"}
    (tmp_path / "b.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=r'b\.json: created: should be a time .* \(found "soon"\)'):
        read_baseline(tmp_path / "b.json")
