"""The builds between which an incident happened, and where a forge shows what lies between them."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Incident
from pytest_relaybench.incidents.forges import compare_url, remote_of
from pytest_relaybench.render.format import hash_text


@dataclass(frozen=True)
class Commits:
    """Both builds, cut to be read and whole; `url` is empty where no forge is known."""

    before: str
    after: str
    whole_before: str
    whole_after: str
    url: str


def commits_of(home: Home, incident: Incident) -> Commits | None:
    """Those that all series of the incident tell of; None where there are none."""
    before, after = incident.hash_before, incident.hash_after
    if before is None or after is None:
        return None
    remotes = {remote_of(member.series[4], home.config) for member in incident.members}
    url = compare_url(remotes.pop(), before, after) if len(remotes) == 1 else ""
    return Commits(hash_text(before), hash_text(after), before, after, url)
