"""Fewer bits: how much faster fp16, bf16 and int8 are than fp32, and how far their answers drift.

`docs/experiments/precision.md` tells how each engine gets there, and what the gate lets through.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pytest_relaybench import TrialConfig, axis, bars, lines

from .engine_names import WITHOUT_TVM
from .precision.names import MEANINGS, TOLERANCES, Precision
from .precision.summary import summarize_precision

WEIGHTS_SEED = 0  # the same network every night; only its inputs vary
CALIBRATION_SEED = 10**6  # and on: other pictures than any that are measured, the same every night

Network = Literal["resnet-18", "mobilenet", "nature-dqn", "vgg-16"]
Engine = Literal["relax", "relax-scheduled", "torch-eager", "onnxruntime"]
OLD_NAMES = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}

graphs = [
    bars("time", x="precision", hue="engine", per="network", speedup_over={"precision": "fp32"}, log=True,
         title="precision: speedup (Relax computes int8 in floats)"),
    bars("relative_error", x="precision", hue="engine", per="network", title="precision: drift from torch's fp32"),
    bars("time", x="precision", hue="engine", per="network"),
    lines("time", hue="engine", per=("network", "precision")),
    lines("relative_error", hue="engine", per=("network", "precision"), windows=("all_time",)),
]  # fmt: skip


def _today(name: Any) -> Any:
    return OLD_NAMES.get(name, name) if isinstance(name, str) else name


class Config(TrialConfig):
    """Which networks in which precisions, by which engines, and on how many pictures they are judged."""

    networks: list[Network] = axis("network", ["resnet-18", "mobilenet", "nature-dqn"])
    precisions: list[Annotated[Precision, BeforeValidator(_today)]] = axis(
        "precision", ["fp32", "fp16", "int8"], description=MEANINGS
    )
    engines: list[Engine] = axis("engine", ["relax-scheduled", "torch-eager", "onnxruntime"], without_tvm=WITHOUT_TVM)
    batch_sizes: list[Annotated[int, Field(ge=1)]] = axis("batch_size", [1], description="pictures per call")
    calibration_inputs: int = Field(default=16, ge=1, description="calls whose activations give the ranges of int8")
    dry_run: int = Field(default=1, ge=0, description="untimed calls before the timed ones, per input")
    n_inputs: int = Field(default=32, ge=1, description="different inputs, all of them compared with fp32")
    n_times_per_input: int = Field(default=3, ge=1, description="timed calls per input")
    set_seed: bool = Field(default=True, description="the same inputs every night, so that drift is not theirs")


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    precision: str,
    engine: str,
    batch_size: int,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    run_seed: int,
) -> None:
    """Time of one call and drift from torch in single precision; outputs that are plainly wrong have no time."""
    from .engines import time_prepared
    from .models import build
    from .precision.converting import convert
    from .precision.drift import drift_of
    from .precision.gate import check_drift
    from .precision.samples import sample

    model, config = build(network, WEIGHTS_SEED), experiment_config
    calibration = [sample(network, batch_size, CALIBRATION_SEED + i) for i in range(config.calibration_inputs)]
    seed = config.seed if config.set_seed else run_seed
    inputs = [sample(network, batch_size, seed + index) for index in range(config.n_inputs)]
    references = [model(*values) for values in inputs]
    converted = convert(engine, model, precision, calibration)
    largest = max(float(value.abs().max()) for value in references)
    bench.references(references, rtol=0.0, atol=TOLERANCES[precision] * largest)
    outputs = time_prepared(bench, converted.prepared, inputs, config)
    drift = drift_of(outputs, references)
    check_drift(drift, network, precision)
    if (engine, precision) != ("torch-eager", "fp32"):  # which is the reference itself
        bench.record("relative_error", drift.relative_error, unit="%")
        bench.record("max_error", drift.max_error, unit="1")
        bench.record(  # a share of the rows: on the same inputs no other bit changes it
            "top1_agreement", drift.top1_agreement, unit="%", direction="higher", deterministic=config.set_seed
        )
        bench.record("kl_divergence", drift.kl_divergence, unit="nat")
    if converted.quantise_s is not None:
        bench.record("quantise", converted.quantise_s, unit="s")
    if converted.bytes is not None:
        bench.record("artifact_size", converted.bytes, unit="B", deterministic=True)


def summarize(table: Any) -> str:
    """Speed against the same engine in fp32, beside the drift that it costs."""
    return summarize_precision(table)
