"""Incidents: regressions that belong together, what became of them, and what people decided."""

from .decisions import Decision, write_decision
from .incident import Case, Incident, Incidents, Member, Nature, State
from .keeping import read_incidents
from .updating import update

__all__ = [
    "Case",
    "Decision",
    "Incident",
    "Incidents",
    "Member",
    "Nature",
    "State",
    "read_incidents",
    "update",
    "write_decision",
]
