"""Kills a process of a night at a named moment: Python imports this by itself, from a folder on its path.

`KILL_AT` in the environment tells the moment, a `points.Point` as JSON. No code of the product knows of it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

KILL_AT, NIGHT = "KILL_AT", "KILL_NIGHT"
SOON_S = 0.002
POINT: dict[str, Any] = json.loads(os.environ.get(KILL_AT, "{}"))
_calls: list[None] = []  # that were about the named thing


def strike() -> None:
    """Kill whom the point names; this process never goes on when it is among them."""
    Path(POINT["fired"]).touch()
    if POINT["victim"] == "all":
        for _ in range(2):  # what was started meanwhile, too
            for pid in of_this_night():
                _kill(pid)
    if POINT["victim"] == "night":
        _kill(int(os.environ[NIGHT]))
    else:
        _kill(os.getpid())
    time.sleep(60)  # until the kernel, or whoever ends children with their parent, has come


def of_this_night() -> list[int]:
    """Every process that was told of the same moment, without this one."""
    mark = f"{KILL_AT}={os.environ[KILL_AT]}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in told and int(path.parent.name) != os.getpid():
            found.append(int(path.parent.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def strike_soon() -> None:
    """Let the kernel end this process in a moment, in the middle of whatever native code it is in by then."""
    Path(POINT["fired"]).touch()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, POINT["soon_s"])


def half_a_line(path: Path, entry: Any) -> None:
    """As `files.append_line` when the kill comes in the middle of its writing."""
    line = json.dumps(entry, ensure_ascii=False).encode()
    with path.open("ab") as file:
        file.write(line[: len(line) // 2])


def is_meant(arguments: tuple[Any, ...]) -> bool:
    """Whether this call is the one: of those that are about the named thing, the n-th; in one process only."""
    if POINT["about"] not in " ".join(map(shown, arguments)) or Path(POINT["fired"]).exists():
        return False
    _calls.append(None)
    return len(_calls) == POINT["n"]


def shown(argument: Any) -> str:
    """An argument as text; of an open file its path."""
    if isinstance(argument, int):
        try:
            return str(Path(f"/proc/self/fd/{argument}").readlink())
        except OSError:
            return str(argument)
    return str(argument)


def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the kill at its call."""

    def wrapper(*arguments: Any, **named: Any) -> Any:
        meant, when = is_meant((*arguments, *named.items())), POINT["when"]
        if meant and when == "torn":
            half_a_line(*arguments)
        if meant and when in {"before", "torn"}:
            strike()
        if meant and when == "soon":
            strike_soon()
        returned = function(*arguments, **named)
        if meant and when == "after":
            strike()
        return returned

    return wrapper


def patch(module: ModuleType) -> None:
    """Put the kill in the place of the function."""
    *classes, name = POINT["attribute"].split(".")
    owner: Any = module
    for part in classes:
        owner = getattr(owner, part)
    setattr(owner, name, deadly(getattr(owner, name)))


class Waiting:
    """An importer that patches the module when it comes."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module's own spec, with a loader that patches."""
        if name != POINT["module"]:
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), patch(module))  # type: ignore[method-assign]
        return spec


def begin() -> None:
    """Lie in wait, in the process that the point is about."""
    words = sys.orig_argv
    started_as = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    if started_as == "pytest":
        os.environ[NIGHT] = str(os.getpid())
    if started_as != POINT["process"]:
        return
    if POINT["module"] in sys.modules:
        patch(sys.modules[POINT["module"]])
    else:
        sys.meta_path.insert(0, Waiting())  # type: ignore[arg-type]


if POINT:
    begin()
