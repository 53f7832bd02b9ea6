"""The scores that the subsystem `score` has written: each metric with all its nights, and its pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_relaybench.files import json_object

from .graphs import Graph, graphs_of
from .inert import slug


@dataclass(frozen=True)
class ScoreNight:
    """A score of one night: what it says, and the number that it comes to, NaN where there is none.

    `score` of `total` where it counts something, None where it is a mean.
    """

    run_id: str
    text: str
    value: float
    unit: str = ""
    score: float | None = None
    total: float | None = None


@dataclass(frozen=True)
class Score:
    """A metric: `nights` oldest first; `problem` is why there is no score of tonight."""

    name: str
    title: str
    description: str
    problem: str
    nights: Sequence[ScoreNight] = field(repr=False)
    graphs: Sequence[Graph] = field(repr=False)

    @property
    def slug(self) -> str:
        """The name of its place on the page, and of its folder."""
        return slug(self.name)

    @property
    def newest(self) -> ScoreNight | None:
        """The newest score, None before the first one."""
        return self.nights[-1] if self.nights else None


def scores_of(output: Path | None) -> list[Score]:
    """Every metric in `scores.json` of the output folder, in its order; none when there is no readable one."""
    if output is None:
        return []
    entries = _mapping(json_object(output / "scores.json")).get("scores")
    told = [_mapping(entry) for entry in entries] if isinstance(entries, list) else []
    return [_score(output, entry) for entry in told if _is_name(entry.get("name"))]


def _is_name(name: Any) -> bool:
    """It names folders: whatever wrote the file, nothing beside them is read."""
    return isinstance(name, str) and name not in ("", "..") and "\0" not in name and name == Path(name).name


def _score(output: Path, entry: Mapping[str, Any]) -> Score:
    name = entry["name"]
    pictures = output / "graphs" / name
    files = sorted((output / "data" / name).glob("data_*.json"))
    nights = (_night(_mapping(json_object(path))) for path in files)
    return Score(
        name=name,
        title=_text(entry, "title") or name,
        description=_text(entry, "description"),
        problem=_text(entry, "problem"),
        nights=[night for night in nights if night is not None],
        graphs=graphs_of(pictures, pictures.rglob("*.png")),
    )


def _night(content: Mapping[str, Any]) -> ScoreNight | None:
    run_id, text = content.get("run_id"), content.get("text")
    if not (isinstance(run_id, str) and isinstance(text, str)):
        return None
    number, score, total = (_number(content.get(key)) for key in ("value", "Score", "Total"))
    return ScoreNight(run_id, text, math.nan if number is None else number, _text(content, "unit"), score, total)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
