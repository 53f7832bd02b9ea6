"""Moving and zooming the charts of an experiment, in a real browser: by pointer, keys and fingers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chart_page import SECTION, drawn, middle_of, scale, settled, shown_days
from tests.browser.charted import opened_with, two_years
from tests.browser.waiting import until


def test_zooming_by_pointer_can_be_sent_on_and_gone_back_from(browser: Browser, site: Path) -> None:
    """A drag and Ctrl with the wheel zoom all charts, the wheel alone scrolls the page, a double click resets."""
    data = two_years()
    found = opened_with(browser, site, data, viewport={"width": 1200, "height": 500})
    page = drawn(found)
    page.mouse.move(*middle_of(page, share=0.2))
    page.mouse.down()
    page.mouse.move(*middle_of(page, share=0.6), steps=3)
    page.mouse.up()
    settled(page, "time.to=")
    assert 34 < shown_days(page) < 38
    assert scale(page, "x", 1) == scale(page, "x")
    address, reach = page.url, page.locator(".rb-chart-reach").first.inner_text()
    page.go_back()
    until(page, "!location.search")
    expect(page.locator(".rb-chart-reach").first).to_have_text("2026-08-24 to 2026-11-22")
    page.go_forward()
    expect(page.locator(".rb-chart-reach").first).to_have_text(reach)
    again = opened_with(browser, site, data, address[address.index("?") :])
    assert abs(shown_days(drawn(again)) - shown_days(page)) < 0.01
    again.page.context.close()
    page.mouse.move(*middle_of(page))
    before, top = scale(page, "x"), page.evaluate("scrollY")
    page.mouse.wheel(0, 60)
    until(page, "top => scrollY > top", top)
    assert scale(page, "x") == before
    page.mouse.move(*middle_of(page))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    until(page, f"{SECTION}.range[1] - {SECTION}.range[0] < 30 * 86400")
    page.mouse.dblclick(*middle_of(page))
    until(page, "!location.search")
    assert (found.outside, found.complaints) == ([], [])
    page.context.close()


def test_everything_can_be_done_by_keys(browser: Browser, site: Path) -> None:
    """Arrows walk and are spoken, Shift moves the range, + - 0 zoom, Enter keeps the night and goes to its link."""
    found = opened_with(browser, site, two_years(), "?time.range=14d")
    page = drawn(found)
    plot = page.get_by_role("application").first
    live = page.locator("#chart-time [aria-live=polite]")
    assert (plot.get_attribute("aria-label") or "").startswith("time, stepped: 15 nights from 2026-11-08 to 2026-11-22")
    plot.press("End")
    assert (live.text_content() or "").startswith("2026-11-22 03:00 UTC: 11")
    plot.press("ArrowLeft")
    assert (live.text_content() or "").startswith("2026-11-21")
    plot.press("Home")
    assert (live.text_content() or "").startswith("2026-11-08")
    span, (low, _) = shown_days(page), scale(page, "x")
    plot.press("Shift+ArrowLeft")
    assert scale(page, "x")[0] < low
    plot.press("+")
    assert shown_days(page) < 0.7 * span
    settled(page, "time.from=")
    plot.press("0")
    until(page, "!location.search.includes('from')")
    assert shown_days(page) == span
    plot.press("End")
    plot.press("Enter")
    assert page.evaluate("document.activeElement.href") == "https://github.com/apache/tvm/commit/7b5acb32b"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "application"
    page.context.close()


def test_two_fingers_zoom_and_one_moves(browser: Browser, site: Path) -> None:
    """As on a map; a finger up or down is left to the page."""
    found = opened_with(browser, site, two_years(), viewport={"width": 390, "height": 844}, has_touch=True)
    page = drawn(found)
    client = page.context.new_cdp_session(page)
    x, y = middle_of(page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": x + place, "y": y, "id": number} for number, place in enumerate(places)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = shown_days(page)
    touch("touchStart", -30, 30)
    for reach in (40, 60, 90):
        touch("touchMove", -reach, reach)
    touch("touchEnd")
    settled(page, "time.from=")
    assert shown_days(page) == pytest.approx(before / 3, rel=0.05)
    low, _ = scale(page, "x")
    touch("touchStart", 0)
    for place in (20, 40, 80):
        touch("touchMove", place)
    touch("touchEnd")
    until(page, f"{SECTION}.range[0] < {low} - 86400")
    assert page.evaluate("getComputedStyle(document.querySelector('.u-over')).touchAction") == "pan-y"
    assert (found.outside, found.complaints) == ([], [])
    page.context.close()
