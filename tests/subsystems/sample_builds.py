"""Sample experiments that ran on several TVM builds: one after the other, and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_relaybench.detect import compare_processes
from pytest_relaybench.history.records import Measurement, TestOutcome, describe

MAIN, BRANCH = "git:main", "git:fuse-attention"
HASHES = {
    MAIN: "3f9c2a7b51e08d64aa1be2c77d90f4b5168e3c02",
    BRANCH: "b7714de09c3352af8e64d1190a2c5be87f60cd13",
    "installed": "0.27.0.post1",
    "release:0.26.0": "0.26.0",
}
CASES = {("attention", 128): 1.0, ("attention", 512): 0.91, ("attention", 2048): 0.84, ("softmax", 128): 1.0,
         ("softmax", 512): 1.0, ("layer_norm", 128): 1.047, ("layer_norm", 512): 1.013, ("gelu", 512): 1.0}  # fmt: skip
PROCESSES, ROUNDS = 5, 8
LOST = 39  # the night on which main could not be built
BUILD_LOG = "\n".join(
    [
        "variant git:main: building the wheel failed (exit status 1)",
        *(f"[{step}/812] Building CXX object CMakeFiles/tvm_objs.dir/src/relax/transform/pass_{step}.cc.o"
          for step in range(410, 457)),
        "src/relax/transform/fuse_ops.cc:311:9: error: 'class tvm::relax::Call' has no member named 'op_attr'",
        "  311 |   call->op_attr<FusePattern>();",
        "ninja: build stopped: subcommand failed.",
        "whole log: /data/setup/variants/logs/20261122T030004.118274-git-main-4711.log",
    ]
)  # fmt: skip


def branches(night: int, random: np.random.Generator) -> list[Measurement]:
    """Eight cases on two builds, five processes each."""
    found = []
    for (operator, length), factor in CASES.items():
        base = 2.1e-6 * length * (1 + len(operator))
        for label, level in ((MAIN, base), (BRANCH, base * factor)):
            noise = 0.02 if (operator, length) == ("layer_norm", 512) else 0.002
            samples = _processes(random, level, noise)
            stats = describe([value for rounds in samples for value in rounds])
            params = {"operator": operator, "length": length, "dtype": "float32"}
            found.append(
                Measurement("test_operator", params, "time", "s", "lower", stats, stats.min, label, HASHES[label])
            )
    return found


def _processes(random: np.random.Generator, level: float, noise: float) -> list[list[float]]:
    levels = level * np.exp(random.normal(0, noise, PROCESSES))
    return [list(one * (1 + np.abs(random.normal(0, 0.002, ROUNDS)))) for one in levels]


def comparisons(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """What the record tells of every pair of builds in `branches`."""
    pairs = zip(measurements[::2], measurements[1::2], strict=True)
    return [_comparison(index, base, candidate) for index, (base, candidate) in enumerate(pairs)]


def _comparison(index: int, base: Measurement, candidate: Measurement) -> dict[str, Any]:
    random = np.random.default_rng(index)
    noise = 0.02 if candidate.params == {"operator": "layer_norm", "length": 512, "dtype": "float32"} else 0.002
    factor = CASES.get((candidate.params.get("operator", ""), candidate.params.get("length", 0)), 1.0)
    told = compare_processes(
        _processes(random, base.stats.median, noise), _processes(random, base.stats.median * factor, noise)
    )
    low, high = told.ci
    return {
        "test": base.test, "params": dict(base.params), "metric": base.metric,
        "base": base.variant, "base_hash": base.tvm_hash,
        "candidate": candidate.variant, "candidate_hash": candidate.tvm_hash,
        "kind": str(told.kind), "ratio": told.ratio, "ci_low": low, "ci_high": high,
        "n_base": told.n_base, "n_candidate": told.n_candidate,
        "margin": told.margin, "confidence": 0.99, "spent_s": 41.5 + 7 * index,
    }  # fmt: skip


def versions(night: int, random: np.random.Generator) -> list[Measurement]:
    """Two levels on three builds; main became slower ten nights before it could not be built any more."""
    found = []
    for label, factor in {"installed": 1.0, "release:0.26.0": 1.06, MAIN: 0.97}.items():
        if label == MAIN and night >= LOST:
            continue
        slow = 1.12 if label == MAIN and night >= LOST - 10 else 1.0
        for level, base in {"O0": 0.0311, "O3": 0.0096}.items():
            value = base * factor * slow * float(np.exp(random.normal(0, 0.004)))
            stats = describe(value * (1 + np.abs(random.normal(0, 0.02, 30))))
            params = {"opt_level": level}
            found.append(
                Measurement("test_infer", params, "time", "s", "lower", stats, stats.min, label, HASHES[label])
            )
    return found


def lost_variant(night: int) -> list[TestOutcome]:
    """Every test of main fails at set-up with the end of the build's log."""
    names = [f"bench/test_versions.py::test_infer[{level}-{MAIN}]" for level in ("O0", "O3")]
    return [TestOutcome(name, "failed", 0.1, BUILD_LOG) for name in names] if night >= LOST else []


def lost_message(night: int) -> tuple[str, str] | None:
    """The stage that fails with it, as the run stage words it."""
    told = "\n".join(f"{test.nodeid.partition('::')[2]}: {test.message}" for test in lost_variant(night))
    return ("run", f"2 of 6 tests failed: {told}") if told else None


def of_builds(measurement: Measurement, *labels: str) -> list[Measurement]:
    """The same measurement under each label."""
    return [replace(measurement, variant=label, tvm_hash=label) for label in labels]
