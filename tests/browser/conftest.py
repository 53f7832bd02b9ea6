"""The sample home with forty nights, the large one with two years of them, and their sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.home import Home
from tests.browser.comparing import compare_page, compared_home, compared_site, nasty_site
from tests.browser.large_home import make_large_home, publish
from tests.subsystems.conftest import home, records_home, records_site, site

__all__ = [
    "compare_page",
    "compared_home",
    "compared_site",
    "home",
    "nasty_site",
    "records_home",
    "records_site",
    "site",
]


@pytest.fixture(scope="session")
def large_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Forty experiments, six series each, 730 nights; never to be changed by a test."""
    return make_large_home(tmp_path_factory.mktemp("large") / "home")


@pytest.fixture(scope="session")
def large_site(large_home: Home) -> Path:
    """The web root of its site."""
    return publish(large_home)
