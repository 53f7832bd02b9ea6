"""The templates of the site, with every value made inert, and the words they are filled with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pytest_relaybench.bundled import folder
from pytest_relaybench.detect import Kind
from pytest_relaybench.reading import looks_secret
from pytest_relaybench.render.format import (
    change_text,
    date_text,
    day_text,
    duration_text,
    run_time,
    scale_for,
    value_text,
)

from .failures import message_of
from .graphs import by_folder
from .headline import tone, verdict_text
from .inert import inert, shortened, slug
from .series import History, Series, night_words, param_text, short_test
from .spark import NIGHTS, sparkline

HIDDEN = "what looks like a secret, not shown"
VERDICT_RANKS = {
    kind.value: rank
    for rank, kind in enumerate(
        (Kind.BROKEN, Kind.SLOWER, Kind.MISSING, Kind.MACHINE, Kind.FASTER, Kind.UNSURE, Kind.SAME)
    )
}


def templates() -> Environment:
    """Jinja's environment over site/templates; no value can reach a page but through `inert`."""
    environment = Environment(
        loader=FileSystemLoader(folder("site") / "templates"),
        autoescape=True,
        finalize=inert,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def machine_words(machine: Mapping[str, Any]) -> str:
    """A machine in one line: processor, cores, memory, GPUs, host."""
    parts = [machine.get("cpu_model")]
    if machine.get("cores"):
        parts.append(f"{machine['cores']} cores")
    if machine.get("memory_bytes"):
        parts.append(value_text(float(machine["memory_bytes"]), "B"))
    parts += [gpu.get("name") for gpu in machine.get("gpu") or [] if isinstance(gpu, Mapping)]
    parts.append(machine.get("host") or machine.get("id"))
    return ", ".join(str(part) for part in parts if part)


def fact_rows(facts: Mapping[str, Any], prefix: str = "", *, unknown: str = "not told") -> list[tuple[str, str]]:
    """Nested facts as rows of name and text; None reads as `unknown`."""
    rows: list[tuple[str, str]] = []
    for key, value in facts.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += fact_rows(value, f"{name}.", unknown=unknown)
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            rows += fact_rows({str(i): entry for i, entry in enumerate(value)}, f"{name}.", unknown=unknown)
        else:
            rows.append((name, unknown if value is None else _public(_fact_text(name, value))))
    return rows


def _public(text: str) -> str:
    """The text, unless a secret may stand in it: a config that was refused for that is still shown as it is."""
    return HIDDEN if looks_secret(text) else text


def _fact_text(name: str, value: Any) -> str:
    if value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and name.endswith("_bytes"):
        return value_text(float(value), "B")
    if isinstance(value, list):
        return ", ".join(param_text(entry) for entry in value)
    return str(value)


def _spark_of_series(series: Series, history: History) -> Markup:
    known = series.values[np.isfinite(series.values)]
    span = f"{value_text(float(known.min()), series.unit)} to {value_text(float(known.max()), series.unit)}"
    title = f"{night_words(history.nights)}: {span}, newest {value_text(series.newest, series.unit)}"
    return sparkline(series.values[-NIGHTS:].tolist(), title, f"rb-dot-{series.verdict.kind.value}")


def _finite(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else ""


def common_words(common: Mapping[str, Any]) -> str:
    """`device cpu, batch_size 1`."""
    return ", ".join(f"{key} {param_text(value)}" for key, value in common.items())


FILTERS: dict[str, Callable[..., Any]] = {
    "by_folder": by_folder,
    "change": change_text,
    "date": date_text,
    "day": day_text,
    "duration": duration_text,
    "finite": _finite,
    "machine": machine_words,
    "message": message_of,
    "night_words": night_words,
    "param": param_text,
    "percent": lambda share: f"{share:.3g}",
    "run_day": lambda run_id: day_text(run_time(run_id)),
    "run_moment": run_time,
    "scale": scale_for,
    "short_test": short_test,
    "shortened": shortened,
    "slug": slug,
    "spark_of_series": _spark_of_series,
    "verdict_rank": lambda kind: VERDICT_RANKS[kind.value],
    "verdict_text": verdict_text,
    "tight": lambda text: text.replace(" %", "\u00a0%"),
    "tone": tone,
}
