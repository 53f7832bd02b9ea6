"""A home for made nights."""

from __future__ import annotations

import pytest

from pytest_relaybench.home import Home
from tests.incidents.made_nights import make_home


@pytest.fixture
def home(tmp_path) -> Home:
    """Without nights."""
    return make_home(tmp_path / "home")
