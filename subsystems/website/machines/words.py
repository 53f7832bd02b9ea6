"""Every machine in one line, as its newest run describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..nights import Night
from ..templates import machine_words


def words_by_machine(nights: Sequence[Night]) -> Mapping[str, str]:
    """Machine → its words; `nights` are the newest first. Runs of unknown machines are under an empty name."""
    newest = {night.machine_id: night.machine for night in reversed(nights)}
    return {machine: machine_words(facts) for machine, facts in newest.items()}
