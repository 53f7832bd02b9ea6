"""Specs of pass lists: from a config to keys such as `"3;FuseOps|FoldConstant"`, and what pictures call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from .names import PASSES, SERIES, pass_named

LEVELS = (0, 1, 2, 3)
TOP_LEVEL = LEVELS[-1]
BASELINE = "0;"
FORM = '[opt_level, pass or list of passes] or its key, as "3;FuseOps|FoldConstant"'
LAYOUT, NORM = "ConvertLayout", "FoldBatchnormToConv2D"
_PLACES = {name: place for place, name in enumerate(PASSES)}


@dataclass(frozen=True)
class PassSpec:
    """An optimisation level, 0 to 3, and the passes that run besides what compiling needs.

    Passes are a set: the pipeline has their order, as Relay had. Here they stand in the order of the cumulative series.
    """

    level: int
    passes: tuple[str, ...]

    @property
    def key(self) -> str:
        """As in `"3;FuseOps|FoldConstant"`; equal sets have equal keys."""
        return f"{self.level};{'|'.join(self.passes)}"

    @classmethod
    def of(cls, level: int, passes: Iterable[str]) -> PassSpec:
        """From passes in any order, by today's names or the predecessor's; raises ValueError for an unknown one."""
        names = {pass_named(name) for name in passes if name}
        return cls(level, tuple(sorted(names, key=_PLACES.__getitem__)))

    @classmethod
    def from_key(cls, key: str) -> PassSpec:
        """The inverse of `key`; raises ValueError for a text that is none."""
        level, semicolon, passes = key.partition(";")
        if not semicolon or level not in map(str, LEVELS):
            raise ValueError(f"a spec is {FORM}, or one of the presets {', '.join(PRESETS)} (found {key!r})")
        return cls.of(int(level), passes.split("|"))


def cumulative() -> Mapping[str, str]:
    """Key → label of the series that begins without any pass and adds them one by one."""
    names = list(SERIES)
    added = {PassSpec(TOP_LEVEL, tuple(names[: place + 1])).key: f"+ {name}" for place, name in enumerate(names)}
    return {BASELINE: "no pass", **added}


def leave_one_out() -> Mapping[str, str]:
    """Key → label of all passes, and of all but one; channels-last is another network, so it is not among them."""
    names = [name for name in SERIES if name != LAYOUT]
    without = {
        PassSpec(TOP_LEVEL, tuple(name for name in names if name != left_out)).key: f"without {left_out}"
        for left_out in names
    }
    return {PassSpec(TOP_LEVEL, tuple(names)).key: "all passes", **without}


PRESETS: Mapping[str, Mapping[str, str]] = {"cumulative": cumulative(), "leave_one_out": leave_one_out()}


def crash_of(spec: PassSpec) -> str | None:
    """Why TVM 0.27 would end the process on this list of passes; None where it does not."""
    if {LAYOUT, NORM}.issubset(spec.passes) and "FoldConstant" not in spec.passes:
        return f"TVM 0.27 crashes in {LAYOUT} on what {NORM} leaves, unless FoldConstant runs between them"
    return None


def expand(value: Any) -> Any:
    """The keys of a config's specs, presets in full, each once; a single preset needs no list around it.

    Raises ValueError for what is no spec.
    """
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        return value  # pydantic says that it wants a list
    return list(dict.fromkeys(key for entry in value for key in _keys(entry)))


def _keys(entry: Any) -> Iterable[str]:
    if isinstance(entry, str):
        return PRESETS[entry] if entry in PRESETS else [PassSpec.from_key(entry).key]
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        raise ValueError(f"a spec is {FORM} (found {entry!r})")
    level, passes = entry
    if isinstance(level, bool) or level not in LEVELS:
        raise ValueError(f"a spec's optimisation level is 0 to {TOP_LEVEL} (found {level!r})")
    names = [passes] if isinstance(passes, str) else passes
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"a spec is {FORM} (found {entry!r})")
    return [PassSpec.of(level, names).key]


_NAMES = {"type": "array", "items": {"type": "string"}}
_PAIR = {"type": "array", "prefixItems": [{"enum": list(LEVELS)}, {"anyOf": [{"type": "string"}, _NAMES]}]}
_LIST = {"type": "array", "items": {"anyOf": [{"type": "string"}, _PAIR]}, "minItems": 1}

PassSpecs = Annotated[
    list[str], BeforeValidator(expand), WithJsonSchema({"anyOf": [{"enum": list(PRESETS)}, _LIST]}, mode="validation")
]
