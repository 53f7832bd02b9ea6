"""What is sent to a board: a library for its processor, linked here, or parts that it links itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tvm
from tvm.support import cc

from ..models.levels import compile_at
from ..models.targets import target_for


@dataclass(frozen=True)
class Artifact:
    """A file with weights and kernels, and how many kernels one call of its `main` runs."""

    path: Path
    kernels: int
    unscheduled: tuple[str, ...]


def board_target(told: dict[str, Any] | None) -> tvm.target.Target:
    """TVM's target, as a dict of `kind`, `mtriple`, `mcpu` and so on; this machine's CPU where nothing is told.

    Raises ValueError, with what is wrong, for one that TVM does not know.
    """
    if told is None:
        return target_for("cpu")
    try:
        return tvm.target.Target(told)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"target: {' '.join(str(error).split())}") from error


def build_artifact(
    module: tvm.IRModule,
    target: tvm.target.Target,
    folder: Path,
    cross_compiler: str | None = None,
    *,
    link_on_board: bool = False,
) -> Artifact:
    """Compile at `relay_opt`'s level 3 and write the file into `folder`.

    `cross_compiler` is a C++ compiler that links for the board; with `link_on_board` the file is an archive of object
    files that the server links, with a compiler of its own. Raises what the compiler raises.
    """
    compiled = compile_at(3, module, target)
    path = folder / ("network.tar" if link_on_board else "network.so")
    how = {"fcompile": cc.cross_compiler(cross_compiler)} if cross_compiler and not link_on_board else {}
    compiled.executable.export_library(str(path), **how)
    return Artifact(path, compiled.kernels, compiled.unscheduled)
