"""The names of what runs a model; free of TVM and torch, so that configs can be read without them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

RelaxEngine = Literal["relax", "relax-scheduled", "relax-tuned"]
OtherEngine = Literal["torch-eager", "torch-compile", "onnxruntime"]
Engine = Literal["relax", "relax-scheduled", "relax-tuned", "torch-eager", "torch-compile", "onnxruntime"]

ENGINES: tuple[Engine, ...] = get_args(Engine)
WITHOUT_TVM: tuple[OtherEngine, ...] = ("torch-eager", "torch-compile", "onnxruntime")

# the predecessor's words: Relay's levels, of which only the upper two were more than fusion
BY_RELAY_LEVEL: dict[int, RelaxEngine] = {
    0: "relax",
    1: "relax",
    2: "relax",
    3: "relax-scheduled",
    4: "relax-tuned",
}
GONE = {"tf": "torch-compile and onnxruntime take", "mxnet": "torch-eager takes"}


def engines_of_frameworks(frameworks: Collection[str], relay_opt: int, *, use_xla: bool) -> list[Engine]:
    """Today's engines for the predecessor's `frameworks`, `relay_opt` and `use_xla`, whose place torch.compile has.

    Raises ValueError for a framework that is gone, or was never known.
    """
    for name in frameworks:
        if name in GONE:
            raise ValueError(f"frameworks: {name} is not measured any more, {GONE[name]} its place")
        if name not in {"pt", "relay"}:
            raise ValueError(f'frameworks: the predecessor\'s are "pt" and "relay" (found "{name}")')
    chosen: list[Engine] = [BY_RELAY_LEVEL[relay_opt]] if "relay" in frameworks else []
    if "pt" in frameworks:
        chosen.append("torch-eager")
    return [*chosen, "torch-compile"] if use_xla else chosen
