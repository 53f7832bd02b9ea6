"""The pages of evidence: one for each incident that is told, in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.home import SENTINELS
from pytest_relaybench.incidents import Incident, Member, Nature

from ..built import Built
from ..evidence import Evidence
from ..shell import shell
from ..site import Site
from .builds import artifacts_of, builds_of
from .commands import Command, commands_of
from .environment import environment_of
from .machine_state import machine_state
from .nights import Histories
from .people import looking, to_be_told
from .raw import RawArchives
from .record_reading import Records, RecordsAround
from .series_evidence import Pictures
from .telling import SeriesRow, Shown

FOLDED_FROM = 12  # series of one incident
MOST_PICTURED = 40  # of more the experiments' pages have the charts
MOST_EXPERIMENTS = 12  # whose records are read


@dataclass(frozen=True)
class Sources:
    """What the pages of all incidents are made from, read once for all of them."""

    site: Site
    evidence: Evidence
    histories: Histories
    records: Records
    pictures: Pictures


def incident_pages(site: Site, shown: Sequence[Shown], evidence: Evidence) -> dict[str, str]:
    """File → Markdown, of each of these incidents."""
    home = site.dashboard.home
    histories = Histories(site, (member.series for one in shown for member in one.incident.members))
    sources = Sources(site, evidence, histories, Records(home), Pictures(histories, RawArchives(home)))
    return {f"incidents/{one.file}.md": _page(one, sources) for one in shown}


def _page(shown: Shown, sources: Sources) -> str:
    incident, site = shown.incident, sources.site
    around = list(_around(incident, sources))
    pictured = [sources.pictures.of(row, incident.recovered_run) for row in shown.rows[:MOST_PICTURED]]
    body = site.jinja.get_template("incident.html").render(
        s=shown,
        folded_from=FOLDED_FROM,
        series=[one for one in pictured if one.has_pictures],
        unpictured=max(0, len(shown.rows) - MOST_PICTURED),
        has_samples=any(one.samples for one in pictured),
        has_again=any(one.again for one in pictured),
        environment=environment_of(around),
        machine=machine_state(around),
        machine_page=bool(site.told.machines),
        builds=builds_of(site.dashboard.home, shown.rows, sources.histories),
        built=_built(shown, sources),
        looking=looking(incident),
        people=_people(incident, site),
        commands=_commands(shown, sources, around),
    )
    return shell(incident.headline, body, searched=incident.is_live)


def _around(incident: Incident, sources: Sources) -> Iterator[RecordsAround]:
    """The records around the beginning, of each of its experiments; of a machine's event the sentinels', too."""
    first: dict[str, Member] = {}
    for member in incident.members:
        known = first.get(member.series[0])
        if known is None or member.since_run < known.since_run:
            first[member.series[0]] = member
    for name in sorted(first)[:MOST_EXPERIMENTS]:
        member = first[name]
        nights = sources.histories.of(member.series)
        place = nights.last_before(member.since_run)
        before = nights.runs[place] if place is not None else ""
        yield sources.records.around(name, before, member.since_run, _last(incident, nights.runs))
    if incident.nature == Nature.MACHINE and SENTINELS not in first:
        runs = sorted(night.run_id for night in sources.site.nights)
        earlier = [run for run in runs if run < incident.since_run]
        before = earlier[-1] if earlier else ""
        yield sources.records.around(SENTINELS, before, incident.since_run, _last(incident, runs))


def _last(incident: Incident, runs: Sequence[str]) -> str:
    """The newest of the runs that is still told of."""
    until = incident.recovered_run
    return next((run for run in reversed(runs) if until is None or run <= until), "")


def _built(shown: Shown, sources: Sources) -> list[Built]:
    """As the verdicts tell it, else as the nights have it; of what has recovered no verdict speaks any more."""
    told = sources.evidence.built(shown.incident) if shown.incident.is_live else []
    return told or artifacts_of(sources.site.dashboard.home, shown.incident, shown.rows, sources.histories)


def _people(incident: Incident, site: Site) -> dict[str, list[str]]:
    concerned = {series[0] for series in incident.series}
    configs = [(one.title, one.config) for one in site.experiments if one.name in concerned]
    return to_be_told(sorted(configs, key=lambda one: one[0]))


def _commands(shown: Shown, sources: Sources, around: Sequence[RecordsAround]) -> list[Command]:
    """Of the worst series whose build changed, else of the worst one."""
    row = _to_repeat(shown.rows)
    if row is None:
        return []
    member = row.member
    nights = sources.histories.of(member.series)
    place = nights.last_before(member.since_run)
    before = nights.runs[place] if place is not None else ""
    records = next((one for one in around if one.experiment == member.series[0]), None)
    known = [record for record in (records.first, records.before) if record] if records else []
    with_it = member.since_run if records and records.first else ""
    return commands_of(sources.site.dashboard.home.config, member, known, (before, with_it))


def _to_repeat(rows: Sequence[SeriesRow]) -> SeriesRow | None:
    changed = (row for row in rows if row.member.hash_before and row.member.hash_before != row.member.hash_after)
    return next(changed, rows[0] if rows else None)
