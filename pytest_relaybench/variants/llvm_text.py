"""LLVM's text of a module, function by function, without what changes when the generated code does not.

Left out are debug information, metadata and the texts of error messages, which hold names of variables. Local names are
numbered anew in each function, numbers of attributes and types are replaced by what they stand for, and a private
constant or function, which other modules cannot call, by a hash of its own text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .digests import base_name, digest

PREFIX = "__tvm_ffi_"  # of what TVM can call by name
RAISES = "__tvm_set_raised_"
HELPERS = frozenset({"internal", "private", "linkonce", "linkonce_odr", "weak", "weak_odr", "available_externally"})

_DEBUG_LINE = re.compile(r"^ *#dbg_.*\n", re.MULTILINE)
_COMMENT = re.compile(r" *;.*$", re.MULTILINE)
_METADATA = re.compile(r",? ![a-zA-Z_.]+ !\d+")
_MESSAGE = re.compile(r"(@(?:__tvm_set_raised_\w+|TVMFFIErrorSetRaisedFromCStr\w*)\().*\)")
_FUNCTION = re.compile(r"^define (?P<how>[^\n]*?)@(?P<name>[\w.$-]+|\"[^\"\n]*\")\(.*?^}", re.MULTILINE | re.DOTALL)
_CONSTANT = re.compile(r"^@(?P<name>[\w.$-]+|\"[^\"\n]*\") = (?P<what>[^\n]*)", re.MULTILINE)
_TYPE = re.compile(r"^%(?P<name>[\w.$-]+) = type (?P<what>[^\n]*)", re.MULTILINE)
_ATTRIBUTES = re.compile(r"^attributes #(?P<number>\d+) = (?P<what>[^\n]*)", re.MULTILINE)
_TRIPLE = re.compile(r"^target triple = (?P<what>[^\n]*)", re.MULTILINE)
_TOKEN = re.compile(
    r"^(?P<label>[\w.$-]+|\"[^\"\n]*\"):"
    r"|%(?P<local>[\w.$-]+|\"[^\"\n]*\")"
    r"|@(?P<global>[\w.$-]+|\"[^\"\n]*\")"
    r"|(?<= )#(?P<attributes>\d+)",
    re.MULTILINE,
)
_TEXT_CONSTANT = re.compile(r'c"(?P<text>[^"]*)\\00"')


class LlvmText:
    """The functions of one module, each with a hash of its text."""

    def __init__(self, text: str) -> None:
        self._types = {found["name"]: found["what"] for found in _TYPE.finditer(text)}
        self._attributes = {found["number"]: found["what"] for found in _ATTRIBUTES.finditer(text)}
        self._constants = {found["name"]: found["what"] for found in _CONSTANT.finditer(text)}
        triple = _TRIPLE.search(text)
        self._triple = triple["what"] if triple else ""
        functions = list(_FUNCTION.finditer(_without_noise(text)))
        self._functions = {found["name"]: found[0] for found in functions}
        self._helpers = {found["name"] for found in functions if HELPERS & set(found["how"].split())}
        self._digests: dict[str, str] = {}

    def parts(self) -> Mapping[str, str]:
        """Name → hash of every function that other modules can call, with all that it uses of this one."""
        called = [name for name in self._functions if name not in self._helpers]
        return {_called(name): digest(self._triple, self._digest(name)) for name in called}

    def _digest(self, name: str) -> str:
        if name not in self._digests:
            self._digests[name] = "itself"  # where it calls itself
            self._digests[name] = digest(self._canonical(self._functions[name]))
        return self._digests[name]

    def _canonical(self, function: str) -> str:
        numbers: dict[str, str] = {}

        def replace(found: re.Match[str]) -> str:
            local = found["label"] or found["local"]
            if local is not None:
                if local in self._types:
                    return self._types[local]
                return numbers.setdefault(local, f"%{len(numbers)}") + (":" if found["label"] else "")
            if found["global"] is not None:
                return self._global(found["global"])
            return self._attributes.get(found["attributes"], "")

        return _TOKEN.sub(replace, function)

    def _global(self, name: str) -> str:
        """What stands for a name of the module: what it is called outside, or a hash of what it is inside."""
        if name.startswith(RAISES):  # which LLVM fits to all of a module's messages
            return f"@{RAISES}"
        if name in self._helpers:
            return f"@{self._digest(name)}"
        if name in self._functions:
            return f"@{base_name(_called(name))}"
        constant = self._constants.get(name, "")
        if not constant.startswith("private"):
            return f"@{name}"
        text = _TEXT_CONSTANT.search(constant)
        if text is not None and (text["text"] in self._functions or PREFIX + text["text"] in self._functions):
            return f'@"{base_name(text["text"])}"'
        return f"@{digest(constant)}"


def _without_noise(text: str) -> str:
    """Bodies without debug lines, comments, metadata and the arguments of what raises an error."""
    for pattern, instead in ((_DEBUG_LINE, ""), (_COMMENT, ""), (_METADATA, ""), (_MESSAGE, r"\1)")):
        text = pattern.sub(instead, text)
    return text


def _called(name: str) -> str:
    return name.strip('"').removeprefix(PREFIX)
