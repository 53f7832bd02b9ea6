"""Publication figures from a home that has, or has not, the experiments that they are made of."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import write_json
from pytest_relaybench.render.plots import bar_pictures
from tests.subsystems.figure_home import EXPERIMENTS, figure_home
from tests.subsystems.loading import load

post_process = load("post_process")
drawing = importlib.import_module("tested_subsystem_post_process.drawing")
figures = drawing.FIGURES
FORMATS = ("png", "pdf", "svg", "csv")
FIGURES = {"nlp-comp", "cnn-comp", "opt-comp", "pass-comp"}


def run(dashboard: Dashboard, **config) -> tuple[list[str], list[str]]:
    """What the message says of each figure, and names of the files."""
    output = dashboard.home.subsys_output_dir("post_process")
    done = post_process.run(dashboard, post_process.Config(active=True, **config), output)
    return done.message.split("; "), sorted(path.name for path in output.glob("figures/[!.]*"))


def drawn(dashboard: Dashboard, name: str, our_name: str = "Relax") -> dict[tuple[str, str], float]:
    """What a figure shows: (group, hue) → height."""
    (figure,) = [figure for figure in figures if figure.name == name]
    sources = drawing.Sources(dashboard, figure.experiments)
    made = figure.drawing(sources, drawing.Ours(our_name, ["relax-scheduled", "relax"], ["relax-compiled"]))
    (picture,) = bar_pictures(made.graph, made.rows, made.rows, name)
    axes = picture.axes
    upright = bool(axes.get_xticklabels()[0].get_text().strip("0123456789.−×"))
    groups = [tick.get_text() for tick in (axes.get_xticklabels() if upright else axes.get_yticklabels())]
    shown = {}
    for container, hue in zip(axes.containers, axes.get_legend().get_texts(), strict=True):
        for bar in container:
            middle = bar.get_x() + bar.get_width() / 2 if upright else bar.get_y() + bar.get_height() / 2
            shown[groups[round(middle)], hue.get_text()] = round(bar.get_height() if upright else bar.get_width(), 6)
    return shown


@pytest.fixture
def dashboard(tmp_path: Path) -> Dashboard:
    """All six experiments."""
    return figure_home(tmp_path)


def test_every_figure_is_drawn(dashboard):
    """Four figures in three formats with their data; the message says which of our engines they speak of."""
    message, files = run(dashboard)
    assert files == sorted(f"{name}-cpu.{kind}" for name in FIGURES for kind in FORMATS)
    assert message == [
        "NLP: nlp-comp-cpu · Relax is relax-compiled, relax-compiled loop, relax-compiled linearised",
        "vision: cnn-comp-cpu · Relax is relax-scheduled",
        "levels of optimisation: opt-comp-cpu",
        "passes: pass-comp-cpu",
    ]


def test_rnns_are_compared_with_the_compiled_loop(dashboard):
    """Other engines over ours; sizes and languages come to a geometric mean, calls for each cell do not count."""
    shown = drawn(dashboard, "nlp-comp")
    assert shown["LSTM", "PyTorch"] == 7.27
    assert shown["RNN", "ONNX Runtime"] == 2.0
    assert shown["CharRNN", "PyTorch"] == 2.0
    assert shown["TreeLSTM", "PyTorch"] == 0.5
    assert not [engine for _, engine in shown if "relax" in engine.lower()]
    assert list(dict.fromkeys(network for network, _ in shown)) == ["RNN", "GRU", "LSTM", "CharRNN", "TreeLSTM"]


def test_other_engines_on_cnns(dashboard):
    """Over our preferred engine, in the order of papers."""
    shown = drawn(dashboard, "cnn-comp")
    assert shown["ResNet-18", "PyTorch"] == 1.8
    assert shown["DQN", "torch.compile"] == 1.2
    assert shown["VGG-16", "ONNX Runtime"] == 0.7
    assert len(shown) == 12


def test_levels_over_level_zero(dashboard):
    """O0 / Oi."""
    shown = drawn(dashboard, "opt-comp")
    assert {level: shown["VGG-16", level] for level in ("O1", "O2", "O3")} == {"O1": 2.0, "O2": 3.0, "O3": 4.0}
    assert len(shown) == 12


def test_passes_one_more_at_a_time(dashboard):
    """Each spec is called by what it adds, in the order in which they grow; those that leave one out are no part."""
    shown = drawn(dashboard, "pass-comp")
    labels = list(dict.fromkeys(label for label, _ in shown))
    assert labels == [
        "Fuse Ops",
        "+ Fold Constant",
        "+ Eliminate Common Subexpr",
        "+ Combine Parallel Matmul",
        "+ Fold Batchnorm To Conv2D",
        "+ Decompose Ops For Inference",
        "+ Canonicalize Bindings",
        "+ Convert Layout",
    ]
    assert shown["Fuse Ops", "DQN"] == 1.2
    assert shown["+ Convert Layout", "DQN"] == 2.6


def test_our_name_is_honoured(dashboard):
    """In the axis of the figures, for a paper whose review is blind."""
    _, files = run(dashboard, our_name="InterNeuron", formats=["svg"])
    assert len(files) == 4
    sources = drawing.Sources(dashboard, ("cnn_comp",))
    (figure,) = [figure for figure in figures if figure.name == "cnn-comp"]
    made = figure.drawing(sources, drawing.Ours("InterNeuron", ["relax"], []))
    assert made.graph.metric == "time relative to InterNeuron"
    assert made.ours == ("relax",)


def test_a_figure_without_its_experiment_is_left_out_and_named(tmp_path):
    """The others are drawn; a figure of several experiments is made of those that are there."""
    message, files = run(figure_home(tmp_path, ["relay_opt", "rnn_cells"]), formats=["png"])
    assert files == ["nlp-comp-cpu.png", "opt-comp-cpu.png"]
    assert message[0].startswith("NLP: nlp-comp-cpu · Relax is relax-compiled · without Config invalid for char_rnn")
    assert message[1].startswith("vision: left out: Config invalid for cnn_comp")
    assert message[3].startswith("passes: left out: Config invalid for pass_comparison")


def test_an_experiment_that_lacks_a_side_costs_its_own_bars_only(tmp_path):
    """A figure of several is drawn without it, and says so."""
    cases = [({"engine": "relax-compiled", "mode": "cell", "n_nodes": 7}, 1.0)]
    message, files = run(figure_home(tmp_path, ["rnn_cells", "char_rnn", "treelstm"], treelstm=cases), formats=["png"])
    assert files == ["nlp-comp-cpu.png"]
    assert message[0].endswith("without treelstm: none of our engines was measured (relax-compiled, relax-bytecode)")


def test_a_home_without_any_of_them(tmp_path):
    """Nothing is drawn, nothing fails."""
    write_json(tmp_path / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    message, files = run(figure_home(tmp_path, []))
    assert files == []
    assert len(message) == 4
    assert all("left out" in line for line in message)


@pytest.mark.parametrize(
    ("experiment", "cases", "why"),
    [
        ("cnn_comp", [({"network": "n", "device": "cpu", "engine": "onnxruntime"}, 1.0)], "none of our engines"),
        ("cnn_comp", [({"network": "n", "device": "cpu", "engine": "relax"}, 1.0)], "no other engine beside relax"),
        ("relay_opt", [({"network": "n", "device": "cpu", "opt_level": 0}, 1.0)], "nothing beside level 0"),
        ("pass_comparison", [({"network": "n", "device": "cpu", "pass_spec": "3;A"}, 1.0)], "no spec without passes"),
        ("pass_comparison", [({"network": "n", "device": "cpu", "pass_spec": "0;"}, 1.0)], "no spec but the one"),
        ("treelstm", [({"engine": "relax-compiled", "mode": "linearised"}, 1.0)], "no other engine beside relax-comp"),
        ("char_rnn", [({"engine": "relax-compiled", "mode": "cell"}, 1.0)], "none of our engines was measured"),
    ],
)
def test_data_that_lacks_a_side_is_told(tmp_path, experiment, cases, why):
    """What is missing, in words; no figure of nothing, and no failure."""
    message, files = run(figure_home(tmp_path, [experiment], **{experiment: cases}))
    assert files == []
    assert [line for line in message if why in line]


def test_each_device_has_its_own_engine(tmp_path):
    """Where the preferred one was not measured the next one is ours."""
    cases = list(EXPERIMENTS["cnn_comp"]())
    cases += [({**p, "device": "cuda"}, s) for p, s in cases if p["engine"] in ("relax", "torch-eager")]
    message, files = run(figure_home(tmp_path, ["cnn_comp"], cnn_comp=cases), formats=["png"])
    assert files == ["cnn-comp-cpu.png", "cnn-comp-cuda.png"]
    assert "vision: cnn-comp-cpu, cnn-comp-cuda · Relax is relax-scheduled, relax" in message


def test_a_fault_in_a_figure_is_its_own(dashboard, monkeypatch):
    """The others are drawn, and the subsystem fails with its name."""

    def broken(*_):
        raise ZeroDivisionError("division by zero")

    changed = [drawing.Figure("x", "broken", ("cnn_comp",), broken), *figures]
    monkeypatch.setattr(drawing, "FIGURES", changed)
    with pytest.raises(SubsystemError, match=r"broken: ZeroDivisionError: division by zero \(test_post_process"):
        run(dashboard)
    assert len(list(dashboard.home.subsys_output_dir("post_process").glob("figures/[!.]*"))) == 16
