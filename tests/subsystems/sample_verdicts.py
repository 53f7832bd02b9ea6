"""A night of the sample home about which there is much to tell: machine, artifacts, what was measured again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd

from pytest_relaybench.history.artifacts import keep_artifacts
from pytest_relaybench.history.journal import TEST
from pytest_relaybench.history.records import Measurement, Record, describe, read_record, write_record
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.home import SENTINELS, Home
from pytest_relaybench.judging.keeping import write_verdicts
from pytest_relaybench.judging.verdicts import MachineEvent, Verdicts
from pytest_relaybench.sentinels.names import SENTINELS as NAMES
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import LAST, MACHINE, VERSIONS, dashboard_of, run_id_of
from tests.subsystems.sample_incidents import cases, run

MOVED = "the sentinels became slower too: blas matmul, integer loop"
CHANGED = f"the machine was changed: {ATTACK}"
HASHES = {name: name * 32 for name in "abcdef"}
PARTS = {
    "a": {"main": "1" * 8, "fused_conv2d_add": "2" * 8, "fused_tanh": "3" * 8},
    "b": {"main": "4" * 8, "fused_conv2d_add": "5" * 8, ATTACK: "6" * 8},
    "c": {f"fused_conv2d{n}_add_relu": f"{n:08x}" for n in range(40)},
    "d": {f"fused_conv2d{n}_add_relu": f"{n + 99:08x}" for n in range(40)},
}
BUILT = ("ab", "ab", "cd", "ee")  # of resnet-18 at O0 to O3: artifacts before the change and with it
AGAIN: Sequence[dict[str, Any]] = [
    {
        "params": {"network": "resnet-18", "opt_level": "O3", "device": "cpu"}, "variant": "git:main",
        "outcome": "confirmed", "method": "side by side", "kind": "slower", "ratio": 1.1, "ci_low": 1.09,
        "ci_high": 1.11, "message": "",
    },
    {
        "params": {"network": "resnet-18", "opt_level": "O2", "device": "cpu"}, "variant": "git:main",
        "outcome": "no time", "message": f"the budget of 60 s was spent {ATTACK}",
    },
    {
        "params": {"network": "vgg-16", "opt_level": "O0", "device": "cpu", "batch_size": 1}, "variant": "installed",
        "outcome": "not confirmed", "method": "history", "kind": "same", "ratio": 1.001, "ci_low": 0.997,
        "ci_high": 1.004, "message": "",
    },
]  # fmt: skip
NOT_CONFIRMED = "not confirmed: +5.2 % tonight, +0.1 % when measured again"


def add_verdicts(home: Home, nights: int) -> None:
    """Sentinels of every night, artifacts, and the verdicts of the newest night, beside `add_incidents`."""
    for night in range(nights):
        _write_sentinels(home, night, nights)
    known = {HASHES[name]: parts for name, parts in PARTS.items()}
    keep_artifacts(home, [{"kind": TEST, "measured": {"artifacts": known}}])
    path = home.data_file("relay_opt", run(0))
    again = [{"test": "test_infer", "metric": "time", **told} for told in AGAIN]
    write_record(path, replace(read_record(path), extra={"confirmations": again}))
    judged = dashboard_of(home, nights).verdicts()
    events = (
        MachineEvent("5d2f", run(0), "fingerprint", CHANGED),
        MachineEvent(str(MACHINE["id"]), run(2), "sentinels", MOVED),
    )
    write_verdicts(home, Verdicts(run(0), _told(judged.frame), events))


def _told(judged: pd.DataFrame) -> pd.DataFrame:
    frame = judged.copy()
    opt = (frame["experiment"] == "relay_opt") & (frame["metric"] == "time")
    slower_too = opt & frame["params"].str.contains("mobilenet")
    frame.loc[slower_too, ["kind", "reason", "since"]] = ["machine", MOVED, run(2)]
    alone = (frame["experiment"] == "relay_opt") & (frame["metric"] == "first_run") & frame["params"].str.contains("O3")
    frame.loc[alone, ["kind", "reason", "since"]] = ["machine", f"the machine was throttled {ATTACK}", run(1)]
    doubted = opt & frame["params"].str.contains("vgg-16") & frame["params"].str.contains("O0")
    frame.loc[doubted, ["kind", "confirmed", "reason"]] = ["unsure", "not confirmed", NOT_CONFIRMED]
    matmul = (frame["experiment"] == "matmul") & (frame["metric"] == "time")
    long = f"newly failing: MeasurementError: {ATTACK} the largest difference to torch is 0.31 at (0, 17), 1e-3 allowed"
    frame.loc[matmul, ["kind", "reason", "since"]] = ["broken", long, run(0)]
    return pd.concat([frame, _of_the_incident(frame.iloc[0])], ignore_index=True)


def _of_the_incident(like: pd.Series[Any]) -> pd.DataFrame:
    """The verdicts on the series of the newest slower incident."""
    rows = []
    for member, (before, after) in zip(cases()[0].members, BUILT, strict=True):
        is_confirmed = '"O3"' in member.series[2]
        rows.append({
            **like.to_dict(), **dict(zip(SERIES_COLUMNS, member.series, strict=True)),
            "kind": "slower", "since": member.since_run, "level_ratio": member.ratio,
            "reason": "measured side by side with the build before: +10.0 %" if is_confirmed else "",
            "confirmed": "confirmed" if is_confirmed else "",
            "artifact_before": HASHES[before], "artifact_after": HASHES[after],
        })  # fmt: skip
    return pd.DataFrame(rows)


def _write_sentinels(home: Home, night: int, nights: int) -> None:
    """All eight values of a night; on the newest one `blas_matmul` became slower while the tests ran."""
    begun = LAST - timedelta(days=nights - 1 - night)
    is_last = night == nights - 1
    measurements = [_sentinel(name, when, night, is_last=is_last) for name in NAMES for when in ("before", "after")]
    machine = {**MACHINE, "kernel": f"6.8.0 {ATTACK}"} if is_last else MACHINE
    record = Record(
        run_id=run_id_of(night, nights), timestamp=begun.isoformat(), experiment=SENTINELS, title="Sentinels",
        start_time=begun.isoformat(), end_time=begun.isoformat(), duration_s=4.4, tvm_hash=None, machine=machine,
        versions=VERSIONS, config={}, seed=1, position=0, tests=[], measurements=measurements,
    )  # fmt: skip
    write_record(home.data_file(SENTINELS, record.run_id), record)


def _sentinel(name: str, when: str, night: int, *, is_last: bool) -> Measurement:
    value = {"integer_loop": 6.1e-3, "memory_copy": 0.011, "blas_matmul": 0.0082, "process_start": 0.0093}[name]
    value *= 1 + 0.002 * ((night * 7) % 5 - 2)
    value *= 1.16 if is_last and name == "blas_matmul" and when == "after" else 1.0
    return Measurement(name, {"when": when}, "time", "s", "lower", describe([value]), value, "installed", None)


def nothing_ran(home: Home, **changes: Any) -> None:
    """Change what `run.json` of the newest night says of its experiments."""
    path = home.run_dir(run(0)) / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
