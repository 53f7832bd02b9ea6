"""What may stand in the config of `training_loop`, the predecessor's words included."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pytest_relaybench import ExperimentConfig, axis

from .recipe import Optimizer

Engine = Literal["relax", "relax-scheduled", "torch-eager", "torch-compile"]
ENGINES: tuple[Engine, ...] = ("relax", "relax-scheduled", "torch-eager", "torch-compile")
WITHOUT_TVM: tuple[Engine, ...] = ("torch-eager", "torch-compile")
FRAMEWORKS = {"pt": "torch-eager", "relay": "relax-scheduled"}

Positive = Annotated[int, Field(ge=1)]
Device = Annotated[Literal["cpu", "cuda"], BeforeValidator(lambda name: "cuda" if name == "gpu" else name)]


def _alone(value: Any) -> Any:
    """The one number of a list, which the predecessor's first version wrote."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _framework(name: str) -> str:
    if name not in FRAMEWORKS:
        raise ValueError(f'{name} is not measured any more; "pt" is torch-eager, "relay" relax-scheduled')
    return name


def _dataset(name: str) -> str:
    if name != "synthetic":
        raise ValueError(f"{name} would have to be downloaded: data are synthetic, see features and samples")
    return name


class TrainingConfig(ExperimentConfig):
    """Who trains which network, on how many data, how often; the defaults are the predecessor's where it had any."""

    engines: list[Engine] = axis("engine", ENGINES, without_tvm=WITHOUT_TVM)
    devices: list[Device] = axis("device", ["cpu"], description='"gpu" is another word for "cuda"')
    optimizers: list[Optimizer] = axis("optimizer", ["sgd"])
    batch_sizes: list[Positive] = axis("batch_size", [32], description="samples per step")
    num_classes: list[Annotated[int, Field(ge=2)]] = axis("num_classes", [10])
    features: int = Field(default=784, ge=1, description="numbers in each sample")
    hidden_sizes: list[Positive] = Field(default_factory=lambda: [128], description="units of each hidden layer")
    samples: int = Field(default=2048, ge=1, description="of an epoch, rounded down to whole batches")
    learning_rate: float | None = Field(default=None, gt=0, description="null: one that suits the optimiser")
    epochs: Annotated[int, Field(ge=1), BeforeValidator(_alone)] = Field(default=5, description="of each repetition")
    reps: int = Field(default=3, ge=1, description="trainings from the first weights; each epoch is a sample of time")
    dry_run: int = Field(default=3, ge=0, description="untimed epochs before the first repetition")
    set_seed: bool = Field(default=False, description="make data from `seed` instead of the run's seed")
    seed: int = Field(default=0, ge=0, lt=2**32)
    frameworks: list[Annotated[str, AfterValidator(_framework)]] | None = Field(
        default=None, min_length=1, exclude=True, description='the predecessor\'s: "pt" and "relay"'
    )
    models: list[Literal["mlp"]] | None = Field(default=None, exclude=True, description="the predecessor's")
    datasets: list[Annotated[str, AfterValidator(_dataset)]] | None = Field(
        default=None, exclude=True, description="the predecessor's"
    )
    batch_size: Positive | None = Field(default=None, exclude=True, description="the predecessor's batch_sizes")
    n_times: Positive | None = Field(default=None, exclude=True, description="the predecessor's reps")

    @model_validator(mode="after")
    def _in_modern_words(self) -> Self:
        words: dict[str, Any] = {}
        for old, new, value in (
            ("frameworks", "engines", self.frameworks and [FRAMEWORKS[name] for name in self.frameworks]),
            ("batch_size", "batch_sizes", self.batch_size and [self.batch_size]),
            ("n_times", "reps", self.n_times),
        ):
            if value is not None and new in self.model_fields_set:
                raise ValueError(f"`{new}` and the predecessor's `{old}` say the same: leave out the latter")
            words |= {} if value is None else {new: value}
        return self.model_copy(update=words) if words else self

    @model_validator(mode="after")
    def _makes_batches(self) -> Self:
        sizes = [self.batch_size] if self.batch_size is not None else self.batch_sizes
        if self.samples < max(sizes):
            raise ValueError(f"{self.samples} samples make no batch of {max(sizes)}")
        return self
