"""What the sentinels are called."""

from __future__ import annotations

from typing import Literal

TITLE = "Sentinels"
SENTINELS = ("integer_loop", "memory_copy", "blas_matmul", "process_start")

When = Literal["before", "after"]  # the night's tests
