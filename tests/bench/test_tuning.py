"""Tuning databases: made by a real tuner, gone on with after a kill, and used for what they are better at."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from bench.engines import tuned_networks
from bench.models.executing import runner, to_device
from bench.models.levels import LookupFailedError, compile_at
from bench.models.relax_import import import_module
from bench.models.targets import target_for
from bench.models.tuning import TuningFailedError, TuningPlan, UnfinishedTuningError, tuned
from bench.models.tuning_files import RECORDS, WORKLOADS, Progress, mend_database
from bench.network_names import NetworkConfig
from pytest_relaybench.measure.correctness import check_output
from pytest_relaybench.setup_cache import SetupCache
from pytest_relaybench.variants.installed import installed

INPUTS = (torch.linspace(-1, 1, 2 * 24).reshape(2, 24),)


@pytest.fixture(scope="module")
def network():
    """Two layers, so two kernels."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Linear(32, 10))
    return layers.eval().requires_grad_(requires_grad=False)


@pytest.fixture
def tune(network, tmp_path):
    """Tunes the network in a cache of its own; what is told is in `.told`."""

    def run(trials=6, budget_s=60.0, cost_model="random"):
        plan = TuningPlan(trials, cost_model, seed=0, threads=1, budget_s=budget_s)
        return tuned(
            SetupCache(tmp_path),
            "two layers",
            lambda: import_module(network, INPUTS),
            target_for("cpu"),
            plan,
            "version 1",
            tell=run.told.append,
        )

    run.told = []
    return run


def test_killed_tuning_goes_on(tune, network, tmp_path):
    """What a night has no time for the next one does: trials of both count, and a half-written line does no harm.

    Each trial is built and timed for real: that MetaSchedule imports its tensor intrinsics for 26 of the builder's 30
    seconds does not end them.
    """
    with pytest.raises(UnfinishedTuningError, match=r"tuning two layers: 0 of 6 trials.*the next night goes on"):
        tune(budget_s=0.01)
    (under_way,) = (tmp_path / "tuning-under-way").iterdir()
    Progress([3, 0], 12.5).write(under_way)  # as a night that got further would have left it
    (under_way / RECORDS).write_text('[0, [[["half a')
    found = tune()
    assert (found.trials, found.is_new) == (6, True)
    assert found.seconds > 12.5
    assert not list((tmp_path / "tuning-under-way").iterdir())
    assert tune.told[-1].startswith("tuning two layers: 3 of 6 trials, 1")
    rows = json.loads((found.folder / "kernels.json").read_text())
    assert [row["trials"] for row in rows] == [3, 3]
    assert all(row["scheduled_s"] > 0 for row in rows)
    assert rows[1]["tuned_s"] > 0

    again = tune()
    assert (again.folder, again.trials, again.is_new) == (found.folder, 6, False)
    compiled = compile_at(4, import_module(network, INPUTS), target_for("cpu"), again.folder)
    check_output(runner(compiled.executable, "cpu")(*to_device(INPUTS, "cpu")), network(*INPUTS), rtol=1e-4, atol=1e-5)
    assert not compiled.unscheduled
    slower = {row["kernel"] for row in rows if row["tuned_s"] is None or row["tuned_s"] >= row["scheduled_s"]}
    assert set(compiled.untuned) == slower
    for row in rows:
        row["tuned_s"] = row["scheduled_s"] / 2
    (again.folder / "kernels.json").write_text(json.dumps(rows))
    for table in (RECORDS, WORKLOADS):  # as after a change that makes other kernels than the tuning's
        (again.folder / table).write_text("")
    with pytest.raises(LookupFailedError, match="which TVM did not find: delete the folder"):
        compile_at(4, import_module(network, INPUTS), target_for("cpu"), again.folder)


def test_failed_tuner(tune):
    """A tuner that ends by itself is an error with its last words."""
    with pytest.raises(TuningFailedError, match=r"tuning two layers ended with exit status 1: .*no such model"):
        tune(cost_model="no such model")


def test_damaged_tables_are_mended(tmp_path):
    """Of a database that was cut off, whole lines are kept, and of records those whose kernel is there."""
    (tmp_path / WORKLOADS).write_text('["1", "a"]\n["2", "b"')
    (tmp_path / RECORDS).write_text('[0, "kept"]\n[1, "of the lost kernel"]\n[0, "cut o')
    mend_database(tmp_path)
    assert (tmp_path / WORKLOADS).read_text() == '["1", "a"]\n'
    assert (tmp_path / RECORDS).read_text() == '[0, "kept"]\n'


def test_damaged_progress_counts_as_none(tmp_path):
    """Progress that cannot be read costs trials, not the tuning."""
    (tmp_path / "progress.json").write_text('{"by_kernel": [1')
    assert Progress.read(tmp_path).trials == 0


def test_another_ffi_is_not_tuned_with(monkeypatch):
    """A tvm-ffi that crashes MetaSchedule is a reason to skip, with the command that mends it."""
    monkeypatch.setattr(tuned_networks, "check_ffi", lambda _: "TVM works with tvm-ffi 1: pip install it")
    with pytest.raises(pytest.skip.Exception, match="no tuning: TVM works with tvm-ffi 1: pip install it"):
        tuned_networks.tuned_network("nature-dqn", 1, "cpu", NetworkConfig(), installed(), None, print)


def test_xgb_that_is_not_there(monkeypatch):
    """A cost model that lacks its package is a reason to skip, with the command that installs it."""
    there = tuned_networks.skip_if_missing.__globals__["importlib"].util
    monkeypatch.setattr(there, "find_spec", lambda name: None if name == "xgboost" else object())
    config = NetworkConfig(tuning_cost_model="xgb")
    with pytest.raises(pytest.skip.Exception, match="xgboost: pip install xgboost"):
        tuned_networks.tuned_network("nature-dqn", 1, "cpu", config, installed(), None, print)
