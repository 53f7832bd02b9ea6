"""The runs of a home, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import json_object
from pytest_relaybench.render.format import count_text, run_time

EXIT_WORDS = {
    0: "everything passed",
    1: "something failed",
    2: "interrupted",
    3: "internal error",
    4: "usage error",
    5: "nothing ran",
    10: "a gated regression",
}


@dataclass(frozen=True)
class Part:
    """One experiment in one run."""

    name: str
    failed_stage: str
    ran: bool
    inactive: bool
    message: str
    duration_s: float | None

    @property
    def word(self) -> str:
        """Its outcome: failed, fine, inactive, not run."""
        if self.failed_stage:
            return "failed"
        if self.inactive:
            return "inactive"
        return "fine" if self.ran else "not run"


@dataclass(frozen=True)
class Night:
    """One run, from its `run.json`; what that does not tell is None."""

    run_id: str
    seed: int | None
    order: Sequence[str]
    duration_s: float | None
    outcome: str
    machine: Mapping[str, Any] = field(repr=False)
    parts: Sequence[Part] = field(repr=False)

    @property
    def when(self) -> datetime | None:
        """Its start."""
        return run_time(self.run_id)

    @property
    def failed(self) -> list[Part]:
        """Experiments with a failed stage."""
        return [part for part in self.parts if part.failed_stage]

    @property
    def alarm(self) -> str:
        """Why nobody can rely on the run as a whole: nothing ran, or everything failed; else empty."""
        active = [part for part in self.parts if not part.inactive]
        if not active:
            return "Nothing ran: no experiment was active and in working order."
        if not any(part.ran or part.failed_stage for part in active):
            return f"Nothing ran: {count_text(len(active), 'experiment')} did not begin."
        if not self.counts["fine"]:
            return f"Everything failed: {', '.join(f'{part.name} in {part.failed_stage}' for part in self.failed)}."
        return ""

    @property
    def counts(self) -> Counter[str]:
        """Experiments by outcome."""
        return Counter(part.word for part in self.parts)


def nights_of(dashboard: Dashboard) -> list[Night]:
    """Every run that left a readable `run.json`, newest first."""
    files = sorted((dashboard.home.results / "runs").glob("*/run.json"), reverse=True)
    nights = (_night(json_object(path), path.parent.name, dashboard.run_id) for path in files)
    return [night for night in nights if night is not None]


def _night(content: Any, run_id: str, this_run: str) -> Night | None:
    if not isinstance(content, dict):
        return None
    entries = _mapping(content.get("experiments"))
    order = [str(name) for name in content.get("order") or entries]
    parts = [_part(name, _mapping(entries.get(name))) for name in [*order, *(n for n in entries if n not in order)]]
    spent = content.get("duration_s")
    if spent is None and run_id == this_run:
        spent = sum(part.duration_s or 0.0 for part in parts)
    return Night(
        run_id=run_id,
        seed=content.get("seed"),
        order=order,
        duration_s=spent,
        outcome=_outcome(content, run_id == this_run),
        machine=_mapping(content.get("machine")),
        parts=parts,
    )


def _outcome(content: Mapping[str, Any], is_this_run: bool) -> str:
    """In words; the run that writes the site has not ended yet, so nothing is said of its end."""
    if is_this_run and not content.get("end_time"):
        return ""
    if not content.get("complete"):
        return "interrupted"
    status = content.get("exit_status")
    return EXIT_WORDS.get(status, f"exit status {status}") if isinstance(status, int) else "unknown"


def _part(name: str, entry: Mapping[str, Any]) -> Part:
    stages = _mapping(entry.get("stages"))
    failed = next((stage for stage, word in stages.items() if word == "failed"), "")
    ran = stages.get("run") == "success"
    return Part(
        name, failed, ran, bool(entry.get("inactive")), str(entry.get("message") or ""), entry.get("duration_s")
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
