"""A subsystem that somebody has published: an installed package whose entry point hands it over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PLUGIN = "from . import matrix_room\n\n\ndef pytest_relaybench_subsystems(config):\n    return [matrix_room]\n"
ROOM = """
import os

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Report


class Config(SubsystemConfig):
    room: str


def run(dashboard: Dashboard, config: Config, output):
    rows = len(dashboard.table.frame(run_id=dashboard.run_id, metric="time"))
    return Report(config.room, f"{rows} series, told by {os.getpid()}")
"""
INFO = "relaybench_matrix-1.0.dist-info"
WHEEL = {
    "relaybench_matrix/__init__.py": "",
    "relaybench_matrix/plugin.py": PLUGIN,
    "relaybench_matrix/matrix_room.py": ROOM,
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: relaybench-matrix\nVersion: 1.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{INFO}/entry_points.txt": "[pytest11]\nrelaybench-matrix = relaybench_matrix.plugin\n",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder into which pip has installed the package from its wheel."""
    wheel = tmp_path / "relaybench_matrix-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
        archive.writestr(f"{INFO}/RECORD", "".join(f"{name},,\n" for name in [*WHEEL, f"{INFO}/RECORD"]))
    options = ["--disable-pip-version-check", "install", "--no-index", "--no-deps", "--target", str(tmp_path / "site")]
    subprocess.run([sys.executable, "-m", "pip", *options, str(wheel)], check=True, capture_output=True, timeout=120)
    return tmp_path / "site"


def test_an_installed_package_brings_its_subsystem(project, installed):
    """With its config in the home it runs in a night, in the process for subsystems, and reports."""
    project.experiment("tiny")
    home = project.home()
    path = home.subsys_config_file("matrix_room")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"active": True, "room": "#nightly"}))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "pytest", "bench", "--home", str(home.root)]
    night = subprocess.run(
        command, check=False, cwd=project.root, env=environment, capture_output=True, text=True, timeout=120
    )
    assert night.returncode == 0, night.stdout + night.stderr
    report = json.loads((home.subsys_output_dir("matrix_room") / "report.json").read_text())
    assert report["title"] == "#nightly"
    assert report["value"].startswith("1 series, told by ")
    assert "instead of" not in night.stdout
