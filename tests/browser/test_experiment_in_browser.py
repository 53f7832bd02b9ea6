"""An experiment's page in a real browser: comparison, ledger, long tables, keyboard, phone, paper, axe."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.opening import opened
from tests.subsystems import sample_home
from tests.subsystems.sample_experiments import Sample, measurement
from tests.subsystems.sample_home import build_site, make_home

NAMES = ("attack", "branches", "cnn_comp", "never_ran", "versions")
NIGHTS = 3
OPERATORS = 25
CASES = 3 * OPERATORS


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of many operators on three engines, with a ledger."""

    def operators(_night: int, random: object) -> list[object]:
        return [
            measurement(random, metric, 1e-4 * factor * (1 + number), "s", operator=f"op_{number}", engine=engine)  # type: ignore[arg-type]
            for number in range(OPERATORS)
            for factor, engine in enumerate(("relax", "torch-eager", "torch-compile"), 1)
            for metric in ("time", "compile")
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sample_home, "samples", lambda: [Sample("ops", {"active": True, "title": "Operators"}, operators)]
        )  # type: ignore[arg-type]
        home = make_home(tmp_path_factory.mktemp("long") / "home", nights=NIGHTS)
        return build_site(home, NIGHTS) / "experiments" / "ops.html"


@pytest.mark.parametrize("name", NAMES)
def test_pages_of_experiments_have_nothing_to_complain_about(browser: Browser, site: Path, name: str) -> None:
    """Neither the console nor axe-core, whose rules cover contrast, headings, tables and labels."""
    found = opened(browser, site / "experiments" / f"{name}.html")
    assert found.complaints == []
    assert found.outside == []
    assert violations(found.page) == []
    found.page.context.close()


def test_a_long_page_has_nothing_to_complain_about(browser: Browser, long_page: Path) -> None:
    """In the dark, too."""
    found = opened(browser, long_page, color_scheme="dark")
    assert found.complaints == []
    assert violations(found.page, ".rb-bars, .rb-ledger, .rb-row-filters") == []
    found.page.context.close()


def test_every_jump_leads_to_a_part_in_the_pages_order(browser: Browser, site: Path) -> None:
    """And no heading of the page is left out."""
    for name in ("cnn_comp", "relay_opt", "branches", "rnn_cells", "never_ran"):
        page = opened(browser, site / "experiments" / f"{name}.html").page
        anchors = page.eval_on_selector_all(".rb-jump a[href^='#']", "all => all.map(a => a.hash.slice(1))")
        parts = page.eval_on_selector_all(".rb h2", "all => all.map(h => h.id || h.closest('[id]').id)")
        assert anchors == parts, name
        page.context.close()


def test_bars_are_as_long_as_their_values(browser: Browser, site: Path) -> None:
    """Engines of one network, from zero: the ratio of two bars is that of the values beside them."""
    page = opened(browser, site / "experiments" / "cnn_comp.html").page
    rows = page.locator(".rb-bars tbody").first.locator("tr:has(rect)")
    widths = rows.locator("rect").evaluate_all("all => all.map(rect => rect.getBoundingClientRect().width)")
    values = [float(text.split()[0]) for text in rows.locator("td.rb-num:nth-last-child(2)").all_inner_texts()]
    assert len(widths) == 3
    assert [width / widths[0] for width in widths] == pytest.approx([value / values[0] for value in values], rel=0.02)
    page.context.close()


def test_the_ledger_sorts_by_a_click(browser: Browser, site: Path) -> None:
    """By the value in its unit, not by its text."""
    page = opened(browser, site / "experiments" / "relay_opt.html").page
    page.locator(".rb-ledger thead th", has_text="First run").locator("button").click()
    values = page.locator(".rb-ledger tbody tr td:nth-child(4)").evaluate_all("all => all.map(td => +td.dataset.sort)")
    assert values == sorted(values)
    assert len(values) == 16
    page.context.close()


def test_a_long_table_is_searched_by_words(browser: Browser, long_page: Path) -> None:
    """All words must be in a row; how many are shown is told; an empty box shows all again."""
    page = opened(browser, long_page).page
    box = page.get_by_label("Filter the series of time")
    box.fill("OP_1 torch")
    shown = page.locator("#values ~ details").first.locator("tbody tr:visible")
    assert shown.count() == 22  # op_1 and op_10 to op_19 on two engines
    assert page.locator(".rb-row-filters output").all_inner_texts()[1] == f"22 of {CASES} rows"
    box.fill("")
    assert shown.count() == CASES
    page.context.close()


def test_the_head_of_a_long_table_stays(browser: Browser, long_page: Path) -> None:
    """While its rows are scrolled below it."""
    page = opened(browser, long_page).page
    frame = page.locator("details[open] .rb-long").first
    before = frame.locator("thead th").first.bounding_box()
    frame.evaluate("frame => frame.scrollTop = 2000")
    after = frame.locator("thead th").first.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)
    page.context.close()


def test_more_bars_open_by_the_keyboard(browser: Browser, long_page: Path) -> None:
    """Forty stand open, the others are one key away."""
    page = opened(browser, long_page).page
    more = page.locator("details:has(.rb-bars)")
    assert page.locator(".rb-bars tr:has(rect):visible").count() == 39
    more.locator("summary").press("Enter")
    assert page.locator(".rb-bars tr:has(rect):visible").count() == CASES
    page.context.close()


def test_on_paper_long_tables_are_whole(browser: Browser, long_page: Path) -> None:
    """No frame cuts rows off, and no box to type into is printed."""
    page = opened(browser, long_page).page
    page.emulate_media(media="print")
    heights = page.locator(".rb-long:visible").evaluate_all("all => all.map(f => f.scrollHeight - f.clientHeight)")
    assert len(heights) == 2
    assert max(heights) <= 1
    assert not page.locator(".rb-row-filters").first.is_visible()
    page.context.close()


@pytest.mark.parametrize("width", [360, 768])
def test_the_comparison_fits_small_screens(browser: Browser, long_page: Path, width: int) -> None:
    """The page does not scroll sideways, and a bar has room."""
    page = opened(browser, long_page, viewport={"width": width, "height": 740}).page
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    box = page.locator(".rb-bar svg").first.bounding_box()
    assert box is not None
    assert box["width"] > 100
    page.context.close()


def test_without_scripts_the_page_tells_everything(browser: Browser, long_page: Path) -> None:
    """Bars, ledger and values are there; nothing to filter with is promised."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(long_page.as_uri())
    assert page.locator(".rb-bars rect").count() == CASES
    assert page.locator(".rb-ledger tbody tr").count() == CASES
    assert page.locator(".rb-row-filter").count() == 0
    page.context.close()
