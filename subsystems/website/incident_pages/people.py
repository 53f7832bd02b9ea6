"""Who should look at an incident, as far as configs and decisions name somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_relaybench.incidents import Incident, State
from pytest_relaybench.reading import looks_secret

HAND_OVER = "@"  # between the name and the host of an address, which a page for everybody keeps to itself


def looking(incident: Incident) -> str:
    """Who has said that they look at it; empty when nobody has, or when that is over."""
    if incident.state != State.ACKNOWLEDGED or incident.decision is None:
        return ""
    return incident.decision.by


def to_be_told(configs: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, list[str]]:
    """Name of a person → the titles of the experiments whose config names them in `notify`."""
    found: dict[str, list[str]] = {}
    for title, config in configs:
        for name in named_in(config):
            found.setdefault(name, []).append(title)
    return found


def named_in(config: Mapping[str, Any]) -> list[str]:
    """Whom a config names in `notify`, each once.

    The config is read as it is, also a broken one. What could be a secret is left out, and of an address of e-mail its
    host is.
    """
    notify = config.get("notify")
    names = [_name(entry) for entry in notify if isinstance(entry, str)] if isinstance(notify, list) else []
    return list(dict.fromkeys(filter(None, names)))


def _name(person: str) -> str:
    if looks_secret(person):
        return ""
    return person.strip().lstrip(HAND_OVER).partition(HAND_OVER)[0]
