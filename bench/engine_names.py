"""The names of what runs a model; free of TVM and torch, so that configs can be read without them."""

from __future__ import annotations

from typing import Literal

RelaxEngine = Literal["relax", "relax-scheduled", "relax-tuned"]
OtherEngine = Literal["torch-eager", "torch-compile", "onnxruntime"]
Engine = Literal["relax", "relax-scheduled", "relax-tuned", "torch-eager", "torch-compile", "onnxruntime"]

WITHOUT_TVM: tuple[OtherEngine, ...] = ("torch-eager", "torch-compile", "onnxruntime")
