"""What waits for somebody: the incidents that nobody has said anything of, with whom to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Incident, Incidents, Nature, State

from ..experiments import Experiment
from ..incident_pages.commits import commits_of
from ..incident_pages.people import named_in
from ..inert import slug
from ..site import Site

DECIDED = {"accept": "accepted", "ack": "acknowledged", "mute": "muted"}
MOST_NAMED = 4


@dataclass(frozen=True)
class Wait:
    """One incident in a line; `place` is of the page with its evidence, `who` whom its experiments name."""

    state: str
    style: str
    headline: str
    place: str
    who: str
    commits: str  # the page of the commits in question, empty where no forge is known
    before: str  # what somebody said of it that does not hold any more


def waits_of(site: Site, told: Set[str]) -> list[Wait]:
    """The gravest state first, without the incidents of these ids."""
    by_name = {experiment.name: experiment for experiment in site.experiments}
    return [_wait(site.dashboard.home, incident, by_name) for incident in site.told.waiting if incident.id not in told]


def _wait(home: Home, incident: Incident, by_name: Mapping[str, Experiment]) -> Wait:
    commits = commits_of(home, incident)
    names = dict.fromkeys(series[0] for series in incident.series)
    return Wait(
        state=incident.state.value,
        style="machine" if incident.nature == Nature.MACHINE else "failed",
        headline=incident.headline,
        place=f"incidents/{slug(incident.id)}.html",
        who=who_of([by_name[name] for name in names if name in by_name]),
        commits=commits.url if commits else "",
        before=_said_before(incident),
    )


def who_of(experiments: Sequence[Experiment]) -> str:
    """Whom the configs of the experiments name to be told: `U1, ada`."""
    named = dict.fromkeys(name for experiment in experiments for name in named_in(experiment.config))
    shown = list(named)[:MOST_NAMED]
    return ", ".join([*shown, f"{len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else shown)


def _said_before(incident: Incident) -> str:
    decision = incident.decision
    if incident.state != State.REOPENED or decision is None:
        return ""
    until = f" until {decision.until:%Y-%m-%d}" if decision.until else ""
    return f"{DECIDED[decision.kind]} by {decision.by}{until}"


def looked_after(incidents: Incidents) -> str:
    """`1 acknowledged (Ada), 2 muted`: the live incidents that wait for nobody; empty where there is none."""
    people: dict[str, Counter[str]] = {}
    for incident in incidents.live():
        decision = incident.mute or incident.decision
        if not incident.is_waiting and decision is not None:
            people.setdefault(DECIDED[decision.kind], Counter())[decision.by] += 1
    return ", ".join(f"{by.total()} {word} ({', '.join(sorted(by))})" for word, by in sorted(people.items()))
