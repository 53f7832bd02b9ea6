"""What built artifacts were made of: a hash for each function and constant, in a file named after the artifact's."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..files import json_object, set_aside, write_json
from ..home import Home
from ..variants.digests import base_name
from .journal import TEST

SCHEMA = 1
_HASH = re.compile("[0-9a-f]{8,64}")

Parts = Mapping[str, str]  # name of a function or constant → hash


@dataclass(frozen=True)
class ArtifactDifference:
    """Names of functions and constants that only one of two artifacts has, or that are others in the newer one.

    Kernels of the same code under another number, as compilers give when there is one more, do not differ.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def artifact_difference(before: Parts, after: Parts) -> ArtifactDifference:
    """What differs between the parts of two artifacts.

    Parts with the same hash are the same, whatever they are called. Of the others those with one name are changed, then
    those whose names differ in a number alone.
    """
    removed, added = _only_in(before, after), _only_in(after, before)
    changed = [name for name in added if name in removed]
    removed, added = _without(removed, changed), _without(added, changed)
    for name in list(added):
        former = next((other for other in removed if _base(other) == _base(name)), None)
        if former is not None:
            removed, added = _without(removed, [former]), _without(added, [name])
            changed.append(name)
    return ArtifactDifference(tuple(added), tuple(removed), tuple(sorted(changed)))


def keep_artifacts(home: Home, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write a file for each artifact that these entries of a journal tell of, where there is no readable one yet."""
    for entry in entries:
        measured = entry.get("measured") if entry.get("kind") == TEST else None
        for found, parts in ((measured or {}).get("artifacts") or {}).items():
            path = home.artifact_file(found)
            if _HASH.fullmatch(found) and json_object(path) is None:
                if os.path.lexists(path):
                    set_aside(path)
                write_json(path, {"schema": SCHEMA, "parts": parts})


def read_artifact(home: Home, artifact: str) -> Parts | None:
    """The parts of the artifact of this hash, None where they are not known."""
    if not _HASH.fullmatch(artifact):
        return None
    content = json_object(home.artifact_file(artifact)) or {}
    parts = content.get("parts")
    if content.get("schema") != SCHEMA or not isinstance(parts, dict):
        return None
    return {name: value for name, value in parts.items() if isinstance(value, str)}


def difference_in(home: Home, before: str, after: str) -> ArtifactDifference | None:
    """What differs between the artifacts of these hashes, None where the parts of one of them are not known."""
    old, new = read_artifact(home, before), read_artifact(home, after)
    return None if old is None or new is None else artifact_difference(old, new)


def _only_in(parts: Parts, others: Parts) -> list[str]:
    """Names of the parts whose hash the others have not, or not as often; those that keep their name stay first."""
    left = Counter(others.values())
    names = sorted(parts, key=lambda name: (others.get(name) != parts[name], name))
    found = []
    for name in names:
        if left[parts[name]]:
            left[parts[name]] -= 1
        else:
            found.append(name)
    return sorted(found)


def _without(names: list[str], gone: list[str]) -> list[str]:
    return [name for name in names if name not in gone]


def _base(name: str) -> str:
    """As `constant float32[8] #2`, where a build has several of one name, is another `constant float32[8]`."""
    return base_name(name.partition(" #")[0])
