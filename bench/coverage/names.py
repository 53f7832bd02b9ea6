"""What is tried and how it may end; free of TVM and torch, so that configs and summaries can say it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

Route = Literal["torch.export", "onnx"]
ROUTES: tuple[Route, ...] = get_args(Route)

Result = Literal["works", "differs", "fails"]
VALUES: dict[Result, float] = {"works": 1.0, "differs": 0.5, "fails": 0.0}

STAGES = ("build", "export", "import", "compile", "run", "compare")

OWN_MODELS = (
    "resnet-18", "mobilenet", "nature-dqn", "vgg-16", "dcgan",
    "rnn", "gru", "lstm", "rnn-cell", "gru-cell", "lstm-cell", "char-rnn", "treelstm-cell",
    "embedding", "attention", "transformer-layer",
    "last-step", "dynamic-batch", "branch", "while-loop",
)  # fmt: skip
DEFAULT_ARCHITECTURES = ("bert", "distilbert", "gpt2", "llama", "t5", "vit", "resnet", "mobilenet_v2")

PREFIX = "transformers:"
INSTALL_TRANSFORMERS = "pip install transformers"
_ARCHITECTURE = re.compile("[a-z0-9][a-z0-9_-]{0,60}")


def is_architecture(model: str) -> bool:
    """Whether the model is one of Hugging Face's transformers, with random weights."""
    return model.startswith(PREFIX)


def _known(model: str) -> str:
    if model in OWN_MODELS or (is_architecture(model) and _ARCHITECTURE.fullmatch(model.removeprefix(PREFIX))):
        return model
    known = ", ".join(OWN_MODELS)
    raise ValueError(f'no such model; known: {known}, and "{PREFIX}bert" and its other model types (found {model!r})')


ModelName = Annotated[str, AfterValidator(_known)]
