"""The configuration as run, beside what the home's config file says today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_relaybench.history.records import Record

from ..templates import fact_rows

UNUSED = "–"  # what stands for a key that the run did not know


@dataclass(frozen=True)
class Setting:
    """One key with its value as run; `is_default` where the file does not name it, `today` where it says otherwise."""

    key: str
    value: str
    is_default: bool = False
    today: str = ""


def settings_of(record: Record, today: Mapping[str, Any]) -> list[Setting]:
    """Every key of the record's configuration, then those that only today's file has."""
    run, file = _flat(record.config), _flat(today)
    found = [_setting(key, value, file) for key, value in run.items()]
    return found + [Setting(key, UNUSED, today=_text(key, value)) for key, value in file.items() if key not in run]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """`config timeout_s 60 → 90` for every key of a configuration that became another."""
    old, new = _flat(before), _flat(after)
    for key in dict.fromkeys([*new, *old]):
        if key not in old:
            yield f"config {key} is new: {_text(key, new[key])}"
        elif key not in new:
            yield f"config {key} is gone: {_text(key, old[key])}"
        elif old[key] != new[key]:
            yield f"config {key} {_text(key, old[key])} → {_text(key, new[key])}"


def _setting(key: str, value: Any, file: Mapping[str, Any]) -> Setting:
    is_other = key in file and file[key] != value
    return Setting(key, _text(key, value), key not in file, _text(key, file[key]) if is_other else "")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Keys with those of objects inside them, as in `process_pinning.cores`."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _text(key: str, value: Any) -> str:
    """In one line."""
    return "; ".join(text for _, text in fact_rows({key: value}, unknown="none"))
