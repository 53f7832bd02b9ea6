"""The experiment rnn_cells: its config, and a whole run of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.models.rnn_cells import build_recurrent, sequence
from bench.test_rnn_cells import Config
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.reading import parse_config, read_config

from .recurrent_nights import NIGHTLY, ROOT, SAMPLES, run_night, summary

ENGINES = ("relax-bytecode", "relax-compiled", "torch-eager", "onnxruntime")
MODULES = "bench.test_rnn_cells, bench.test_char_rnn, bench.test_treelstm"


def parsed(**content):
    return parse_config(json.dumps(content), Config, name="config.json")


def test_defaults():
    """Nothing but `active` is needed: the predecessor's networks and counts, and every engine."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "device": ["cpu"],
        "network": ["rnn", "gru", "lstm"],
        "engine": ["relax-bytecode", "relax-compiled", "torch-eager", "torch-compile", "onnxruntime"],
        "hidden_size": [128],
        "batch_size": [1],
    }
    assert (config.sequence_length, config.dry_run, config.n_inputs, config.n_times_per_input) == (5, 8, 1, 100)


@pytest.mark.parametrize(
    ("old", "engines"),
    [
        ({"relay_methods": ["aot"]}, ["torch-eager", "relax-compiled"]),
        ({"relay_methods": ["intp", "aot"], "frameworks": ["relay"]}, ["relax-bytecode", "relax-compiled"]),
        ({"frameworks": ["pt"], "relay_methods": []}, ["torch-eager"]),
        ({"frameworks": ["pt", "relay"]}, ["torch-eager", "relax-bytecode", "relax-compiled"]),
    ],
    ids=json.dumps,
)
def test_predecessors_words(old, engines):
    """The predecessor's frameworks, methods and counts become today's engines and counts; the record has only those."""
    config = parsed(**old, n_times=7, compare=["installed", "git:main"])
    assert (config.engines, config.n_times_per_input) == (engines, 7)
    assert not {"frameworks", "relay_methods", "n_times"} & set(config.model_dump())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"frameworks": ["mxnet", "relay"]}, "mxnet is not measured any more: torch-eager takes its place"),
        ({"frameworks": ["theano"]}, "frameworks.0"),
        ({"frameworks": []}, "names none"),
        ({"relay_methods": []}, "at least one of `relay_methods` must be named"),
        ({"relay_methods": ["jit"]}, "relay_methods.0"),
        ({"relay_methods": ["aot"], "engines": ["torch-eager"]}, "say the same: leave out the latter"),
        ({"n_times": 3, "n_times_per_input": 3}, "say the same: leave out the latter"),
        ({"n_times": 0}, "n_times"),
        ({"networks": ["transformer"]}, "networks.0"),
        ({"engines": ["relax"]}, "engines.0"),
        ({"engines": []}, "engines"),
        ({"devices": ["cuda"]}, "devices.0"),
        ({"hidden_sizes": [0]}, "hidden_sizes.0"),
        ({"sequence_length": 0}, "sequence_length"),
    ],
    ids=str,
)
def test_wrong_configs(wrong, told):
    """What cannot be measured is refused, and the fault says what the rule is."""
    with pytest.raises(ConfigError, match=told):
        parsed(**wrong)


def test_shipped_configs():
    """The sample is quick, so without torch.compile; the nightly one has all networks and engines."""
    sample = read_config(SAMPLES / "rnn_cells/config.json", Config, mandatory=["active"])
    assert {"relax-bytecode", "relax-compiled", "torch-eager"} <= set(sample.engines)
    assert "torch-compile" not in sample.engines
    nightly = read_config(NIGHTLY / "rnn_cells/config.json", Config, mandatory=["active"])
    assert (len(nightly.networks), len(nightly.engines)) == (3, 5)


def test_parent_stays_light():
    """Importing the experiments loads neither tvm nor torch: the process that only collects imports them too."""
    code = f"import sys, {MODULES}; print({{'tvm', 'torch'}} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def test_equal_seeds_build_equal_networks():
    """The seed alone decides the weights, and sequences follow theirs."""
    first, same, other = (build_recurrent("gru", 6, seed).state_dict() for seed in (1, 1, 2))
    assert all(first[key].equal(same[key]) for key in first)
    assert not first["layer.weight_ih_l0"].equal(other["layer.weight_ih_l0"])
    assert sequence(2, 3, 6, seed=1)[0].shape == (2, 3, 6)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of small cells by every engine but torch.compile; ONNX Runtime on one of them."""
    return run_night(
        tmp_path_factory.mktemp("night"),
        "rnn_cells",
        *("-k", "not onnxruntime or lstm"),
        networks=["gru", "lstm"],
        engines=ENGINES,
        hidden_sizes=[8],
        n_inputs=2,
        n_times_per_input=5,
        dry_run=1,
    )


def test_night(night):
    """Each engine has a time for each network, its output having been torch's; compile time where there is some."""
    times = night.values("time", "network", "engine")
    assert set(times) == {("lstm", engine) for engine in ENGINES} | {("gru", engine) for engine in ENGINES[:3]}
    assert {m.stats.n for m in night.measurements if m.metric == "time"} == {10}
    compiled = night.values("compile", "network", "engine")
    assert set(times) - set(compiled) == {("gru", "torch-eager"), ("lstm", "torch-eager")}
    kernels = night.values("kernels", "network", "engine")
    assert kernels["lstm", "relax-bytecode"] == kernels["lstm", "relax-compiled"] > 1


def test_summary(night):
    """The summary has torch's time, and each other engine's ratio over it."""
    text = summary(night, "rnn_cells")
    assert "times as fast as torch-eager" in text
    assert "lstm: torch-eager" in text
    assert text.count("relax-compiled") == 2
    assert text.count("×") == 5
