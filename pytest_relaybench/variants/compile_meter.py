"""What compiling cost: seconds and artifact size of each `tvm.compile`, without the author asking."""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARY = "artifact.so"


@dataclass(frozen=True)
class Compilation:
    """One compilation: how long, and how large the shared library is that its result makes.

    `artifact_bytes` is None when the result makes none, and `reason` then says why.
    """

    seconds: float
    artifact_bytes: int | None
    reason: str = ""


class CompileMeter:
    """Meters `tvm.compile` and `tvm.relax.build` once installed; only the outermost call of each nest counts.

    Meant for one thread. Names bound before (`from tvm import compile`) are not metered.
    """

    def __init__(self) -> None:
        self._compilations: list[Compilation] = []
        self._depth = 0
        self._metered: list[tuple[ModuleType, str, Any]] = []

    def install(self) -> None:
        """Begin to meter; does nothing when it does already, or when tvm was not imported."""
        if self._metered or "tvm" not in sys.modules:
            return
        tvm = sys.modules["tvm"]
        for module, name in ((tvm, "compile"), (tvm.relax, "build")):
            original = getattr(module, name)
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

    def _metering(self, build: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(build)
        def metered(*args: Any, **kwargs: Any) -> Any:
            if self._depth:
                return build(*args, **kwargs)
            self._depth += 1
            try:
                started = time.perf_counter()
                result = build(*args, **kwargs)
                seconds = time.perf_counter() - started
                self._compilations.append(Compilation(seconds, *_artifact_size(result)))
            finally:
                self._depth -= 1
            return result

        return metered


def _artifact_size(executable: Any) -> tuple[int | None, str]:
    """Bytes of the library that the executable exports, weights included; else None and why there is none."""
    with tempfile.TemporaryDirectory(prefix="relaybench-artifact-") as folder:
        library = Path(folder) / LIBRARY
        try:
            executable.export_library(str(library))
        except Exception as error:  # noqa: BLE001, a missing linker must not fail what compiled well
            return None, f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        return library.stat().st_size, ""
