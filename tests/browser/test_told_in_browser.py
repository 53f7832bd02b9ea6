"""What subsystems leave for the site, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import opened

LEFT = [
    (timedelta(days=-3), "4 days left", True),
    (timedelta(days=-9), "10 days left", False),
    (timedelta(hours=23), "1 h 1 min 3 s left", True),
    (timedelta(hours=24, seconds=1), "1 min 2 s left", True),
    (timedelta(hours=24, minutes=1), "3 s left", True),
    (timedelta(hours=24, minutes=2), "passed", False),
]


@pytest.mark.parametrize(("later", "text", "soon"), LEFT)
def test_deadlines_count_down(browser: Browser, site: Path, later: timedelta, text: str, soon: bool) -> None:
    """Days, else hours, minutes and seconds, else that it has passed; marked from the last week on."""
    due = datetime(2026, 11, 26, 11, 59, 59, tzinfo=UTC)
    page = opened(browser, site / "index.html", now=due - timedelta(hours=24, minutes=1, seconds=3) + later).page
    left = page.locator("#deadlines dd", has_text="A paper").locator(".rb-left")
    assert left.inner_text() == text
    assert ("rb-soon" in (left.get_attribute("class") or "")) is soon
    page.context.close()


def test_a_countdown_goes_on_each_second(browser: Browser, site: Path) -> None:
    """Until it says that the moment has passed."""
    page = browser.new_context().new_page()
    page.clock.install(time=datetime(2026, 11, 26, 11, 59, 0, tzinfo=UTC))
    page.goto((site / "index.html").as_uri())
    left = page.locator("#deadlines dd", has_text="A paper").locator(".rb-left")
    page.clock.pause_at(datetime(2026, 11, 26, 11, 59, 50, tzinfo=UTC))
    before = left.inner_text()
    page.clock.run_for(1000)
    assert int(before.split()[0]) - int(left.inner_text().split()[0]) == 1
    page.clock.run_for(10_000)
    assert left.inner_text() == "passed"
    page.context.close()


def test_telemetry_opens_from_where_its_news_stands(browser: Browser, site: Path) -> None:
    """Folded until then."""
    page = opened(browser, site / "experiments" / "rnn_cells.html").page
    pictures = page.locator("#telemetry img")
    assert not pictures.first.is_visible()
    page.locator(".rb-disturbed a").click()
    assert pictures.first.is_visible()
    assert pictures.count() == 2
    page.context.close()
