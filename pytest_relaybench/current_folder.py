"""The folder that a session was started in, which may be gone when its tests have run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest


class CurrentFolder:
    """pytest goes back to the folder when the tests have run, and breaks off where it is gone: nothing would be told.

    So it is made again, empty, before; `note` is told. `folder` is absolute.
    """

    def __init__(self, folder: Path, note: Callable[[str], None]) -> None:
        self._folder = folder
        self._note = note

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Whatever ends the tests."""
        try:
            return (yield)
        finally:
            if not self._folder.exists():
                self._make_again()

    def _make_again(self) -> None:
        with suppress(OSError):  # then pytest tells
            self._folder.mkdir(parents=True)
            self._note(f"{self._folder}, in which this session was started, was removed meanwhile, and is made again")
