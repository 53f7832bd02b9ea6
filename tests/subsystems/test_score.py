"""Scores: what the formulas count, which rows they compare, and that one metric's failure is its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pytest_relaybench.dashboard import Report
from pytest_relaybench.errors import SubsystemError
from tests.subsystems.night_home import NightHome, measured, night_home, times
from tests.subsystems.score_runs import (
    ENGINES,
    LEVELS,
    RELAX,
    RNN,
    TORCH,
    engines,
    five_rnns,
    kept,
    lines,
    run,
    score,
)


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


class TestRnnScore:
    def test_the_predecessors_golden_case(self, night):
        """Ratios 7.27, 7.27, 2.42, 2.0 and 1.9 at a speedup of 2 are 4 of 5: exactly twice as fast counts."""
        five_rnns(night, 7.27, 7.27, 2.42, 2.0, 1.9)
        result = run(night, {"rnn_score": {"speedup": 2}})
        assert result.report == Report("Metric Scores", "2x speedup on NLP: 4 of 5 RNNs")
        content = kept(night, "rnn_score")
        assert (content["Score"], content["Total"], content["schema"]) == (4, 5, 1)
        assert [part["label"] for part in content["parts"]] == ["gru", "lstm", "rnn", "char_rnn", "treelstm"]
        assert [part["counts"] for part in content["parts"]] == [True] * 4 + [False]

    def test_several_rows_of_a_network_are_one_ratio(self, night):
        """Two hidden sizes with ratios 1 and 9 are one RNN with ratio 3."""
        five_rnns(night, 3, 3, 3, 3, 3)
        rows = [*engines(1, mode="loop", hidden_size=16), *engines(9, ours=7.0, mode="loop", hidden_size=128)]
        night.ran("char_rnn", rows, modes=["loop", "cell"], **ENGINES)
        run(night, {"rnn_score": {"speedup": 2.5}})
        assert kept(night, "rnn_score")["parts"][3] == {"label": "char_rnn", "value": pytest.approx(3), "counts": True}

    def test_what_we_did_not_measure_is_missed(self, night):
        """A network that only torch ran is in the total and not in the score."""
        five_rnns(night, 3, 3, 3, 3, 3)
        rows = [*engines(3, network="rnn"), measured({"engine": TORCH, "network": "gru"}, 1.0)]
        night.ran("rnn_cells", rows, **ENGINES)
        assert lines(run(night, RNN)) == ["2x speedup on NLP: 3 of 4 RNNs (1 series without a counterpart)"]

    def test_requirements_have_the_predecessors_words(self, night):
        """An experiment that is switched off, or ran without an engine, is named as before."""
        five_rnns(night, 3, 3, 3, 3, 3)
        night.status("treelstm", "precheck", "Inactive")
        with pytest.raises(SubsystemError, match="rnn_score: Required experiment treelstm not active"):
            run(night, RNN)
        five_rnns(night, 3, 3, 3, 3, 3)
        night.ran("char_rnn", engines(3, mode="loop"), modes=["cell"], **ENGINES)
        with pytest.raises(SubsystemError, match="Config for char_rnn does not match requirements for entry modes"):
            run(night, RNN)

    def test_other_experiments_and_sides(self, night):
        """Which rows stand against which is the config's to say."""
        night.ran("mine", times([({"how": "a", "size": 1}, 1.0), ({"how": "b", "size": 1}, 5.0)]))
        part = {"experiment": "mine", "ours": {"how": "a"}, "theirs": {"how": "b"}, "label": "Mine"}
        assert lines(run(night, {"rnn_score": {"speedup": 4.5, "parts": [part]}})) == [
            "4.5x speedup on NLP: 1 of 1 RNNs"
        ]


class TestOtherFormulas:
    def test_baseline_with_a_margin(self, night):
        """Only what is better by more than the margin counts, in seconds."""
        rows = [
            measured({"engine": engine, "network": network}, seconds)
            for network, ours, theirs in (("a", 1.0, 1.5), ("b", 1.0, 1.05), ("c", 2.0, 1.0))
            for engine, seconds in ((RELAX, ours), (TORCH, theirs))
        ]
        night.ran("cnn_comp", rows)
        part = {"experiment": "cnn_comp", "ours": {"engine": RELAX}, "theirs": {"engine": TORCH}}
        conf = {"parts": [part], "noun": "networks"}
        assert lines(run(night, {"baseline_score": conf})) == ["Beat torch-eager: 2 of 3 networks"]
        assert lines(run(night, {"baseline_score": {**conf, "margin": 0.1}})) == ["Beat torch-eager: 1 of 3 networks"]

    def test_baseline_where_more_is_better(self, night):
        """Of a throughput the greater one wins."""
        rows = [
            measured({"engine": engine}, value, metric="rate", unit="items/s", direction="higher")
            for engine, value in ((RELAX, 900.0), (TORCH, 300.0))
        ]
        night.ran("rates", rows)
        part = {"experiment": "rates", "metric": "rate", "ours": {"engine": RELAX}, "theirs": {"engine": TORCH}}
        run(night, {"baseline_score": {"parts": [part]}})
        assert kept(night, "baseline_score")["Score"] == 1

    def test_geomean_by_any_parameter(self, night):
        """Level 3 over level 0 of three series with ratios 1, 2 and 4 is 2; what has no counterpart is told."""
        rows = [
            ({"network": network, "opt_level": level}, seconds)
            for network, ratio in (("a", 1.0), ("b", 2.0), ("c", 4.0))
            for level, seconds in ((0, ratio), (3, 1.0), (2, 9.9))
        ]
        night.ran("relay_opt", times([*rows, ({"network": "d", "opt_level": 0}, 1.0)]))
        told = lines(run(night, {"levels": {"formula": "geomean_speedup", "parts": [LEVELS]}}))
        counterpart = "(geometric mean of 3 series, 1 series without a counterpart)"
        assert told == [f"Speedup of opt_level 3 over opt_level 0: 2x {counterpart}"]
        assert kept(night, "levels")["Score"] == pytest.approx(2)
        assert kept(night, "levels")["Total"] == 3

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [
            ((0.0, 1.0), "1x (geometric mean of 1 series, 1 not positive)"),
            ((-1.0, 2.0), "2x (geometric mean of 1 series, 1 not positive)"),
        ],
    )
    def test_geomean_of_what_has_no_ratio(self, night, seconds, told):
        """Zero and negative values are counted apart from what has no counterpart."""
        rows = [
            ({"n": n, "opt_level": level}, s if level == 0 else 1.0) for n, s in enumerate(seconds) for level in (0, 3)
        ]
        night.ran("relay_opt", times(rows))
        assert lines(run(night, {"geomean_speedup": {"title": "Levels", "parts": [LEVELS]}})) == [f"Levels: {told}"]

    def test_nothing_positive(self, night):
        """Where all are zero the reason is told, not that nothing matches; a baseline by differences still counts."""
        night.ran("relay_opt", times([({"opt_level": level}, 0.0) for level in (0, 3)]))
        with pytest.raises(SubsystemError, match="no ratio to take the mean of: 1 not positive"):
            run(night, {"geomean_speedup": {"parts": [LEVELS]}})
        assert lines(run(night, {"baseline_score": {"parts": [LEVELS]}})) == ["Beat opt_level 0: 0 of 1 series"]

    def test_budget_in_another_unit(self, night):
        """A limit in ms holds for results in s; a value at the limit is inside; both directions."""
        rows = [measured({"n": n}, seconds) for n, seconds in ((1, 0.004), (2, 0.005), (3, 0.006))]
        rate = measured({"n": 1}, 80.0, metric="rate", unit="1/s", direction="higher")
        night.ran("mine", [*rows, rate])
        budgets = [
            {"experiment": "mine", "limit": 5, "unit": "ms"},
            {"metric": "rate", "limit": 100},
            {"limit": 1, "where": {"n": [1, 2]}},
        ]
        assert lines(run(night, {"budget_score": {"budgets": budgets}})) == ["Within budget: 4 of 6 series"]
        parts = kept(night, "budget_score")["parts"]
        assert [round(part["value"]) for part in parts] == [80, 100, 120, 125, 0, 0]

    @pytest.mark.parametrize(
        ("budget", "told"),
        [
            ({"limit": 1, "unit": "KiB"}, "values in 's' can be told in s, ms, µs, ns"),
            ({"limit": 1, "unit": "parsec"}, r"unit: values in 's' can be told in .* \(found 'parsec'\)"),
            ({"limit": 1, "metric": "nothing"}, "no series of 'nothing' was measured"),
            ({"limit": 1, "metric": "flops"}, "must say `at`"),
            ({"limit": 1, "where": {"nn": 1}}, "has no parameter 'nn': did you mean \"n\""),
        ],
    )
    def test_budget_that_says_nothing(self, night, budget, told):
        """A unit that does not fit, a metric that is not there, one without direction, an unknown parameter."""
        flops = measured({"n": 1}, 2.0, metric="flops", unit="FLOP", direction="neutral")
        night.ran("mine", [measured({"n": 1}, 1.0), flops])
        with pytest.raises(SubsystemError, match=told):
            run(night, {"budget_score": {"budgets": [budget]}})


class TestMatching:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"ours": {"opt_levl": 3}}, "relay_opt has no parameter 'opt_levl': did you mean \"opt_level\""),
            ({"ours": {"opt_level": 9}}, "relay_opt has no series with opt_level 9"),
            ({"metric": "flops"}, "relay_opt measured no 'flops' tonight"),
            ({"where": {"network": "a"}, "ours": {"opt_level": 3, "test": "test_b"}}, "has no series with"),
        ],
    )
    def test_what_cannot_be_compared_is_named(self, night, change, told):
        """An unknown parameter, a value that no series has, a metric that is not there."""
        night.ran("relay_opt", times([({"network": "a", "opt_level": level}, 1.0) for level in (0, 3)]))
        with pytest.raises(SubsystemError, match=told):
            run(night, {"geomean_speedup": {"parts": [{**LEVELS, **change}]}})

    def test_across(self, night):
        """Rows of different tests are compared only when the config says that they may."""
        rows = [measured({"engine": RELAX}, 1.0, test="test_tvm"), measured({"engine": TORCH}, 2.0, test="test_torch")]
        night.ran("mine", rows)
        part = {"experiment": "mine", "ours": {"engine": RELAX}, "theirs": {"engine": TORCH}}
        with pytest.raises(SubsystemError, match="no two series of both sides are equal in test"):
            run(night, {"geomean_speedup": {"parts": [part]}})
        run(night, {"geomean_speedup": {"parts": [{**part, "across": ["test"]}]}})
        assert kept(night, "geomean_speedup")["Score"] == pytest.approx(2)


def test_the_page():
    """The config on docs/scores.md is right, it has every formula, and every key of a comparison and a limit."""
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text()
    shown = re.search(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    metrics, faults = score.Config.model_validate_json(shown[1]).metrics()
    assert faults == {}
    assert {type(conf) for conf in metrics.values()} == set(score.confs.FORMULAS.values())
    models = (*score.confs.FORMULAS.values(), score.confs.Comparison, score.confs.Budget)
    keys = {key for model in models for key in model.model_fields if key != "schema_reference"}
    assert [name for name in sorted({*keys, *score.confs.FORMULAS}) if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("confs", "told"),
    [
        ({"rnn_scor": {}}, "rnn_scor: there is no formula 'rnn_scor'; did you mean \"rnn_score\"?"),
        ({"x": {"formula": "nnvm"}}, "there is no formula 'nnvm'; known: baseline_score, budget_score"),
        ({"rnn_score": {"speed": 2}}, 'speed: no such key; did you mean "speedup"?'),
        ({"rnn_score": {"speedup": 0}}, "rnn_score: speedup: Input should be greater than 0"),
        ({"budget_score": {"budgets": []}}, "budgets: List should have at least 1 item"),
        ({"budget_score": {"budgets": [{"limit": 0}]}}, "budget_score: a limit is greater than zero"),
        ({"geomean_speedup": {"parts": [{**LEVELS, "our": {}}]}}, 'parts.0.our: no such key; did you mean "ours"?'),
        ({"geomean_speedup": {"parts": [{**LEVELS, "ours": {}}]}}, "parts.0.ours: Dictionary should have at least 1"),
        ({"../x": {"formula": "rnn_score"}}, "../x: a metric's name is letters"),
    ],
)
def test_wrong_configs(confs, told):
    """A metric that does not exist and a key that is wrong are errors that name the nearest right one."""
    with pytest.raises(ValidationError) as error:
        score.Config.model_validate_json(json.dumps({"active": True, "score_confs": confs}))
    assert told in str(error.value)
