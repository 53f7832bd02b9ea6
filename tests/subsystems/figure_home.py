"""A home with one night of the experiments that publication figures are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home

RUN_ID, TIME = "20261122T030000.000000Z", "2026-11-22T03:00:00.000000+00:00"
Case = tuple[dict[str, Any], float]  # parameters and seconds

NETWORKS = {"resnet-18": 0.1, "mobilenet": 0.04, "nature-dqn": 0.004, "vgg-16": 0.6}
CNN_ENGINES = {
    "relax": 6.0, "relax-scheduled": 1.0, "relax-tuned": 0.9, "torch-eager": 1.8, "torch-compile": 1.2,
    "onnxruntime": 0.7,
}  # fmt: skip
PASSES = ("FuseOps", "FoldConstant", "EliminateCommonSubexpr", "CombineParallelMatmul", "FoldBatchnormToConv2D",
          "DecomposeOpsForInference", "CanonicalizeBindings", "ConvertLayout")  # fmt: skip


def cnn_comp() -> Iterator[Case]:
    for network, engine in product(NETWORKS, CNN_ENGINES):
        params = {"network": network, "device": "cpu", "batch_size": 1, "threads": 1, "engine": engine}
        yield params, NETWORKS[network] * CNN_ENGINES[engine]


def relay_opt() -> Iterator[Case]:
    for network, level in product(NETWORKS, range(4)):
        params = {"network": network, "device": "cpu", "batch_size": 1, "opt_level": level}
        yield params, NETWORKS[network] / (1 + level)


def pass_comparison() -> Iterator[Case]:
    everything = [PASSES[:count] for count in range(len(PASSES) + 1)]
    everything += [tuple(name for name in PASSES if name != left_out) for left_out in PASSES[:-1]]
    for network, passes in product(NETWORKS, everything):
        spec = f"{3 if passes else 0};{'|'.join(passes)}"
        params = {"network": network, "device": "cpu", "batch_size": 1, "pass_spec": spec, "scheduled": True}
        yield params, NETWORKS[network] / (1 + 0.2 * len(passes))


def rnn_cells() -> Iterator[Case]:
    engines = {
        "relax-bytecode": 1.1,
        "relax-compiled": 1.0,
        "torch-eager": 7.27,
        "torch-compile": 3.0,
        "onnxruntime": 2.0,
    }
    for network, (engine, factor) in product(("rnn", "gru", "lstm"), engines.items()):
        yield {"network": network, "engine": engine}, 0.001 * factor


def char_rnn() -> Iterator[Case]:
    factors = {("torch-eager", "cell"): 2.0, ("relax-compiled", "loop"): 1.0, ("relax-bytecode", "loop"): 1.5,
               ("relax-compiled", "cell"): 10.0, ("relax-compiled", "unrolled"): 0.9}  # fmt: skip
    for (engine, mode), size, language in product(factors, (16, 512), ("English", "Czech")):
        params = {"engine": engine, "mode": mode, "hidden_size": size, "language": language, "device": "cpu"}
        # one language is easier for torch: the geometric mean of both is what is shown
        ease = {"English": 2.0, "Czech": 0.5}[language] if engine == "torch-eager" else 1.0
        yield params, size * 1e-5 * factors[engine, mode] * ease


def treelstm() -> Iterator[Case]:
    factors = {("torch-eager", "cell"): 0.5, ("relax-compiled", "linearised"): 1.0, ("relax-compiled", "unrolled"): 0.7}
    for (engine, mode), shape in product(factors, ("chain", "balanced")):
        params = {"engine": engine, "mode": mode, "shape": shape, "n_nodes": 7, "device": "cpu"}
        yield params, 0.002 * factors[engine, mode]


EXPERIMENTS = {each.__name__: each for each in (cnn_comp, relay_opt, pass_comparison, rnn_cells, char_rnn, treelstm)}


def figure_home(root: Path, names: Sequence[str] = tuple(EXPERIMENTS), **cases: list[Case]) -> Dashboard:
    """The night of these experiments; `cases` replace the usual ones of an experiment."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    home = open_home(root)
    for name in names:
        _write(home, name, list(cases.get(name) or EXPERIMENTS[name]()))
    table = Table(home)
    table.refresh()
    return Dashboard(home, RUN_ID, table)


def _write(home: Home, name: str, cases: list[Case]) -> None:
    write_json(home.exp_config_file(name), {"active": True})
    for stage in ("precheck", "setup", "run", "analysis"):
        write_status(home.exp_status_dir(name) / f"{stage}.json", Status(True, "ready", RUN_ID, TIME))
    record = Record(
        run_id=RUN_ID, timestamp=TIME, experiment=name, title="", start_time=TIME, end_time=TIME, duration_s=1.0,
        tvm_hash="0.27.0", machine={"id": "0123456789ab"}, versions={}, config={"active": True}, seed=1, position=1,
        tests=[], measurements=[_measurement(name, *case) for case in cases],
    )  # fmt: skip
    write_record(home.data_file(name, RUN_ID), record)


def _measurement(name: str, params: dict[str, Any], seconds: float) -> Measurement:
    return Measurement(
        test=f"test_{name}",
        params=params,
        metric="time",
        unit="s",
        direction="lower",
        stats=describe([seconds]),
        value=seconds,
        variant="installed",
        tvm_hash="0.27.0" if str(params.get("engine", "relax")).startswith("relax") else None,
    )
