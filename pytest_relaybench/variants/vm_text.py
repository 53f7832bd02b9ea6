"""The bytecode of Relax's virtual machine as text, function by function, without numbers that depend on others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_FUNCTION = re.compile(r"^@(?P<name>[^\n]+?):\n(?P<body>(?:[ \t]+[^\n]*\n)+)", re.MULTILINE)
_CALL = re.compile(r"^ *call +(?P<callee>[^ ]+)", re.MULTILINE)
_TOKEN = re.compile(r"%(?P<register>\d+)|c\[(?P<constant>\d+)\]|(?P<space> +)")
_POOL = re.compile(r"Constant pool \(# (?P<count>\d+)\): \[(?P<entries>.*)\]$", re.MULTILINE)
_CONTEXT = re.compile(r'"ErrorContext\(.*?\) "')  # of a message, with names of variables
_ENTRY = re.compile(r'shapetuple\[[^\]]*\]|\[[^\]]*\]|"[^"]*"|[^,\[\]" ]+')


def functions_of(text: str) -> Mapping[str, str]:
    """Name → bytecode of every function of an executable, as its `as_text` gives it."""
    return {found["name"]: found["body"] for found in _FUNCTION.finditer(text)}


def constants_of(stats: str) -> list[str]:
    """What each constant is, as an executable's `stats` tells: shapes and texts by value, tensors by their shape alone.

    Empty where that cannot be told.
    """
    pool = _POOL.search(stats)
    if pool is None:
        return []
    entries = _ENTRY.findall(_CONTEXT.sub('"context"', pool["entries"]))
    return entries if len(entries) == int(pool["count"]) else []


def canonical(body: str, constants: list[str], named: Callable[[str], str]) -> str:
    """The bytecode with registers as they come, constants by what they are, and callees as `named` names them."""
    registers: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        if found["register"] is not None:
            return registers.setdefault(found["register"], f"%{len(registers)}")
        if found["constant"] is not None:
            index = int(found["constant"])
            return constants[index] if index < len(constants) else "c"
        return " "

    renamed = _CALL.sub(lambda found: f"call {named(found['callee'])}", body)
    return _TOKEN.sub(replace, renamed)
