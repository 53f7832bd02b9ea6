"""Which device did the work: a test that asks for a GPU and silently gets the CPU measures something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

CPU = "cpu"
OPEN_FILES = Path("/proc/self/fd")
GPU_FILES = ("/dev/nvidia", "/dev/kfd")  # open while CUDA or ROCm has a context on a GPU
MOST_PARTS = 100  # of an output that are looked at: it may be a list of a million numbers
ONNX_DEVICES = {  # execution provider → device; others, as OpenVINO's, may use either
    "CPUExecutionProvider": CPU,
    "DnnlExecutionProvider": CPU,
    "CUDAExecutionProvider": "cuda",
    "TensorrtExecutionProvider": "cuda",
    "ROCMExecutionProvider": "rocm",
    "MIGraphXExecutionProvider": "rocm",
}


def device_of_function(function: Callable[..., Any]) -> str:
    """The device of what is called: of an ONNX Runtime session's method, or of a torch module; "" of anything else."""
    owner: Any = getattr(function, "__self__", function)
    if callable(getattr(owner, "get_providers", None)):
        return device_of_session(owner)
    if not callable(getattr(owner, "named_parameters", None)):
        return ""
    return one_text({_kind(parameter.device) for _, parameter in owner.named_parameters()})


def device_of_session(session: Any) -> str:
    """Where an ONNX Runtime session runs, "" where its provider does not tell.

    A provider that was asked for and could not be loaded is left out without an error; the first of those that are left
    is used for every operator that it has.
    """
    return ONNX_DEVICES.get(next(iter(session.get_providers()), ""), "")


def device_of_output(output: Any) -> str:
    """Where the tensors of an output are, "" where it has none that tell.

    An output on a GPU was computed there. One on the CPU may have been brought back from a GPU, so that "cpu" is told
    only where this process uses no GPU.
    """
    kinds = _kinds(output)
    return "" if CPU in kinds and uses_gpu() else one_text(kinds)


def one_text(kinds: set[str]) -> str:
    """One device, or several as "cpu, cuda"; "" where one of them is unknown."""
    return "" if "" in kinds else ", ".join(sorted(kinds))


def uses_gpu() -> bool:
    """Whether this process has opened a GPU; so too where the system does not tell."""
    try:
        opened = [str(entry.readlink()) for entry in OPEN_FILES.iterdir() if entry.is_symlink()]
    except OSError:
        return True
    return any(name.startswith(GPU_FILES) for name in opened)


def _kinds(output: Any) -> set[str]:
    if isinstance(output, Mapping):
        return _kinds(list(islice(output.values(), MOST_PARTS)))
    if isinstance(output, list | tuple):
        return {kind for part in output[:MOST_PARTS] for kind in _kinds(part)}
    if callable(getattr(output, "device_name", None)):  # ONNX Runtime's OrtValue
        return {output.device_name()}
    device = getattr(output, "device", None)
    return set() if device is None or isinstance(device, str) else {_kind(device)}


def _kind(device: Any) -> str:
    """A device without its number, as torch and TVM name it."""
    kind = getattr(device, "type", "")
    return kind if isinstance(kind, str) else ""
