"""The key of a set-up folder: what its inputs are, told as JSON, and a hash of it."""

from __future__ import annotations

import dis
import hashlib
import inspect
import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CellType, ModuleType
from typing import Any

KEY_DIGITS = 20


def key_of(told: Any) -> str:
    """A hash of JSON, as 20 hexadecimal digits."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:KEY_DIGITS]


def source_key(module: Path) -> str:
    """A hash of the Python files in the module's folder and below: what an experiment has of its own.

    It is asked for by every experiment of the folder, so a file is read again only when it looks changed.
    """
    folder = module.parent
    files = sorted(_sources(folder))
    return key_of([["/".join(parts), _digest_now(folder.joinpath(*parts))] for parts in files])


def _sources(folder: Path) -> Iterator[tuple[str, ...]]:
    """The parts of each file's path, without environments and caches that happen to lie there."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_foreign(name)]
        inside = Path(place).relative_to(folder).parts
        yield from ((*inside, name) for name in names if name.endswith(".py") and not _is_foreign(name))


def _is_foreign(name: str) -> bool:
    return name.startswith(".") or name in {"site-packages", "node_modules", "__pycache__"}


def _digest_now(path: Path) -> str:
    """Empty for a file that cannot be read, as a link to nowhere."""
    try:
        told = path.stat()
        return _digest_of(path, (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns))
    except OSError:
        return ""


@cache
def _digest_of(path: Path, _stamp: tuple[int, ...]) -> str:
    return _content_digest(path)


def describe_input(value: Any) -> Any:
    """What of an input counts for the key, as JSON; raises TypeError when that cannot be told."""
    if isinstance(value, Path):
        return {"path": value.name, "sha256": _content_digest(value)}
    if isinstance(value, ModuleType):
        return {"module": value.__name__, "sha256": _content_digest(_module_path(value))}
    if callable(value):
        source = hashlib.sha256(_source(value).encode()).hexdigest()
        return {"callable": getattr(value, "__qualname__", repr(value)), "sha256": source, "bound": _bound(value)}
    if isinstance(value, dict):
        return {"dict": sorted([str(key), describe_input(entry)] for key, entry in value.items())}
    if isinstance(value, list | tuple):
        return [describe_input(entry) for entry in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a set-up input is JSON, a path, a function or a module, not {type(value).__name__}: {value!r}")


def _bound(value: Any) -> list[list[Any]]:
    """Numbers and texts that a function was defined with: what it closes over, and its defaults.

    Two functions of the same source differ by them. Whatever the function itself changes is a result, not an input.
    """
    if not inspect.isfunction(value):
        return []
    changed = {step.argval for step in dis.get_instructions(value) if step.opname == "STORE_DEREF"}
    cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
    found = {name: _cell_value(cell) for name, cell in cells if name not in changed}
    parameters = inspect.signature(value).parameters.values()
    found.update({parameter.name: parameter.default for parameter in parameters})
    return sorted([name, bound] for name, bound in found.items() if isinstance(bound, bool | int | float | str))


def _cell_value(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        raise TypeError(f"the source of {value!r} cannot be found, so its changes would go unseen") from None


def _module_path(module: ModuleType) -> Path:
    """A package counts with all its files, another module with its own."""
    if module.__file__ is None:
        raise TypeError(f"the source of {module!r} cannot be found, so its changes would go unseen")
    path = Path(module.__file__)
    return path.parent if path.stem == "__init__" else path


def _content_digest(path: Path) -> str:
    """SHA-256 over the content of a file, or over the names and contents of a folder; byte code does not count."""
    digest = hashlib.sha256()
    for file in _files_of(path):
        digest.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            while chunk := stream.read(2**20):
                digest.update(chunk)
    return digest.hexdigest()


def _files_of(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
