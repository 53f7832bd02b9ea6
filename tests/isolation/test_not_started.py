"""A child that cannot be started, for want of room, of file descriptors or of an interpreter, costs its tests only."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_relaybench.errors import ChildError
from pytest_relaybench.isolation.child import Child
from pytest_relaybench.isolation.launch import Launch
from pytest_relaybench.isolation.pool import Crashed, Pool
from pytest_relaybench.isolation.serve import _argument

LAUNCH = Launch("x", "/p/test_x.py", "/p", None, "{}", "config.json", "/p/setup", 1)


def open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def few_files() -> Iterator[None]:
    """Three more files may be opened: the pipes of a child are four."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # the limit is on the number that a descriptor has, so the gaps below are filled
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(50)]
    for descriptor in held[-3:]:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(held) + 1, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for descriptor in held[:-3]:
        os.close(descriptor)


@pytest.mark.usefixtures("few_files")
def test_no_descriptor_left() -> None:
    """Each try is told as a crash of its test, and costs no descriptor: the next test may have its child."""
    before = open_files()
    pool = Pool(shares_output=False)
    for _ in range(3):
        (crash,) = pool.run(LAUNCH, "test_x.py::test_it", None, 1.0)
        assert isinstance(crash, Crashed)
        assert crash.reason.endswith("the child could not be started: Too many open files")
    assert open_files() == before


def test_no_room_for_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full or missing folder for temporary files is a ChildError with the system's reason."""

    def full(**_: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pytest_relaybench.isolation.child.tempfile.TemporaryDirectory", full)
    with pytest.raises(ChildError, match="the child could not be started: No space left on device"):
        Child(LAUNCH, shares_output=False)


def test_a_bracket_in_the_path_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows a bracket would be parameters of a test: such a module is named from the current folder."""
    odd = tmp_path / "[odd]"
    odd.mkdir()
    monkeypatch.chdir(odd)
    assert _argument(str(odd / "bench" / "test_x.py")) == "bench/test_x.py"
    assert _argument("/plain/test_x.py") == "/plain/test_x.py"
