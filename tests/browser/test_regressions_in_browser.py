"""The list of incidents and their pages, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.opening import opened
from tests.subsystems.sample_evidence import WHOLE, add_evidence
from tests.subsystems.sample_home import build_site, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_verdicts import add_verdicts

NIGHTS = 36


@pytest.fixture(scope="module")
def incidents_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a home with an incident of every state, one with all evidence, and a night with much to tell."""
    home = make_home(tmp_path_factory.mktemp("incidents") / "home", nights=NIGHTS, pick=["relay_opt", "attack"])
    add_incidents(home)
    add_verdicts(home, NIGHTS)
    add_evidence(home, NIGHTS)
    return build_site(home, nights=NIGHTS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["regressions", f"incidents/{WHOLE}", "incidents/2026-10-30-a"])
def test_they_open_in_silence(browser: Browser, incidents_site: Path, name: str, scheme: str) -> None:
    """From a file: no request leaves the machine, also where forges are linked, the console is empty, nothing ran.

    Axe finds nothing that a reader with a screen reader or with weak eyes would stumble over.
    """
    found = opened(browser, incidents_site / f"{name}.html", color_scheme=scheme)
    assert (found.outside, found.complaints) == ([], [])
    assert found.page.evaluate("window.hacked") is None
    assert violations(found.page) == []
    found.page.context.close()


def test_the_list_leads_to_the_evidence_and_back(browser: Browser, incidents_site: Path) -> None:
    """A click on the headline; there the series sort; the command to decide unfolds in the list."""
    page = opened(browser, incidents_site / "regressions.html").page
    assert page.locator(".rb-incident").count() == 7
    section = page.locator("section", has=page.locator("[id='2026-11-20-a']"))
    command = section.locator("pre", has_text="relaybench accept 2026-11-20-a")
    assert not command.is_visible()
    section.locator("summary", has_text="Decide about it").click()
    assert command.is_visible()
    section.locator("h3 a").click()
    page.wait_for_url("**/incidents/2026-11-20-a.html")
    change = page.locator("thead button", has_text="Change")
    change.click()
    first = page.locator(".rb-members tbody tr").first.inner_text()
    change.click()
    assert page.locator(".rb-members tbody tr").first.inner_text() != first
    page.locator("a", has_text="All regressions").click()
    page.wait_for_url("**/regressions.html#2026-11-20-a")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pictures_are_seen(browser: Browser, incidents_site: Path, scheme: str) -> None:
    """Four pictures in a row and below, each as wide as its words need; before and since differ in colour."""
    page = opened(browser, incidents_site / f"incidents/{WHOLE}.html", color_scheme=scheme).page
    pictures = page.locator("svg.rb-evidence")
    assert pictures.count() == 4
    for picture in pictures.all():
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > 280
        assert box["height"] > 100
    inks = [
        page.locator(f".rb-ink-{side} .rb-median").first.evaluate("line => getComputedStyle(line).stroke")
        for side in ("before", "since")
    ]
    assert len(set(inks)) == 2
    assert "none" not in inks
    page.context.close()


@pytest.mark.parametrize("name", ["regressions", "index", f"incidents/{WHOLE}", "incidents/2026-11-20-a"])
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
