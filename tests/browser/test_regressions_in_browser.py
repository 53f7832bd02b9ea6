"""The page of incidents, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import opened
from tests.subsystems.sample_home import build_site, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_verdicts import add_verdicts


@pytest.fixture(scope="module")
def incidents_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a home with an incident of every state, and a night with much to tell."""
    home = make_home(tmp_path_factory.mktemp("incidents") / "home", nights=3, pick=["relay_opt", "attack"])
    add_incidents(home)
    add_verdicts(home, 3)
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


@pytest.mark.parametrize("name", ["regressions", "machine", "index", "experiments/relay_opt"])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, incidents_site: Path, name: str) -> None:
    """Names without a space to break at, tables and folded parts all fit 390 pixels; nothing of it ran."""
    found = opened(browser, incidents_site / f"{name}.html", viewport={"width": 390, "height": 844})
    page = found.page
    assert (found.outside, found.complaints, page.evaluate("window.hacked")) == ([], [], None)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_what_was_measured_again_opens_by_a_click(browser: Browser, incidents_site: Path) -> None:
    """From the one line that counts it; a series leads to its experiment."""
    page = opened(browser, incidents_site / "index.html").page
    row = page.locator("#measured-again tbody tr", has_text="out of time")
    assert not row.is_visible()
    page.locator("#measured-again summary").click()
    row.locator("a").click()
    page.wait_for_url("**/experiments/relay_opt.html")
    page.context.close()
