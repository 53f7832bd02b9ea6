"""The examples of docs/how-to-write-an-experiment.md, run as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_relaybench import open_history
from pytest_relaybench.history.records import Record, read_record

PAGE = Path(__file__).parents[2] / "docs" / "how-to-write-an-experiment.md"
BLOCK = re.compile(r'^```\w+ title="(?P<title>[^"]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)
FILES = {match["title"]: match["code"] for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}

MATMUL, DENSE = FILES["bench/test_matmul.py"], FILES["bench/test_dense.py"]
QUICK = '{"active": true, "budget_s": 0.05, "sizes": [8], "dtypes": ["float32"]}'
HOME = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup", "sentinels": False}


def make_home(root: Path, **configs: str) -> Path:
    """A home without subsystems, with these experiments' configs."""
    for name, text in configs.items():
        folder = root / "config" / "experiments" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(text)
    (root / "config.json").write_text(json.dumps(HOME))
    return root


def only_record(results: Path) -> Record:
    """The one record that was written below `results`."""
    (path,) = results.glob("experiments/data/*/data_*.json")
    return read_record(path)


def values(record: Record) -> dict[tuple[str, str], float]:
    """Headline values by test (with its size) and metric."""
    return {(f"{m.test} {m.params.get('size')}", m.metric): m.value for m in record.measurements}


def test_the_example_is_as_short_as_its_heading_says() -> None:
    """The first example stays within about thirty lines."""
    assert len(MATMUL.strip().splitlines()) <= 36


def test_the_example_runs_at_a_desk(pytester: pytest.Pytester) -> None:
    """Without a home, `-k` picks two of the four tests, their results are shown and kept beside the project."""
    pytester.makepyfile(test_matmul=MATMUL)
    result = pytester.runpytest_subprocess("-k", "float32")
    result.assert_outcomes(passed=2, deselected=2)
    result.stdout.fnmatch_lines(["series*last local run*", "matmul test_matmul {dtype: float32, size: 64}*none*"])
    record = only_record(pytester.path / ".relaybench" / "results")
    measured = values(record)
    assert (record.experiment, len(record.tests)) == ("matmul", 2)
    assert measured["test_matmul 64", "operations"] == 2 * 64**3
    assert measured["test_matmul 256", "rate"] == pytest.approx(2 * 256**3 / measured["test_matmul 256", "time"])


def test_the_example_runs_in_a_home(pytester: pytest.Pytester) -> None:
    """With the page's config the night leaves record, graphs and summary, and every stage has succeeded."""
    pytester.makepyfile(**{"bench/test_matmul": MATMUL})
    home = make_home(pytester.path / "home", matmul=FILES["H/config/experiments/matmul/config.json"])
    result = pytester.runpytest_subprocess("bench", "--home", str(home))
    assert result.ret == 0
    result.stdout.fnmatch_lines(["matmul *ok *"])
    record = only_record(home / "results")
    assert (record.title, record.config["budget_s"]) == ("Matrix products", 0.2)
    assert {m.metric for m in record.measurements} == {"time", "first_run", "operations", "rate", "peak_memory"}
    (derived,) = {(m.metric, m.unit, m.direction, m.derived) for m in record.measurements if m.derived}
    assert derived == ("rate", "FLOP/s", "higher", True)
    stages = {path.stem: json.loads(path.read_text()) for path in home.glob("results/experiments/status/matmul/*")}
    assert set(stages) == {"precheck", "setup", "run", "analysis", "visualization", "summary"}
    assert all(status["success"] for status in stages.values())
    assert stages["run"]["message"] == "2 tests ran, 2 measured"
    pictures = {path.name for path in home.glob("results/experiments/graph/matmul/**/*.png")}
    assert any("rate" in name for name in pictures)
    summary = json.loads((home / "results/experiments/summary/matmul/summary.json").read_text())
    assert summary["title"] == "Matrix products"
    assert set(open_history(home)["metric"]) == {m.metric for m in record.measurements}


def test_the_tvm_example_runs(pytester: pytest.Pytester) -> None:
    """TVM and torch are both measured, and only TVM's test has a compile time and an artifact."""
    pytester.makepyfile(**{"bench/test_dense": DENSE})
    home = make_home(pytester.path / "home", dense='{"active": true, "budget_s": 0.05, "sizes": [8]}')
    result = pytester.runpytest_subprocess("bench", "--home", str(home))
    assert result.ret == 0
    measured = values(only_record(home / "results"))
    metrics = {test: {metric for name, metric in measured if name == test} for test, _ in measured}
    assert metrics["test_torch 8"] == {"time", "first_run", "peak_memory"}
    assert metrics["test_tvm 8"] == {*metrics["test_torch 8"], "compile", "artifact_size"}


def test_own_hooks_replace_graphs_and_summary(pytester: pytest.Pytester) -> None:
    """`visualize` draws into the graph folder, `summarize` writes the summary."""
    pytester.makepyfile(**{"bench/test_matmul": f"{MATMUL}\n\n{FILES['hooks of your own']}"})
    home = make_home(pytester.path / "home", matmul=QUICK)
    result = pytester.runpytest_subprocess("bench", "--home", str(home))
    assert result.ret == 0
    assert [path.name for path in home.glob("results/experiments/graph/matmul/**/*.*")] == ["times.png"]
    summary = json.loads((home / "results/experiments/summary/matmul/summary.json").read_text())
    assert re.fullmatch(r"fastest product: [0-9.]+ µs", summary["value"])


def test_set_up_and_axes(pytester: pytest.Pytester) -> None:
    """The set-up folder is built once and lies in the home; axes become parameters, a plain field does not."""
    tests = """
    def test_all(network, batch_size, weights, bench, experiment_config):
        assert experiment_config.learning_rate == 0.5
        bench(weights.read_bytes)
    """
    source = f"{FILES['axes and a plain field']}\n\n{FILES['a set-up that is kept']}"
    pytester.makepyfile(**{"bench/test_axes": source + "\n" + "\n".join(line[4:] for line in tests.splitlines())})
    config = '{"active": true, "budget_s": 0.05, "networks": ["vgg-16"], "batch_sizes": [1, 8], "learning_rate": 0.5}'
    home = make_home(pytester.path / "home", axes=config)
    result = pytester.runpytest_subprocess("bench", "--home", str(home))
    assert result.ret == 0
    record = only_record(home / "results")
    params = [m.params for m in record.measurements if m.metric == "time"]
    assert params == [{"network": "vgg-16", "batch_size": size} for size in (1, 8)]
    assert [path.parent.name for path in home.glob("setup/weights-*/content/weights.bin")] == ["content"]
