"""The default summary, word for word."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from pytest_relaybench.render.summary import summarize

TONIGHT = "20261122T030000.000000Z"
NETWORKS = [{"network": name, "device": device} for device in ("cpu", "cuda") for name in ("dqn", "vgg")]
LEVELS = [{"network": name, "device": "cpu", "opt_level": level} for name in ("dqn", "vgg") for level in (0, 2, 10)]


def test_one_series(make_frame):
    """Value with unit and statistic; without a night before there is no change."""
    assert summarize(make_frame([{}], 1, lambda *_: 0.0123), TONIGHT, "Mine") == (
        "Mine: 1 series, too little history for a verdict\nTimes (min): 12.3 ms"
    )


def test_a_line_for_each_device(make_frame):
    """Short ones stand in one line; the change is against the run before."""
    frame = make_frame(NETWORKS, 2, lambda night, p: (1.0 if p["network"] == "dqn" else 0.002) * (1 + night / 10))
    assert summarize(frame, TONIGHT, "Nets").splitlines()[1:] == [
        "Times on cpu (min) by network: dqn: 1.10 s (+10.0 %, worse), vgg: 2.20 ms (+10.0 %, worse)",
        "Times on cuda (min) by network: dqn: 1.10 s (+10.0 %, worse), vgg: 2.20 ms (+10.0 %, worse)",
    ]


def test_longer_ones_by_the_first_parameter(make_frame):
    """Words group, numbers ascend."""
    frame = make_frame(LEVELS, 2, lambda night, p: (1 + p["opt_level"]) * (1 - night / 20))
    assert summarize(frame, TONIGHT, "Levels").splitlines()[1:] == [
        "Times on cpu (min) by network, opt_level:",
        "dqn: 0: 950 ms (−5.0 %, better), 2: 2.85 s (−5.0 %, better), 10: 10.4 s (−5.0 %, better)",
        "vgg: 0: 950 ms (−5.0 %, better), 2: 2.85 s (−5.0 %, better), 10: 10.4 s (−5.0 %, better)",
    ]


def test_verdicts_are_counted_and_told(make_frame):
    """A change that lasts is named with the night it began, beside the change of one night."""
    frame = make_frame(NETWORKS[:2], 50, lambda night, p: 1.2 if p["network"] == "dqn" and night >= 40 else 1.0)
    lines = summarize(frame, TONIGHT, "Nets").splitlines()
    assert lines[0] == "Nets: 2 series, 1 slower, 1 same"
    assert lines[2:] == ["dqn: 1.20 s (no change; slower since 2026-11-13: +20.0 %)", "vgg: 1 s (no change)"]


def test_many_series_are_a_mean_and_the_worst(make_frame):
    """More than 24 on a device: geometric mean, and the three that changed most for the worse."""
    operators = [{"operator": f"o{i:02}"} for i in range(40)]
    change = {"o03": 1.5, "o20": 1.2, "o30": 1.1, "o31": 1.05, "o07": 0.1}
    frame = make_frame(operators, 2, lambda night, p: 0.004 * (change.get(p["operator"], 1.0) if night else 1.0))
    mean, worst = summarize(frame, TONIGHT, "Ops").splitlines()[1:]
    assert mean == "Times (min) by operator: geometric mean of 40 series 3.85 ms (−3.9 %, better)"
    assert worst == (
        "worst: o03: 6 ms (+50.0 %, worse), o20: 4.80 ms (+20.0 %, worse), o30: 4.40 ms (+10.0 %, worse), and 1 more"
    )


def test_other_metrics_have_a_line_each(make_frame, join):
    """Of several series the change alone, for what is unlike has no mean; nothing without one."""
    extra = [("compile", "s", lambda n, _: 2.0 - n), ("peak_memory", "B", lambda *_: 2.0**21),
             ("error", "%", lambda *_: 0.0)]  # fmt: skip
    frame = join(
        make_frame(NETWORKS[:2], 2, lambda *_: 1.0),
        *(make_frame(NETWORKS[:2], 2, value, metric=name, unit=unit) for name, unit, value in extra),
    )
    assert summarize(frame, TONIGHT, "Nets").splitlines()[2:] == [
        "compile: ×0.500, better, geometric mean of 2 series",
        "peak memory: no change, geometric mean of 2 series",
    ]


def test_values_of_unlike_series_are_not_averaged(make_frame, join):
    """In a first night the other metrics of several series have no line; that of a single one has its value."""
    kernels = make_frame(NETWORKS[:2], 1, lambda *_: 5.0, metric="kernels", unit="1")
    frame = join(make_frame(NETWORKS[:2], 1, lambda *_: 1.0), kernels)
    assert len(summarize(frame, TONIGHT, "Nets").splitlines()) == 2
    one = join(make_frame([{}], 1, lambda *_: 1.0), make_frame([{}], 1, lambda *_: 5.0, metric="kernels", unit="1"))
    assert summarize(one, TONIGHT, "Nets").splitlines()[-1] == "kernels: 5"


def test_higher_is_better(make_frame):
    """The word follows the metric's direction, and without a time the first metric leads."""
    frame = make_frame([{}], 2, lambda night, _: 50.0 + 5 * night, metric="accuracy", unit="%", direction="higher")
    assert summarize(frame, TONIGHT, "Acc").splitlines()[1] == "accuracy (min): 55 % (+10.0 %, better)"


def test_what_is_missing_is_named(make_frame):
    """Series of the last nights without a value tonight stand in the last line, a few of them by name."""
    params = [{"size": size, "device": "cpu"} for size in range(1, 9)]
    frame = make_frame(params, 3, lambda night, p: None if night == 2 and p["size"] > 1 else 1.0)
    assert summarize(frame, TONIGHT, "T").splitlines()[-1] == (
        "missing: 2 on cpu, 3 on cpu, 4 on cpu, 5 on cpu, 6 on cpu, and 2 more"
    )


def compared(kind: str, ratio: float | None, *, base: str = "git:main", candidate: str = "git:mine") -> dict:
    """As much of a comparison as a summary reads."""
    return {"base": base, "candidate": candidate, "kind": kind, "ratio": ratio}


def test_builds_side_by_side_come_right_after_the_first_line(make_frame):
    """A line for each two builds: verdicts, and the geometric mean where there are several cases."""
    frame = make_frame([{}], 1, lambda *_: 1.0, variant="git:mine")
    told = [compared("slower", 1.21), compared("same", 1.0), compared("same", 1.0), compared("unsure", None),
            compared("faster", 0.5, candidate="git:line\nbreak")]  # fmt: skip
    assert summarize(frame, TONIGHT, "T", told).splitlines()[1:3] == [
        "git:mine against git:main, side by side: 1 slower, 1 unsure, of 4; geometric mean +6.6 %",
        "git:line break against git:main, side by side: faster (×0.500)",
    ]


def test_a_run_that_compares_two_builds_does_not_miss_the_others(make_frame, join):
    """What else the history has is not named as missing; a compared build without a value is."""
    before = [
        make_frame([{}], 2, lambda night, _: None if night else 1.0, variant=v) for v in ("installed", "git:main")
    ]
    frame = join(*before, make_frame([{}], 2, lambda *_: 1.0, variant="git:mine"))
    assert summarize(frame, TONIGHT, "T").splitlines()[-1].count("installed") == 1
    last = summarize(frame, TONIGHT, "T", [compared("same", 1.0)]).splitlines()[-1]
    assert last.startswith("missing: ")
    assert "installed" not in last


@pytest.mark.parametrize("nights", [0, 3])
def test_a_night_without_values_says_so(make_frame, nights):
    """No rows at all, or none of this run."""
    assert summarize(make_frame([{}], nights, lambda *_: 1.0), "20270101T000000.000000Z", "T") == (
        "T: nothing was measured"
    )


def test_labels_cannot_break_lines(make_frame):
    """A line break in a parameter does not become one in the summary."""
    text = summarize(make_frame([{"a": "x\ny"}, {"a": "z"}], 1, lambda *_: 1.0), TONIGHT, "T")
    assert len(text.splitlines()) == 2


def test_order_does_not_depend_on_hashing(make_frame, tmp_path):
    """Interpreters with other hash seeds write the same text: names never stand before each other's numbers."""
    frame = make_frame(LEVELS, 2, lambda night, p: 1.0 + p["opt_level"] + night)
    frame.to_pickle(tmp_path / "frame")
    code = (
        "import sys, json, pandas\nfrom pytest_relaybench.render.summary import summarize\n"
        "print(json.dumps(summarize(pandas.read_pickle(sys.argv[1]), sys.argv[2], 'T')))"
    )
    texts = {
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code, str(tmp_path / "frame"), TONIGHT],
                env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
            ).stdout
        )
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert texts == {summarize(frame, TONIGHT, "T")}


def test_a_thousand_series_take_seconds(make_frame):
    """A big night is summarized in a few seconds, verdicts included."""
    params = [{"operator": f"o{i}"} for i in range(1000)]
    frame = make_frame(params, 5, lambda *_: 1.0)
    started = pd.Timestamp.now()
    assert summarize(frame, TONIGHT, "Big").startswith("Big: 1000 series")
    assert pd.Timestamp.now() - started < pd.Timedelta(seconds=15)
