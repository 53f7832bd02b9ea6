"""The sample home with forty nights, and its site: those of the website's own tests; and a browser to open it with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.screenshots import launch
from tests.subsystems.conftest import home, site

__all__ = ["browser", "home", "site"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
