"""The examples of docs/gate.md: configs that are configs, a workflow that is YAML, a script that a shell reads."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_relaybench.config import ExperimentConfig
from pytest_relaybench.gate_options import ALLOWS, FAILS_ON, HELP, REPORT_ENDINGS
from pytest_relaybench.reading import parse_config

PAGE = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found


def test_configs() -> None:
    """Each JSON block is an experiment's config."""
    for text in blocks("json"):
        assert parse_config(text, ExperimentConfig, name="docs/gate.md").gate.limit
        assert json.loads(text)["gate"].keys() == ExperimentConfig().gate.model_dump().keys() - {"schema_reference"}


def test_workflow() -> None:
    """The workflow is YAML whose steps use or run something."""
    for text in blocks("yaml"):
        content: dict[Any, Any] = yaml.safe_load(text)
        steps = content["jobs"]["benchmarks"]["steps"]
        assert all(("uses" in step) != ("run" in step) for step in steps)
        assert sum("--gate " in step.get("run", "") for step in steps) == 1


@pytest.mark.parametrize(("status", "told"), [(0, "no series is worse"), (10, "### Gate"), (1, "a test failed")])
def test_shell(tmp_path: Path, status: int, told: str) -> None:
    """The script ends as pytest did, and shows the report of a gate that failed."""
    (script,) = blocks("sh")
    (tmp_path / "gate.md").write_text("### Gate failed\n")
    command = f"pytest() {{ return {status}; }}\n{script}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert told in done.stdout


def test_every_word_is_told() -> None:
    """Each option of the gate and each word that it takes stands on the page."""
    options = [f"--{name.replace('_', '-')}" for name in HELP]
    words = [f"`{word}`" for word in (*FAILS_ON, *REPORT_ENDINGS)]
    allowed = [f"--gate-allow {word}" for word in ALLOWS]
    assert [text for text in (*options, *allowed) if text not in PAGE] == []
    assert [word for word in words if word not in PAGE and f"--gate-on {word.strip('`')}" not in PAGE] == []
