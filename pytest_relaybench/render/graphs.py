"""What an author declares of a graph: `graphs = [bars(...), lines(...)]`. Nothing here draws: a child imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from ..errors import RelaybenchError
from ..reading import nearest

Window = Literal["all_time", "two_weeks"]
Reference: TypeAlias = Mapping[str, Any]  # parameters and the values that make a measurement the one compared with
Format = Literal["png", "pdf", "svg", "csv"]  # of figures for print; the last holds what they show
WINDOWS: tuple[Window, ...] = get_args(Window)

ALWAYS_THERE = ("test", "variant", "machine")  # told apart by, beside the parameters
OWN_PICTURE = ("device", "machine")  # values on different ones share no axis
MOST_HUES = 10  # colours that can be told apart
MOST_BARS = 60  # in one picture


@dataclass(frozen=True)
class Bars:
    """Tonight's values as bars: one picture for each value of `per`, one group for each of `x`, a colour for `hue`."""

    metric: str = "time"
    x: str | None = None
    hue: str | None = None
    per: tuple[str, ...] | None = None
    log: bool | None = None
    title: str = ""
    unit: str | None = None
    relative_to: Reference | None = None
    speedup_over: Reference | None = None

    @property
    def reference(self) -> Reference | None:
        """What the values are multiples of, None when they are drawn as they are."""
        return self.relative_to or self.speedup_over


@dataclass(frozen=True)
class Lines:
    """Values through the nights: one picture for each value of `per` and each window, a line for each of `hue`."""

    metric: str = "time"
    hue: str | None = None
    per: tuple[str, ...] | None = None
    windows: tuple[Window, ...] = WINDOWS
    relative: bool = False
    title: str = ""


Graph: TypeAlias = Bars | Lines
Parameters: TypeAlias = Mapping[str, Sequence[str]]  # name → its values as text, as `series.dimensions` tells


def bars(  # noqa: PLR0913, PLR0917 # each is a keyword that an author may leave out
    metric: str = "time",
    x: str | None = None,
    hue: str | None = None,
    per: str | Sequence[str] | None = None,
    log: bool | None = None,
    title: str = "",
    unit: str | None = None,
    relative_to: Reference | None = None,
    speedup_over: Reference | None = None,
) -> Bars:
    """Declare a bar chart of tonight's values of `metric`.

    `x`, `hue` and `per` name parameters, or `test`, `variant`, `machine`; what is None is chosen from the table, and a
    parameter that is named nowhere but varies gets pictures of its own, so that no bar is ever a mean of several.
    `log`: None takes a logarithmic axis when values differ more than twentyfold. `unit`: as in "ms"; None takes one
    that suits the values. `relative_to`, as in `{"engine": "relax"}`: each value as a multiple of the one that has this
    parameter instead of its own and is equal in all else; the bars of what is compared with are left out.
    `speedup_over`, as in `{"opt_level": 0}`: the same the other way round, so that higher is better. Raises ValueError
    for both at once.
    """
    if relative_to and speedup_over:
        raise ValueError("bars(...): relative_to or speedup_over, not both")
    return Bars(metric, x, hue, _names(per), log, title, unit, relative_to, speedup_over)


def lines(  # noqa: PLR0913, PLR0917 # as above
    metric: str = "time",
    hue: str | None = None,
    per: str | Sequence[str] | None = None,
    windows: Sequence[Window] = WINDOWS,
    relative: bool = False,
    title: str = "",
) -> Lines:
    """Declare a line chart of the nightly values of `metric`.

    `hue` and `per` as in `bars`. `windows`: "all_time", "two_weeks" or both. `relative`: each line as percent of its
    first night in the window. Raises ValueError for another window.
    """
    strange = [window for window in windows if window not in WINDOWS]
    if strange or isinstance(windows, str):
        raise ValueError(f"lines(windows=...): a tuple of {', '.join(WINDOWS)} (found {strange or windows!r})")
    return Lines(metric, hue, _names(per), tuple(windows), relative, title)


def default_graphs(parameters: Parameters, metric: str = "time") -> list[Graph]:
    """The graphs of an experiment that declares none: bars, and lines over both windows."""
    return [complete_bars(bars(metric), parameters), complete_lines(lines(metric), parameters)]


def complete_bars(graph: Bars, parameters: Parameters) -> Bars:
    """The same bars with every None decided, and every parameter that varies in one of their places.

    Raises RelaybenchError when they name a parameter that the experiment does not have.
    """
    per, free = _per_and_free(graph, parameters)
    hue = graph.hue or (None if graph.x is None and len(free) == 1 else _hue(free, parameters))
    rest = [name for name in free if name != hue]
    x = graph.x or (rest.pop(0) if rest else None)
    if graph.hue is None and hue and x and _cells(parameters, x, hue) > MOST_BARS:
        rest, hue = [hue, *rest], None
    return replace(graph, x=x, hue=hue, per=(*per, *rest))


def complete_lines(graph: Lines, parameters: Parameters) -> Lines:
    """As `complete_bars`, for lines: as many in one picture as can be told apart, so that pictures are few."""
    per, free = _per_and_free(graph, parameters)
    few = [name for name in reversed(free) if len(parameters[name]) <= MOST_HUES] or free
    hue = graph.hue or max(few, key=lambda name: len(parameters[name]), default=None)
    return replace(graph, hue=hue, per=(*per, *(name for name in free if name != hue)))


def arranged(parameters: Parameters) -> list[str]:
    """The parameters with more than one value: words before numbers, else in their order.

    Words (networks, frameworks) are what people compare; numbers (levels, sizes) are what they are compared at.
    """
    varying = [name for name, values in parameters.items() if len(values) > 1]
    return sorted(varying, key=lambda name: _is_numeric(parameters[name]))


def _per_and_free(graph: Graph, parameters: Parameters) -> tuple[tuple[str, ...], list[str]]:
    """What has pictures of its own, and what varies and has no place yet."""
    named = _named(graph)
    _check_names(graph, named, parameters)
    per = graph.per if graph.per is not None else _own_pictures(parameters, named)
    return per, [name for name in arranged(parameters) if name not in {*named, *per}]


def _hue(free: Sequence[str], parameters: Parameters) -> str | None:
    """What gets colours: of several word parameters the one with the fewest values, else the last of all."""
    few = [name for name in free if len(parameters[name]) <= MOST_HUES]
    words = [name for name in few if not _is_numeric(parameters[name])]
    if len(words) > 1:
        return min(reversed(words), key=lambda name: len(parameters[name]))
    return few[-1] if few else None


def _cells(parameters: Mapping[str, Sequence[str]], *names: str) -> int:
    product = 1
    for name in names:
        product *= len(parameters.get(name, ()))
    return product


def _own_pictures(parameters: Mapping[str, Sequence[str]], named: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in OWN_PICTURE if name in parameters and name not in named)


def _named(graph: Graph) -> list[str]:
    places = [graph.x if isinstance(graph, Bars) else None, graph.hue, *(graph.per or ())]
    return [name for name in places if name is not None]


def _check_names(graph: Graph, named: Sequence[str], parameters: Parameters) -> None:
    known = [*parameters, *ALWAYS_THERE]
    call = f"{type(graph).__name__.lower()}({graph.metric!r})"
    for name in named:
        if name not in known:
            raise RelaybenchError(f"{call}: no such parameter (found {name!r}); {nearest(name, known)}")
    if len(set(named)) < len(named):
        raise RelaybenchError(f"{call}: a parameter has one place in a graph (found {', '.join(named)})")


def _names(per: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return (per,) if isinstance(per, str) else None if per is None else tuple(per)


def _is_numeric(values: Sequence[str]) -> bool:
    return all(map(is_number, values))


def is_number(text: str) -> bool:
    """Whether the text is one, as Python writes it."""
    try:
        float(text)
    except ValueError:
        return False
    return True
