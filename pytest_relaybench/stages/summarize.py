"""Summarize: a few lines that tell what the night brought, for reports and pages."""

from __future__ import annotations

from ..files import write_json
from ..render.series import expand_params
from ..render.summary import summarize as default_summary
from ..state import ExperimentNight, Night
from ..times import iso
from .outcome import Outcome

SUMMARY_SCHEMA = 1


def summarize(night: Night, entry: ExperimentNight) -> Outcome:
    """Write `summary.json` from the experiment's own `summarize`, or the default text."""
    assert entry.experiment is not None
    history = night.table.frame(experiment=entry.name)
    hook = entry.experiment.hook("summarize")
    if hook is None:
        changes = night.verdicts.of(entry.name)
        text = default_summary(history, night.run_id, entry.title, entry.comparisons, changes)
    else:
        text = hook(expand_params(history))
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"summary produced by {entry.name} is invalid: summarize returns text (found {text!r})")
    content = {"title": entry.title, "value": text, "run_id": night.run_id, "timestamp": iso(night.began)}
    write_json(night.home.exp_summary_dir(entry.name) / "summary.json", {"schema": SUMMARY_SCHEMA, **content})
    return Outcome(success=True, message="written")
