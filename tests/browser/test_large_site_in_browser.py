"""Every page of a site over two years of forty experiments, in a real browser: what no page may get wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pytest_relaybench.history.layout import frame_of
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import Home
from tests.browser.axe import violations
from tests.browser.large_home import EXPERIMENTS, NIGHTS, dashboard_of
from tests.browser.large_series import name_of
from tests.browser.opening import ALL_PICTURES, BROKEN_PICTURES, TOO_WIDE, Opened, kinds_of, listening, pages_of
from tests.browser.serving import served
from tests.browser.waiting import until
from tests.subsystems.links import check_links

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
EXPERIMENT = "experiments/engines_0.html"  # two of its series became slower
LIVE = ".rb-chart-live canvas"
PLOT = ".rb-chart-live [tabindex='0']"
SCHEME = "document.body.getAttribute('data-md-color-scheme')"


@pytest.fixture(scope="module")
def address(large_site: Path) -> Iterator[str]:
    """Of the site on a static host, below a path."""
    with served(large_site) as address:
        yield address


@pytest.fixture(scope="module")
def tab(browser: Browser, large_site: Path) -> Iterator[Opened]:
    """One tab on files, as somebody has who goes from page to page."""
    found = listening(browser, viewport=DESK)
    yield found
    found.page.context.close()


def at(site: Path, name: str) -> str:
    return f"{site.as_uri()}/{name}"


def test_the_home_is_what_its_files_say(large_home: Home) -> None:
    """The table has the rows of every series and night, and those of a record are what reading it gives."""
    table = dashboard_of(large_home).table
    frame = table.frame()
    assert table.problems == []
    assert frame["experiment"].nunique() == EXPERIMENTS + 1  # and the sentinels
    assert frame["run_id"].nunique() == NIGHTS
    assert 160_000 < len(frame) < 190_000
    for name in ("engines_0", "counters_1", "builds_0"):
        newest = dashboard_of(large_home).newest_record(name)
        assert newest is not None
        first = read_record(sorted(large_home.exp_data_dir(name).glob("data_*.json"))[-50])
        for record in (newest, first):
            order = ["metric", "params", "variant"]
            told = frame_of(record).sort_values(order, ignore_index=True)
            kept = table.frame(experiment=name, run_id=record.run_id).sort_values(order, ignore_index=True)
            assert told.drop(columns="timestamp").astype(str).equals(kept.drop(columns="timestamp").astype(str))


def test_every_page_opens_from_a_file(large_site: Path, tab: Opened) -> None:
    """Each: no request leaves the machine, the console is empty, every picture loads, a phone shows all its width."""
    names = pages_of(large_site)
    assert {f"experiments/{name_of(n)}.html" for n in range(EXPERIMENTS)} <= set(names)
    faults = {name: fault for name in names if (fault := _fault(tab, at(large_site, name)))}
    assert faults == {}


def _fault(tab: Opened, address: str) -> list[str]:
    """What is wrong with one page."""
    tab.go(address)
    page = tab.page
    page.evaluate(ALL_PICTURES)
    until(page, f"({BROKEN_PICTURES}).every(source => false) || document.readyState === 'complete'")
    broken = page.evaluate(BROKEN_PICTURES)
    page.set_viewport_size(PHONE)
    wider = page.evaluate(TOO_WIDE)
    page.set_viewport_size(DESK)
    titles = page.locator("h1").count()
    told = [f"{wider} pixels too wide for a phone"] if wider > 0 else []
    told += [f"{titles} headings of the first level"] if titles != 1 else []
    return [*tab.complaints, *(f"outside: {url}" for url in tab.outside), *broken, *told]


def test_every_page_opens_below_a_path_of_a_server(browser: Browser, large_site: Path, address: str) -> None:
    """Each of them: nothing is asked for but from there, nothing is missing, the console is empty."""
    tab = listening(browser, server=address)
    missing: list[str] = []
    tab.page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    faults = {}
    for name in pages_of(large_site):
        tab.go(address + name)
        if tab.complaints or tab.outside or missing:
            faults[name] = [*tab.complaints, *tab.outside, *missing]
            missing.clear()
    assert faults == {}
    tab.page.context.close()


def test_every_link_leads_somewhere(large_site: Path) -> None:
    """Of every page, style, feed, of the data that scripts load and the places that the search knows."""
    found = check_links(large_site)
    assert found.pages == len(pages_of(large_site))
    assert (found.broken, found.outside, found.dangling, found.doubled) == ([], [], [], [])
    assert {link.split("/")[3] for _, link in found.forges} == {"apache"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_stumbles_on_any_kind_of_page(browser: Browser, large_site: Path, scheme: str) -> None:
    """The fullest page of every kind passes axe-core with all that can be unfolded open; in the dark its colours do."""
    tab = listening(browser, viewport=DESK, color_scheme=scheme)
    rules = None if scheme == "light" else ["color-contrast", "link-in-text-block"]
    faults = {}
    for name in kinds_of(large_site).values():
        tab.go(at(large_site, name))
        if found := violations(tab.page, rules=rules):
            faults[name] = found
    assert faults == {}
    tab.page.context.close()


def test_without_javascript_every_kind_of_page_can_be_read(browser: Browser, large_site: Path) -> None:
    """A heading and text on each; on an experiment's page tables, and a static picture of every series."""
    tab = listening(browser, viewport=DESK, java_script_enabled=False)
    for name in kinds_of(large_site).values():
        tab.go(at(large_site, name))
        assert len(tab.page.locator("main .rb").inner_text()) > 100, name
    tab.go(at(large_site, EXPERIMENT))
    assert tab.page.locator("main table").count() >= 2
    pictures = tab.page.locator(".rb-chart-static svg")
    assert pictures.count() >= 6
    assert all(one.bounding_box() for one in pictures.all()[:6])
    tab.go(at(large_site, "compare.html"))
    assert tab.page.locator("main table tbody tr").count() > 10
    tab.page.context.close()


def test_on_paper_there_are_charts_and_no_tabs(browser: Browser, large_site: Path) -> None:
    """An experiment's page prints: the theme's bars are gone, a picture of its series is there."""
    tab = listening(browser, viewport=DESK)
    tab.go(at(large_site, EXPERIMENT))
    tab.page.locator(LIVE).first.wait_for()
    tab.page.emulate_media(media="print")
    assert not tab.page.locator(".md-header").is_visible()
    assert not tab.page.locator(".md-tabs").is_visible()
    charts = tab.page.locator(".rb-chart-static svg:visible, .rb-chart-live canvas:visible")
    assert charts.count() >= 1
    paper = tab.page.pdf()
    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 2
    tab.page.context.close()


def _names(page: Page) -> list[str]:
    """Of the experiments that are shown; what lies below the fold is not laid out, so it has no inner text."""
    rows = "[...document.querySelectorAll('#experiments tbody tr')].filter(row => row.checkVisibility())"
    found: list[str] = page.evaluate(f"{rows}.map(row => row.querySelector('th a').textContent)")
    return found


def test_the_overview_of_forty_sorts_and_filters(tab: Opened, large_site: Path) -> None:
    """A click on a heading sorts all rows and another turns them round; words leave those that have them."""
    tab.go(at(large_site, "index.html"))
    page = tab.page
    assert len(_names(page)) == EXPERIMENTS
    heading = page.locator("#experiments thead button", has_text="Experiment")
    heading.click()
    up = _names(page)
    heading.click()
    down = _names(page)
    assert sorted(up) == sorted(down)
    assert up != down
    page.get_by_role("searchbox", name="Find an experiment by its name").fill("gpu")
    until(page, "!document.querySelector('#experiments tbody').innerText.includes('Cells')")
    assert sorted(_names(page)) == [f"Gpu {n}" for n in range(5)]
    assert tab.complaints == []


def test_a_chart_is_zoomed_by_keys_and_its_address_keeps_that(browser: Browser, large_site: Path) -> None:
    """Plus zooms in and the address says so; that address shows the same range when it is opened anew; 0 zooms out."""
    tab = listening(browser, viewport=DESK)
    tab.go(at(large_site, EXPERIMENT))
    page = tab.page
    before = page.url
    plot = page.locator(PLOT).first
    plot.focus()
    page.keyboard.press("+")
    until(page, "before => location.href !== before", before)
    zoomed = page.url
    other = listening(browser, viewport=DESK)
    other.go(zoomed)
    other.page.locator(LIVE).first.wait_for()
    assert other.page.url == zoomed
    plot.focus()
    page.keyboard.press("0")
    until(page, "zoomed => location.href !== zoomed", zoomed)
    assert (tab.complaints, other.complaints) == ([], [])
    for one in (tab, other):
        one.page.context.close()


@pytest.mark.parametrize("over", ["file", "http"])
def test_dark_colours_stay_chosen_from_page_to_page(
    browser: Browser, large_site: Path, address: str, over: str
) -> None:
    """Chosen by the button, kept on the next page and after a reload."""
    base = address if over == "http" else f"{large_site.as_uri()}/"
    tab = listening(browser, viewport=DESK, color_scheme="light", server=address)
    tab.go(f"{base}index.html")
    assert tab.page.evaluate(SCHEME) == "default"
    tab.page.locator("label[for=__palette_1]:visible, label[title='Dark colours']:visible").first.click()
    assert tab.page.evaluate(SCHEME) == "slate"
    tab.go(base + EXPERIMENT)
    assert tab.page.evaluate(SCHEME) == "slate"
    tab.page.reload()
    assert tab.page.evaluate(SCHEME) == "slate"
    assert tab.complaints == []
    tab.page.context.close()


def test_the_keyboard_reaches_an_experiment_and_back_returns(tab: Opened, large_site: Path) -> None:
    """Focus is seen, Enter follows the link, and the browser's back and forward show both pages again."""
    tab.go(at(large_site, "index.html"))
    page = tab.page
    link = page.locator("#experiments tbody th a").first
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert link.evaluate("element => element === document.activeElement")
    assert link.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/experiments/*.html*")
    there = page.url
    page.go_back()
    page.wait_for_url("**/index.html*")
    page.go_forward()
    page.wait_for_url(there)
    page.locator("h1").wait_for()
    assert tab.complaints == []
