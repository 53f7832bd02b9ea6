"""The experiment training_loop: its config, its parts beside torch and arithmetic, and a whole run of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.test_training_loop import Config, summarize
from bench.training.course import accuracy, run_course
from bench.training.data import Batch, make_data
from bench.training.recipe import LEARNING_RATES, Recipe
from bench.training.relax_trainer import RelaxTrainer
from bench.training.torch_trainer import TorchTrainer
from bench.training.trainers import trainer
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.records import read_record
from pytest_relaybench.reading import parse_config, read_config

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("home*/config/experiments/training_loop/config.json"))
TINY = {"features": 20, "hidden_sizes": [16], "samples": 64, "batch_sizes": [16], "num_classes": [3], "epochs": 3}


def parsed(**keys):
    """A config of these keys."""
    return parse_config(json.dumps(keys), Config, name="config.json")


def test_defaults():
    """Batches, classes, epochs and repetitions are the predecessor's."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "engine": ["relax", "relax-scheduled", "torch-eager", "torch-compile"],
        "device": ["cpu"],
        "optimizer": ["sgd"],
        "batch_size": [32],
        "num_classes": [10],
    }
    assert (config.epochs, config.reps, config.dry_run) == (5, 3, 3)
    assert (config.features, config.hidden_sizes) == (784, [128])


def test_predecessors_words():
    """Both versions of the predecessor's config go on to mean what they meant."""
    second = parsed(frameworks=["pt"], models=["mlp"], batch_size=32, epochs=5, reps=3, devices=["gpu"])
    assert (second.engines, second.batch_sizes, second.devices) == (["torch-eager"], [32], ["cuda"])
    first = parsed(frameworks=["relay"], batch_sizes=[1], num_classes=[10], epochs=[20], n_times=3, dry_run=2)
    assert (first.engines, first.epochs, first.reps) == (["relax-scheduled"], 20, 3)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"frameworks": ["keras"]}, "torch-eager"),
        ({"datasets": ["mnist"]}, "synthetic"),
        ({"models": ["resnet"]}, "models"),
        ({"engines": ["onnxruntime"]}, "engines"),
        ({"optimizers": ["adagrad"]}, "optimizers"),
        ({"epochs": [1, 2]}, "epochs"),
        ({"n_times": 2, "reps": 2}, "say the same"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"samples": 16}, "no batch of 32"),
        ({"num_classes": [1]}, "num_classes"),
    ],
    ids=str,
)
def test_wrong_configs(wrong, told):
    """What cannot be trained is refused, and the fault tells what to write instead."""
    with pytest.raises(ConfigError, match=told):
        parsed(**wrong)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parents[3].name)
def test_configs_in_the_checkout(path):
    """The homes of the checkout compare Relax with torch."""
    assert {"relax-scheduled", "torch-eager"} <= set(read_config(path, Config, mandatory=["active"]).engines)


def test_sample_compiles_nothing_with_torch():
    """The sample home leaves torch.compile out, whose first use costs half a minute."""
    config = read_config(ROOT / "home/config/experiments/training_loop/config.json", Config)
    assert "torch-compile" not in config.engines


def test_parent_stays_light():
    """Importing the experiment loads neither tvm nor torch: the process that only collects imports it too."""
    code = "import sys, bench.test_training_loop; print({'tvm', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def test_data():
    """Equal seeds give equal data; every batch is whole, test points are none of the training's."""
    data, again, other = (make_data(20, 3, 70, 16, seed) for seed in (1, 1, 2))
    assert [batch.features.shape for batch in data.batches] == [(16, 20)] * 4
    assert data.test.features.shape == (17, 20)
    np.testing.assert_array_equal(data.test.features, again.test.features)
    assert not np.array_equal(data.test.features, other.test.features)
    assert data.batches[0].features.dtype == np.float32
    assert set(np.concatenate([batch.labels for batch in data.batches])) == {0, 1, 2}
    with pytest.raises(ValueError, match="no batch"):
        make_data(20, 3, 10, 16, seed=0)


def test_accuracy_counts_every_point_once():
    """Test points that fill the last batch up are not counted twice."""

    class Oracle:
        def logits(self, features):
            return np.eye(3, dtype=np.float32)[features[:, 0].astype(int)]

    labels = np.array([0, 1, 2, 0, 1])
    features = np.array([[0.0], [1.0], [2.0], [0.0], [0.0]], np.float32)  # the last one is told wrong
    assert accuracy(Oracle(), Batch(features, labels), 4) == pytest.approx(0.8)


RECIPES = {
    "sgd": Recipe((20, 16, 3), 16, "sgd", LEARNING_RATES["sgd"]),
    "momentum": Recipe((20, 16, 3), 16, "momentum", LEARNING_RATES["momentum"]),
    "two hidden layers": Recipe((20, 16, 8, 3), 16, "sgd", 0.5),
    "one sample a step": Recipe((20, 16, 3), 1, "sgd", 0.05),
}


@pytest.mark.parametrize(("name", "scheduled"), [("sgd", False), *((name, True) for name in RECIPES)])
def test_relax_learns_as_torch_does(name, scheduled):
    """From equal weights, batches and optimisers come equal losses, epoch by epoch, and equal accuracy."""
    recipe = RECIPES[name]
    data = make_data(20, 3, 64, recipe.batch_size, seed=0)
    expected = run_course(TorchTrainer(recipe, "cpu", compiled=False), data, 4)
    found = run_course(RelaxTrainer(recipe, "cpu", scheduled=scheduled), data, 4)
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-4)
    assert found.accuracy == pytest.approx(expected.accuracy)
    assert expected.losses[-1] < expected.losses[0]
    assert len(found.seconds) == 4
    assert min(found.seconds) > 0


def test_restart_forgets():
    """A second training of the same trainer begins with the first weights and the optimiser's first state."""
    recipe, data = RECIPES["momentum"], make_data(20, 3, 64, 16, seed=0)
    for made in (TorchTrainer(recipe, "cpu", compiled=False), RelaxTrainer(recipe, "cpu", scheduled=True)):
        assert run_course(made, data, 3).losses == run_course(made, data, 3).losses


def test_adam():
    """Relax's Adam learns as torch's does, or, in a TVM that cannot make it, is skipped with TVM's message."""
    recipe = Recipe((20, 16, 3), 16, "adam", 0.01)
    data = make_data(20, 3, 64, 16, seed=0)
    expected = run_course(TorchTrainer(recipe, "cpu", compiled=False), data, 4)
    assert expected.losses[-1] < expected.losses[0]
    try:
        made = trainer("relax-scheduled", recipe, "cpu")
    except pytest.skip.Exception as skipped:
        assert "adam cannot be had from relax.training in TVM 0.27" in str(skipped)  # noqa: PT017, a skip is no failure
        assert "NumPy dtype" in str(skipped)  # noqa: PT017
    else:
        np.testing.assert_allclose(run_course(made, data, 4).losses, expected.losses, rtol=1e-2)


WRONG = """
import numpy as np
from bench.training import trainers
from bench.training.torch_trainer import TorchTrainer
from bench.test_training_loop import *

class Forgetful(TorchTrainer):
    def epoch(self, batches):
        return super().epoch(batches[:1] * len(batches))  # one batch over and over

right = trainers.trainer
trainers.trainer = lambda engine, recipe, device: (
    Forgetful(recipe, device, compiled=False) if engine == "torch-compile" else right(engine, recipe, device)
)
"""


def night(home, module, **config):
    """A night of one module: pytest's output, and what was measured by engine and metric."""
    name = Path(module).stem.removeprefix("test_")
    folder = home / "config/experiments" / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"active": True, **TINY, "reps": 2, "dry_run": 1, **config}))
    places = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}
    (home / "config.json").write_text(json.dumps(places))
    command = [sys.executable, "-m", "pytest", str(module), "--home", str(home), "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    (file,) = home.glob("results/experiments/data/*/data_*.json")
    return done.stdout, {(m.params["engine"], m.metric): m for m in read_record(file).measurements}


def test_run(tmp_path):
    """A night trains by every engine and measures epochs, loss, accuracy and compile time; engines agree."""
    output, found = night(tmp_path / "home", "bench/test_training_loop.py")
    for engine in ("relax", "relax-scheduled", "torch-eager", "torch-compile"):
        assert found[engine, "time"].stats.n == 6, output
        assert found[engine, "final_loss"].value == pytest.approx(found["torch-eager", "final_loss"].value, rel=1e-3)
        assert (found[engine, "accuracy"].unit, found[engine, "accuracy"].direction) == ("%", "higher")
        assert ((engine, "compile") in found) == (engine != "torch-eager")
    assert found["relax", "final_loss"].direction == "lower"


def test_wrong_training_has_no_time(tmp_path):
    """An engine that does not learn what torch learns has a failure and no time."""
    module = tmp_path / "test_wrong_training.py"
    module.write_text(WRONG)
    output, found = night(tmp_path / "home", module, engines=["torch-compile", "torch-eager"])
    assert {engine for engine, _ in found} == {"torch-eager"}
    assert "OutputMismatchError" in output


def test_summary():
    """Epochs are told beside torch's, then what was learned."""
    rows = [
        {"run_id": "1", "device": "cpu", "optimizer": "sgd", "batch_size": 32, "num_classes": 10, "engine": engine}
        | {"metric": metric, "value": value}
        for engine, seconds in (("torch-eager", 0.02), ("relax-scheduled", 0.016))
        for metric, value in (("time", seconds), ("final_loss", 0.489), ("accuracy", 99.2))
    ]
    assert summarize(pd.DataFrame(rows)).splitlines() == [
        "Training: times as fast as torch-eager, whose time of an epoch stands first",
        "sgd: torch-eager 20 ms, relax-scheduled 1.25×",
        "sgd: last loss at most 0.489 nat, accuracy at least 99.2 %",
    ]
