"""Nights to be scored, and running `score` on them."""

from __future__ import annotations

import json

from pytest_relaybench.dashboard import Done, Report
from tests.subsystems.loading import load
from tests.subsystems.night_home import NightHome, measured, times

score = load("score")
RELAX, TORCH = "relax-compiled", "torch-eager"
ENGINES = {"engines": [RELAX, TORCH, "onnxruntime"]}
RNN = {"rnn_score": {}}
NOTHING = Done("Nothing to score: the metrics' experiments were not part of this run")
LEVELS = {"experiment": "relay_opt", "ours": {"opt_level": 3}, "theirs": {"opt_level": 0}}


def engines(ratio: float, ours: float = 0.1, mode: str | None = None, **params) -> list:
    """Our time in this mode, and torch's, which is `ratio` times as long; where there are modes, torch has "cell"."""
    modes = ({"mode": mode}, {"mode": "cell"}) if mode else ({}, {})
    rows = [({"engine": RELAX, **modes[0], **params}, ours), ({"engine": TORCH, **modes[1], **params}, ratio * ours)]
    return times(rows)


def five_rnns(night: NightHome, *ratios: float) -> None:
    """The three experiments with these five ratios; beside what is compared, our own step by step."""
    names = ("rnn", "gru", "lstm")
    cells = [row for name, ratio in zip(names, ratios, strict=False) for row in engines(ratio, network=name)]
    night.ran("rnn_cells", cells, **ENGINES)
    by_step = measured({"engine": RELAX, "mode": "cell", "hidden_size": 16}, 9.0)
    loops = engines(ratios[3], mode="loop", hidden_size=16)
    night.ran("char_rnn", [*loops, by_step], modes=["cell", "loop"], **ENGINES)
    trees = engines(ratios[4], mode="linearised", shape="chain")
    night.ran("treelstm", trees, modes=["cell", "linearised"], **ENGINES)


def run(night: NightHome, confs: dict, **config) -> Report | Done | None:
    config = score.Config.model_validate_json(json.dumps({"active": True, "score_confs": confs, **config}))
    return score.run(night.dashboard(), config, output(night))


def output(night: NightHome):
    return night.home.subsys_output_dir("score")


def lines(result: Report | Done) -> list[str]:
    return (result if isinstance(result, Report) else result.report).value.splitlines()


def kept(night: NightHome, name: str) -> dict:
    return json.loads((output(night) / "data" / name / f"data_{night.run_id}.json").read_text())
