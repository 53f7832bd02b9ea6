"""Image networks by every engine: Relax untuned, scheduled and tuned, torch eager and compiled, ONNX Runtime.

`docs/experiments/cnn_comp.md` tells what is measured and how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

import pytest
from pydantic import Field, model_validator

from pytest_relaybench import axis, bars, lines

from .engine_names import WITHOUT_TVM, Engine, engines_of_frameworks
from .network_names import RTOL, WEIGHTS_SEED, NetworkConfig, atol_of
from .network_tuning import Tune, network_tuning  # noqa: F401, the fixture `tune`
from .processors import skip_if_too_many
from .speedups import speedup_lines

if TYPE_CHECKING:
    from .models.tuning import Tuned

BASELINE = "torch-eager"
OLD_KEYS = ("frameworks", "relay_opt", "use_xla")

graphs = [
    bars(x="network", hue="engine", per="device", log=True),
    bars(x="network", hue="engine", per="device", speedup_over={"engine": BASELINE}, log=True),
    lines(hue="engine", per=("device", "network")),
]


class Config(NetworkConfig):
    """Which networks by which engines; by default all of both but tuning, on the CPU, one image and one thread."""

    engines: list[Engine] = axis(
        "engine",
        ["relax", "relax-scheduled", *WITHOUT_TVM],
        without_tvm=WITHOUT_TVM,
        description='"relax-tuned" is not among the defaults: it takes minutes a network in its first night',
    )
    thread_counts: list[Annotated[int, Field(ge=1)]] = axis("threads", [1], description="of every engine, one by one")
    frameworks: list[str] | None = Field(
        default=None, min_length=1, exclude=True, description='the predecessor\'s: "pt" and "relay"'
    )
    relay_opt: int | None = Field(default=None, ge=0, le=4, exclude=True, description="the predecessor's: 3 by default")
    use_xla: bool | None = Field(default=None, exclude=True, description="the predecessor's: true is torch-compile")
    n_times: int | None = Field(
        default=None, ge=1, exclude=True, description="the predecessor's word for n_times_per_input"
    )

    @model_validator(mode="after")
    def _in_modern_words(self) -> Self:
        words: dict[str, Any] = {}
        if any(getattr(self, key) is not None for key in OLD_KEYS):
            level = 3 if self.relay_opt is None else self.relay_opt
            frameworks = self.frameworks or ["pt", "relay"]
            words["engines"] = engines_of_frameworks(frameworks, level, use_xla=self._wants_xla())
        if self.n_times is not None:
            words["n_times_per_input"] = self.n_times
        twice = sorted(self.model_fields_set.intersection(words))
        if twice:
            raise ValueError(
                f"{', '.join(twice)}: said in today's words and in the predecessor's, leave out the latter"
            )
        return self.model_copy(update=words) if words else self

    def _wants_xla(self) -> bool:
        """The predecessor's default was true, for every config that names frameworks."""
        return self.frameworks is not None if self.use_xla is None else self.use_xla


@pytest.fixture
def database(engine: str, threads: int, tune: Tune) -> Tuned | None:
    """What `relax-tuned` takes its kernels from; the other engines have none."""
    skip_if_too_many(threads)
    return tune() if engine == "relax-tuned" else None


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    engine: str,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    database: Tuned | None,
    experiment_config: Config,
    run_seed: int,
) -> None:
    """Time of one call; its output is compared with torch for every input, before anything is timed."""
    from .engines import prepare, time_prepared
    from .models import build, example_inputs

    model, seed = build(network, WEIGHTS_SEED), experiment_config.input_seed(run_seed)
    inputs = [example_inputs(network, batch_size, seed + index) for index in range(experiment_config.n_inputs)]
    references = [model(*values) for values in inputs]
    bench.references(references, rtol=RTOL, atol=atol_of(references))
    example = example_inputs(network, batch_size, seed=0)
    prepared = prepare(engine, model, example, device, database.folder if database else None)
    time_prepared(bench, prepared, inputs, experiment_config)
    if database is not None:
        from .engines.tuned_networks import record_tuning  # loads TVM, without which the others are measured

        record_tuning(bench, database, prepared.untuned)


def summarize(table: Any) -> str:
    """Torch's time of each network, and how many times as fast the other engines are."""
    return "\n".join(speedup_lines(table, "Image networks", ("device", "network", "batch_size", "threads")))
