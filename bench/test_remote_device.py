"""A network on a board: compiled here, sent over TVM's RPC, and timed by the board's own clock.

`docs/experiments/remote_device.md` tells what is measured and how. The predecessor called it relay_to_vta.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_relaybench import bars, lines

from .remote.config import RemoteConfig
from .remote.telling import summary

if TYPE_CHECKING:
    import torch

    from .remote.place import Place

WEIGHTS_SEED = 0  # the same network every night; only its inputs vary
CALIBRATION_SEED, CALIBRATION_BATCHES = 1_000_000, 4  # never those that are timed

# of the largest output: float32 adds up in another order, float16 has 11 bits, int8 has 8 (mobilenet: up to 0.22)
TOLERANCES = {"float32": 1e-4, "float16": 0.05, "int8": 0.3}

RPC_NEEDS, RPC_COMMAND = ("cloudpickle", "psutil"), "pip install 'pytest-relaybench[rpc]'"

graphs = [
    bars(metric="time", x="network", hue="number_type", per="batch_size"),
    bars(
        metric="drift",
        x="network",
        hue="number_type",
        per="batch_size",
        title="remote_device: error, of the largest output",
    ),
    lines(metric="time", hue="number_type", per=("network", "batch_size")),
]


class Config(RemoteConfig):
    """By default ResNet-18 in 32-bit and 16-bit floats and with 8 bits, on a server of our own."""


@pytest.fixture(scope="session")
def board(experiment_config: Config) -> Iterator[Callable[..., Place]]:
    """Where the board is; `board(lost=True)` once it has failed, so that a server of our own is started anew."""
    missing = [name for name in RPC_NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"TVM's RPC needs {', '.join(missing)}: {RPC_COMMAND}")
    from .remote.local_server import LocalServer
    from .remote.place import Place, warn_of_open_door

    config = experiment_config
    own = LocalServer() if config.connection == "local" else None
    if config.connection == "tracker":
        place = Place(config.tracker_host or "", config.tracker_port, config.key, is_tracker=True)
    else:
        place = Place(config.host or "", config.port, config.key)

    def where(*, lost: bool = False) -> Place:
        if own is not None and lost:
            own.stop()
        elif own is None:
            warn_of_open_door(place)
        return place if own is None or lost else own.place()

    yield where
    if own is not None:
        own.stop()


# all number types of a network run one after the other
@lru_cache(maxsize=1)
def built(network: str) -> torch.nn.Module:
    """The torch model."""
    from .models import build

    return build(network, WEIGHTS_SEED)


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    number_type: str,
    batch_size: int,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    board: Callable[..., Place],
    run_seed: int,
    tmp_path: Path,
) -> None:
    """Time of a call on the board, by its own clock; its output is torch's before the timed calls and after."""
    from .models import example_inputs
    from .remote.artifact import board_target, build_artifact
    from .remote.number_types import module_in
    from .remote.sessions import BoardError, in_session
    from .remote.timing import Plan, time_on_board
    from .remote.tolerance import Tolerance

    config = experiment_config
    model = built(network)
    inputs = example_inputs(network, batch_size, config.seed if config.set_seed else run_seed)
    tolerance = Tolerance(model(*inputs).numpy(), TOLERANCES[number_type])
    calibration = [
        example_inputs(network, batch_size, CALIBRATION_SEED + index) for index in range(CALIBRATION_BATCHES)
    ]
    try:
        target = board_target(config.target)
    except ValueError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    artifact = build_artifact(
        module_in(number_type, model, calibration),
        target,
        tmp_path,
        config.cross_compiler,
        link_on_board=config.link_on_board,
    )
    if artifact.unscheduled:
        warnings.warn(f"left with plain loops: {', '.join(artifact.unscheduled)}", stacklevel=1)
    plan = Plan(config.num_reps, config.n_times, config.threads, config.remote_device)
    arrays = tuple(value.numpy() for value in inputs)
    try:
        found = in_session(
            board(),
            config.remote_timeout_s,
            lambda session: time_on_board(session, artifact.path, arrays, plan, tolerance.check),
        )
    except BoardError as error:
        board(lost=True)
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    bench.reference(tolerance.expected, rtol=0, atol=tolerance.absolute)
    bench.durations(found.seconds, output=found.output)
    bench.record("drift", 100 * tolerance.drift(found.output), unit="%")
    bench.record("upload", found.upload_s, unit="s")
    bench.record("load", found.load_s, unit="s")
    bench.record("round_trip", found.round_trip_s, unit="s")
    bench.record("artifact_size", artifact.path.stat().st_size, unit="B", deterministic=True)
    bench.record("kernels", artifact.kernels, unit="1", deterministic=True)


def summarize(table: Any) -> str:
    """Times on the board, and what fewer bits gain and cost."""
    return summary(table)
