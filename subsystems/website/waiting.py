"""Which incidents somebody should look at, and in which order."""

from __future__ import annotations

from pytest_relaybench.incidents import Incident, Incidents, State

GRAVEST_FIRST = (State.NEW, State.REOPENED, State.OPEN, State.ACKNOWLEDGED, State.ACCEPTED)


def waiting_of(incidents: Incidents) -> list[Incident]:
    """What somebody should look at, the gravest state first."""
    return sorted(incidents.waiting(), key=lambda one: GRAVEST_FIRST.index(one.state))


def is_told(incidents: Incidents) -> bool:
    """Whether there is something to have a page about: a night was judged, or a decision cannot be read."""
    return bool(incidents.run_id or incidents.problems)
