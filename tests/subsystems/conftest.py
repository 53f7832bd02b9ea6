"""The sample home with forty nights, made once, and its site."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.home import Home
from tests.subsystems.sample_home import build_site, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_records import add_records
from tests.subsystems.sample_tonight import run_subsystems
from tests.subsystems.sample_verdicts import add_verdicts


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Never to be changed by a test."""
    folder = tmp_path_factory.mktemp("sample")
    home = make_home(folder / "home", title="Relay & <b>Friends</b>")
    run_subsystems(home, folder / "code")
    return home


@pytest.fixture(scope="session")
def site(home: Home) -> Path:
    """The web root of its site."""
    return build_site(home)


@pytest.fixture(scope="session")
def records_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three experiments, and all that is kept of runs beside their values; never to be changed by a test."""
    folder = tmp_path_factory.mktemp("records")
    home = make_home(folder / "home", pick=["relay_opt", "cnn_comp", "attack"])
    run_subsystems(home, folder / "code")
    add_incidents(home)
    add_verdicts(home, 40)
    add_records(home, 40)
    return home


@pytest.fixture(scope="session")
def records_site(records_home: Home) -> Path:
    """The web root of its site."""
    return build_site(records_home)
