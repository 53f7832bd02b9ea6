"""A home whose nights a test makes."""

from __future__ import annotations

import pytest

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.home import Home
from tests.judging.made_history import Nights


@pytest.fixture
def nights(tmp_path):
    return Nights(Home(tmp_path, HomeConfig(tmp_data_dir="tmp", backup_dir="backup", setup_dir="setup")))
