"""Nights of the experiments on recurrent networks, as their tests run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_relaybench.history.records import Measurement, read_record

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "home/config/experiments"
NIGHTLY = ROOT / "home-nightly/config/experiments"
PLACES = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}


@dataclass(frozen=True)
class RanNight:
    """What a night of one experiment left."""

    home: Path
    output: str
    measurements: tuple[Measurement, ...]

    def values(self, metric: str, *parameters: str) -> dict[tuple[Any, ...], float]:
        """The metric's values by the parameters named."""
        return {tuple(m.params[name] for name in parameters): m.value for m in self.measurements if m.metric == metric}


def run_night(folder: Path, name: str, *arguments: str, **config: Any) -> RanNight:
    """Run the experiment of this checkout with this config, in a process of its own."""
    place = folder / "home/config/experiments" / name
    place.mkdir(parents=True)
    (place / "config.json").write_text(json.dumps({"active": True, **config}))
    (folder / "home/config.json").write_text(json.dumps(PLACES))
    command = [sys.executable, "-m", "pytest", f"bench/test_{name}.py", "--home", str(folder / "home")]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    files = list(folder.glob(f"home/results/experiments/data/{name}/data_*.json"))
    measured = tuple(read_record(files[0]).measurements) if files else ()
    return RanNight(folder / "home", ran.stdout, measured)


def summary(night: RanNight, name: str) -> str:
    """The text that the night's `summarize` wrote."""
    content = json.loads((night.home / f"results/experiments/summary/{name}/summary.json").read_text())
    return str(content["value"])
