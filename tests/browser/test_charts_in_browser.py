"""The charts of an experiment, in a real browser: what they show, and how."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.chart_page import (
    DAY,
    FIGURE,
    SECTION,
    button,
    drawn,
    middle_of,
    pinned_text,
    relay_opt,
    scale,
    settled,
    shown_days,
)
from tests.browser.charted import Data, Made, opened_with, two_years
from tests.browser.opening import Opened
from tests.browser.waiting import until


def test_charts_take_the_place_of_the_pictures(browser: Browser, site: Path) -> None:
    """Changed series first, twelve of sixteen until all are asked for; only the opened metric's file was loaded."""
    found = relay_opt(browser, site)
    page = drawn(found)
    figures = page.locator(FIGURE)
    assert (figures.count(), figures.first.locator(".rb-chart-name").inner_text()) == (12, "vgg-16 O3")
    assert "slower" in figures.first.locator(".rb-badge").inner_text()
    assert not page.locator("#chart-time .rb-chart-static").is_visible()
    assert [url.rpartition("/")[2] for url in found.requests if "/charts/relay_opt/" in url] == ["time-2026.js"]
    page.get_by_role("button", name="show all 16").click()
    expect(figures).to_have_count(16)
    page.locator("#chart-compile summary").first.click()
    page.locator("#chart-compile canvas").first.wait_for()
    assert any(url.endswith("compile-2026.js") for url in found.requests)
    assert (found.outside, found.complaints) == ([], [])
    page.context.close()


def test_on_paper_and_without_scripts_the_pictures_stand_there(browser: Browser, site: Path) -> None:
    """Instead of the charts."""
    page = drawn(relay_opt(browser, site))
    page.emulate_media(media="print")
    assert page.locator("#chart-time .rb-chart-static svg").first.is_visible()
    assert not page.locator("#chart-time .rb-chart-live").is_visible()
    page.context.close()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "experiments" / "relay_opt.html").as_uri())
    assert page.locator("#chart-time .rb-chart-static svg").first.is_visible()
    page.context.close()


def test_a_night_is_told_under_the_pointer(browser: Browser, site: Path) -> None:
    """Night, value, change against the first level, build, what began there; every chart tells the same night."""
    page = drawn(relay_opt(browser, site))
    names = "[...document.querySelectorAll('#chart-time .rb-chart-now')].map(now => now.textContent)"
    before = page.evaluate(names)
    page.mouse.move(*middle_of(page, share=30.5 / 40))
    tip = page.locator(".rb-chart-tip")
    text = tip.inner_text()
    assert "2026-11-13 03:00 UTC, vgg-16 O3" in text
    assert "ms" in text
    for part in ("median of 7", "against the first level", "(worse)", "0.27.0.post1", "slower +9"):
        assert part in text, part
    assert all(old != new for old, new in zip(before[1:4], page.evaluate(names)[1:4], strict=True))
    page.mouse.move(5, 5)
    assert not tip.is_visible()
    assert page.evaluate(names) == before
    page.context.close()


def test_a_click_keeps_the_night_with_a_link_to_its_commit(browser: Browser, site: Path) -> None:
    """Below the charts, and one to its run; where no commit is known, or the run has no row, there is none."""
    page = drawn(opened_with(browser, site, two_years()))
    page.mouse.click(*middle_of(page))
    pinned = page.locator("#chart-time .rb-chart-pin")
    commit = pinned.get_by_role("link", name="commit 0.27.0+g7b5acb32b")
    assert commit.get_attribute("href") == "https://github.com/apache/tvm/commit/7b5acb32b"
    assert commit.get_attribute("rel") == "noreferrer"
    run = pinned.locator("a").first.get_attribute("href") or ""
    assert run.startswith("../runs/2026.html#run-2026")
    pinned.get_by_role("button", name="Close").click()
    assert not pinned.is_visible()
    page.context.close()
    nights = two_years()
    untold = [f"{moment:%Y%m%dT%H%M%S.%fZ}" for moment in nights.times]
    page = drawn(opened_with(browser, site, replace(nights, part={"runs_untold": untold})))
    page.mouse.click(*middle_of(page))
    assert page.locator("#chart-time .rb-chart-pin a:not([rel])").count() == 0
    assert page.locator("#chart-time .rb-chart-pin a[rel]").count() == 1
    page.context.close()
    page = drawn(relay_opt(browser, site))
    page.mouse.click(*middle_of(page))
    assert "0.27.0.post1" in pinned_text(page)
    assert page.locator("#chart-time .rb-chart-pin a[rel]").count() == 0
    page.context.close()


def test_ranges_load_what_they_need(browser: Browser, site: Path) -> None:
    """Three months of two years need one file; all nights the other two as well, each once."""
    found = opened_with(browser, site, two_years())
    page = drawn(found)
    assert (round(shown_days(page)), years(found)) == (91, ["2026"])
    button(page, "2 weeks").click()
    settled(page, "time.range=14d")
    assert (round(shown_days(page)), button(page, "2 weeks").get_attribute("aria-pressed")) == (15, "true")
    button(page, "all").click()
    until(page, f"{SECTION}.range[1] - {SECTION}.range[0] > 700 * 86400")
    assert years(found) == ["2024", "2025", "2026"]
    button(page, "3 months").click()
    assert years(found) == ["2024", "2025", "2026"]
    assert (found.outside, found.complaints) == ([], [])
    page.context.close()


def years(found: Opened) -> list[str]:
    """Of the files that were asked for."""
    return sorted(url[-7:-3] for url in found.requests if "/charts/relay_opt/" in url)


def test_axes_change_as_asked(browser: Browser, site: Path) -> None:
    """Logarithmic, relative, from zero, evenly spaced, all in one; each button says that it is pressed."""
    page = drawn(opened_with(browser, site, two_years()))
    low, high = scale(page, "y")
    assert 0.0095 < low < 0.01
    assert 0.011 < high < 0.0115
    button(page, "relative").click()
    low, high = scale(page, "y")
    assert 95 < low < 100
    assert 110 < high < 115
    button(page, "from zero").click()
    assert scale(page, "y")[0] == 0
    button(page, "log").click()
    assert page.evaluate(f"{SECTION}.figures[0].chart.scales.y.distr") == 3
    assert button(page, "from zero").is_disabled()
    button(page, "even nights").click()
    low, high = scale(page, "x")
    assert high - low == 91 - 2  # nights, two of which had no run
    button(page, "together").click()
    assert (page.locator(FIGURE).count(), page.locator(f"{FIGURE} .rb-chart-key").count()) == (1, 2)
    page.locator(".rb-chart-key", has_text="calm").click()
    assert page.evaluate(f"{SECTION}.figures[0].spec.curves.length") == 1
    pressed = page.locator("#chart-time .rb-chart-controls button[aria-pressed=true]").all_inner_texts()
    assert pressed == ["3 months", "log", "relative", "from zero", "even nights", "together"]
    page.context.close()


def test_changes_are_marked_and_told_in_words(browser: Browser, site: Path) -> None:
    """The list below the charts has what lines on them stand for; the line is cut where nights or machines end."""
    page = drawn(opened_with(browser, site, two_years()))
    page.locator(".rb-chart-told summary").click()
    told = page.locator(".rb-chart-told li").all_inner_texts()
    assert told == [
        "2026-11-08 machine: kernel 6.1 → 6.2",
        "2026-10-24 stepped: slower +10.0 %",
        "2026-08-25 versions: numpy 2.3 → 2.4",
    ]
    frame = f"{SECTION}.frame"
    assert page.evaluate(f"{frame}.gaps.flatMap((gap, at) => gap ? [at] : [])") == [
        page.evaluate(f"{frame}.t.findIndex(moment => moment > Date.UTC(2026, 9, 14) / 1000)")
    ]
    breaks = page.evaluate(f"[...[...{frame}.curves.values()][0].breaks].map(at => {frame}.t[at])")
    assert [moment % DAY for moment in breaks] == [3 * 3600]
    page.context.close()


def test_one_machine_is_shown_or_all_one_after_the_other(browser: Browser, site: Path) -> None:
    """A series that went on with another machine is one line then, cut where it did."""
    old = [0.02] * 30 + [None] * 30
    new = [None] * 30 + [0.01] * 30
    series = [Made("net", new, same="net"), Made("net on old", old, machine=1, same="net")]
    found = opened_with(browser, site, Data(series, machines=["new Xeon", "old Xeon"]))
    page = drawn(found)
    choice = page.get_by_label("machine")
    assert choice.locator("option").all_inner_texts() == ["new Xeon", "old Xeon", "all, one after the other"]
    assert page.locator(".rb-chart-reach").first.inner_text() == "2026-10-24 to 2026-11-22"
    choice.select_option("1")
    expect(page.locator(".rb-chart-reach").first).to_have_text("2026-09-24 to 2026-10-23")
    choice.select_option("all")
    settled(page, "time.machine=all")
    expect(page.locator(FIGURE)).to_have_count(1)
    curve = f"[...{SECTION}.frame.curves.values()][0]"
    assert page.evaluate(f"{curve}.line") == [0.02] * 30 + [0.01] * 30
    assert page.evaluate(f"[...{curve}.breaks]") == [30]
    button(page, "relative").click()
    assert page.evaluate(f"{SECTION}.figures[0].spec.curves[0].raw") == [100] * 60  # each of its own machine's level
    assert page.locator(f"{FIGURE} .rb-chart-now").inner_text() == "10 ms, no change"
    assert "another machine: new Xeon" in (page.locator(".rb-chart-told").text_content() or "")
    assert found.complaints == []
    page.context.close()


def test_colours_follow_the_scheme_while_open(browser: Browser, site: Path) -> None:
    """The line is drawn in the page's own colour, before and after the switch."""
    page = drawn(relay_opt(browser, site))
    assert page.evaluate(TREND_PIXELS) > 100
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    until(page, f"({TREND_PIXELS})() > 100")
    page.context.close()


def test_a_phone_shows_them_without_scrolling_sideways(browser: Browser, site: Path) -> None:
    """At 360 pixels every chart has the page's width, also after the phone is turned."""
    found = relay_opt(browser, site, viewport={"width": 360, "height": 740}, has_touch=True)
    page = drawn(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    width = page.locator(f"{FIGURE} canvas").first.evaluate("canvas => canvas.clientWidth")
    page.set_viewport_size({"width": 740, "height": 360})
    until(page, "old => Math.abs(document.querySelector('#chart-time .rb-chart canvas').clientWidth - old) > 20", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= 740
    page.context.close()


def test_nobody_is_left_out(browser: Browser, site: Path) -> None:
    """axe-core has nothing to say of the charts, with a night kept, and all of them in one in the dark."""
    page = drawn(opened_with(browser, site, two_years()))
    page.mouse.click(*middle_of(page))
    assert violations(page, "#chart-time") == []
    button(page, "together").click()
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    assert violations(page, "#chart-time") == []
    page.context.close()


TREND_PIXELS = """() => {
  const canvas = document.querySelector("#chart-time .rb-chart canvas");
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(document.body).getPropertyValue("--rb-trend");
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const near = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 12;
    count += near && data[at + 3] > 200;
  }
  return count;
}"""
