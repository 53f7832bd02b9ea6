"""What a night of `import_coverage` found, in words; rows come from the tidy table with a column per parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pytest_relaybench.render.format import NO_VALUE

from .names import ROUTES, VALUES, is_architecture

COVERAGE = "coverage"
COLUMNS = ["model", "route", "variant", "value", "note"]
MOST_TOLD = 12
LONGEST_MESSAGE = 140
_RESULTS = {value: result for result, value in VALUES.items()}
Key = tuple[str, str, str]  # model, route, build


@dataclass(frozen=True)
class Cell:
    """How one model went by one route; `note` is "stage: message" where it did not work."""

    result: str
    note: str

    @property
    def words(self) -> str:
        """As in "works" or "fails at import"."""
        stage = self.note.partition(":")[0]
        return f"{self.result} at {stage}" if self.result == "fails" and stage else self.result

    @property
    def message(self) -> str:
        """What went wrong, in one line."""
        text = self.note.partition(": ")[2]
        return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def cells_of(rows: pd.DataFrame) -> dict[Key, Cell]:
    """The newest cell of each model, route and build in these rows, in their order."""
    found = rows[(rows["metric"] == COVERAGE) & rows["value"].notna()]
    return {
        (str(model), str(route), str(variant)): Cell(_RESULTS.get(float(value), "?"), str(note or ""))
        for model, route, variant, value, note in found[COLUMNS].itertuples(index=False, name=None)
    }


def ordered_models(cells: Mapping[Key, Cell]) -> list[str]:
    """Models as they came, those of transformers after ours."""
    return sorted(dict.fromkeys(model for model, _, _ in cells), key=is_architecture)


def summary(table: pd.DataFrame) -> str:
    """The share that works by each route, what has changed, then every cell that does not work."""
    run_id = table["run_id"].max()
    tonight, before = cells_of(table[table["run_id"] == run_id]), cells_of(table[table["run_id"] < run_id])
    if not tonight:
        return "Import coverage: nothing was tried"
    builds = list(dict.fromkeys(build for _, _, build in tonight))
    lines = [line for build in builds for line in _shares(tonight, build, several=len(builds) > 1)]
    lines += _bounded([f"news: {news}" for news in _news(tonight, before, several=len(builds) > 1)])
    broken = [f"{_name(key, len(builds) > 1)}: {told}" for key, told in _not_working(tonight)]
    return "\n".join([*lines, *_bounded(broken)])


def _shares(cells: Mapping[Key, Cell], build: str, *, several: bool) -> Iterator[str]:
    parts = []
    for route in ROUTES:
        results = [cell.result for (_, by, of), cell in cells.items() if (by, of) == (route, build)]
        if results:
            parts.append(f"{route} {results.count('works')} of {len(results)}")
    counts = [cell.result for (_, _, of), cell in cells.items() if of == build]
    differs = f"; {counts.count('differs')} with wrong numbers" if "differs" in counts else ""
    yield f"Import coverage{f' on {build}' if several else ''}: works by {', '.join(parts)}{differs}"


def _news(tonight: Mapping[Key, Cell], before: Mapping[Key, Cell], *, several: bool) -> Iterator[str]:
    """Cells whose result or stage is another than on the last night that tried them."""
    for key, cell in tonight.items():
        old = before.get(key)
        if old is not None and old.words != cell.words:
            message = f": {cell.message}" if cell.message else ""
            yield f"{_name(key, several)}: {old.words} → {cell.words}{message}"


def _not_working(cells: Mapping[Key, Cell]) -> Iterator[tuple[Key, str]]:
    """Wrong numbers first: nobody else tells of them."""
    for result in ("differs", "fails"):
        for key, cell in cells.items():
            if cell.result == result:
                yield key, f"{cell.words}: {cell.message}" if cell.message else cell.words


def _name(key: Key, several: bool) -> str:
    model, route, build = key
    return f"{model} by {route}" + (f" on {build}" if several else "")


def _bounded(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - MOST_TOLD} more"] if len(lines) > MOST_TOLD else []
    return [*lines[:MOST_TOLD], *more]


def words_of(cells: Mapping[Key, Cell], key: Key) -> str:
    """The words of a cell, a dash for one that was not tried."""
    return cells[key].words if key in cells else NO_VALUE
