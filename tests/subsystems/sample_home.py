"""A home with weeks of nights in it, as files of the real formats: what the site's tests and screenshots look at."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, describe, write_record
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import STAGES, Home, open_home

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
NETWORKS = {"resnet-18": 0.0311, "mobilenet-v2": 0.0124, "nature-dqn": 0.0021, "vgg-16": 0.2140}
SPEEDUP = {"O0": 1.0, "O1": 0.71, "O2": 0.55, "O3": 0.31}
ATTACK = "</title><script>window.hacked=1</script> `x` [a](javascript:alert(1)) { onmouseover=alert(1) } \"'><img src=x onerror=window.hacked=2>"

Values = Callable[[int, np.random.Generator], list[Measurement]]


@dataclass(frozen=True)
class Sample:
    """One experiment of the sample home; `values(night, random)` gives a night's measurements, none when it failed."""

    name: str
    config: dict[str, Any]
    values: Values
    first_night: int = 0
    failing: Callable[[int], tuple[str, str] | None] = lambda _: None  # night → stage and message
    tests: Callable[[int], list[TestOutcome]] = lambda _: []
    last_night: int | None = None
    graphs: Sequence[str] = field(default=())


def run_id_of(night: int, nights: int) -> str:
    """The id of a night, counted from 0; the last of `nights` is always the same."""
    return f"{LAST - timedelta(days=nights - 1 - night):%Y%m%dT%H%M%S.%f}Z"


def measurement(
    random: np.random.Generator,
    metric: str,
    value: float,
    unit: str,
    *,
    test: str = "test_infer",
    direction: str = "lower",
    noise: float = 0.006,
    n: int = 30,
    **params: Any,
) -> Measurement:
    """One measurement whose samples lie a little above `value`, and whose minimum wanders by `noise` from night to night."""
    level = value * math.exp(random.normal(0, noise))
    stats = describe(level * (1 + np.abs(random.normal(0, 0.02, n)))) if n > 1 else describe([level])
    return Measurement(test, params, metric, unit, direction, stats, stats.min, "installed", "0.27.0.post1")  # type: ignore[arg-type]


def relay_opt(night: int, random: np.random.Generator) -> list[Measurement]:
    """Sixteen series; vgg-16 at O3 is 9 % slower since ten nights before the end."""
    found = []
    for network, base in NETWORKS.items():
        for level, factor in SPEEDUP.items():
            params = {"network": network, "opt_level": level, "device": "cpu", "batch_size": 1}
            slow = 1.09 if (network, level) == ("vgg-16", "O3") and night >= 30 else 1.0
            size = 46e6 if network == "resnet-18" else 14e6
            found += [
                measurement(random, "time", base * factor * slow, "s", **params),
                measurement(random, "first_run", base * factor * 3, "s", n=1, noise=0.03, **params),
                measurement(random, "compile", 4.1 + 30 * base, "s", n=1, noise=0.02, **params),
                measurement(random, "peak_memory", 4.1e8 + base * 9e9, "B", n=1, noise=0.001, **params),
                measurement(random, "artifact_size", size, "B", n=1, noise=0, **params),
            ]
    return found


def matmul(night: int, random: np.random.Generator) -> list[Measurement]:
    """Two sizes; time, and the derived rate of which more is better."""
    found = []
    for size in (64, 256, 1024):
        seconds = size**3 * 2 / 9.1e10
        found.append(measurement(random, "time", seconds, "s", test="test_matmul", size=size))
        rate = measurement(
            random, "rate", 2 * size**3 / seconds, "FLOP/s", test="test_matmul", direction="higher", n=1, size=size
        )
        found.append(replace(rate, derived=True))
    return found


def faster(night: int, random: np.random.Generator) -> list[Measurement]:
    """One series that became 20 % faster eight nights before the end."""
    return [measurement(random, "time", 0.0042 * (0.8 if night >= 32 else 1.0), "s", test="test_lstm", cell="lstm")]


def one(value: float) -> Values:
    """One series without parameters."""
    return lambda _night, random: [measurement(random, "time", value, "s", test="test_run")]


def cnn_comp(night: int, random: np.random.Generator) -> list[Measurement]:
    """Engines side by side; the last night has lost onnxruntime."""
    engines = {"relax": 0.0311, "torch": 0.0274, "torch-compile": 0.0239, "onnxruntime": 0.0201}
    if night >= 39:
        engines.pop("onnxruntime")
    return [
        measurement(random, "time", value, "s", network=network, engine=engine)
        for network in ("resnet-18", "mobilenet-v2")
        for engine, value in engines.items()
    ]


def lost_engine(night: int) -> list[TestOutcome]:
    """The failure that goes with it."""
    message = "MeasurementError: onnxruntime differs from torch\n  largest difference 0.31 at (0, 17), tolerance 1e-3"
    name = "bench/test_cnn_comp.py::test_infer[resnet-18-onnxruntime]"
    return [TestOutcome(name, "failed", 0.4, message)] if night >= 39 else []


def samples() -> list[Sample]:
    """All kinds of experiments that a home can have."""
    run_failure = "2 of 8 tests failed: test_infer[resnet-18-onnxruntime]: onnxruntime differs from torch beyond 1e-3"
    return [
        Sample(
            "relay_opt",
            {"active": True, "title": "Relax optimisation levels", "description": "CNNs at each level of the pipeline."},
            relay_opt,
            graphs=("comparison/relay-cnn-cpu.png", "all_time/longitudinal-cpu-O3.png", "two_weeks/longitudinal-cpu-O3.png"),
        ),
        Sample("matmul", {"active": True, "title": "Matrix products"}, matmul),
        Sample("rnn_cells", {"active": True, "title": "Recurrent cells"}, faster),
        Sample(
            "cnn_comp",
            {"active": True, "title": "CNNs across engines", "notify": ["U1"]},
            cnn_comp,
            failing=lambda night: ("run", run_failure) if night >= 39 else None,
            tests=lost_engine,
        ),
        Sample(
            "char_rnn",
            {"active": True, "title": "Character RNN"},
            lambda night, random: one(0.00083)(night, random) if night < 36 else [],
            failing=lambda night: ("setup", "FileNotFoundError: names.zip\n\nthe list of names is gone") if night >= 36 else None,
            graphs=("all_time/longitudinal-cpu.png",),
        ),
        Sample("treelstm", {"active": False, "title": "Tree LSTM"}, one(0.19), last_night=20),
        Sample("quant_comp", {"active": True}, one(2.4e-5), first_night=37),
        Sample("never_ran", {"active": True, "title": "Made this morning"}, one(1.0), first_night=99),
        Sample("left_out", {"active": True, "title": "Filtered out since Friday"}, one(0.5), last_night=36),
        Sample(
            "attack",
            {"active": True, "title": ATTACK, "description": ATTACK},
            lambda _n, random: [measurement(random, ATTACK[:40], 1.0, "<b>u</b>", test="test_" + ATTACK, key=ATTACK)],
            failing=lambda _: ("analysis", f"{ATTACK}\n\n# heading\n\n<script>window.hacked=3</script>\x1b[31mred\x1b[0m \u202e"),
            tests=lambda _: [TestOutcome(f"bench/test_attack.py::test[{ATTACK}]", "failed", 0.1, f"{ATTACK}\n\n{ATTACK}")],
            graphs=("<img onerror=alert(1)>/{{ 7 }} `x`.png",),
        ),
    ]


def make_home(root: Path, *, nights: int = 40, title: str = "Relay Dashboard", pick: Sequence[str] = ()) -> Home:
    """Write a home with `nights` nights of all sample experiments, or of those named in `pick`."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "title": title})
    write_json(root / "config/subsystem/website/config.json", {"active": True})
    write_json(root / "config/subsystem/score/config.json", {"active": True})
    home = open_home(root)
    chosen = [sample for sample in samples() if not pick or sample.name in pick]
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


def _write_night(home: Home, chosen: Sequence[Sample], night: int, nights: int) -> None:
    run_id = run_id_of(night, nights)
    begun = LAST - timedelta(days=nights - 1 - night)
    order = [s for s in chosen if s.first_night <= night and (s.last_night is None or night <= s.last_night)]
    entries = {s.name: _write_experiment(home, s, night, run_id, begun, place) for place, s in enumerate(order, 1)}
    spent = sum(entry["duration_s"] for entry in entries.values())
    content: dict[str, Any] = {
        "schema": 1,
        "run_id": run_id,
        "timestamp": begun.isoformat(),
        "start_time": begun.isoformat(),
        "seed": 7919 * (night + 1),
        "order": [s.name for s in order],
        "experiments": entries,
        "machine": MACHINE,
    }
    if night < nights - 1:
        failed = any("failed" in entry["stages"].values() for entry in entries.values())
        content |= {"end_time": begun.isoformat(), "duration_s": spent + 11, "exit_status": int(failed)}
        content["complete"] = night != 12
    write_json(home.run_dir(run_id) / "run.json", content)


def _write_experiment(home: Home, sample: Sample, night: int, run_id: str, begun: datetime, place: int) -> dict[str, Any]:
    random = np.random.default_rng([night, zlib.crc32(sample.name.encode())])
    measurements = sample.values(night, random)
    failure = sample.failing(night)
    seconds = 20 + 3.0 * len(measurements) + float(random.normal(0, 0.5))
    stages = _stages(home, sample.name, failure, run_id, begun, seconds)
    if stages["setup"] == "success":
        _write_record(home, sample, measurements, night, run_id, begun, seconds, place)
    if stages["summary"] == "success":
        text = "\n".join(f"{m.test} {json.dumps(m.params)}: {m.value:.4g} {m.unit}" for m in measurements[:4])
        summary = {"schema": 1, "title": sample.config.get("title", sample.name), "value": text}
        write_json(home.exp_summary_dir(sample.name) / "summary.json", {**summary, "run_id": run_id, "timestamp": ""})
    if stages["visualization"] == "success" or sample.name == "attack":
        for graph in sample.graphs:
            _draw(home.exp_graph_dir(sample.name) / graph)
    return {"stages": stages, "message": failure[1] if failure else "", "duration_s": seconds}


def _stages(
    home: Home, name: str, failure: tuple[str, str] | None, run_id: str, begun: datetime, seconds: float
) -> dict[str, str]:
    words: dict[str, str] = {}
    for stage in STAGES:
        if failure and "failed" in words.values():
            words[stage] = "not run"
            continue
        bad = failure is not None and failure[0] == stage
        words[stage] = "failed" if bad else "success"
        message = failure[1] if bad and failure else "success"
        spent = seconds if stage == "run" else 0.3
        path = home.exp_status_dir(name) / f"{stage}.json"
        write_status(path, Status(not bad, message, run_id, begun.isoformat(), spent))
    return words


def _write_record(
    home: Home, sample: Sample, measurements: list[Measurement], night: int, run_id: str, begun: datetime, seconds: float, place: int
) -> None:
    passed = [TestOutcome(f"bench/test_{sample.name}.py::ok", "passed", 0.2)]
    write_record(
        home.data_file(sample.name, run_id),
        Record(
            run_id=run_id,
            timestamp=begun.isoformat(),
            experiment=sample.name,
            title=str(sample.config.get("title", "")),
            start_time=begun.isoformat(),
            end_time=(begun + timedelta(seconds=seconds)).isoformat(),
            duration_s=seconds,
            tvm_hash="0.27.0.post1",
            machine=MACHINE,
            versions=VERSIONS,
            config={"timeout_s": 1800.0, "threads": 1, "process_pinning": {"enable": False, "cores": None}, **sample.config},
            seed=7919 * (night + 1),
            position=place,
            tests=[*passed, *sample.tests(night)],
            measurements=measurements,
            raw_data=f"tmp/{run_id}.zip",
        ),
    )


def _write_subsystem(home: Home, run_id: str) -> None:
    write_status(home.subsys_status_dir("score") / "run.json", Status(True, "success", run_id, LAST.isoformat(), 0.2))
    report = {"title": "Metric Scores", "value": "2x speedup on NLP: 4 of 5 RNNs"}
    write_json(home.subsys_output_dir("score") / "report.json", report)


def _draw(path: Path) -> None:
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
