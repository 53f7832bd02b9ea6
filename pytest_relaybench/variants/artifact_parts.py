"""A build taken apart: a hash for each function and constant that does not change while the generated code does not."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .constant_pool import constant_parts
from .digests import base_name, digest
from .llvm_text import LlvmText
from .vm_text import canonical, constants_of, functions_of

VM = ("relax.VMExecutable", "relax.Executable")
WITHOUT_CODE = (*VM, "const_loader", "metadata", "metadata_module")
_KERNEL = re.compile(r'extern "C" __global__ void (?:__\w+\([^)]*\) )*(?P<name>\w+)\([^)]*\)\s*;?')
_SPACE = re.compile(r"(?://[^\n]*|\s)+")


@dataclass(frozen=True)
class Artifact:
    """`parts` is name → hash of every function and constant; `hash` stands for all of them and what calls what.

    An artifact without a hash is of a build that cannot be looked into.
    """

    hash: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)


def artifact_of(executable: Any, library: Path | None) -> Artifact:
    """The artifact of what `tvm.compile` returned; `library` is the file that it exported, for the constants.

    Without a library, as where there are too many weights to export them, constants are left out of it.
    """
    try:
        parts = [*_code_parts(executable), *(constant_parts(library) if library else [])]
        calls = _vm_parts(executable, dict(parts))
    except (AttributeError, TypeError, ValueError, RuntimeError, OSError):
        return Artifact()  # a build of a TVM that has other ways to look into it
    if not parts:
        return Artifact()
    parts += [(name, digest(text)) for name, (text, _) in calls.items()]
    exact = sorted(digest(text) for _, text in calls.values())
    return Artifact(digest(*sorted(found for _, found in parts), "calls", *exact), _told_apart(parts))


def joined(artifacts: list[Artifact]) -> Artifact:
    """The artifacts of all that one test has compiled, in order, as one; without a hash where one of them has none."""
    if len(artifacts) == 1:
        return artifacts[0]
    if not all(artifact.hash for artifact in artifacts):
        return Artifact()
    parts = [part for artifact in artifacts for part in artifact.parts.items()]
    return Artifact(digest(*(artifact.hash for artifact in artifacts)) if artifacts else "", _told_apart(parts))


def _code_parts(executable: Any) -> list[tuple[str, str]]:
    """Name and hash of all functions in the executable's modules; raises ValueError for one without a source."""
    found: list[tuple[str, str]] = []
    for module in _modules(executable.mod if hasattr(executable, "mod") else executable):
        if module.kind in WITHOUT_CODE:
            continue
        source = module.inspect_source("ll" if module.kind == "llvm" else "")
        if not source:
            raise ValueError(f"a module of kind {module.kind} shows no source")
        found += LlvmText(source).parts().items() if module.kind == "llvm" else _source_parts(module.kind, source)
    generator = sys.modules["tvm"].get_global_func("target.llvm_version_major", allow_missing=True)
    return [*found, ("LLVM", digest(str(generator())))] if found and generator is not None else found


def _modules(module: Any) -> Iterator[Any]:
    yield module
    for imported in module.imports:
        yield from _modules(imported)


def _source_parts(kind: str, source: str) -> Iterator[tuple[str, str]]:
    """The kernels of a source text, each with what stands before the first; the text as one where there are none."""
    starts = [found for found in _KERNEL.finditer(source) if not found[0].endswith(";")]
    if not starts:
        yield kind, digest(_SPACE.sub(" ", source))
        return
    shared = _KERNEL.sub("", source[: starts[0].start()])
    ends = [found.start() for found in starts[1:]] + [len(source)]
    for found, end in zip(starts, ends, strict=True):
        body = source[found.start() : end].replace(found["name"], base_name(found["name"]))
        yield found["name"], digest(*(_SPACE.sub(" ", text) for text in (shared, body)))


def _vm_parts(executable: Any, hashes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Name → bytecode of the virtual machine's functions: with kernels by base name, and with them by their hash."""
    if not hasattr(executable, "as_text"):
        return {}
    constants = constants_of(executable.stats())
    return {
        name: (
            canonical(body, constants, base_name),
            canonical(body, constants, lambda callee: hashes.get(callee, callee)),
        )
        for name, body in functions_of(executable.as_text()).items()
    }


def _told_apart(parts: list[tuple[str, str]]) -> Mapping[str, str]:
    """A second part of one name gets a number."""
    seen: Counter[str] = Counter()
    found = {}
    for name, value in parts:
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} #{seen[name]}"] = value
    return found
