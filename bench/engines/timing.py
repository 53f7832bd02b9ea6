"""Timing what an engine has made ready, the same way for all of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from pytest_relaybench import TrialConfig

from .prepared import Prepared


def time_prepared(bench: Any, prepared: Prepared, inputs: Sequence[tuple[Tensor, ...]], config: TrialConfig) -> Any:
    """Time the model on each of the inputs as `config` states its trials; returns the first output of each.

    What the engine tells of its compile time (s), kernels and device is recorded beside. Set the references before.
    """
    if prepared.unscheduled:
        warnings.warn(f"left with plain loops: {', '.join(prepared.unscheduled)}", stacklevel=2)
    with prepared.mode():
        taken = [prepared.take(values) for values in inputs]
        outputs = bench.trials(prepared.call, taken, dry_run=config.dry_run, times=config.n_times_per_input)
    if prepared.compile_s is not None:
        bench.record("compile", prepared.compile_s, unit="s")
    if prepared.kernels is not None:
        bench.record("kernels", prepared.kernels, unit="1", deterministic=True)
    if prepared.ran_on:
        bench.ran_on(prepared.ran_on)
    return outputs
