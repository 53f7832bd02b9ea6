"""The phases from a torch model to its first output, and the models; free of TVM and torch."""

from __future__ import annotations

from typing import Literal

# in the order in which they happen
PHASES = {
    "export": "torch.export",
    "import": "from the exported program to a Relax module",
    "passes": "Relax passes, up to the last that changes the graph",
    "schedule": "loops of every kernel, without tuning",
    "lower": "memory planning, and TIR passes",
    "codegen": "LLVM, and the virtual machine's code",
    "link": "the shared library, weights inside",
    "load": "that library into a virtual machine",
    "first_run": "the first call",
}
COMPILING = ("passes", "schedule", "lower", "codegen")  # what happens inside `tvm.compile`

Model = Literal[
    "resnet-18", "mobilenet", "nature-dqn", "vgg-16", "dcgan",
    "rnn", "gru", "lstm", "char-rnn", "treelstm-cell", "attention", "transformer-layer",
]  # fmt: skip
