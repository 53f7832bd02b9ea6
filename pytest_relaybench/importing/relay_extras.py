"""What a Relay Dashboard kept beside its data: scores, and telemetry."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

SCORE_SCHEMA = 1
SAMPLES_SCHEMA = 1
_READING = re.compile(r"\s*(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(?P<unit>\S.*)?")
_ODD = re.compile(r"[^a-z0-9]+")
TIMESTAMP = "timestamp"


def score_of(metric: str, content: Mapping[str, Any], run_id: str, moment: str) -> dict[str, Any]:
    """A score's data file as the subsystem `score` keeps it; raises ValueError where the old one tells none."""
    score, total = content.get("Score"), content.get("Total")
    if not (_is_number(score) and _is_number(total)):
        raise ValueError("it has no numbers Score and Total")
    return {
        "schema": SCORE_SCHEMA,
        "run_id": run_id,
        "timestamp": moment,
        "name": metric,
        "formula": metric,
        "title": metric,
        "description": "imported from a Relay Dashboard",
        "Score": score,
        "Total": total,
        "text": f"{metric}: {score} of {total}",
        "value": score,
        "unit": "",
        "parts": [],
        "parts_name": "",
        "parts_unit": "",
        "parts_direction": "higher",
    }


def samples_of(files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The lines of a telemetry file as the sampler writes it, out of old files by kind (`cpu`, `gpu`).

    Old shapes: `{adapter: {sensor: [[seconds, value], …]}}` of `sensors`, whose values are texts such as "+40.0°C", and
    `{topic: {"data": [[seconds, value], …], "unit": text or null}}` of `nvidia-smi`. Raises ValueError where
    there is no sample in them.
    """
    topics: dict[str, dict[str, str]] = {}
    readings: dict[float, dict[str, dict[str, float]]] = {}
    for kind, content in files.items():
        for title, label, points, unit in _lines(content):
            for second, value, told in _points(points):
                topic, words = _topic(kind, title, unit or told)
                topics.setdefault(topic, words)
                readings.setdefault(second, {}).setdefault(topic, {})[label] = value
    if not readings:
        raise ValueError("it has no sample")
    moments = sorted(readings)
    rate_s = round((moments[-1] - moments[0]) / (len(moments) - 1), 3) if len(moments) > 1 else 0.0
    begin = {"kind": "begin", "schema": SAMPLES_SCHEMA, "topics": topics, "rate_s": rate_s, "measured_cpus": []}
    samples = [{"kind": "sample", "t": second, "values": readings[second]} for second in moments]
    return [json.dumps(entry, ensure_ascii=False) for entry in (begin, *samples, {"kind": "end", "t": moments[-1]})]


def _lines(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, str]]:
    """Title, label, points and unit of each line of a picture."""
    for name, told in content.items():
        if name == TIMESTAMP or not isinstance(told, Mapping):
            continue
        if "data" in told:
            yield name, "GPU 0", told["data"], str(told.get("unit") or "")
        else:
            for sensor, points in told.items():
                yield name, str(sensor), points, ""


def _points(points: Any) -> Iterator[tuple[float, float, str]]:
    """Seconds, value and the unit that the value itself tells."""
    for point in points if isinstance(points, list) else ():
        if isinstance(point, list) and len(point) == 2 and _is_number(point[0]):
            found = _READING.fullmatch(str(point[1]))
            if found and math.isfinite(value := float(found["number"])):
                yield float(point[0]), value, found["unit"] or ""


def _topic(kind: str, title: str, unit: str) -> tuple[str, dict[str, str]]:
    name = _ODD.sub("_", f"old_{kind}_{title}_{unit}".lower()).strip("_")
    return name, {"unit": unit, "title": f"{kind.upper()} {title}"}


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False
