"""The parts that an experiment's page has, to jump to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..experiments import Experiment


def jumps_of(experiment: Experiment, parts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Anchor and words of what there is, in the page's order; `parts` is what the template gets."""
    record, environment = experiment.record, parts["environment"]
    is_changed = parts["changes"].rows or (environment and environment.changes)
    places = (
        ("failure", "Failure", experiment.failure),
        ("tests", "Failed tests", experiment.bad_tests),
        ("side-by-side", "Side by side", experiment.side_by_side.pairs),
        ("changed", "What changed", is_changed),
        ("skipped", "Skipped", experiment.skips),
        ("charts", "Charts", parts["charts"]),
        ("comparison", "Comparison", parts["bars"]),
        ("ledger", "Ledger", parts["ledger"]),
        ("values", "Values", parts["groups"]),
        ("graphs", "Graphs", experiment.graphs),
        ("summary", "Summary", experiment.summary),
        ("telemetry", "Telemetry", experiment.telemetry_graphs or parts["telemetry_rows"]),
        ("as-run", "As run" if record else "Configuration", True),
        ("stages", "Stages", experiment.run_id),
        ("data", "Raw data", record or parts["raw_data"].tables),
    )
    return [(anchor, words) for anchor, words, is_there in places if is_there]
