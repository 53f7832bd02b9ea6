"""What is called differently in the versions of TVM that are supported, 0.25 to 0.27, under one name each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

# Found by running bench/ and tests/variants on each release; all else that they use is the same in the three.


def tensor_type(shape: Sequence[Any], dtype: str) -> Any:
    """The annotation of a Relax tensor of that shape: `TensorStructInfo` in 0.25, `TensorType` since 0.26.

    0.25 has a `TensorType`, too, which means something else.
    """
    relax = import_module("tvm.relax")  # takes seconds, so only the process that measures does it
    made = getattr(relax, "TensorStructInfo", None) or relax.TensorType
    return made(tuple(shape), dtype)


def type_of(expression: Any) -> Any:
    """The annotation of a Relax expression, with its `shape` and `dtype`: `struct_info` in 0.25, `ty` since 0.26."""
    return expression.struct_info if hasattr(expression, "struct_info") else expression.ty


def constant_tensor(node: Any) -> Any | None:
    """The tensor in a constant: `relax.Constant.data` up to 0.26, `ir.GenericConst.value` since; None elsewhere."""
    tensor_class = import_module("tvm.runtime").Tensor
    found = (getattr(node, name, None) for name in ("value", "data"))
    return next((tensor for tensor in found if isinstance(tensor, tensor_class)), None)
