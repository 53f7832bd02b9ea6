"""The wheel is whole: what it installs makes a home and runs a night far from this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
BUNDLED = "pytest_relaybench/bundled"
TEMPORARY = ("__pycache__", ".relaybench", ".tox", "results", "tmp", "backup", "setup")
SUM = """
def test_sum(bench):
    assert bench(sum, (1, 2)) == 3
"""


def pip(*arguments: str) -> None:
    """Run this environment's pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout; where hatchling is not installed, pip fetches it for the build."""
    folder = tmp_path_factory.mktemp("wheel")
    in_place = ["--no-build-isolation"] if find_spec("hatchling") else []
    pip("wheel", "--no-deps", *in_place, "--wheel-dir", str(folder), str(CHECKOUT))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def names(wheel: Path) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture
def elsewhere(wheel: Path, tmp_path: Path) -> Path:
    """A folder `work` with the wheel installed beside it; its dependencies come from this environment."""
    pip("install", "--no-deps", "--no-index", "--target", str(tmp_path / "installed"), str(wheel))
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def run(work: Path, *arguments: str) -> str:
    """Run Python in `work` with the installed program; return what it printed."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("RELAYBENCH_", "PYTEST_", "COV_"))
    }
    environment = {**kept, "PYTHONPATH": str(work.parent / "installed")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("folder", ["site", "subsystems"])
def test_the_wheel_carries_folders_whole(names: list[str], folder: str) -> None:
    """Every file of site/ and subsystems/ is in the wheel."""
    sources = [path.relative_to(CHECKOUT) for path in (CHECKOUT / folder).rglob("*") if path.is_file()]
    wanted = {path.as_posix() for path in sources if not set(path.parts) & set(TEMPORARY)}
    assert wanted
    assert sorted(wanted - {name.removeprefix(f"{BUNDLED}/") for name in names}) == []


def test_the_wheel_carries_the_sample_home_without_results(names: list[str]) -> None:
    """The sample's configs are in the wheel; what a run leaves in the sample home is not, nor any other left-over."""
    home = [name.removeprefix(f"{BUNDLED}/home/") for name in names if name.startswith(f"{BUNDLED}/home/")]
    assert {"config.json", "config/experiments/relay_opt/config.json"} <= set(home)
    assert [name for name in home if not name.startswith("config")] == []
    assert [name for name in names if set(Path(name).parts[:-1]) & set(TEMPORARY)] == []


def test_the_wheel_is_typed_and_licensed(names: list[str]) -> None:
    """Type checkers believe the annotations, and the licence travels along."""
    assert "pytest_relaybench/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_a_night_runs_outside_the_checkout(elsewhere: Path) -> None:
    """`relaybench init` makes a home, a stranger's experiment runs in it, and its site is built."""
    where = run(elsewhere, "-c", "import pytest_relaybench; print(pytest_relaybench.__file__)")
    assert Path(where.strip()).is_relative_to(elsewhere.parent)
    run(elsewhere, "-m", "pytest_relaybench", "init", "H")
    shutil.rmtree(elsewhere / "H" / "config" / "experiments")
    config = elsewhere / "H" / "config" / "experiments" / "sum" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"active": true, "budget_s": 0.01}')
    (elsewhere / "bench").mkdir()
    (elsewhere / "bench" / "test_sum.py").write_text(SUM)
    assert "ok  experiment sum" in run(elsewhere, "-m", "pytest_relaybench", "check", "H")
    printed = run(elsewhere, "-m", "pytest", "bench", "--home", "H", "-p", "no:cacheprovider")
    site = elsewhere / "H" / "results" / "subsystem" / "output" / "website" / "index.html"
    assert f"site: {site.as_uri()}" in printed
    assert "sum" in site.read_text(encoding="utf-8")
