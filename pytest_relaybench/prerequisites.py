"""What must have run before something can be computed, as data: experiments, and what their configs must say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .dashboard import Dashboard
from .errors import RecordError
from .files import json_object
from .history.records import read_record
from .history.status import Status

INACTIVE = "Inactive"  # the message of the precheck of what its config switches off


@dataclass(frozen=True)
class Requires:
    """An experiment that must be active and have produced data tonight.

    `config` names fields of its config and what they must hold: the same value, or, where the field is a list, the
    expected entries among others. Defaults count: the config is the one that the experiment ran with.
    """

    experiment: str
    config: Mapping[str, Any] = field(default_factory=dict)


def ran(dashboard: Dashboard, experiment: str) -> bool:
    """Whether tests of the experiment were asked for in this run, however they ended."""
    statuses = [status for status in dashboard.statuses(experiment).values() if status.run_id == dashboard.run_id]
    return any(status.message != INACTIVE for status in statuses)


def left_out(dashboard: Dashboard, requirements: Iterable[Requires]) -> list[str]:
    """The experiments among them that a run of a selection of tests, as `-k` makes it, did not choose."""
    if not dashboard.run().get("is_selection"):
        return []
    return [required.experiment for required in requirements if not ran(dashboard, required.experiment)]


def unmet(dashboard: Dashboard, requirements: Iterable[Requires]) -> str | None:
    """The first requirement that does not hold, in one line; None when all do."""
    return next((told for required in requirements if (told := _unmet(dashboard, required))), None)


def _unmet(dashboard: Dashboard, required: Requires) -> str | None:
    name, statuses = required.experiment, dashboard.statuses(required.experiment)
    precheck = statuses.get("precheck")
    if precheck is None or not precheck.success:
        return f"Config invalid for {name}" + ("" if precheck else " (no precheck: this home does not run it)")
    if precheck.message == INACTIVE:
        return f"Required experiment {name} not active"
    recorded = _recorded_config(dashboard, name)
    config = _written_config(dashboard, name) if recorded is None else recorded
    fault = _config_fault(required, config, has_defaults=recorded is not None)
    return fault or _data_fault(dashboard, name, statuses.get("analysis"))


def _config_fault(required: Requires, config: Mapping[str, Any], *, has_defaults: bool) -> str | None:
    for key, expected in required.config.items():
        if key in config and not _holds(config[key], expected):
            return f"Config for {required.experiment} does not match requirements for entry {key}"
        if key not in config and has_defaults:
            return f"Config for experiment {required.experiment} is missing field {key}"
    return None


def _holds(actual: Any, expected: Any) -> bool:
    """Equal, or a list with the expected entry or entries in it."""
    if not isinstance(actual, list):
        return bool(actual == expected)
    wanted = expected if isinstance(expected, list | tuple | set | frozenset) else [expected]
    return all(entry in actual for entry in wanted)


def _recorded_config(dashboard: Dashboard, name: str) -> Mapping[str, Any] | None:
    """The config that the experiment ran with tonight, defaults included; None when it left no record."""
    try:
        return read_record(dashboard.home.data_file(name, dashboard.run_id)).config
    except RecordError:
        return None


def _written_config(dashboard: Dashboard, name: str) -> Mapping[str, Any]:
    """The keys that stand in the experiment's config file."""
    return json_object(dashboard.home.exp_config_file(name)) or {}


def _data_fault(dashboard: Dashboard, name: str, analysis: Status | None) -> str | None:
    if analysis is not None and analysis.success and analysis.run_id == dashboard.run_id:
        return None
    stale = analysis is not None and analysis.run_id != dashboard.run_id
    return f"{name} failed to produce analyzed data" + (" (it was not part of this run)" if stale else "")
