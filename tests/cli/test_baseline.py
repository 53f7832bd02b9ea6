"""`relaybench baseline H`: what it says when there is nothing to write; what it writes, a gate's tests try."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which nothing has run."""
    assert main(["init", str(tmp_path / "home")]) == 0
    return tmp_path / "home"


def test_empty_home(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A home without results is one line, and no file."""
    assert main(["baseline", str(home), "-o", str(home / "b.json")]) == 1
    assert capsys.readouterr().err == f"relaybench: error: {home}: nothing was measured here yet\n"
    assert not (home / "b.json").exists()


def test_wrong_count(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number of runs is a whole number from 1."""
    with pytest.raises(SystemExit) as ended:
        main(["baseline", str(home), "-o", "b.json", "--runs", "0"])
    assert ended.value.code == 2
    assert "a number of runs is a whole number from 1" in capsys.readouterr().err
