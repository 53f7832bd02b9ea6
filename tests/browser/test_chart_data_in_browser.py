"""Odd data behind the charts of an experiment, and what is computed from any, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pytest_relaybench.bundled import folder
from tests.browser.chart_page import FIGURE, SECTION, button, drawn, middle_of, pinned_text
from tests.browser.charted import Data, Made, Values, opened_with, two_years
from tests.browser.waiting import until
from tests.subsystems.sample_experiments import ATTACK


@pytest.fixture(scope="module")
def scripts(browser: Browser) -> Iterator[Page]:
    """An empty page with what computes, and nothing to draw."""
    page = browser.new_page()
    for name in ("numbers", "charts/data", "charts/median", "charts/ticks"):
        page.add_script_tag(path=folder("site") / "assets" / "js" / f"{name}.js")
    yield page
    page.close()


def test_a_file_that_cannot_be_read_is_one_line(browser: Browser, site: Path) -> None:
    """The other years are drawn; without any the picture stays."""
    data = two_years()
    found = opened_with(browser, site, Data(data.series, lost=[2025]), "?time.range=all")
    page = drawn(found)
    assert page.locator(".rb-chart-trouble").first.inner_text().startswith("Could not be loaded: time-2025.js.")
    assert all("ERR_FAILED" in line for line in found.complaints)
    page.context.close()
    found = opened_with(browser, site, Data(data.series, lost=[2024, 2025, 2026]))
    expect(found.page.locator(".rb-chart-trouble").first).to_contain_text("time-2026.js")
    assert found.page.locator("#chart-time .rb-chart-static svg").first.is_visible()
    assert all("ERR_FAILED" in line for line in found.complaints)
    found.page.context.close()


ADDRESSES = {
    "?time.range=1w&time.scale=cubic&time.machine=77": "2026-08-24 to 2026-11-22",
    "?time.from=1971-01-01&time.to=8999-01-01": "2024-11-22 to 2026-11-23",
    "?time.from=2026-13-45&time.to=9&time.hide=a%22b": "2026-08-24 to 2026-11-22",
    "?time.range=14d": "2026-11-08 to 2026-11-22",
    "?time.from=1999-01-01&time.to=2000-01-01": "2026-08-24 to 2026-11-22",
}


def test_an_address_that_says_nonsense_shows_the_usual(browser: Browser, site: Path) -> None:
    """Unknown choices, no dates, dates outside of the history: nothing is thrown, something is drawn."""
    found = opened_with(browser, site, two_years(), next(iter(ADDRESSES)))
    page = drawn(found)
    for query, reach in ADDRESSES.items():
        page.evaluate("query => { history.replaceState(null, '', query); dispatchEvent(new Event('popstate')) }", query)
        expect(page.locator(".rb-chart-reach").first).to_have_text(reach)
    assert found.complaints == []
    page.context.close()


ODD: dict[str, Values] = {
    "none": [None] * 20,
    "one": [None] * 19 + [0.003],
    "zeros": [0.0] * 20,
    "negative": [-3.0] * 20,
    "signs": [float(night % 5 - 2) for night in range(20)],
    "huge": [1e300] * 20,
    "both ends": [(1.7e308, -1.7e308, 0.0)[night % 3] for night in range(20)],
    "tiny": [1e-300 * (night + 1) for night in range(20)],
    "constant": [5.0] * 20,
}


def test_odd_values_are_drawn_or_said(browser: Browser, site: Path) -> None:
    """Nothing, one night, zeros, negative, huge and tiny values: no exception, and words where there is no place."""
    found = opened_with(browser, site, Data([Made(name, values) for name, values in ODD.items()]))
    page = drawn(found)
    why = reasons(page)
    assert why == {**dict.fromkeys(ODD, ""), "none": "No value in this range."}
    button(page, "log").click()
    why = reasons(page)
    assert why["zeros"] == why["negative"] == "20 nights at or below 0 have no place on a log scale."
    assert why["signs"] == "12 nights at or below 0 have no place on a log scale."
    button(page, "even nights").click()
    button(page, "relative").click()
    assert reasons(page)["zeros"] == "No change can be told: the first level is not above 0."
    button(page, "log").click()
    reasons(page)
    button(page, "from zero").click()
    reasons(page)
    button(page, "together").click()
    page.locator(f"{FIGURE} canvas").wait_for()
    button(page, "relative").click()
    page.mouse.move(*middle_of(page))
    assert page.locator(".rb-chart-tip").is_visible()
    assert found.complaints == []
    page.context.close()


def reasons(page: Page) -> dict[str, str]:
    """What each chart says of what it cannot show, once all are drawn."""
    until(page, f"{SECTION}.figures.every(figure => {{ figure.redraw(); return figure.chart }})")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    figures = page.locator(FIGURE)
    return dict(
        zip(
            figures.locator(".rb-chart-name").all_inner_texts(),
            figures.locator(".rb-chart-why").all_text_contents(),
            strict=True,
        )
    )


def test_names_are_text(browser: Browser, site: Path) -> None:
    """Of series, units, machines, verdicts and events: shown letter by letter, run by nobody, linked to nowhere."""
    marks = [(3, ATTACK, ATTACK)]
    series = [Made(ATTACK, [1.0] * 9, marks=marks, kind=ATTACK, build=ATTACK), Made("b" + ATTACK, [1.0] * 9, machine=1)]
    commits = {"commits": {"installed": "javascript:alert(1)//{commit}"}}
    data = Data(series, unit=ATTACK, machines=[ATTACK, ATTACK], events=[(3, 0, "machine", ATTACK)], part=commits)
    found = opened_with(browser, site, data)
    page = drawn(found)
    assert page.locator(f"{FIGURE} .rb-chart-name").first.inner_text() == ATTACK
    page.mouse.click(*middle_of(page, share=3.5 / 9))
    assert ATTACK in page.locator(".rb-chart-tip").inner_text()
    assert ATTACK in pinned_text(page)
    page.get_by_label("machine").select_option("all")
    page.locator(".rb-chart-told summary").click()
    assert page.evaluate("window.hacked") is None
    inside = "[...document.querySelectorAll('#chart-time *')]"
    assert page.evaluate(f"{inside}.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))") == []
    assert page.evaluate("[...document.links].filter(a => a.protocol === 'javascript:').length") == 0
    assert (found.outside, found.complaints) == ([], [])
    page.context.close()


def test_axes_have_values_that_differ(scripts: Page) -> None:
    """In whatever unit and size: two texts at least, no two alike, the unit at the topmost one only."""
    for (low, high, unit), texts in zip(AXES, scripts.evaluate(TICKS, AXES), strict=True):
        assert len(texts) >= 2, (low, high, unit)
        assert len(set(texts)) == len(texts), texts
    sizes = [[0.0119, 0.0131, "s"], [0, 3 * 2**20, "B"]]
    assert scripts.evaluate(TICKS, sizes) == [["12.0", "12.5", "13.0 ms"], ["0", "1", "2", "3 MiB"]]
    dates = "([from, to]) => RB.charts.dateTexts(RB.charts.dateTicks(from, to, 5, 86400))"
    assert scripts.evaluate(dates, [1787540400, 1795316400]) == ["Sep 2026", "Oct", "Nov"]
    assert scripts.evaluate(dates, [1794538800, 1795316400]) == ["15 Nov 2026", "17 Nov", "19 Nov", "21 Nov"]


def test_the_line_is_the_median_of_seven_nights(scripts: Page) -> None:
    """Three before and three after, fewer at an end, none across another machine, nothing where a night is missing."""
    running = "([values, cut]) => RB.charts.running(values, at => at === cut)"
    assert scripts.evaluate(running, [[1, 9, 2, 8, 3, 7, 4, 6], -1]) == [5, 3, 5, 4, 6, 5, 6, 5]
    assert scripts.evaluate(running, [[1, 1, 1, 9, 9, 9], 3]) == [1, 1, 1, 9, 9, 9]
    assert scripts.evaluate(running, [[1, None, 3], -1]) == [2, None, 2]
    assert scripts.evaluate(running, [[], -1]) == []


AXES = [
    (low * size, high * size, unit)
    for size in (1e-12, 1e-6, 3.7e-4, 1.0, 999.0, 1e6, 1e11)
    for low, high in ((1.0, 1.01), (0.97, 1.31), (0.0, 1.0), (-0.4, 0.7), (1.0, 40.0))
    for unit in ("s", "B", "FLOP/s", "%", "")
]
TICKS = """axes => axes.map(([low, high, unit]) => {
  const scale = RB.numbers.scaleFor(Math.max(Math.abs(low), Math.abs(high)), unit);
  return RB.charts.valueTexts(RB.charts.valueTicks(low, high, 3, scale.factor), scale.factor, scale.unit);
})"""
