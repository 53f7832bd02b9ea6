"""What a config says of itself to people, read leniently: a broken config is reported under its own title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import json_object


@dataclass(frozen=True)
class Stated:
    """Title and whom to tell, as far as the file says so; `active` is false only when it says that."""

    title: str
    notify: Sequence[str] = ()
    active: bool = True


def stated(path: Path, name: str) -> Stated:
    """The config at `path`; the title is `name` where there is none."""
    content = json_object(path)
    if content is None:
        return Stated(name)
    title, notify = content.get("title"), content.get("notify")
    people = [person for person in notify if isinstance(person, str)] if isinstance(notify, list) else []
    return Stated(title if isinstance(title, str) and title else name, people, content.get("active") is not False)
