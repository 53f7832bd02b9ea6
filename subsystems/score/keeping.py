"""The scores' files: one a night and metric, kept for ever, and the newest of all on one page for others to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_relaybench.files import json_object, write_json
from pytest_relaybench.times import iso, utc_now

from .confs import MetricBase, MetricConf
from .formulas import Score

SCHEMA = 1
Kept = Mapping[str, Any]  # the content of one data file


def keep(output: Path, name: str, conf: MetricConf, score: Score, run_id: str) -> None:
    """Write `data/NAME/data_RUN.json`."""
    content = {
        "schema": SCHEMA,
        "run_id": run_id,
        "timestamp": iso(utc_now()),
        "name": name,
        "formula": conf.formula or name,
        "title": conf.title,
        "description": conf.description,
        "Score": score.score,
        "Total": score.total,
        "text": score.text,
        "value": score.value,
        "unit": score.unit,
        "parts": [asdict(part) for part in score.parts],
        "parts_name": score.parts_name,
        "parts_unit": score.parts_unit,
        "parts_direction": score.parts_direction,
    }
    write_json(output / "data" / name / f"data_{run_id}.json", content)


def kept(output: Path, name: str) -> list[Kept]:
    """All nights of a metric, oldest first; files that are damaged, or of another schema, are passed over."""
    contents = map(_read, sorted((output / "data" / name).glob("data_*.json")))
    return [content for content in contents if content is not None]


def _read(path: Path) -> Kept | None:
    content = json_object(path)
    return content if content and content.get("schema") == SCHEMA else None


def write_newest(output: Path, confs: Mapping[str, MetricConf], problems: Mapping[str, str], run_id: str) -> None:
    """Write `scores.json`: the newest score of each configured metric, and why there is none of tonight."""
    scores = []
    for name in dict.fromkeys([*confs, *problems]):
        conf = confs.get(name) or MetricBase()
        newest: Kept = (kept(output, name) or [{}])[-1]
        told = {"name": name, "title": conf.title or name, "description": conf.description}
        scores.append(
            {**newest, **told, "is_tonights": newest.get("run_id") == run_id, "problem": problems.get(name, "")}
        )
    write_json(output / "scores.json", {"schema": SCHEMA, "run_id": run_id, "scores": scores})
