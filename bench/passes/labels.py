"""What pictures and summaries call lists of passes: by their place in a series, by their passes, or by a number."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from .specs import BASELINE, PRESETS, TOP_LEVEL, PassSpec

SPEC = "pass_spec"
OTHERS = "other"
NO_PASS = PRESETS["cumulative"][BASELINE]
LONGEST = 32  # letters of a label that fits below a bar


def series_of(table: pd.DataFrame) -> dict[str, Mapping[str, str]]:
    """For each series with two lists or more in `table`, and for all other lists together: key → label.

    The others stand beside the one without a pass. Lists that are too long for a label are numbered in the order in
    which the table has them, so that rows of all nights give the same numbers every night.
    """
    there = list(dict.fromkeys(table[SPEC].dropna()))
    found: dict[str, Mapping[str, str]] = {}
    for kind, labels in PRESETS.items():
        own = {key: label for key, label in labels.items() if key in there}
        if len(own) > 1:
            found[kind] = own
    known = {key for labels in found.values() for key in labels}
    others = [key for key in there if key not in known]
    if not others:
        return found
    beside = {BASELINE: NO_PASS} if BASELINE in there else {}
    return {**found, OTHERS: {**beside, **_others([key for key in others if key != BASELINE])}}


def names_of(table: pd.DataFrame) -> Mapping[str, str]:
    """Key → label of every list in `table`; one in two series has the label of the first."""
    return {key: label for labels in reversed(series_of(table).values()) for key, label in labels.items()}


def passes_of(key: str) -> str:
    """The passes of a list in words, with the level where it is not the highest."""
    spec = PassSpec.from_key(key)
    level = "" if spec.level == TOP_LEVEL else f" (level {spec.level})"
    return f"{', '.join(spec.passes) or NO_PASS}{level}"


def _others(keys: list[str]) -> Mapping[str, str]:
    long = [key for key in keys if len(passes_of(key)) > LONGEST]
    return {key: f"list {long.index(key) + 1}" if key in long else passes_of(key) for key in keys}
