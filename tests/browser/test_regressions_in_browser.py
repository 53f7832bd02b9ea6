"""The page of incidents, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import opened
from tests.subsystems.sample_home import build_site, make_home
from tests.subsystems.sample_incidents import add_incidents


@pytest.fixture(scope="module")
def incidents_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a home with an incident of every state."""
    home = make_home(tmp_path_factory.mktemp("incidents") / "home", nights=3, pick=["relay_opt", "attack"])
    add_incidents(home)
    return build_site(home, nights=3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_in_silence(browser: Browser, incidents_site: Path, scheme: str) -> None:
    """From a file: no request leaves the machine, also where forges are linked, the console is empty, nothing ran."""
    found = opened(browser, incidents_site / "regressions.html", color_scheme=scheme)
    assert (found.outside, found.complaints) == ([], [])
    assert found.page.evaluate("window.hacked") is None
    assert found.page.locator(".rb-incident").count() == 6
    found.page.context.close()


def test_the_overview_leads_to_an_incident(browser: Browser, incidents_site: Path) -> None:
    """A click on its headline; there its series sort, and the command to decide unfolds."""
    page = opened(browser, incidents_site / "index.html").page
    page.locator(".rb-open a", has_text="resnet-18").click()
    page.wait_for_url("**/regressions.html#2026-11-20-a")
    section = page.locator("section", has=page.locator("[id='2026-11-20-a']"))
    change = section.locator("thead button", has_text="Change")
    change.click()
    first = section.locator("tbody tr").first.inner_text()
    change.click()
    assert section.locator("tbody tr").first.inner_text() != first
    command = section.locator("pre", has_text="relaybench accept 2026-11-20-a")
    assert not command.is_visible()
    section.locator("summary", has_text="Say something").click()
    assert command.is_visible()
    page.context.close()


def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, incidents_site: Path) -> None:
    """Names without a space to break at, tables and folded parts all fit 390 pixels."""
    page = opened(browser, incidents_site / "regressions.html", viewport={"width": 390, "height": 844}).page
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
