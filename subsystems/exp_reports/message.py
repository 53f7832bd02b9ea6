"""The report on the night's experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.render.format import count_text, date_text, run_time
from pytest_relaybench.reports.message import Entry, Fact, Message, Pictures, Ping, Section, Tone
from pytest_relaybench.reports.settings import ReportConfig
from pytest_relaybench.reports.shortening import shortened

from .outcomes import Kind, Outcome

TITLE = "Dashboard Results"
MOST_SERIES = 5


def message_of(
    dashboard: Dashboard, outcomes: Sequence[Outcome], config: ReportConfig, pictures: Sequence[Pictures]
) -> Message:
    """Successes, failures, who is inactive, whose graphs failed; sections without an entry are left out."""
    fine = [_success(outcome) for outcome in outcomes if outcome.kind == Kind.FINE]
    failed = [_failure(outcome) for outcome in outcomes if outcome.kind == Kind.FAILED]
    sections = [
        Section("Successful benchmarks", Tone.PLAIN, fine),
        Section("Failed benchmarks", Tone.BAD, failed),
        Section("Inactive benchmarks", Tone.QUIET, text=_titles(outcomes, Kind.INACTIVE)),
        Section("Not in this run", Tone.QUIET, text=_titles(outcomes, Kind.ABSENT)),
        Section(
            "Failed to Visualize",
            Tone.BAD,
            text=", ".join(outcome.title for outcome in outcomes if outcome.drawing_failed),
        ),
    ]
    return Message(
        TITLE,
        date_text(run_time(dashboard.run_id)),
        [section for section in sections if section.entries or section.text],
        intro="\n".join(filter(None, [config.description, counts_text(outcomes)])),
        link=config.site_url,
        pictures=pictures,
    )


def counts_text(outcomes: Sequence[Outcome]) -> str:
    """As in "12 fine, 1 failed, 2 inactive; 3 regressions, 1 improvement"."""
    counts = Counter(outcome.kind for outcome in outcomes)
    words = [f"{counts[kind]} {kind}" for kind in Kind if counts[kind]] or ["no experiments"]
    slower = sum(len(outcome.verdicts.regressions) for outcome in outcomes)
    faster = sum(len(outcome.verdicts.improvements) for outcome in outcomes)
    changes = [count_text(slower, "regression")] if slower else []
    changes += [count_text(faster, "improvement")] if faster else []
    return "; ".join(filter(None, [", ".join(words), ", ".join(changes)]))


def _success(outcome: Outcome) -> Entry:
    return Entry(
        outcome.title,
        lead=f"Duration: {outcome.duration}",
        value=outcome.summary,
        facts=_changes(outcome),
        link=outcome.link,
    )


def _failure(outcome: Outcome) -> Entry:
    return Entry(
        outcome.title,
        lead=f"Failed at stage {outcome.failed_stage}:",
        output=shortened(outcome.message),
        facts=[Fact("Time to failure", outcome.duration), *_changes(outcome)],
        ping=Ping(outcome.notify) if outcome.notify else None,
        link=outcome.link,
    )


def _changes(outcome: Outcome) -> list[Fact]:
    found = {"Regressions": outcome.verdicts.regressions, "Improvements": outcome.verdicts.improvements}
    return [Fact(name, _named(lines)) for name, lines in found.items() if lines]


def _named(lines: Sequence[str]) -> str:
    more = [f"and {len(lines) - MOST_SERIES} more"] if len(lines) > MOST_SERIES else []
    return "; ".join([*lines[:MOST_SERIES], *more])


def _titles(outcomes: Sequence[Outcome], kind: Kind) -> str:
    return ", ".join(outcome.title for outcome in outcomes if outcome.kind == kind)
