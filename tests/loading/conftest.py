"""A home, and a folder to write subsystems into."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.home import Home

from .code import DOES_NOTHING


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home", HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup"))


@pytest.fixture
def code(tmp_path):
    """Writes a subsystem's code into a folder; calling it twice is how a name comes to be there twice."""

    def write(name: str, text: str = DOES_NOTHING, folder: str = "more") -> Path:
        path = tmp_path / folder / (name if name.endswith(".py") else f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path / folder

    (tmp_path / "more").mkdir()
    return write
