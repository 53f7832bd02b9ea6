"""One call of a subsystem, and whatever may come of it, in words."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .config import SubsystemConfig
from .dashboard import Dashboard, Done, Report
from .errors import SubsystemError
from .subsystem_origin import error_line
from .subsystems import Subsystem


@dataclass(frozen=True)
class Called:
    """How a call ended: `message` and `note` are a line each, `output` what was printed last and nobody has seen."""

    success: bool
    message: str = ""
    report: Report | None = None
    note: str = ""
    traceback: str = ""
    output: str = ""
    interrupted: bool = False

    def to_message(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def called_from(message: dict[str, Any]) -> Called:
    """The inverse of `to_message`, once JSON has made lists of tuples."""
    report = message["report"]
    content = {key: message[key] for key in ("success", "message", "note", "traceback", "output", "interrupted")}
    return Called(**content, report=Report(**{**report, "notify": tuple(report["notify"])}) if report else None)


def call(subsystem: Subsystem, dashboard: Dashboard, config: SubsystemConfig, output: Path) -> Called:
    """Run it once; what it raises, sys.exit and pytest.fail included, is a failed call."""
    try:
        done = _checked(subsystem.run(dashboard, config, output))
    except KeyboardInterrupt:
        return Called(success=False, message="Interrupted", interrupted=True)
    except BaseException as error:  # noqa: BLE001, a subsystem may raise anything: its own loss
        return Called(
            success=False,
            message=error_line(error, subsystem.source),
            traceback="".join(traceback.format_exception(error)),
        )
    return Called(success=True, message=_one_line(done.message), report=done.report, note=_one_line(done.note))


def _checked(returned: object) -> Done:
    done = returned if isinstance(returned, Done) else Done("", returned)  # type: ignore[arg-type] # checked here
    texts = isinstance(done.message, str) and isinstance(done.note, str)
    if texts and (done.report is None or _is_report(done.report)):
        return done
    raise SubsystemError(_one_line(f"run returned {returned!r}, which is neither a Report of two texts nor None"))


def _is_report(report: object) -> bool:
    if not (isinstance(report, Report) and isinstance(report.notify, list | tuple)):
        return False
    return all(isinstance(text, str) for text in (report.title, report.value, *report.notify))


def _one_line(text: str) -> str:
    return " ".join(text.split())
