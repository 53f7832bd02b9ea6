"""Names as a paper's reader knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping

ENGINES = {
    "torch": "PyTorch",
    "torch-eager": "PyTorch",
    "torch-compile": "torch.compile",
    "onnxruntime": "ONNX Runtime",
}
NETWORKS = {
    "resnet-18": "ResNet-18",
    "mobilenet": "MobileNet",
    "mobilenet-v2": "MobileNet V2",
    "nature-dqn": "DQN",
    "vgg-16": "VGG-16",
    "dcgan": "DCGAN",
    "rnn": "RNN",
    "gru": "GRU",
    "lstm": "LSTM",
    "char_rnn": "CharRNN",
    "treelstm": "TreeLSTM",
}
OUR_ENGINES = "relax"  # begin with this
_BETWEEN_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def engine_name(engine: str) -> str:
    """As in "PyTorch"; an engine that is not known keeps its name."""
    return ENGINES.get(engine, engine)


def network_name(network: str) -> str:
    """As in "ResNet-18"; a network that is not known keeps its name."""
    return NETWORKS.get(network, network)


def pass_name(name: str) -> str:
    """A pass in words: `FoldConstant` is "Fold Constant", `FoldBatchnormToConv2D` "Fold Batchnorm To Conv2D"."""
    return _BETWEEN_WORDS.sub(" ", name)


def place_of(names: Mapping[str, str], name: object) -> int:
    """Where a name, as readers know it, stands among these; after all of them when it is another."""
    known = list(dict.fromkeys(names.values()))
    return known.index(str(name)) if name in known else len(known)
