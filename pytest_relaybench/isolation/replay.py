"""A child's events, told to the parent's pytest as if the test had run there."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from .bounds import harmless
from .pool import Crashed, Event, Noted, Reported, Warned
from .protocol import restore_report

PHASES = ("setup", "call", "teardown")


def replay(item: pytest.Item, events: Iterable[Event], tell: Callable[[str], None]) -> None:
    """Give every event to pytest's hooks, and lines of progress to `tell`.

    A crash becomes the failure of the phase in which it happened.
    """
    sections: list[tuple[str, str]] = []
    done: list[str] = []
    for event in events:
        match event:
            case Reported():
                report = _report(item, event, sections, _phase_after(done))
                if type(report) is pytest.TestReport:  # no part of one, as of `subtests`
                    done.append(report.when or "")
                item.ihook.pytest_runtest_logreport(report=report)
            case Warned():
                _warn(item, event.content)
            case Noted():
                tell(event.text)
            case Crashed():
                for report in _reports_of_crash(item, event, sections, _phase_after(done)):
                    item.ihook.pytest_runtest_logreport(report=report)


def _phase_after(done: list[str]) -> str:
    """The phase that a test which had reported these was in."""
    return next((phase for phase in PHASES if phase not in done), PHASES[-1])


def _report(item: pytest.Item, event: Reported, sections: list[tuple[str, str]], when: str) -> pytest.TestReport:
    try:
        data = restore_report(event.report)
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
    except Exception as error:  # noqa: BLE001, whoever wrote it to the pipe, it is this test's failure
        report = _made_report(item, "failed", f"its report cannot be read: {type(error).__name__}: {error}", when, [])
    if not isinstance(report, pytest.TestReport):
        report = _made_report(item, "failed", "its report is none of pytest's", when, [])
    sections += _captured(event.out, event.err, report.when or "")
    report.sections = [*report.sections, *sections]
    return report


def _captured(out: str, err: str, when: str) -> list[tuple[str, str]]:
    both = ((f"Captured stdout {when}", out), (f"Captured stderr {when}", err))
    return [(title, harmless(text)) for title, text in both if text]


def _reports_of_crash(
    item: pytest.Item, event: Crashed, sections: list[tuple[str, str]], when: Any
) -> Iterator[pytest.TestReport]:
    """The failed phase and, since reporters close a test with its teardown, a teardown that nothing is known of."""
    sections += _captured(event.out, event.err, when)
    yield _made_report(item, "failed", event.reason, when, sections)
    if when != PHASES[-1]:
        yield _made_report(item, "passed", None, PHASES[-1], sections)


def _made_report(
    item: pytest.Item, outcome: Any, longrepr: str | None, when: Any, sections: list[tuple[str, str]]
) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome=outcome,
        longrepr=longrepr,
        when=when,
        sections=list(sections),
    )


def _warn(item: pytest.Item, content: Any) -> None:
    message = warnings.WarningMessage(
        content["message"], _category(content["category"]), content["filename"], content["lineno"]
    )
    item.config.hook.pytest_warning_recorded.call_historic(
        kwargs={
            "warning_message": message,
            "when": content["when"],
            "nodeid": content["nodeid"],
            "location": tuple(content["location"]) if content["location"] else None,
        }
    )


def _category(name: str) -> type[Warning]:
    """The category of this name, or one of the same name: the parent need not import what a test has imported."""
    known = getattr(builtins, name, getattr(pytest, name, None))
    if isinstance(known, type) and issubclass(known, Warning):
        return known
    return type(name, (Warning,), {})
