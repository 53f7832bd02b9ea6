"""The incidents as feeds: an entry each, updated when something becomes of it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.files import json_object
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Incident, Member, State
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.render.format import change_text, day_text, run_time, value_text
from pytest_relaybench.reports.feeds import Feed, Item, feed_files, news_of
from pytest_relaybench.reports.message import Entry, Fact, Message, Section, Tone
from pytest_relaybench.times import iso

from ..inert import slug
from ..site import Site
from .telling import decision_text

JSON_NAME, ATOM_NAME = "regressions.json", "regressions.atom.xml"
MOST_ITEMS, MOST_SERIES = 50, 20
REPORTING = ("exp_reports", "stat_alerts", "subsys_reporter", "deadline")  # whose configs may say where the site is
TONES = {State.FIXED: Tone.GOOD, State.ACCEPTED: Tone.QUIET, State.ACKNOWLEDGED: Tone.QUIET}
BEGINNING = "1970-01-01T00:00:00.000000+00:00"  # of what has no known time


@dataclass(frozen=True)
class FeedLink:
    """A feed as pages name it: its file beside index.html, a title, and what it is."""

    file: str
    name: str
    media_type: str

    @property
    def format(self) -> str:
        """As the head of a page calls it, where there are feeds of other things, too."""
        return f"Regressions ({self.name})"


FEEDS = (
    FeedLink(ATOM_NAME, "Atom", "application/atom+xml"),
    FeedLink(JSON_NAME, "JSON Feed", "application/feed+json"),
)


def feed_of(site: Site, incidents: Sequence[Incident]) -> dict[str, bytes]:
    """Both feeds by their files' names: the newest 50 incidents, the one with the newest change first."""
    home = site.dashboard.home
    site_url, now = _site_url(home), _moment(site.told.incidents.run_id)
    items = [_item(incident, site_url, now) for incident in incidents]
    items.sort(key=lambda item: (item["date_modified"], item["title"]), reverse=True)
    title = f"{home.config.title}: regressions"
    feed = Feed(_feed_id(site, site_url), title, now or BEGINNING, site_url, JSON_NAME, ATOM_NAME)
    return feed_files(feed, items[:MOST_ITEMS])


def _feed_id(site: Site, site_url: str) -> str:
    """The same for every night of a home, another for every home."""
    if site_url:
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, site_url + JSON_NAME)}"
    oldest = min((night.run_id for night in site.nights), default="")
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'pytest-relaybench incidents since {oldest}')}"


def _site_url(home: Home) -> str:
    """Where people find the site, as far as a report's config says so; empty where none does."""
    configs = (json_object(home.subsys_config_file(name)) or {} for name in REPORTING)
    urls = (config.get("site_url") for config in configs)
    found = next((url for url in urls if isinstance(url, str) and url.startswith(("https://", "http://"))), "")
    return f"{found.rstrip('/')}/" if found else ""


def _item(incident: Incident, site_url: str, now: str) -> Item:
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"pytest-relaybench incident {incident.id} of {incident.first_seen}")
    link = f"{site_url}incidents/{slug(incident.id)}.html" if site_url else ""
    published = _moment(incident.first_seen) or BEGINNING
    title = f"{_word(incident)}: {incident.headline}"
    modified = max([published, *_changes(incident, now)])
    return news_of(_message(incident, link), f"urn:uuid:{identity}", title, published=published, modified=modified)


def _word(incident: Incident) -> str:
    """Its state; that the second night no longer calls it new is no news."""
    return State.OPEN.value if incident.state == State.NEW else incident.state.value


def _changes(incident: Incident, now: str) -> Iterator[str]:
    """When something became of it: measured worse again, recovered, decided, or a decision was over."""
    runs = (incident.case.reopened_run, incident.recovered_run)
    yield from (moment for run in runs if run and (moment := _moment(run)))
    for decision in (incident.decision, incident.mute):
        if decision is not None:
            yield iso(decision.decided)
            until = iso(decision.until) if decision.until else ""
            yield from [until] if until and until <= now else []


def _message(incident: Incident, link: str) -> Message:
    members = sorted(incident.members, key=_size)
    more = f"and {len(members) - MOST_SERIES} more" if len(members) > MOST_SERIES else ""
    decisions = [Entry("", lead=decision_text(one)) for one in (incident.decision, incident.mute) if one is not None]
    recovered = [f"Recovered {_day(incident.recovered_run)}." if incident.recovered_run else ""]
    sections = [
        Section("Decisions", Tone.QUIET, decisions),
        Section("Series", TONES.get(incident.state, Tone.BAD), [_entry(one) for one in members[:MOST_SERIES]], more),
    ]
    intro = " ".join([f"{incident.id}, {_word(incident)}, since {_day(incident.since_run)}.", *recovered]).strip()
    shown = [section for section in sections if section.entries]
    return Message(incident.headline, "", shown, intro=f"{incident.headline}\n{intro}", link=link)


def _entry(member: Member) -> Entry:
    facts = [Fact("Recovered", f"{_day(member.recovered_run)}, {member.recovery}")] if member.recovered_run else []
    return Entry(series_name(member.series), lead=_change(member), facts=facts)


def _change(member: Member) -> str:
    """`+8.1 % [+6.9 %, +9.3 %], 31.1 ms → 33.6 ms`."""
    known = [number for number in (member.ratio, member.low, member.high) if math.isfinite(number)]
    words = [member.kind]
    if len(known) == 3:
        words = [f"{change_text(member.ratio)} [{change_text(member.low)}, {change_text(member.high)}]"]
    elif math.isfinite(member.ratio):
        words = [change_text(member.ratio)]
    if math.isfinite(member.before) and math.isfinite(member.level):
        words.append(f"{value_text(member.before, member.unit)} → {value_text(member.level, member.unit)}")
    return ", ".join([*words, *filter(None, [member.reason])])


def _size(member: Member) -> tuple[bool, float, str]:
    """What has not recovered first, the largest change first."""
    known = math.isfinite(member.ratio) and member.ratio > 0
    return bool(member.recovered_run), -abs(math.log(member.ratio)) if known else 0.0, series_name(member.series)


def _day(run_id: str | None) -> str:
    return day_text(run_time(run_id or ""))


def _moment(run_id: str) -> str:
    moment = run_time(run_id)
    return iso(moment) if moment else ""
