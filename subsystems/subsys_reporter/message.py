"""The message on the night's subsystems."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_relaybench.dashboard import Report
from pytest_relaybench.reports.message import Entry, Message, Ping, Section, Tone
from pytest_relaybench.reports.settings import ReportConfig
from pytest_relaybench.reports.shortening import shortened

from .findings import Finding

TITLE = "Subsystem Results"


def message_of(findings: Sequence[Finding], night: str, config: ReportConfig) -> Message | None:
    """Reports, then errors; None when there is neither."""
    reports = [_report(finding.report) for finding in findings if finding.report]
    failures = [_failure(finding) for finding in findings if finding.failure]
    unreadable = ", ".join(finding.name for finding in findings if finding.unreadable)
    sections = [
        Section("Reports", Tone.PLAIN, reports),
        Section("Errors", Tone.BAD, failures, f"Failed to parse reports: {unreadable}" if unreadable else ""),
    ]
    told = [section for section in sections if section.entries or section.text]
    return Message(TITLE, night, told, intro=config.description, link=config.site_url) if told else None


def _report(report: Report) -> Entry:
    return Entry(report.title, value=report.value, ping=Ping(report.notify) if report.notify else None)


def _failure(finding: Finding) -> Entry:
    ping = Ping(finding.notify) if finding.notify else None
    return Entry(finding.name, lead="Failed to run:", output=shortened(finding.failure), ping=ping)
