"""Operators one by one: what each engine reaches of this machine's measured peak, on shapes from the config.

`docs/experiments/operators.md` tells how operations and bytes are counted and how the peak is measured.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import Field

from pytest_relaybench import ExperimentConfig, axis

from .engine_names import WITHOUT_TVM
from .operators.cases import CaseText, parse_case
from .operators.rates import rates
from .operators.summary import summarize_rates
from .processors import skip_if_too_many

if TYPE_CHECKING:
    from .models.tuning import Tuned

RTOL, ATOL = 1e-4, 1e-5  # of values of about one; engines add up in different orders

Engine = Literal["relax", "relax-scheduled", "relax-tuned", "torch-eager", "torch-compile", "onnxruntime", "numpy"]
CASES = (
    "matmul 64x64x64", "matmul 256x256x256", "matmul 1x1024x1024",
    "conv2d 1x64x28x28 64x3", "conv2d 1x64x28x28 128x1",
    "softmax 64x1024", "softmax 1024x64",
    "layer_norm 128x768",
    "attention 1x8x128x64",
)  # fmt: skip


class Config(ExperimentConfig):
    """Which operators on which shapes, by which engines, on how many threads."""

    cases: list[CaseText] = axis("case", CASES, description='an operator and its shape, as "matmul 64x256x64"')
    engines: list[Engine] = axis(
        "engine",
        ["relax", "relax-scheduled", "torch-eager", "numpy"],
        description="numpy: BLAS for products; relax-tuned tunes before it is measured",
        without_tvm=[*WITHOUT_TVM, "numpy"],
    )
    thread_counts: list[Annotated[int, Field(ge=1)]] = axis("threads", [1], description="a process for each")
    peak_budget_s: float = Field(default=1.5, gt=0, description="seconds that measuring the machine's peak takes")
    tuning_trials: int = Field(default=64, ge=1, description="schedules that relax-tuned tries for a case")
    tuning_cost_model: Literal["random", "xgb"] = Field(default="random", description="what picks the next trials")
    tuning_seed: int = Field(default=0, ge=0, lt=2**30)
    tuning_budget_s: float = Field(
        default=300.0, gt=0, description="seconds that one night may tune for one case; the next night goes on"
    )


def test_peak(threads: int, bench: Any, experiment_config: Config) -> None:  # noqa: ARG001, the process has as many
    """What the machine can do at most on so many threads: the roof that the operators' rates are held against."""
    from .operators.peak import measure_peak

    roof = measure_peak(experiment_config.peak_budget_s)
    bench.record("peak_flops", roof.flops, unit="FLOP/s", direction="higher")
    bench.record("peak_bandwidth", roof.bandwidth, unit="B/s", direction="higher")


# of a test, not of the session: pytest would sort tests by its parameters
@pytest.fixture
def database(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    case: str,
    engine: str,
    threads: int,
    tvm_variant: Any,
    experiment_config: Config,
    setup_cache: Any,
    tell: Callable[[str], None],
) -> Tuned | None:
    """What `relax-tuned` takes its kernels from; the other engines have none."""
    skip_if_too_many(threads)
    if engine != "relax-tuned":
        return None
    from .engines.tuned_networks import tuned_module
    from .models.relax_import import import_module
    from .models.tuning import TuningPlan
    from .operators import modules
    from .operators.modules import inputs_of, module_of

    config, parsed = experiment_config, parse_case(case)
    plan = TuningPlan(
        config.tuning_trials, config.tuning_cost_model, config.tuning_seed, threads, config.tuning_budget_s
    )
    return tuned_module(
        *(case, lambda: import_module(module_of(parsed), inputs_of(parsed, seed=0)), [modules], "cpu", plan),
        *(tvm_variant, setup_cache, tell),
    )


def test_operator(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    case: str,
    engine: str,
    threads: int,  # noqa: ARG001, the process has as many
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    database: Tuned | None,
    run_seed: int,
) -> None:
    """Time of one call, compared before with torch in double precision."""
    from .engines import prepare
    from .operators.modules import expected, inputs_of, module_of
    from .operators.numpy_engine import prepare_numpy

    parsed = parse_case(case)
    inputs = inputs_of(parsed, run_seed)
    if engine == "numpy":
        prepared = prepare_numpy(parsed)
    else:
        prepared = prepare(engine, module_of(parsed), inputs, database=database.folder if database else None)
    if prepared.unscheduled:
        warnings.warn(f"left with plain loops: {', '.join(prepared.unscheduled)}", stacklevel=1)
    bench.reference(expected(parsed, inputs), rtol=RTOL, atol=ATOL)
    with prepared.mode():
        bench(prepared.call, *prepared.take(inputs))
    if prepared.ran_on:
        bench.ran_on(prepared.ran_on)
    if prepared.compile_s is not None:
        bench.record("compile", prepared.compile_s, unit="s")
    if database is not None:
        from .engines.tuned_networks import record_tuning  # loads TVM, which others are measured without

        record_tuning(bench, database, prepared.untuned)


def analyze(table: Any) -> list[dict[str, Any]]:
    """Operations and bytes a second, and their share of the peak."""
    return rates(table)


def visualize(table: Any, folder: Path) -> None:
    """The roofline, bars and lines."""
    from .operators.pictures import draw_pictures

    draw_pictures(table, folder)


def summarize(table: Any) -> str:
    """Each operator's fastest engine, and all against torch."""
    return summarize_rates(table)
