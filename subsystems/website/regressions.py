"""The page of what became worse, with a page of evidence for each incident and feeds of them all."""

from __future__ import annotations

from pytest_relaybench.incidents import State

from .evidence import Evidence
from .incident_pages import incident_pages
from .incident_pages.feed import FEEDS, feed_of
from .incident_pages.telling import decision_text, shown_of
from .shell import shell
from .site import Part, Site
from .waiting import GRAVEST_FIRST

MOST_FIXED = 300  # that are listed and have a page


def regressions(site: Site) -> Part:
    """The list, also before there is anything in it: who subscribes or keeps its address has one; and the pages."""
    dashboard, incidents = site.dashboard, site.told.incidents
    evidence = Evidence(dashboard)
    live, fixed = incidents.live(), [one for one in incidents.all if not one.is_live]
    told = [*sorted(live, key=lambda one: GRAVEST_FIRST.index(one.state)), *fixed[:MOST_FIXED]]
    shown = [shown_of(dashboard.home, incident, site.slugs, evidence) for incident in told]
    wanted = [one for one in shown if one.incident.is_live and not one.incident.is_muted]
    body = site.jinja.get_template("regressions.html").render(
        open=[one for one in wanted if one.incident.state != State.ACCEPTED],
        accepted=[one for one in wanted if one.incident.state == State.ACCEPTED],
        muted=[one for one in shown if one.incident.is_live and one.incident.is_muted],
        fixed=[one for one in shown if not one.incident.is_live],
        fixed_count=len(fixed),
        mutes=[f"{mute.subject}: {decision_text(mute)}" for mute in incidents.mutes if not mute.is_of_an_incident],
        problems=incidents.problems,
        run_id=incidents.run_id,
        feeds=FEEDS,
    )
    pages = {"regressions.md": shell("Regressions", body), **incident_pages(site, shown, evidence)}
    return Part(pages, feed_of(site, told), nav=[("Regressions", "regressions.md")], feeds=FEEDS)
