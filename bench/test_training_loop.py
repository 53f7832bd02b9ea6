"""Training a small network: seconds of an epoch, last loss and accuracy, by Relax's training tools and by torch.

`docs/experiments/training_loop.md` tells what is measured and how.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from pytest_relaybench import bars, lines
from pytest_relaybench.render.format import number_text, value_text

from .speedups import speedup_lines
from .training.config import TrainingConfig
from .training.recipe import LEARNING_RATES, Recipe

RTOL, ATOL = 1e-3, 1e-4  # of losses; differences in the last digit grow with every step

TITLE = "training_loop: time of an epoch"

graphs = [
    bars(
        metric="time", x="optimizer", hue="engine", per=("device", "batch_size", "num_classes"), log=True, title=TITLE
    ),
    bars(metric="final_loss", x="optimizer", hue="engine", per=("device", "batch_size", "num_classes"), log=False),
    lines(metric="time", hue="engine", per=("device", "optimizer", "batch_size", "num_classes"), title=TITLE),
]


class Config(TrainingConfig):
    """By default all engines, 784 features, 128 hidden units, ten classes, batches of 32, five epochs of SGD."""


@pytest.fixture(scope="session")
def data_seed(experiment_config: Config, run_seed: int) -> int:
    """The config's seed where `set_seed` says so, else the run's."""
    return experiment_config.seed if experiment_config.set_seed else run_seed


def test_training(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    optimizer: str,
    device: str,
    batch_size: int,
    num_classes: int,
    engine: str,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    data_seed: int,
) -> None:
    """Time of an epoch; the losses of all epochs are compared with those of torch's eager mode, and have to fall."""
    from .training.course import run_course
    from .training.data import make_data
    from .training.trainers import trainer

    config = experiment_config
    rate = config.learning_rate or LEARNING_RATES[optimizer]  # type: ignore[index]
    widths = (config.features, *config.hidden_sizes, num_classes)
    recipe = Recipe(widths, batch_size, optimizer, rate)  # type: ignore[arg-type]
    data = make_data(config.features, num_classes, config.samples, batch_size, data_seed)
    expected = run_course(trainer("torch-eager", recipe, "cpu"), data, config.epochs)
    bench.reference([expected.losses] * config.reps, rtol=RTOL, atol=ATOL)

    measured = trainer(engine, recipe, device)
    if measured.unscheduled:
        warnings.warn(f"left with plain loops: {', '.join(measured.unscheduled)}", stacklevel=1)
    if config.dry_run:
        run_course(measured, data, config.dry_run)
    courses = [run_course(measured, data, config.epochs) for _ in range(config.reps)]
    bench.durations([s for course in courses for s in course.seconds], output=[course.losses for course in courses])
    last = courses[-1]
    bench.record("final_loss", last.losses[-1], unit="nat")
    bench.record("accuracy", 100 * last.accuracy, unit="%", direction="higher")
    if measured.compile_s is not None:
        bench.record("compile", measured.compile_s, unit="s")
    assert config.epochs == 1 or last.losses[-1] < last.losses[0], "the loss did not fall: nothing was learned"


def summarize(table: Any) -> str:
    """Seconds of an epoch beside torch's, then what was learned."""
    tonight = table[table["run_id"] == table["run_id"].max()]
    text = speedup_lines(table, "Training", ("optimizer", "device", "batch_size", "num_classes"), timed="an epoch")
    return "\n".join([*text, *_learned(tonight)])


def _learned(tonight: Any) -> list[str]:
    """As in "sgd: loss 0.489 nat, accuracy 99.2 %" for each optimiser; engines agree, so that one tells for all."""
    lines_ = []
    for optimizer, rows in tonight.groupby("optimizer", sort=False):
        loss, accuracy = (rows[rows["metric"] == name]["value"] for name in ("final_loss", "accuracy"))
        if loss.empty:
            continue
        lowest = f" at least {number_text(accuracy.min())} %" if len(accuracy) > 1 else value_text(accuracy.min(), "%")
        lines_.append(f"{optimizer}: last loss at most {value_text(loss.max(), 'nat')}, accuracy {lowest.strip()}")
    return lines_
