"""Runs, machines, scores, figures, subsystems and about in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.opening import ALL_PICTURES, BROKEN_PICTURES, TOO_WIDE, opened
from tests.subsystems.sample_home import run_id_of

PAGES = ("runs", "runs/2026", "machines", "scores", "figures", "subsystems", "about")
NEWEST = run_id_of(39, 40)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_records_is_silent_and_fits_a_phone(browser: Browser, records_site: Path, name: str) -> None:
    """Nothing asked outside, an empty console, no script of anybody's, all pictures; all of it within 360 pixels."""
    found = opened(browser, records_site / f"{name}.html", viewport={"width": 360, "height": 740})
    page = found.page
    page.evaluate(ALL_PICTURES)
    page.wait_for_load_state("networkidle")
    assert (found.outside, found.complaints, page.evaluate("window.hacked")) == ([], [], None)
    assert page.evaluate(BROKEN_PICTURES) == []
    assert page.evaluate(TOO_WIDE) <= 0
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate(TOO_WIDE) <= 0
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_records_can_be_read_by_everybody(browser: Browser, records_site: Path, name: str) -> None:
    """As axe-core sees it: contrast in both colour schemes, headings, tables, names of links, what scrolls."""
    page = opened(browser, records_site / f"{name}.html", color_scheme="light").page
    assert violations(page) == []
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    assert violations(page, rules=["color-contrast"]) == []
    page.context.close()


def test_a_square_leads_to_its_night(browser: Browser, records_site: Path) -> None:
    """Its row opens; by keyboard the way goes through nights and trouble, not through every square."""
    page = opened(browser, records_site / "runs.html").page
    square = page.get_by_role("link", name="cnn_comp, 2026-11-22: failed in run")
    assert square.inner_text() == "✕"
    square.click()
    assert page.url.endswith(f"#run-{NEWEST}")
    row = page.locator("tr:target")
    assert row.locator("details").get_attribute("open") is not None
    assert f"--run-seed {7919 * 40}" in row.inner_text()
    stops = page.locator(".rb-outcomes a:not([tabindex='-1'])").count()
    assert stops == 40 + 3 + 41  # nights, experiments, and what failed: attack always, cnn_comp once
    page.context.close()


def test_runs_sort_by_what_failed(browser: Browser, records_site: Path) -> None:
    """As tables of the site do."""
    page = opened(browser, records_site / "runs.html").page
    heading = page.locator("#newest-runs thead th", has_text="Failed").first
    heading.locator("button").click()
    heading.locator("button").click()
    first = page.locator("#newest-runs tbody tr").first
    assert first.get_attribute("id") == f"run-{NEWEST}"
    assert heading.get_attribute("aria-sort") == "descending"
    page.context.close()


def test_an_old_machine_opens_by_a_click(browser: Browser, records_site: Path) -> None:
    """Also by a link to it, as runs of its nights have one."""
    page = opened(browser, records_site / "machines.html").page
    old = page.locator("#machine-0ld0ld0ld0ld")
    assert not old.locator(".rb-sentinels").is_visible()
    old.locator("summary").click()
    assert old.locator(".rb-sentinels").is_visible()
    page.goto((records_site / "runs.html").as_uri())
    page.locator("#newest-runs tbody tr").last.get_by_role("link", name="bench-0").click()
    page.wait_for_url("**/machines.html#machine-0ld0ld0ld0ld")
    assert page.locator("#machine-0ld0ld0ld0ld .rb-sentinels").is_visible()
    page.context.close()


def test_figures_and_scores_are_taken_along(browser: Browser, records_site: Path) -> None:
    """Every format of a figure, and the scores as CSV, are files beside the page."""
    page = opened(browser, records_site / "figures.html").page
    links = page.locator(".rb-published figcaption a")
    assert links.all_inner_texts() == ["PNG", "PDF", "SVG", "CSV"]
    for link in links.all():
        assert (records_site / (link.get_attribute("href") or "")).is_file()
    page.goto((records_site / "scores.html").as_uri())
    assert (records_site / (page.get_by_role("link", name="All scores as CSV").get_attribute("href") or "")).is_file()
    assert page.locator(".rb-score-line svg").first.is_visible()
    page.context.close()


def test_without_scripts_the_records_can_be_read(browser: Browser, records_site: Path) -> None:
    """Squares, rows, machines and words are in the pages themselves."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((records_site / "runs.html").as_uri())
    assert page.locator("#newest-runs tbody tr").count() == 40
    assert page.locator(".rb-outcomes td").first.inner_text() == "✕"
    page.goto((records_site / "subsystems.html").as_uri())
    assert page.locator(".rb-one").count() == 9
    page.context.close()
