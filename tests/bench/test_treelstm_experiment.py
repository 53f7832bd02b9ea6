"""The experiment treelstm: its trees, its config, a whole run of it, and a run whose outputs are wrong."""

from __future__ import annotations

import json

import pytest
import torch

from bench.models.tree_lstm import build_cell, encode, node_inputs, root_tells_all, rows_of
from bench.recurrent.config import RELAX
from bench.recurrent.trees import SHAPES, tree
from bench.test_treelstm import ATOL, RTOL, Config, summarize
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.table import open_history
from pytest_relaybench.measure.correctness import OutputMismatchError, check_output
from pytest_relaybench.reading import parse_config, read_config
from pytest_relaybench.render.series import expand_params

from .recurrent_nights import NIGHTLY, SAMPLES, run_night

BREAKING = '''
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """A tree loses its node 4, where it has one."""
    if hasattr(item, "callspec"):  # in a child: the parent runs no test of an experiment
        from bench.models import tree_programs
        from bench.recurrent.trees import Tree

        whole = tree_programs.compile_linearised

        def pruned(cell, tree, exec_mode):
            children = tuple(tuple(node for node in nodes if node != 4) for nodes in tree.children)
            return whole(cell, Tree(children), exec_mode)

        tree_programs.FORMS["linearised"] = pruned
'''


def parsed(**content):
    return parse_config(json.dumps(content), Config, name="config.json")


@pytest.mark.parametrize(
    ("shape", "children"),
    [
        ("chain", ((1,), (2,), (3,), (4,), ())),
        ("balanced", ((1, 2), (3, 4), (), (), ())),
        ("wide", ((1, 2, 3, 4), (), (), (), ())),
    ],
)
def test_shapes(shape, children):
    """Trees are what their names say, and as arrays the same: first child, next sibling."""
    found = tree(shape, 5)
    assert found.children == children
    first, following = (list(values) for values in found.linearised())
    for node, expected in enumerate(children):
        walked, child = [], first[node]
        while child >= 0:
            walked.append(child)
            child = following[child]
        assert tuple(walked) == expected


def test_random_trees_are_the_same_every_night():
    """A random tree is a tree of all nodes, each time the same one, and grows by its last node."""
    small, large = tree("random", 40), tree("random", 41)
    assert sorted(node for nodes in small.children for node in nodes) == list(range(1, 40))
    pruned = tuple(tuple(node for node in nodes if node != 40) for nodes in large.children[:-1])
    assert pruned == small.children
    assert max(small.arities) > 2


def test_one_node():
    """A tree may be a single leaf."""
    assert {shape: tree(shape, 1).children for shape in SHAPES} == dict.fromkeys(SHAPES, ((),))


def test_encoding_is_the_papers():
    """The root of two leaves, computed by equations 2 to 8 one by one."""
    cell, inputs = build_cell(), node_inputs(3, seed=1)
    (first, second), leaf = (cell(row) for row in rows_of(inputs)[1:]), inputs[0]
    total = first[0] + second[0]
    gates = cell.gates_x(leaf) + cell.gates_h(total)
    entry, out, update = gates[0].split(150)
    kept = sum(torch.sigmoid(cell.forget_x(leaf) + cell.forget_h(h)) * c for h, c in (first, second))
    state = torch.sigmoid(out) * torch.tanh(torch.sigmoid(entry) * torch.tanh(update) + kept)
    torch.testing.assert_close(encode(tree("wide", 3), rows_of(inputs), cell), state)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_root_tells_of_all_nodes(shape):
    """With 31 nodes, as the nightly config has, a lost input of any node is beyond what is let through at the root."""
    cell, planted, whole = build_cell(), tree(shape, 31), node_inputs(31, seed=3)
    root = encode(planted, rows_of(whole), cell)
    for node in range(31):
        lost = whole.clone()
        lost[node] = 0
        with pytest.raises(OutputMismatchError):
            check_output(encode(planted, rows_of(lost), cell), root, rtol=RTOL, atol=ATOL)
    assert root_tells_all(planted, whole, cell, rtol=RTOL, atol=ATOL)


def test_deepest():
    """The deepest node of each shape."""
    assert [tree(shape, 7).deepest for shape in ("chain", "balanced", "wide")] == [6, 3, 1]
    assert tree("chain", 1).deepest == 0


def test_too_deep():
    """A chain whose root has forgotten its leaf is seen to be one, so that it is not measured."""
    deep = node_inputs(300, seed=0)
    assert not root_tells_all(tree("chain", 300), deep, build_cell(), rtol=RTOL, atol=ATOL)


def test_defaults():
    """All shapes, engines and forms, with the predecessor's counts."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "device": ["cpu"],
        "engine": ["relax-bytecode", "relax-compiled", "torch-eager"],
        "mode": ["cell", "unrolled", "linearised"],
        "shape": ["chain", "balanced", "random", "wide"],
        "n_nodes": [15],
    }
    assert (config.n_inputs, config.n_times_per_input) == (1, 100)
    assert parsed(frameworks=["relay"], relay_methods=["aot"]).engines == ["relax-compiled"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"datasets": [["dev", 5]]}, "datasets: nothing is downloaded: trees are made by `shapes` and `n_nodes`"),
        ({"engines": ["torch-eager"], "modes": ["unrolled"]}, "nothing would be measured"),
        ({"shapes": ["bush"]}, "shapes.0"),
        ({"n_nodes": [0]}, "n_nodes.0"),
        ({"modes": ["fold"]}, "modes.0"),
    ],
    ids=str,
)
def test_wrong_configs(wrong, told):
    """What cannot be measured is refused, and the fault says what the rule is."""
    with pytest.raises(ConfigError, match=told):
        parsed(**wrong)


def test_shipped_configs():
    """The sample has every form; the nightly config every shape too."""
    sample = read_config(SAMPLES / "treelstm/config.json", Config, mandatory=["active"])
    nightly = read_config(NIGHTLY / "treelstm/config.json", Config, mandatory=["active"])
    assert len(sample.modes) == len(nightly.modes) == 3
    assert set(nightly.shapes) == set(SHAPES)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night over small trees, in which the linearised form of trees with five nodes is wrong."""
    folder = tmp_path_factory.mktemp("night")
    (folder / "breaking.py").write_text(BREAKING)
    return run_night(
        folder,
        "treelstm",
        *("-p", "breaking", "-k", "random-4 or relax-compiled-cpu-linearised"),
        shapes=["random"],
        n_nodes=[4, 5],
        n_times_per_input=5,
        dry_run=1,
    )


def test_night(night):
    """Each form has a time, its output having been torch's; torch has the one form that it has."""
    times = night.values("time", "engine", "mode", "n_nodes")
    forms = [(engine, mode, 4) for engine in RELAX for mode in ("cell", "unrolled", "linearised")]
    assert set(times) == {*forms, ("torch-eager", "cell", 4)}
    assert set(night.values("compile", "engine", "mode", "n_nodes")) == set(forms)
    assert "2 skipped" in night.output


def test_wrong_outputs_have_no_time(night):
    """A form that computes another tree fails, and leaves no row."""
    assert "OutputMismatchError: output differs from the reference" in night.output
    assert "1 failed" in night.output


def test_summary(night):
    """The summary tells each form's ratio over torch, by tree."""
    table = expand_params(open_history(night.home))  # a night with a failure writes no summary
    text = summarize(table.assign(value=table["min"]))
    assert "torch-eager" in text
    assert "relax-bytecode linearised" in text
    assert text.count("×") == 6
