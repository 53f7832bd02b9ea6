"""What tests of telemetry share: samples made by hand, and GPUs that are not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.telemetry.samples import Samples, read_samples

from .fake_nvml import FakeNvml


@pytest.fixture
def samples(tmp_path: Path) -> Callable[..., Samples]:
    """Makes samples of `(seconds, {topic: {label: value}})`, through the file that a sampler writes."""

    def made(*taken: tuple[float, dict[str, dict[str, float]]], ended: bool = True, **header: Any) -> Samples:
        topics = {topic: {"unit": "", "title": topic} for _, values in taken for topic in values}
        begin = {"kind": "begin", "schema": 1, "rate_s": 1.0, "measured_cpus": [], "topics": topics, **header}
        lines = [begin, *({"kind": "sample", "t": t, "values": values} for t, values in taken)]
        path = tmp_path / "samples.jsonl"
        path.write_text(
            "".join(json.dumps(line) + "\n" for line in [*lines, *([{"kind": "end", "t": 9}] if ended else [])])
        )
        found = read_samples(path)
        assert found is not None
        return found

    return made


@pytest.fixture
def nvml() -> FakeNvml:
    """A machine with two GPUs."""
    return FakeNvml()
