"""Which modules are experiments, told from their text alone."""

from __future__ import annotations

import pytest

from pytest_relaybench.recognition import is_experiment

YES = [
    "def test_a(bench): pass",
    "def test_a(size, *, bench): pass",
    "def test_a(experiment_config): pass",
    "def test_a(tvm_variant): pass",
    "def test_a(setup_cache): pass",
    "class TestA:\n    def test_a(self, bench): pass",
    "class Config(ExperimentConfig): pass",
    "class Config(relaybench.TrialConfig): pass",
    "import not_there\ndef test_a(bench): pass",
    "def test_a(bench): pass\ndef broken(:",
    "class Config(ExperimentConfig):\n    x = (",
    "def test_a(bench):\n\tpass\n        pass",
]
NO = [
    "",
    "def test_a(): pass",
    "def test_a(device): pass",
    "def test_a(benchmark): benchmark(len, 'bench')",
    "# def test_a(bench): pass",
    "'bench'",
    "def bench(): pass\ndef test_a(): bench()",
    "def helper(bench): pass",
    "class Config: pass",
    "class Other(ExperimentConfig): pass",
    "def test_a(workbench): pass",
    "bench = (",
    "def test_a(): pass  # bench\ndef broken(:",
    "\0",
]


@pytest.mark.parametrize("text", YES)
def test_experiments(tmp_path, text):
    """A test that takes one of our own fixtures, or a `Config` of ours, makes an experiment, broken or not."""
    (tmp_path / "test_x.py").write_text(text)
    assert is_experiment(tmp_path / "test_x.py")


@pytest.mark.parametrize("text", NO)
def test_other_peoples_modules(tmp_path, text):
    """Words in comments and texts, fixtures of common names and helpers do not."""
    (tmp_path / "test_x.py").write_text(text)
    assert not is_experiment(tmp_path / "test_x.py")


def test_bytes_that_are_no_text(tmp_path):
    """A module in another encoding is judged all the same, and nothing of it is run."""
    (tmp_path / "test_x.py").write_bytes(b"# \xff\xfe\ndef test_a(bench): raise SystemExit\n")
    assert is_experiment(tmp_path / "test_x.py")
