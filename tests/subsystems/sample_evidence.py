"""An incident about which everything is known: nights, samples, builds, artifacts, machine, config, who should look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pytest_relaybench.files import write_json
from pytest_relaybench.history.artifacts import keep_artifacts
from pytest_relaybench.history.journal import TEST
from pytest_relaybench.history.records import Measurement, Record, Telemetry, TestOutcome, read_record, write_record
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Case, Member, Nature
from pytest_relaybench.incidents.keeping import Kept, keep, read_kept
from pytest_relaybench.raw_samples import RawSamples
from pytest_relaybench.raw_storage import AGAIN, keep_raw
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import MACHINE, run_id_of

EXPERIMENT, METRIC = "relay_opt", "time"
PARAMS = {"network": "vgg-16", "opt_level": "O3", "device": "cpu", "batch_size": 1}
SINCE = 30  # the night from which on the sample home has vgg-16 at O3 slower by 9 %
OLD, NEW = "0.27.0.post1+g" + "1f0c" * 10, "0.27.0.post1+g" + "9be2" * 10
WHOLE = "2026-11-13-a"
ARTIFACTS = {letters * 32: {"main": "1" * 8, "fused_conv2d": letters * 4} for letters in ("a1", "b2")}
SIDES, REPS = {"base": 1.0, "candidate": 1.09}, tuple(np.repeat(np.arange(5), 3).tolist())
TELEMETRY = Telemetry(
    samples=40, duration_s=200.0, rate_s=5.0, complete=True, throttled=False, others_share=0.02, others_share_max=0.1,
    cpu_clock_drop=0.01, cpu_temperature_max_c=64.0, memory_available_min_bytes=9e10,
)  # fmt: skip


def add_evidence(home: Home, nights: int = 40) -> None:
    """Tell of that change as an incident beside those that are kept; the records then say all there is to say."""
    runs = [run_id_of(night, nights) for night in range(nights)]
    for night, run in enumerate(runs):
        path = home.data_file(EXPERIMENT, run)
        write_record(path, _told(read_record(path), slower=night >= SINCE))
    known = [{"kind": TEST, "measured": {"artifacts": ARTIFACTS}}]
    keep_artifacts(home, known)
    for run in (runs[SINCE - 1], runs[-1]):
        keep_raw(home, run, _samples(home, run))
    _measure_again(home, runs[SINCE + 2])
    config = {"active": True, "title": "Relax optimisation levels", "notify": ["U024BE7LH", "ada@example.org"]}
    write_json(home.exp_config_file(EXPERIMENT), config)
    case = Case(WHOLE, Nature.SLOWER, runs[SINCE + 2], (_member(runs),))
    kept = read_kept(home)
    keep(home, Kept(kept.run_id or runs[-1], (*kept.cases, case)))


def _member(runs: list[str]) -> Member:
    params = '{"batch_size": 1, "device": "cpu", "network": "vgg-16", "opt_level": "O3"}'
    return Member(
        (EXPERIMENT, "test_infer", params, METRIC, "installed", str(MACHINE["id"])), "slower", "s", "lower",
        runs[SINCE], runs[SINCE + 2], OLD, NEW, 1.09, 1.082, 1.099, 0.0661, 0.006, 0.0721,
    )  # fmt: skip


def _told(record: Record, *, slower: bool) -> Record:
    """The record with build, artifact, telemetry, source, and the tests' ids, as one of a real night has them."""
    telemetry = replace(TELEMETRY, others_share=0.14, cpu_clock_drop=0.09) if slower else TELEMETRY
    machine = {**record.machine, "kernel": f"6.8.0 {ATTACK}" if slower else "6.1.0-27-amd64"}
    versions = {**record.versions, "numpy": "2.4.2" if slower else "2.4.1"}
    config: dict[str, Any] = {**record.config, "threads": 2 if slower else 1, "note": ATTACK if slower else "quiet"}
    return replace(
        record,
        measurements=[_built(one, slower=slower) for one in record.measurements],
        tests=[*record.tests, *_outcomes(record)],
        telemetry=telemetry,
        machine=machine,
        versions=versions,
        config=config,
        extra={**record.extra, "source": ("d" if slower else "c") * 64},
    )


def _built(one: Measurement, *, slower: bool) -> Measurement:
    artifact = list(ARTIFACTS)[slower]
    return replace(one, tvm_hash=NEW if slower else OLD, artifact=artifact)


def _outcomes(record: Record) -> list[TestOutcome]:
    found = {one.key()[:2]: one for one in record.measurements if one.metric == METRIC}
    return [
        TestOutcome(
            f"bench/test_relay_opt.py::test_infer[{'-'.join(map(str, one.params.values()))}]", "passed", 1.0,
            test=one.test, params=one.params, variant=one.variant,
        )
        for one in found.values()
    ]  # fmt: skip


def _measure_again(home: Home, run: str) -> None:
    """What the night that told it first did with it: five fresh processes of each build, and their verdict."""
    random = np.random.default_rng(7)
    sides = {side: 0.066 * factor * (1 + random.normal(0, 0.004, 5)) for side, factor in SIDES.items()}
    raw = [
        RawSamples(EXPERIMENT, "test_infer", METRIC, PARAMS, side, np.repeat(levels, 3).tolist(), list(REPS))
        for side, levels in sides.items()
    ]
    keep_raw(home, run, raw, AGAIN)
    path = home.data_file(EXPERIMENT, run)
    record = read_record(path)
    told = {
        "test": "test_infer", "params": PARAMS, "metric": METRIC, "variant": "installed", "outcome": "confirmed",
        "method": "side by side", "kind": "slower", "ratio": 1.091, "ci_low": 1.085, "ci_high": 1.097, "message": "",
    }  # fmt: skip
    write_record(path, replace(record, extra={**record.extra, "confirmations": [told]}))


def _samples(home: Home, run: str) -> list[RawSamples]:
    """Thirty samples a series, the slower half of them of a second mode."""
    random = np.random.default_rng(len(run))
    record = read_record(home.data_file(EXPERIMENT, run))
    return [
        RawSamples(
            EXPERIMENT, one.test, one.metric, one.params, one.variant,
            (one.value * (1 + np.abs(random.normal(0, 0.006, 300)) + 0.02 * (np.arange(300) % 2))).tolist(),
        )
        for one in record.measurements
        if one.metric == METRIC
    ]  # fmt: skip
