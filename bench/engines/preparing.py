"""Any engine by its name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from torch import Tensor, nn

from .prepared import Prepared

NEEDS = {  # what each engine imports beside torch, and how it is installed
    "onnxruntime": (("onnxruntime", "onnx", "onnxscript"), "pip install 'pytest-relaybench[onnxruntime]'"),
}


def prepare(
    engine: str, model: nn.Module, example: tuple[Tensor, ...], device: str = "cpu", database: Path | None = None
) -> Prepared:
    """The model made ready by `engine`, a name of `engine_names.Engine`, for inputs shaped as `example`.

    Skips the test, with the command that installs what is missing, where the engine is not there.
    """
    modules, command = NEEDS.get(engine, ((), ""))
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{engine} needs {', '.join(missing)}: {command}")
    if engine == "torch-eager":
        from .torch_engines import prepare_eager

        return prepare_eager(model, device)
    if engine == "torch-compile":
        from .torch_engines import prepare_compiled

        return prepare_compiled(model, example, device)
    if engine == "onnxruntime":
        from .onnx_engine import NoProviderError, prepare_onnxruntime

        try:
            return prepare_onnxruntime(model, example, device)
        except NoProviderError as error:
            pytest.skip(str(error))
    from .relax_engine import prepare_relax

    return prepare_relax(engine, model, example, device, database)
