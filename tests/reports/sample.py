"""A small report with one of everything, as nasty as it gets."""

from __future__ import annotations

import pytest

from pytest_relaybench.reports.message import Entry, Fact, Message, Ping, Section, Tone

NIGHT = "2026-11-22 03:00 UTC"
NASTY = "<!channel> *bold* _it_ ~no~ `code` ``` :smile: <@U999> & a_b > x"


def report(entries: int = 2, value: str = "Aot: 1.000 ms") -> Message:
    """A report with this many successes, a nasty failure and a list."""
    fine = [Entry(f"Network {n}", lead="Duration: 0:01:02", value=value) for n in range(entries)]
    failed = Entry(
        NASTY,
        lead="Failed at stage run:",
        output=NASTY,
        facts=[Fact("Time to failure", "0:01:02")],
        ping=Ping(["U1", "U2"]),
        link="https://example.org/a?b=1&c=<2>|3",
    )
    sections = [
        Section("Successful benchmarks", Tone.PLAIN, fine),
        Section("Failed benchmarks", Tone.BAD, [failed]),
        Section("Inactive benchmarks", Tone.QUIET, text="Off, &c"),
    ]
    return Message("Dashboard Results", NIGHT, sections, intro="hello", link="https://example.org/")


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake servers are on this machine, and slack_sdk knows no `no_proxy`."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
