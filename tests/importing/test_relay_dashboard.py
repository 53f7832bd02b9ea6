"""An old home's years come along: every number under the right name, and what cannot be read is listed."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.records import read_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.telemetry.samples import file_of, read_samples
from tests.importing.old_home import make_old_home
from tests.subsystems.loading import load

RUNS = ("20201120T020000.000000Z", "20201121T020000.000000Z", "20201122T020100.000000Z")  # 3 o'clock in Berlin


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Of today, with the old one imported; its clock was in Berlin. Tests change nothing but what is derived."""
    tmp_path = tmp_path_factory.mktemp("old")
    old = make_old_home(tmp_path / "old")
    assert main(["init", "--empty", str(tmp_path / "home")]) == 0
    assert (
        main(["import", str(old), str(tmp_path / "home"), "--timezone", "Europe/Berlin", "--machine", "bench-1"]) == 0
    )
    return open_home(tmp_path / "home")


def value(home: Home, experiment: str, run: str = RUNS[0], metric: str = "time", **params: str) -> float:
    rows = Table(home)
    rows.refresh()
    found = rows.frame(experiment=experiment, run_id=run, metric=metric)
    found = found[found["params"] == json.dumps(params, sort_keys=True)]
    assert len(found) == 1, found
    return float(found["value"].iloc[0])


def test_every_experiment_has_its_nights(home: Home) -> None:
    """All eight, under today's names, one record a night; their runs are in UTC."""
    for name in (
        "cnn_comp",
        "relay_opt",
        "pass_comparison",
        "char_rnn",
        "rnn_cells",
        "treelstm",
        "remote_device",
        "training_loop",
    ):
        assert [path.stem for path in sorted(home.exp_data_dir(name).iterdir())] == [f"data_{run}" for run in RUNS]
        assert name in home.experiment_names()


def test_every_number_is_where_it_was(home: Home) -> None:
    """Levels of nesting become parameters by name; leaves that are named become metrics."""
    assert value(home, "cnn_comp", device="cpu", engine="Pytorch", network="mobilenet") == pytest.approx(0.04)
    assert value(home, "relay_opt", RUNS[2], device="cpu", level="O3", network="vgg-16") == pytest.approx(0.16 * 1.02)
    assert value(home, "pass_comparison", device="cpu", passes="0;", network="resnet-18") == pytest.approx(0.01)
    assert value(home, "char_rnn", RUNS[1], device="cpu", engine="Aot") == pytest.approx(0.101)
    assert value(home, "rnn_cells", device="cpu", engine="Aot", network="gru") == pytest.approx(0.04)
    assert value(home, "remote_device", model="resnet18_v1", target="pynq", device="arm_cpu") == 2.5
    of = {"model": "resnet18_v1", "target": "sim", "device": "vta"}
    assert value(home, "remote_device", RUNS[2], "gemm_counter", **of) == 103
    trained = {"device": "gpu", "engine": "PyTorch", "dataset": "mnist", "model": "mlp"}
    assert value(home, "training_loop", metric="acc", **trained) == 0.97
    assert value(home, "training_loop", metric="time", **trained) == 1.5


def test_records_tell_what_is_known_and_where_it_is_from(home: Home) -> None:
    """Statistics of the detailed tree, hash, duration, title, machine; the rest is said to be unknown."""
    record = read_record(home.data_file("cnn_comp", RUNS[0]))
    one = next(m for m in record.measurements if m.params["network"] == "resnet-18" and m.params["engine"] == "Relay")
    assert (one.stats.mean, one.stats.median, one.stats.std) == pytest.approx((0.01, 0.0099, 0.001))
    assert one.note == "n, extremes not told by the old home"
    assert (record.tvm_hash, one.tvm_hash, record.duration_s, record.title) == (
        "a1b2c3d",
        "a1b2c3d",
        600.0,
        "The cnn_comp",
    )
    assert record.machine == {"id": "relay-dashboard:bench-1", "host": "bench-1"}
    assert record.extra["imported"] == {
        "tool": "relay-dashboard",
        "file": "results/experiments/data/cnn_comp/data_11-20-2020-0300.json",
        "experiment": "cnn_comp",
        "measured": "2020-11-20T02:00:00.000000+00:00",
    }


def test_what_cannot_be_read_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each by its file and the reason, and nothing else is lost by it."""
    old = make_old_home(tmp_path / "old")
    main(["init", "--empty", str(tmp_path / "home")])
    assert main(["import", str(old), str(tmp_path / "home")]) == 0
    out = capsys.readouterr().out
    left_out = [line for line in out.splitlines() if line.startswith("left out: ")]
    data = "left out: results/experiments/data"
    scores = "left out: results/subsystem/output/score/data"
    assert left_out == [
        f"{data}/cnn_comp/data_11-23-2020-0300.json: no readable JSON object",
        f"{data}/cnn_comp/data_yesterday.json: its name tells no moment (%m-%d-%Y-%H%M)",
        f"{data}/treelstm/data_11-23-2020-0300.json: cpu.Aot is no number: 'inf'",
        f"{data}/treelstm/data_11-23-2020-0300.json: cpu.Pytorch is no number: 'None'",
        f"{data}/treelstm/data_11-23-2020-0300.json: it holds no measurement",
        f"{scores}/rnn_score/data_11-23-2020-0300.json: it has no numbers Score and Total",
        "left out: results/subsystem/telemetry/cnn_comp, 11-21-2020-0300: it has no sample",
    ]
    assert "records: 24 new; " in out
    assert "3 scores written" in out


def test_scores_and_telemetry(home: Home) -> None:
    """Scores are those that the subsystem `score` reads; telemetry is what its own reader reads, in the old units."""
    keeping = importlib.import_module(f"{load('score').__name__}.keeping")
    nights = keeping.kept(home.subsys_output_dir("score"), "rnn_score")
    assert [(night["Score"], night["Total"], night["run_id"]) for night in nights] == [
        (3, 5, RUNS[0]),
        (4, 5, RUNS[1]),
        (5, 5, RUNS[2]),
    ]
    samples = read_samples(file_of(home, "cnn_comp", RUNS[0]))
    assert samples is not None
    assert samples.at == (0.0, 15.0)
    topics = {topic.title: (topic.unit, samples.lines(name)) for name, topic in samples.topics.items()}
    assert topics == {
        "CPU coretemp-isa-0000": ("°C", {"Core 0": [40.0, 55.5]}),
        "GPU clocks.gr": ("MHz", {"GPU 0": [1380.0, 1200.0]}),
    }


def test_twice_is_once(home: Home) -> None:
    """A second import leaves every byte, and says that all is there."""
    before = {
        path: path.read_bytes() for path in home.results.rglob("*") if path.is_file() and path.suffix != ".duckdb"
    }
    assert (
        main(
            [
                "import",
                str(home.root.parent / "old"),
                str(home.root),
                "--timezone",
                "Europe/Berlin",
                "--machine",
                "bench-1",
            ]
        )
        == 0
    )
    assert {path: path.read_bytes() for path in before} == before
    after = {path for path in home.results.rglob("*") if path.is_file() and path.suffix != ".duckdb"}
    assert after == set(before)


def test_a_site_shows_the_old_years(home: Home) -> None:
    """The experiments have pages, and the page of runs has the nights."""
    (home.root / "config" / "subsystem" / "website").mkdir(parents=True, exist_ok=True)
    (home.root / "config" / "subsystem" / "website" / "config.json").write_text('{"active": true}')
    assert main(["site", str(home.root)]) == 0
    site = home.subsys_output_dir("website")
    assert "resnet-18" in (site / "experiments" / "cnn_comp.html").read_text()
    assert "2020-11-22" in (site / "runs.html").read_text()


def test_no_old_home_and_no_zone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    main(["init", "--empty", str(tmp_path / "home")])
    (tmp_path / "empty").mkdir()
    assert main(["import", str(tmp_path / "empty"), str(tmp_path / "home")]) == 1
    assert f"{tmp_path / 'empty'}: nothing that can be imported" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "empty"), str(tmp_path / "home"), "--timezone", "Mars/Base"]) == 1
    assert "--timezone: 'Mars/Base' is no time zone" in capsys.readouterr().err
