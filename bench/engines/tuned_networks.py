"""A network's tuning database, as the tests of an experiment ask for it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import tvm

from pytest_relaybench.variants.installed import Variant, check_ffi

from ..models import NETWORKS, build, example_inputs
from ..models.relax_import import import_module
from ..models.targets import target_for
from ..models.tuning import SetupCache, Tell, Tuned, TuningPlan, UnfinishedTuningError, tuned
from ..network_names import WEIGHTS_SEED, NetworkConfig
from .preparing import skip_if_missing
from .threads import threads


def tuned_network(  # noqa: PLR0913, PLR0917, what a tuning depends on is many things
    network: str,
    batch_size: int,
    device: str,
    config: NetworkConfig,
    variant: Variant,
    cache: SetupCache,
    tell: Tell,
) -> Tuned:
    """The database for this network on this device, made where there is none.

    Skips the test where what tuning needs is missing, and where tonight's seconds are over before its trials are.
    """
    plan = TuningPlan(
        config.tuning_trials, config.tuning_cost_model, config.tuning_seed, threads(), config.tuning_limit_s
    )
    return tuned_module(
        network if batch_size == 1 else f"{network} batch {batch_size}",
        lambda: import_module(build(network, WEIGHTS_SEED), example_inputs(network, batch_size, seed=0)),
        [batch_size, device, WEIGHTS_SEED, NETWORKS[network].make],
        device,
        plan,
        variant,
        cache,
        tell,
    )


def tuned_module(  # noqa: PLR0913, PLR0917, as above
    name: str,
    module: Callable[[], tvm.IRModule],
    made_of: Sequence[Any],
    device: str,
    plan: TuningPlan,
    variant: Variant,
    cache: SetupCache,
    tell: Tell,
) -> Tuned:
    """As `tuned_network`, for any module; `made_of` is what it depends on, beside its name."""
    skip_if_missing("relax-tuned")
    skip_if_missing(f"tuning with {plan.cost_model}")
    problem = check_ffi(variant)
    if problem is not None:  # another tvm-ffi crashes MetaSchedule
        pytest.skip(f"no tuning: {problem}")
    try:
        return tuned(cache, name, module, target_for(device), plan, variant.tvm_hash, *made_of, tell=tell)
    except UnfinishedTuningError as error:
        pytest.skip(str(error))


def record_tuning(bench: Any, database: Tuned, untuned: Sequence[str]) -> None:
    """How many kernels tuning has found nothing better for, and in the night that finished it what it took."""
    bench.record("untuned_kernels", len(untuned), unit="1", deterministic=True)
    if untuned:
        warnings.warn(f"tuning found nothing better than the schedule for {', '.join(untuned)}", stacklevel=1)
    if database.is_new:
        bench.record("tuning", database.seconds, unit="s", direction="neutral")
        bench.record("tuning_trials", database.trials, unit="1", direction="neutral")
