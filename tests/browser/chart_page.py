"""Looks at the charts of `time` on an experiment's page, and reaches for what is on them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.browser.opening import Opened, listening
from tests.browser.waiting import until

DAY = 86400
FIGURE = "#chart-time .rb-chart"
SECTION = "RB.charts.sections.find(section => section.slug === 'time')"


def relay_opt(browser: Browser, site: Path, query: str = "", **context: object) -> Opened:
    """The sample home's own charts: sixteen series, 40 nights, vgg-16 O3 slower since ten of them."""
    found = listening(browser, **context)
    found.go((site / "experiments" / "relay_opt.html").as_uri() + query)
    return found


def drawn(found: Opened) -> Page:
    """The page, once the first chart is drawn."""
    found.page.locator("#chart-time").scroll_into_view_if_needed()
    found.page.locator(f"{FIGURE} canvas").first.wait_for()
    found.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return found.page


def button(page: Page, name: str) -> Locator:
    """One of the bar above the charts."""
    return page.locator("#chart-time .rb-chart-controls").get_by_role("button", name=name, exact=True)


def scale(page: Page, axis: str, figure: int = 0) -> tuple[float, float]:
    """The ends of an axis."""
    found = page.evaluate(f"(s => [s.min, s.max])({SECTION}.figures[{figure}].chart.scales['{axis}'])")
    return found[0], found[1]


def shown_days(page: Page) -> float:
    """How many days the charts reach over."""
    low, high = scale(page, "x")
    return (high - low) / DAY


def middle_of(page: Page, figure: int = 0, share: float = 0.5) -> tuple[float, float]:
    """A place on a plot, `share` of its width from the left."""
    box = page.locator(f"{FIGURE} .u-over").nth(figure).bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def settled(page: Page, part: str) -> None:
    """Waits until the address says so."""
    until(page, "part => location.search.includes(part)", part)


def pinned_text(page: Page) -> str:
    """What is kept below the charts."""
    return page.locator("#chart-time .rb-chart-pin").inner_text()
