"""Opens the page that compares, for its tests, over homes that have much to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pytest_relaybench.home import Home
from pytest_relaybench.run_comparison.asking import Request, Told, compare_sides
from pytest_relaybench.run_comparison.selecting import choose_side
from pytest_relaybench.run_comparison.sources import home_source
from tests.browser.opening import Opened, opened
from tests.browser.waiting import until
from tests.subsystems.sample_compared import make_compared_home
from tests.subsystems.sample_home import build_site, make_home

CHOSEN = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def compared_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """36 nights with every kind of change on the last."""
    return make_compared_home(tmp_path_factory.mktemp("compared") / "home")


@pytest.fixture(scope="session")
def compared_site(compared_home: Home) -> Path:
    """Its site."""
    return build_site(compared_home)


@pytest.fixture(scope="session")
def nasty_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a home whose every name is an attack, and one with several builds."""
    home = make_home(tmp_path_factory.mktemp("nasty") / "home", nights=2, pick=["attack", "versions"])
    return build_site(home, nights=2)


@pytest.fixture
def compare_page(browser: Browser, compared_site: Path) -> Iterator[Page]:
    """The page as a double click opens it; nothing may complain and nothing may be asked of the network."""
    found = looking_at(browser, compared_site)
    yield found.page
    assert (found.complaints, found.outside) == ([], [])
    found.page.context.close()


def looking_at(browser: Browser, site: Path, query: str = "", **context: Any) -> Opened:
    """The page, once it has drawn its first table; `query` is that of a link to it."""
    found = opened(browser, site / "compare.html", **{**CHOSEN, **context})
    if query:
        found.page.goto(f"{(site / 'compare.html').as_uri()}?{query}")
    found.page.wait_for_selector("#compare-live[data-drawn]")
    return found


def drawn(page: Page, act: Callable[[], Any]) -> None:
    """Do something and wait until the table was drawn again."""
    before = int(page.locator("#compare-live").get_attribute("data-drawn") or 0)
    act()
    until(page, "n => Number(document.getElementById('compare-live').dataset.drawn) > n", before)


def told_by_command(home: Home, base: str, candidate: str, **asked: Any) -> Told:
    """What `relaybench compare` says of the two."""
    source = home_source(home)
    return compare_sides(*(choose_side(name, lambda: source) for name in (base, candidate)), Request(**asked))
