"""Any engine by its name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from torch import Tensor, nn

from .prepared import EngineMissingError, Prepared

NEEDS = {  # what each engine imports beside torch, and how it is installed
    "onnxruntime": (("onnxruntime", "onnx", "onnxscript"), "pip install 'pytest-relaybench[onnxruntime]'"),
    "relax-tuned": (("cloudpickle", "psutil"), "pip install 'pytest-relaybench[tuning]'"),
    "tuning with xgb": (("xgboost",), "pip install xgboost"),
}


def prepare(
    engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str = "cpu", database: Path | None = None
) -> Prepared:
    """The model made ready by `engine`, a name of `engine_names.Engine`, for inputs shaped as `example`.

    Skips the test, with the command that installs what is missing, where the engine is not there.
    """
    skip_if_missing(engine)
    try:
        return _prepared(engine, model, example, device, database)
    except EngineMissingError as error:
        pytest.skip(str(error))


def skip_if_missing(engine: str) -> None:
    """Skip the test, with the command that helps, where a package that the engine needs is not installed."""
    modules, command = NEEDS.get(engine, ((), ""))
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{engine} needs {', '.join(missing)}: {command}")


def _prepared(
    engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str, database: Path | None
) -> Prepared:
    """Only the module of the engine that is asked for is loaded: it imports what others need not have."""
    if engine == "torch-eager":
        from .torch_engines import prepare_eager

        return prepare_eager(model, device)
    if engine == "torch-compile":
        from .torch_engines import prepare_compiled

        return prepare_compiled(model, example, device)
    if engine == "onnxruntime":
        from .onnx_engine import prepare_onnxruntime

        return prepare_onnxruntime(model, example, device)
    if engine in {"relax-bytecode", "relax-compiled"}:
        from .exec_modes import prepare_in_mode

        return prepare_in_mode(engine, model, example, device)
    from .relax_engine import prepare_relax

    return prepare_relax(engine, model, example, device, database)
