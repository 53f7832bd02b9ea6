"""What compiling cost and gave: seconds, artifact size and hash of each `tvm.compile`, without the author asking."""

from __future__ import annotations

import functools
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from .artifact_parts import Artifact, artifact_of
from .versions_api import constant_tensor

LIBRARY = "artifact.so"
LONGEST_REASON = 200
# exporting takes time and about four times the memory of the weights: 12 s and 2.2 GB for the 553 MB of VGG-16
MOST_WEIGHTS_BYTES = 256 * 1024**2


@dataclass(frozen=True)
class Compilation:
    """One compilation: how long, how large the shared library is that its result makes, and what is in it.

    `artifact_bytes` is None when the result makes none, and `reason` then says why.
    """

    seconds: float
    artifact_bytes: int | None
    reason: str = ""
    artifact: Artifact = field(default_factory=Artifact)


class CompileMeter:
    """Meters `tvm.compile` and `tvm.relax.build` once installed; only the outermost call of each nest counts.

    Meant for one thread. Names bound before (`from tvm import compile`) are not metered. To learn its size a result is
    exported inside `aside()`, a context that keeps other meters, such as that of peak memory, from counting this.
    """

    def __init__(self, aside: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        self._aside = aside
        self._compilations: list[Compilation] = []
        self._depth = 0
        self._metered: list[tuple[ModuleType, str, Any]] = []

    def install(self) -> None:
        """Begin to meter; does nothing when it does already, or when tvm was not imported."""
        if self._metered or "tvm" not in sys.modules:
            return
        tvm = sys.modules["tvm"]
        for module, name in ((tvm, "compile"), (getattr(tvm, "relax", None), "build")):
            original = getattr(module, name, None)
            if module is None or original is None:  # a build from source may be of a TVM that has it not
                continue
            self._metered.append((module, name, original))
            setattr(module, name, self._metering(original))

    def uninstall(self) -> None:
        """Give tvm its own functions back."""
        while self._metered:
            module, name, original = self._metered.pop()
            setattr(module, name, original)

    def take(self) -> list[Compilation]:
        """What was compiled since the last call, oldest first."""
        taken, self._compilations = self._compilations, []
        return taken

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing that is compiled inside is metered."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def _metering(self, build: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(build)
        def metered(mod: Any, *args: Any, **kwargs: Any) -> Any:
            if self._depth:
                return build(mod, *args, **kwargs)
            self._depth += 1
            try:
                started = time.perf_counter()
                result = build(mod, *args, **kwargs)
                seconds = time.perf_counter() - started
                with self._aside():
                    self._compilations.append(_weighed(seconds, mod, result))
            finally:
                self._depth -= 1
            return result

        return metered


def _weighed(seconds: float, mod: Any, executable: Any) -> Compilation:
    """The compilation with the library that its result exports, weights included; or why there is none."""
    weights = _weights_bytes(mod)
    if weights > MOST_WEIGHTS_BYTES:
        reason = f"{weights} bytes of weights are more than the {MOST_WEIGHTS_BYTES} that are exported for a size"
        return Compilation(seconds, None, reason, artifact_of(executable, None))
    with tempfile.TemporaryDirectory(prefix="relaybench-artifact-") as folder:
        library = Path(folder) / LIBRARY
        try:
            executable.export_library(str(library))
        except Exception as error:  # noqa: BLE001, a missing linker must not fail what compiled well
            return Compilation(seconds, None, " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_REASON])
        return Compilation(seconds, library.stat().st_size, artifact=artifact_of(executable, library))


def _weights_bytes(mod: Any) -> int:
    """Bytes of the constants in the module's Relax functions."""
    tvm, found = sys.modules["tvm"], []

    def visit(node: Any) -> None:
        tensor = constant_tensor(node)
        if tensor is not None:
            found.append(math.prod(tensor.shape) * tensor.dtype.bits // 8)

    for function in getattr(mod, "functions", {}).values():
        if isinstance(function, tvm.relax.Function):
            tvm.relax.analysis.post_order_visit(function, visit)
    return sum(found)
