"""The experiments of the sample home: one of every kind that a site has to tell of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pytest_relaybench.history.records import Measurement, Telemetry, TestOutcome, describe
from tests.subsystems import sample_builds as builds

NETWORKS = {"resnet-18": 0.0311, "mobilenet-v2": 0.0124, "nature-dqn": 0.0021, "vgg-16": 0.2140}
SPEEDUP = {"O0": 1.0, "O1": 0.71, "O2": 0.55, "O3": 0.31}
ATTACK = (
    "</title><script>window.hacked=1</script> `x` [a](javascript:alert(1)) "
    "{ onmouseover=alert(1) } \"'><img src=x onerror=window.hacked=2>"
)

Values = Callable[[int, np.random.Generator], list[Measurement]]


@dataclass(frozen=True)
class Sample:
    """One experiment of the sample home; `values(night, random)` gives a night's measurements, none when it failed."""

    name: str
    config: dict[str, Any]
    values: Values
    first_night: int = 0
    failing: Callable[[int], tuple[str, str] | None] = lambda _: None  # night → stage and message
    tests: Callable[[int], list[TestOutcome]] = lambda _: []
    last_night: int | None = None
    graphs: Sequence[str] = field(default=())
    comparisons: Callable[[list[Measurement]], list[dict[str, Any]]] = lambda _: []
    telemetry: Telemetry | None = None


def measurement(
    random: np.random.Generator,
    metric: str,
    value: float,
    unit: str,
    *,
    test: str = "test_infer",
    direction: str = "lower",
    noise: float = 0.006,
    n: int = 30,
    **params: Any,
) -> Measurement:
    """One measurement: samples a little above `value`, a minimum that wanders by `noise` from night to night."""
    level = value * math.exp(random.normal(0, noise))
    stats = describe(level * (1 + np.abs(random.normal(0, 0.02, n)))) if n > 1 else describe([level])
    return Measurement(test, params, metric, unit, direction, stats, stats.min, "installed", "0.27.0.post1")  # type: ignore[arg-type]


def relay_opt(night: int, random: np.random.Generator) -> list[Measurement]:
    """Sixteen series; vgg-16 at O3 is 9 % slower since ten nights before the end."""
    found = []
    for network, base in NETWORKS.items():
        for level, factor in SPEEDUP.items():
            params = {"network": network, "opt_level": level, "device": "cpu", "batch_size": 1}
            slow = 1.09 if (network, level) == ("vgg-16", "O3") and night >= 30 else 1.0
            size = 46e6 if network == "resnet-18" else 14e6
            found += [
                measurement(random, "time", base * factor * slow, "s", **params),
                measurement(random, "first_run", base * factor * 3, "s", n=1, noise=0.03, **params),
                measurement(random, "compile", 4.1 + 30 * base, "s", n=1, noise=0.02, **params),
                measurement(random, "peak_memory", 4.1e8 + base * 9e9, "B", n=1, noise=0.001, **params),
                measurement(random, "artifact_size", size, "B", n=1, noise=0, **params),
            ]
    return found


def matmul(night: int, random: np.random.Generator) -> list[Measurement]:
    """Two sizes; time, and the derived rate of which more is better."""
    found = []
    for size in (64, 256, 1024):
        seconds = size**3 * 2 / 9.1e10
        found.append(measurement(random, "time", seconds, "s", test="test_matmul", size=size))
        rate = measurement(
            random, "rate", 2 * size**3 / seconds, "FLOP/s", test="test_matmul", direction="higher", n=1, size=size
        )
        found.append(replace(rate, derived=True))
    return found


def faster(night: int, random: np.random.Generator) -> list[Measurement]:
    """One series that became 20 % faster eight nights before the end."""
    return [measurement(random, "time", 0.0042 * (0.8 if night >= 32 else 1.0), "s", test="test_lstm", cell="lstm")]


def one(value: float) -> Values:
    """One series without parameters."""
    return lambda _night, random: [measurement(random, "time", value, "s", test="test_run")]


def cnn_comp(night: int, random: np.random.Generator) -> list[Measurement]:
    """Engines side by side; the last night has lost onnxruntime."""
    engines = {"relax": 0.0311, "torch": 0.0274, "torch-compile": 0.0239, "onnxruntime": 0.0201}
    if night >= 39:
        engines.pop("onnxruntime")
    return [
        measurement(random, "time", value, "s", network=network, engine=engine)
        for network in ("resnet-18", "mobilenet-v2")
        for engine, value in engines.items()
    ]


def lost_engine(night: int) -> list[TestOutcome]:
    """The failure that goes with it."""
    message = "MeasurementError: onnxruntime differs from torch\n  largest difference 0.31 at (0, 17), tolerance 1e-3"
    name = "bench/test_cnn_comp.py::test_infer[resnet-18-onnxruntime]"
    return [TestOutcome(name, "failed", 0.4, message)] if night >= 39 else []


NEEDS_ONNX = "onnxruntime needs onnx, onnxruntime: pip install onnx onnxruntime"


def without_onnx(night: int) -> list[TestOutcome]:
    """Three tests that were skipped, two of them for the same reason."""
    reasons = {"gru": NEEDS_ONNX, "lstm": NEEDS_ONNX, "rnn": f"torch has no loop {ATTACK}\n\n{ATTACK}"}
    return [
        TestOutcome(f"bench/test_rnn_cells.py::test_infer[onnxruntime-{cell}]", "skipped", 0.0, reason)
        for cell, reason in reasons.items()
    ]


BUSY = Telemetry(
    samples=42, duration_s=205.0, rate_s=5.0, complete=True, throttled=False, others_share=0.31, others_share_max=0.7,
    cpu_clock_drop=0.02, memory_available_min_bytes=3e9, missing={"GPU": "no NVIDIA driver", "CPU temperature": ATTACK},
)  # fmt: skip


def attack(night: int, random: np.random.Generator) -> list[Measurement]:
    """One series on two builds, with labels and hashes as nasty as everything else."""
    one = measurement(random, ATTACK[:40], 1.0, "<b>u</b>", test="test_" + ATTACK, key=ATTACK)
    return builds.of_builds(one, f"git:{ATTACK}", f"named {ATTACK}")


def samples() -> list[Sample]:
    """All kinds of experiments that a home can have."""
    run_failure = "2 of 8 tests failed: test_infer[resnet-18-onnxruntime]: onnxruntime differs from torch beyond 1e-3"
    return [
        Sample(
            "relay_opt",
            {
                "active": True,
                "title": "Relax optimisation levels",
                "description": "CNNs at each level of the pipeline.",
            },
            relay_opt,
            graphs=(
                "comparison/relay-cnn-cpu.png",
                "all_time/longitudinal-cpu-O3.png",
                "two_weeks/longitudinal-cpu-O3.png",
            ),
        ),
        Sample("matmul", {"active": True, "title": "Matrix products"}, matmul),
        Sample(
            "rnn_cells",
            {"active": True, "title": "Recurrent cells"},
            faster,
            tests=without_onnx,
            graphs=("all_time/rnn_cells.png", "telemetry/cpu_load.png", "telemetry/memory.png"),
            telemetry=BUSY,
        ),
        Sample(
            "cnn_comp",
            {"active": True, "title": "CNNs across engines", "notify": ["U1"]},
            cnn_comp,
            failing=lambda night: ("run", run_failure) if night >= 39 else None,
            tests=lost_engine,
        ),
        Sample(
            "char_rnn",
            {"active": True, "title": "Character RNN"},
            lambda night, random: one(0.00083)(night, random) if night < 36 else [],
            failing=lambda night: (
                ("setup", "FileNotFoundError: names.zip\n\nthe list of names is gone") if night >= 36 else None
            ),
            graphs=("all_time/longitudinal-cpu.png",),
        ),
        Sample(
            "branches",
            {"active": True, "title": "Fused attention against main", "compare": [builds.MAIN, builds.BRANCH]},
            builds.branches,
            first_night=34,
            comparisons=builds.comparisons,
        ),
        Sample(
            "versions",
            {"active": True, "title": "TVM versions", "variants": ["installed", "release:0.26.0", builds.MAIN]},
            builds.versions,
            failing=builds.lost_message,
            tests=builds.lost_variant,
        ),
        Sample("treelstm", {"active": False, "title": "Tree LSTM"}, one(0.19), last_night=20),
        Sample("quant_comp", {"active": True}, one(2.4e-5), first_night=37),
        Sample("never_ran", {"active": True, "title": "Made this morning"}, one(1.0), first_night=99),
        Sample("left_out", {"active": True, "title": "Filtered out since Friday"}, one(0.5), last_night=36),
        Sample(
            "attack",
            {"active": True, "title": ATTACK, "description": ATTACK},
            attack,
            failing=lambda _: (
                "analysis",
                f"{ATTACK}\n\n# heading\n\n<script>window.hacked=3</script>\x1b[31mred\x1b[0m \u202e",
            ),
            tests=lambda _: [
                TestOutcome(f"bench/test_attack.py::test[{ATTACK}]", "failed", 0.1, f"{ATTACK}\n\n{ATTACK}")
            ],
            graphs=("<img onerror=alert(1)>/{{ 7 }} `x`.png",),
            comparisons=lambda measurements: [*builds.comparisons(measurements), {"base": ATTACK}],
        ),
    ]
