"""How many threads an engine may use: what relaybench has set for the process."""

from __future__ import annotations

import os


def threads() -> int:
    """Threads of TVM, OpenMP and BLAS in this process; 1 where nobody has said."""
    return int(os.environ.get("TVM_NUM_THREADS", "1"))
