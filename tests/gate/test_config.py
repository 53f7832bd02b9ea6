"""An experiment's `gate` in its config: what it may say, and one line for each thing that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_relaybench.config import ExperimentConfig
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.reading import parse_config


def parsed(gate: Any) -> ExperimentConfig:
    return parse_config(json.dumps({"gate": gate}), ExperimentConfig, name="config.json")


def test_tolerances() -> None:
    """A tolerance is of all metrics or of those named; what no config names is left to the kind of base."""
    one = parsed({"percent": 5, "absolute": {"time": 1e-4}, "limit": {"artifact_size": 1e6}}).gate
    assert (one.percent_of("time"), one.percent_of("compile")) == (5.0, 5.0)
    assert (one.absolute_of("time"), one.absolute_of("compile")) == (1e-4, None)
    assert one.named() == {"time", "artifact_size"}
    assert parsed({}).gate.percent_of("time") is None


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ({"percnt": 5}, 'gate.percnt: no such key; did you mean "percent"?'),
        ({"percent": "5"}, 'gate.percent: a number of 0 or more, or an object of such numbers by metric (found "5")'),
        ({"percent": -1}, "gate.percent: a number of 0 or more, or an object of such numbers by metric (found -1)"),
        ({"absolute": {"time": -1}}, "gate.absolute: a number of 0 or more, or an object of such numbers by metric"),
        ({"confidence": 1.0}, "gate.confidence: should be less than 1 (found 1.0)"),
        ({"limit": 5}, "gate.limit: should be an object (found a number)"),
        ({"metrics": "time"}, 'gate.metrics: should be a valid array (found "time")'),
    ],
)
def test_faults(gate: dict[str, Any], told: str) -> None:
    """One line: file, key, rule, what was found."""
    with pytest.raises(ConfigError) as caught:
        parsed(gate)
    assert str(caught.value).splitlines() == [f"config.json: {told}"]
