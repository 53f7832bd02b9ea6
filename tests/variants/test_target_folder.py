"""What a variant brings along, and what it shares with the environment."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants.build_log import BuildLog
from pytest_relaybench.variants.target_folder import TargetFolder


def wheel(folder: Path, name: str, *requires: str, version: str = "1.0") -> Path:
    """A wheel with one module and these requirements."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(f"{info}/METADATA", metadata + "".join(f"Requires-Dist: {line}\n" for line in requires))
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """A folder of wheels that pip takes for the index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def target(tmp_path) -> TargetFolder:
    return TargetFolder(tmp_path / "content" / "packages", BuildLog(tmp_path / "logs", "git:main"))


def names(target: TargetFolder) -> set[str]:
    return {path.stem for path in target.path.glob("*.py")}


def test_environment_is_shared(target, index):
    """What the environment has in a version that fits is not installed again; extras and other systems do not count."""
    requires = ("numpy", "pytest>=1", "nowhere; extra == 'x'", "nowhere2; sys_platform == 'win32'")
    target.install(wheel(index, "top", *requires))
    target.install_missing()
    assert names(target) == {"top"}


def test_missing_requirements_are_installed(target, index):
    """What is missing comes, and what that requires in turn, but nothing that the environment has."""
    wheel(index, "relaybench_b", "relaybench_c", "numpy")
    wheel(index, "relaybench_c")
    target.install(wheel(index, "relaybench_a", "relaybench_b>=1"))
    target.install_missing()
    assert names(target) == {"relaybench_a", "relaybench_b", "relaybench_c"}


def test_environments_version_that_does_not_fit(target, index):
    """A version of the environment that does not fit is not taken."""
    wheel(index, "packaging", version="999.0")
    target.install(wheel(index, "top", "packaging>=999"))
    target.install_missing()
    assert names(target) == {"top", "packaging"}


def test_requirement_that_is_nowhere(target, index):
    """A requirement that cannot be had ends in an error with pip's words."""
    target.install(wheel(index, "top", "relaybench_nowhere"))
    with pytest.raises(VariantError, match="relaybench_nowhere"):
        target.install_missing()


def test_constraints_of_the_environment_do_not_bind(target, index, monkeypatch, tmp_path):
    """A constraints file that pins the environment's own packages says nothing about a variant."""
    (tmp_path / "constraints.txt").write_text("top==0.5\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    target.install(wheel(index, "top"))
    assert names(target) == {"top"}


@pytest.mark.parametrize(
    ("requirement", "found"),
    [
        ("apache-tvm-ffi>=0.1.12", ("apache-tvm-ffi>=0.1.12", "0.1.12")),
        ("apache_tvm_ffi<0.2,>=0.1.13.post2", ("apache_tvm_ffi<0.2,>=0.1.13.post2", "0.1.13.post2")),
        ("apache-tvm-ffi", ("apache-tvm-ffi", "")),
        ("numpy", None),
    ],
)
def test_lowest_ffi(target, index, requirement, found):
    """The lowest tvm-ffi that a package allows is told by its metadata."""
    target.install(wheel(index, "top", requirement))
    assert target.least_ffi("top") == found
