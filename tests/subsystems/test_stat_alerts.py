"""Alerts: the verdicts of detection, the predecessor's rule word for word, and what is neither good nor bad."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_relaybench.dashboard import Report
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.judging.changes import change_table
from tests.subsystems.alert_nights import alerts, kept, nights, output, run, wobble
from tests.subsystems.night_home import NightHome, measured, night_home, times

GOLDEN = [
    "ATTN: <@U9>",
    "Alerts for Gluon:",
    "    (cpu, Aot, lstm): 1.10e+00 (mean: 1.00e+00 +/- 0.00e+00)",
    "    (cpu, Aot, rnn): 1.10e+00 (mean: 1.00e+00 +/- 0.00e+00)",
    "    (cpu, Aot, gru): 3.30e+00 (mean: 3.00e+00 +/- 0.00e+00)",
    "    (cpu, MxNet, lstm): 8.00e+00 (mean: 4.10e+00 +/- 1.00e-01)",
    "    (cpu, MxNet, rnn): 8.00e+00 (mean: 4.10e+00 +/- 1.00e-01)",
    "    (cpu, MxNet, gru): 8.00e+00 (mean: 4.10e+00 +/- 1.00e-01)",
]  # what the predecessor wrote of its nights, as shared/predecessor/stat_alert_report.json has it


@pytest.fixture
def night(tmp_path) -> NightHome:
    return night_home(tmp_path / "home")


class TestOneSd:
    def test_the_predecessors_golden_case(self, night):
        """Title, ping and lines are the predecessor's on nights like its own; only the order is the table's."""
        for night.night, (aot, gru, mxnet) in enumerate([(1.0, 3.0, 4.0), (1.0, 3.0, 4.2), (1.1, 3.3, 8.0)]):
            rows = [({"device": "cpu", "engine": "Aot", "network": n}, aot) for n in ("rnn", "lstm")]
            rows += [({"device": "cpu", "engine": "Aot", "network": "gru"}, gru)]
            rows += [({"device": "cpu", "engine": "MxNet", "network": n}, mxnet) for n in ("rnn", "lstm", "gru")]
            night.ran("gluon_rnns", times(rows), title="Gluon")
        report = run(night, rule="1sd", notify=["U9"])
        assert report.title == "High SD Alerts"
        assert report.value.endswith("\n")
        told = [f"ATTN: <@{report.notify[0]}>", *report.value.splitlines()]
        assert told[:2] == GOLDEN[:2]
        assert sorted(told) == sorted(GOLDEN)

    def test_direction_decides_what_is_an_improvement(self, night):
        """Less time, and more throughput, are improvements: told apart, and nobody is pinged for them."""
        for night.night, (time, rate, size) in enumerate([(2.0, 10.0, 5.0), (2.0, 10.0, 5.0), (1.0, 99.0, 50.0)]):
            rate_row = measured({}, rate, metric="rate", unit="1/s", direction="higher")
            size_row = measured({}, size, metric="flops", unit="FLOP", direction="neutral")
            night.ran("mine", [measured({}, time), rate_row, size_row], title="Mine")
        report = run(night, rule="1sd", notify=["U9"], metrics=["time", "rate", "flops"])
        assert report.value.splitlines() == [
            "Improvements for Mine:",
            "    (rate): 9.90e+01 (mean: 1.00e+01 +/- 0.00e+00)",
            "    (time): 1.00e+00 (mean: 2.00e+00 +/- 0.00e+00)",
        ]
        assert report.notify == ()

    def test_window_in_days(self, night):
        """Only runs at most so many days older count; a window below 1 takes them all."""
        nights(night, [9.0, 9.0, *[1.0] * 5, 1.5])
        assert "1.50e+00 (mean: 1.00e+00 +/- 0.00e+00)" in run(night, rule="1sd", time_window=5).value
        assert run(night, rule="1sd", time_window=0) is None
        assert run(night, rule="1sd", time_window=-1) is None

    def test_population_deviation_and_its_edge(self, night):
        """Exactly one population standard deviation away is no alert; a little more is."""
        nights(night, [1.0, 3.0, 3.0])
        assert run(night, rule="1sd") is None
        nights(night, [1.0, 3.0, 3.01])
        assert run(night, rule="1sd") is not None

    def test_equal_values_never_alert(self, night):
        """The last digit of a mean is no change: three times 0.1 and again 0.1."""
        nights(night, [0.1, 0.1, 0.1, 0.1])
        assert run(night, rule="1sd") is None

    def test_a_first_night_has_nothing_to_say(self, night):
        """Neither a home's first night nor a series' first one alerts."""
        nights(night, [1.0])
        assert run(night, rule="1sd") is None
        nights(night, [None, None, 5.0])
        assert run(night, rule="1sd") is None

    def test_ragged_nights(self, night):
        """Nights that lack a series are left out of its past, which cost the predecessor an IndexError."""
        nights(night, [1.0, None, 1.0, None, 2.0])
        assert "(a): 2.00e+00 (mean: 1.00e+00 +/- 0.00e+00)" in run(night, rule="1sd").value


class TestVerdicts:
    def test_the_verdicts_of_site_and_terminal(self, night):
        """Every alert is a row of the change table, with its verdict, evidence and date."""
        nights(night, [*wobble(0.010, 30), *wobble(0.012, 8)])
        report = run(night, notify=["U1", "U2"])
        heading, line = report.value.splitlines()
        assert (report.title, report.notify, heading) == ("Alerts", ("U1", "U2"), "Alerts for Mine:")
        assert line.startswith("    (a): 11.9 ms, slower by +20.0 % [")
        assert line.endswith("] since 2026-12-01")
        (alert,) = kept(night)["alerts"]
        table = change_table(night.dashboard().table.frame(), night.run_id)
        row = table[table["kind"] == "slower"].iloc[0]
        assert (alert["ratio"], alert["since"]) == (row["level_ratio"], row["since"])
        assert kept(night)["counts"] == {"slower": 1}

    def test_improvement(self, night):
        """A change for the better stands under a heading of its own, and nobody is pinged."""
        nights(night, [*wobble(0.012, 30), *wobble(0.010, 8)])
        report = run(night, notify=["U1"])
        assert report.value.startswith("Improvements for Mine:\n    (a): 9.95 ms, faster by −16.7 %")
        assert report.notify == ()

    def test_new_ones_are_marked(self, night):
        """What yesterday's alerts had is not new; what they had not is."""
        nights(night, wobble(0.010, 30))
        assert run(night) is None
        assert kept(night)["alerts"] == []
        nights(night, [*wobble(0.010, 30), *wobble(0.012, 8)])
        assert run(night).value.endswith(" (new)\n")
        assert kept(night)["alerts"][0]["is_new"]
        night.night += 1
        night.ran("mine", [measured({"x": "a"}, 0.012), measured({"x": "other"}, 1.0)], title="Mine")
        assert "(new)" not in run(night).value

    def test_missing_series_are_named(self, night):
        """A series that is not measured any more is an alert, with its last value."""
        nights(night, [0.5, 0.5, 0.5, None])
        report = run(night, notify=["U1"])
        assert report == Report("Alerts", "Missing from Mine:\n    (a): not measured, last 500 ms\n", ("U1",))
        assert kept(night)["alerts"][0]["value"] is None

    def test_a_test_that_is_gone_is_told_once(self, night):
        """Its metrics are not listed one by one; a metric that is missing alone is named."""
        rates = [measured({"x": x}, 9.0, metric="rate", unit="1/s", direction="higher") for x in "abc"]
        seconds = times([({"x": x}, 0.5) for x in "abc"])
        night.ran("mine", [*rates, *seconds])
        night.night = 1
        night.ran("mine", [*seconds[:2], rates[0]])
        assert run(night).value.splitlines() == [
            "Missing from mine:",
            "    (c): not measured, last 500 ms",
            "    (b, rate): not measured, last 9 1/s",
        ]

    def test_selected_tests_miss_nothing(self, night):
        """A run of a selection of tests, as `-k` makes it, does not miss the rest."""
        nights(night, [0.5, 0.5, None])
        folder = night.home.run_dir(night.run_id)
        folder.mkdir(parents=True)
        (folder / "run.json").write_text('{"is_selection": true}')
        assert run(night) is None

    def test_a_comparison_misses_only_its_own_builds(self, night):
        """A run that compared two builds does not miss the installed one."""
        nights(night, [0.5, 0.5, None])
        path = night.home.data_file("mine", night.run_id)
        record = read_record(path)
        compared = [{"base": "git:main", "candidate": "git:x"}]
        write_record(path, type(record)(**{**vars(record), "extra": {"comparisons": compared}}))
        assert run(night) is None

    def test_failed_experiments_are_left_to_others(self, night):
        """Of an experiment whose analysis failed tonight nothing is told, and nothing of one that did not run."""
        nights(night, [0.5, 0.5, None])
        night.status("mine", "analysis", "broken", success=False)
        assert run(night) is None
        night.night += 1
        assert run(night) is None

    def test_many(self, night):
        """The report has twenty lines of an experiment and a count of the rest; alerts.json has all."""
        rows = [measured({"n": n}, 1.0) for n in range(30)]
        night.ran("mine", [*rows, measured({"n": "stays"}, 1.0)])
        night.night = 1
        night.ran("mine", [measured({"n": "stays"}, 1.0)])
        lines = run(night).value.splitlines()
        assert len(lines) == 22
        assert lines[-1] == "    and 10 more"
        assert len(kept(night)["alerts"]) == 30

    def test_many_experiments(self, night):
        """Twenty experiments are told one by one, the others by their number."""
        for night.night in range(2):
            for number in range(25):
                rows = [measured({"n": n}, 1.0) for n in range(1 + (night.night == 0))]
                night.ran(f"mine{number:02}", rows)
        lines = run(night).value.splitlines()
        assert lines[:2] == ["Missing from mine00:", "    (1): not measured, last 1 s"]
        assert lines[40:] == ["Missing from 5 other experiments: 5 series"]

    def test_damaged_alerts_of_yesterday(self, night):
        """A damaged file is taken for none, and said."""
        nights(night, [0.5, 0.5, None])
        output(night).mkdir(parents=True)
        (output(night) / "alerts.json").write_text('{"alerts": 3}')
        found = run(night)
        assert "(new)" not in found.report.value
        assert found.note.startswith("alerts.json could not be read and is kept as alerts.json.damaged")


def test_the_page():
    """The config on docs/alerts.md is right, and every key stands there."""
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text()
    shown = re.search(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert alerts.Config.model_validate_json(shown[1]).rule == "verdicts"
    assert [key for key in ("rule", "time_window", "metrics", "notify") if f"| `{key}` |" not in page] == []
