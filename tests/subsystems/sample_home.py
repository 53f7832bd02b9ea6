"""A home with weeks of nights in it, as files of the real formats: what the site's tests and screenshots look at."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, write_record
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import STAGES, Home, open_home
from pytest_relaybench.render.format import value_text
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import NETWORKS, Sample, samples

LAST = datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC)
MACHINE = {
    "id": "5d2f0a1b9c3e",
    "host": "bench-1",
    "cpu_model": "AMD EPYC 7313 16-Core Processor",
    "cores": 32,
    "memory_bytes": 128 * 2**30,
    "governor": "performance",
    "aslr": True,
    "kernel": "6.1.0-27-amd64",
    "os": "Debian GNU/Linux 12 (bookworm)",
    "python": "3.11.7",
    "load_average": [0.2, 0.1, 0.1],
    "gpu": [],
}
VERSIONS = {"apache-tvm": "0.27.0.post1", "apache-tvm-ffi": "0.1.14.post1", "numpy": "2.4.1", "torch": "2.13.0"}


@dataclass(frozen=True)
class Night:
    """One night of the home, counted from 0."""

    home: Home
    number: int
    run_id: str
    begun: datetime

    @property
    def seed(self) -> int:
        """Another one every night."""
        return 7919 * (self.number + 1)


def run_id_of(night: int, nights: int) -> str:
    """The id of a night, counted from 0; the last of `nights` is always the same."""
    return f"{LAST - timedelta(days=nights - 1 - night):%Y%m%dT%H%M%S.%f}Z"


def make_home(
    root: Path,
    *,
    nights: int = 40,
    title: str = "Relay Dashboard",
    pick: Sequence[str] = (),
    of: Sequence[Sample] = (),
) -> Home:
    """Write a home with `nights` nights of all sample experiments, those named in `pick`, or the experiments `of`."""
    write_json(
        root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "title": title}
    )
    write_json(root / "config/subsystem/website/config.json", {"active": True})
    write_json(root / "config/subsystem/score/config.json", {"active": True})
    home = open_home(root)
    chosen = [sample for sample in of or samples() if not pick or sample.name in pick]
    for sample in chosen:
        write_json(home.exp_config_file(sample.name), sample.config)
    for night in range(nights):
        _write_night(home, chosen, night, nights)
    _write_subsystem(home, run_id_of(nights - 1, nights))
    return home


def dashboard_of(home: Home, nights: int = 40) -> Dashboard:
    """The home as its last night sees it."""
    table = Table(home)
    table.refresh()
    return Dashboard(home, run_id_of(nights - 1, nights) if nights else "", table)


def build_site(home: Home, nights: int = 40) -> Path:
    """Run the website subsystem over the home; its web root."""
    output = home.subsys_output_dir("website")
    website = load("website")
    website.run(dashboard_of(home, nights), website.Config(active=True), output)
    return output


def _write_night(home: Home, chosen: Sequence[Sample], number: int, nights: int) -> None:
    night = Night(home, number, run_id_of(number, nights), LAST - timedelta(days=nights - 1 - number))
    order = [s for s in chosen if s.first_night <= number and (s.last_night is None or number <= s.last_night)]
    entries = {sample.name: _write_experiment(night, sample, place) for place, sample in enumerate(order, 1)}
    spent = sum(entry["duration_s"] for entry in entries.values())
    content: dict[str, Any] = {
        "schema": 1,
        "run_id": night.run_id,
        "timestamp": night.begun.isoformat(),
        "start_time": night.begun.isoformat(),
        "seed": night.seed,
        "order": [s.name for s in order],
        "experiments": entries,
        "machine": MACHINE,
    }
    if number < nights - 1:
        failed = any("failed" in entry["stages"].values() for entry in entries.values())
        content |= {"end_time": night.begun.isoformat(), "duration_s": spent + 11, "exit_status": int(failed)}
        content["complete"] = number != 12
    write_json(home.run_dir(night.run_id) / "run.json", content)


def _write_experiment(night: Night, sample: Sample, place: int) -> dict[str, Any]:
    random = np.random.default_rng([night.number, zlib.crc32(sample.name.encode())])
    measurements = sample.values(night.number, random)
    seconds = 20 + 3.0 * len(measurements) + float(random.normal(0, 0.5))
    stages = _write_stages(night, sample, seconds)
    if stages["setup"] == "success":
        record = _record(night, sample, measurements, seconds)
        write_record(night.home.data_file(sample.name, night.run_id), replace(record, position=place))
    if stages["summary"] == "success":
        _write_summary(night, sample, measurements)
    if stages["visualization"] == "success" or sample.name == "attack":
        for graph in sample.graphs:
            draw(night.home.exp_graph_dir(sample.name) / graph)
    failure = sample.failing(night.number)
    return {"stages": stages, "message": failure[1] if failure else "", "duration_s": seconds}


def _write_stages(night: Night, sample: Sample, seconds: float) -> dict[str, str]:
    failed_stage, failure = sample.failing(night.number) or ("", "")
    words: dict[str, str] = {}
    for stage in STAGES:
        if "failed" in words.values():
            words[stage] = "not run"
            continue
        bad = stage == failed_stage
        words[stage] = "failed" if bad else "success"
        spent = seconds if stage == "run" else 0.3
        status = Status(not bad, failure if bad else "success", night.run_id, night.begun.isoformat(), spent)
        write_status(night.home.exp_status_dir(sample.name) / f"{stage}.json", status)
    return words


def _write_summary(night: Night, sample: Sample, measurements: list[Measurement]) -> None:
    lines = [f"{' '.join(map(str, m.params.values()))}: {value_text(m.value, m.unit)}" for m in measurements[:4]]
    summary = {"schema": 1, "title": sample.config.get("title", sample.name), "value": "\n".join(lines)}
    path = night.home.exp_summary_dir(sample.name) / "summary.json"
    write_json(path, {**summary, "run_id": night.run_id, "timestamp": night.begun.isoformat()})


def _record(night: Night, sample: Sample, measurements: list[Measurement], seconds: float) -> Record:
    pinning = {"enable": False, "cores": None}
    return Record(
        run_id=night.run_id,
        timestamp=night.begun.isoformat(),
        experiment=sample.name,
        title=str(sample.config.get("title", "")),
        start_time=night.begun.isoformat(),
        end_time=(night.begun + timedelta(seconds=seconds)).isoformat(),
        duration_s=seconds,
        tvm_hash="0.27.0.post1",
        machine=MACHINE,
        versions=VERSIONS,
        config={"timeout_s": 1800.0, "threads": 1, "process_pinning": pinning, **sample.config},
        seed=night.seed,
        position=1,
        tests=[
            TestOutcome(f"bench/test_{sample.name}.py::ok", "passed", 0.2),
            *sample.tests(night.number),
        ],
        measurements=measurements,
        raw_data=f"tmp/{night.run_id}.zip",
        telemetry=sample.telemetry,
        extra={"comparisons": compared} if (compared := sample.comparisons(measurements)) else {},
    )


def _write_subsystem(home: Home, run_id: str) -> None:
    write_status(home.subsys_status_dir("score") / "run.json", Status(True, "success", run_id, LAST.isoformat(), 0.2))
    report = {"title": "Metric Scores", "value": "2x speedup on NLP: 4 of 5 RNNs"}
    write_json(home.subsys_output_dir("score") / "report.json", report)


def draw(path: Path) -> None:
    """One picture, and only once: what it shows does not matter here."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(6.5, 3.6), layout="constrained")
        axes = figure.subplots()
        for network, base in NETWORKS.items():
            axes.plot(base * 1e3 * np.exp(np.random.default_rng(1).normal(0, 0.01, 40)), label=network)
        axes.set(yscale="log", ylabel="time (ms)", xlabel="night")
        axes.legend(ncols=4, loc="upper center", fontsize=7)
        figure.savefig(path, dpi=100)
