"""Scores through the nights: history, pictures, what fails alone."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.dashboard import Done
from tests.subsystems.night_home import NightHome, night_home, times
from tests.subsystems.score_runs import (
    ENGINES,
    LEVELS,
    NOTHING,
    RNN,
    engines,
    five_rnns,
    lines,
    output,
    run,
)


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


class TestNights:
    def test_one_metrics_failure_is_its_own(self, night):
        """The others are scored, the report and the status name the one that failed."""
        night.ran("relay_opt", times([({"opt_level": level}, 4.0 - level) for level in (0, 3)]))
        wrong = {"formula": "geomean_speedup", "parts": [{**LEVELS, "ours": {"opt_level": 7}}]}
        result = run(night, {"wrong": wrong, "geomean_speedup": {"title": "Levels", "parts": [LEVELS]}})
        assert isinstance(result, Done)
        assert result.message == "not scored: wrong: relay_opt has no series with opt_level 7"
        assert lines(result) == [
            "Levels: 4x (geometric mean of 1 series)",
            "wrong: not scored: relay_opt has no series with opt_level 7",
        ]

    def test_one_metrics_config_is_its_own(self, night):
        """A formula that does not exist is told beside the scores of the others, also when these have nothing to do."""
        night.ran("relay_opt", times([({"opt_level": level}, 4.0 - level) for level in (0, 3)]))
        confs = {"wrong": {"formula": "geomen_speedup"}, "geomean_speedup": {"title": "Levels", "parts": [LEVELS]}}
        result = run(night, confs)
        told = "there is no formula 'geomen_speedup'; did you mean \"geomean_speedup\"?"
        assert result.message == f"not scored: wrong: {told}"
        assert lines(result) == ["Levels: 4x (geometric mean of 1 series)", f"wrong: not scored: {told}"]
        scores = json.loads((output(night) / "scores.json").read_text())["scores"]
        assert {score["name"]: score["problem"] for score in scores} == {"geomean_speedup": "", "wrong": told}
        night.night = 1
        assert run(night, confs).message == f"not scored: wrong: {told}"

    def test_history_graphs_and_newest(self, night):
        """Every night's score is kept; pictures over both windows; scores.json has the newest of each."""
        conf = {"geomean_speedup": {"title": "Levels", "description": "d", "parts": [LEVELS]}}
        for night.night, ratio in ((0, 1.5), (20, 2.0), (21, 2.5)):
            night.ran("relay_opt", times([({"opt_level": 0}, ratio), ({"opt_level": 3}, 1.0)]))
            run(night, conf)
        folder = output(night)
        assert len([*(folder / "data" / "geomean_speedup").glob("data_*.json")]) == 3
        pictures = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))
        assert pictures == [
            "graphs/geomean_speedup/all_time/longitudinal-geomean_speedup-score.png",
            "graphs/geomean_speedup/comparison/geomean_speedup-speedup.png",
            "graphs/geomean_speedup/two_weeks/longitudinal-geomean_speedup-score.png",
        ]
        (newest,) = json.loads((folder / "scores.json").read_text())["scores"]
        assert (newest["Score"], newest["title"], newest["description"]) == (pytest.approx(2.5), "Levels", "d")
        assert (newest["is_tonights"], newest["problem"]) == (True, "")

    def test_experiments_that_did_not_run_tonight(self, night):
        """After a night with -k a metric of other experiments is passed over, and keeps its older score."""
        night.ran("relay_opt", times([({"opt_level": 0}, 2.0), ({"opt_level": 3}, 1.0)]))
        conf = {"geomean_speedup": {"parts": [LEVELS]}}
        run(night, conf)
        night.night = 1
        night.ran("matmul", times([({}, 1.0)]))
        assert run(night, conf) == NOTHING
        (newest,) = json.loads((output(night) / "scores.json").read_text())["scores"]
        assert (newest["Score"], newest["is_tonights"]) == (2.0, False)
        assert newest["problem"] == "not part of this run: relay_opt"

    def test_some_of_a_metrics_experiments(self, night):
        """Where only some of a metric's experiments were chosen it is passed over, which is nobody's fault."""
        five_rnns(night, 3, 3, 3, 3, 3)
        night.night = 1
        night.ran("rnn_cells", engines(3, network="rnn"), **ENGINES)
        assert run(night, RNN) == NOTHING

    def test_damaged_history(self, night):
        """A data file that cannot be read costs nothing but itself."""
        night.ran("relay_opt", times([({"opt_level": 0}, 2.0), ({"opt_level": 3}, 1.0)]))
        folder = output(night) / "data" / "geomean_speedup"
        folder.mkdir(parents=True)
        (folder / "data_20200101T000000.000000Z.json").write_text("{")
        assert run(night, {"geomean_speedup": {"parts": [LEVELS]}}).message == ""

    def test_no_metrics(self, night):
        """Without any metric there is nothing to report."""
        assert run(night, {}) == Done("No scores to report")

    def test_another_title(self, night):
        """The report has the config's title."""
        night.ran("relay_opt", times([({"opt_level": 0}, 2.0), ({"opt_level": 3}, 1.0)]))
        assert run(night, {"geomean_speedup": {"parts": [LEVELS]}}, title="Numbers").report.title == "Numbers"
