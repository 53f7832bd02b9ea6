"""One name for what TVM's versions call differently; test_releases.py tries the same on older ones."""

from __future__ import annotations

import numpy as np
from tvm import relax

from pytest_relaybench.variants.versions_api import constant_tensor, tensor_type, type_of


def test_annotation_of_a_tensor():
    """A variable made with the annotation tells its shape and type."""
    found = type_of(relax.Var("x", tensor_type([2, 3], "float32")))
    assert [int(length) for length in found.shape] == [2, 3]
    assert str(found.dtype) == "float32"


def test_tensor_of_a_constant():
    """A constant gives its tensor, another node none."""
    assert constant_tensor(relax.const(np.arange(3))).numpy().tolist() == [0, 1, 2]
    assert constant_tensor(relax.Var("x", tensor_type((1,), "float32"))) is None
