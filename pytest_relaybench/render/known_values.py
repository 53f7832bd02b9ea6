"""Values that many experiments share: engines and levels stand in one order, and have one colour in every picture."""

from __future__ import annotations

from collections.abc import Sequence

# engine → its place in the palette of ten: blue to green is Relax, orange and red is torch
ENGINE_PLACES = {
    "relax": 9,  # sky
    "relax-scheduled": 0,  # blue
    "relax-tuned": 4,  # pink
    "relax-bytecode": 8,  # yellow
    "relax-compiled": 2,  # green
    "torch-eager": 1,  # orange
    "torch-compile": 3,  # red
    "onnxruntime": 7,  # grey
    "numpy": 5,  # brown
}
LEVELS = ("0", "1", "2", "3", "4")  # of optimisation
_ORDER = {name: place for place, name in enumerate(ENGINE_PLACES)}


def in_order(values: Sequence[str]) -> list[str]:
    """Known engines first, as `ENGINE_PLACES` has them; everything else in its own order after them."""
    return sorted(values, key=lambda value: _ORDER.get(value, len(_ORDER)))


def places(names: Sequence[str], colours: int) -> list[int]:
    """For each name a place in a palette of so many colours: a known one has its own, the others what is free."""
    own = {name: ENGINE_PLACES[name] for name in names if name in ENGINE_PLACES}
    if not own and set(names) <= set(LEVELS):
        own = {name: int(name) for name in names}
    free = [place for place in range(colours) if place not in own.values()] or list(range(colours))
    others = [name for name in names if name not in own]
    given = {name: free[number % len(free)] for number, name in enumerate(others)}
    return [{**given, **own}[name] % colours for name in names]
