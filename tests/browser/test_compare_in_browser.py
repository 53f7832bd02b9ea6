"""The page that compares, in a real browser: how runs and values are chosen, found, and taken along."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from pytest_relaybench.home import Home
from pytest_relaybench.run_comparison.exporting import comparison_csv
from tests.browser.axe import violations
from tests.browser.comparing import drawn, looking_at, told_by_command
from tests.subsystems.sample_compared import NIGHTS, compared_run


@pytest.fixture
def page(compare_page: Page) -> Page:
    """The page as a double click opens it, in place of an empty one."""
    return compare_page


def test_it_begins_with_the_newest_run(browser: Browser, compared_site: Path) -> None:
    """Against the one before, the largest change on top; only the index and one month are loaded for it."""
    found = looking_at(browser, compared_site)
    page = found.page
    loaded = [url.split("/")[-1].split("?")[0] for url in found.requests if "/site" not in url and "/compare/20" in url]
    assert sorted(loaded) == ["2026-11-spread.js", "2026-11.js"]
    chosen = [page.locator(f"#compare-{name}").input_value() for name in ("base", "candidate")]
    assert chosen == [compared_run(NIGHTS - 2), compared_run(NIGHTS - 1)]
    rows = page.locator("#compare-table tbody tr")
    assert "emptied" in rows.first.inner_text()
    assert "only in" in rows.last.inner_text()
    assert not page.locator("#compare-static").is_visible()
    assert "throttled during" in page.locator("#compare-warnings").inner_text()
    told = page.locator("#compare-candidate-told a").get_attribute("href") or ""
    assert told == f"runs/2026.html#run-{compared_run(NIGHTS - 1)}"
    assert rows.first.locator("a").get_attribute("href") == "experiments/kinds.html"
    assert (found.complaints, found.outside) == ([], [])
    page.context.close()


def test_a_choice_stays_in_the_address(page: Page) -> None:
    """A reload shows the same, back goes to what was before, forward to it again; links of other pages work."""
    first, second = compared_run(2), compared_run(9)
    summary = page.locator("#compare-summary")
    before = summary.inner_text()
    drawn(page, lambda: page.select_option("#compare-base", first))
    drawn(page, lambda: page.select_option("#compare-candidate", second))
    drawn(page, lambda: page.select_option("#compare-experiment", "engines"))
    after = summary.inner_text()
    assert after != before
    page.reload()
    page.wait_for_selector("#compare-live[data-drawn]")
    assert [page.locator(f"#compare-{name}").input_value() for name in ("base", "candidate")] == [first, second]
    assert summary.inner_text() == after
    drawn(page, page.go_back)
    drawn(page, page.go_back)
    drawn(page, page.go_back)
    assert summary.inner_text() == before
    drawn(page, page.go_forward)
    assert page.locator("#compare-base").input_value() == first


def test_a_link_names_one_run(browser: Browser, compared_site: Path) -> None:
    """It is compared with the one before it on its machine; a run that is not there is told."""
    found = looking_at(browser, compared_site, f"candidate={compared_run(21)}")
    assert found.page.locator("#compare-base").input_value() == compared_run(19)
    found.page.context.close()
    found = looking_at(browser, compared_site, "candidate=20200101T000000.000000Z&experiment=%3Cimg%3E")
    assert "20200101T000000.000000Z: no run of this name" in found.page.locator("#compare-warnings").inner_text()
    assert found.complaints == []
    found.page.context.close()


def test_other_nights_are_a_click_away(page: Page) -> None:
    """The run before, a week ago, a month ago, and the two exchanged; all of it by keyboard."""
    for label, back in (("a week ago", 7), ("a month ago", 30), ("the run before", 1)):
        drawn(page, lambda label=label: page.get_by_role("button", name=label).press("Enter"))
        assert page.locator("#compare-base").input_value() == compared_run(NIGHTS - 1 - back)
    drawn(page, lambda: page.locator("#compare-swap").click())
    assert page.locator("#compare-base").input_value() == compared_run(NIGHTS - 1)
    assert page.locator("#compare-table tbody tr", has_text="slower").count() > 0


def test_rows_are_found_and_sorted(page: Page) -> None:
    """By experiment, metric, words and verdict; a heading sorts, again turns it round, and screen readers are told."""
    rows = page.locator("#compare-table tbody tr")
    drawn(page, lambda: page.fill("#compare-text", "relax NET-3"))
    assert rows.count() == 1
    drawn(page, lambda: page.fill("#compare-text", ""))
    drawn(page, lambda: page.check("#compare-changed"))
    assert set(page.locator("#compare-table .rb-badge").all_inner_texts()) == {"slower", "faster", "changed"}
    assert "--only changed" in page.locator("#compare-command").inner_text()
    drawn(page, lambda: page.uncheck("#compare-changed"))
    drawn(page, lambda: page.select_option("#compare-metric", "slower"))
    assert rows.count() == 1
    drawn(page, lambda: page.select_option("#compare-metric", ""))
    heading = page.locator("#compare-table th", has_text="Verdict")
    drawn(page, lambda: heading.locator("button").click())
    assert heading.get_attribute("aria-sort") == "descending"
    assert "slower" in rows.first.inner_text()
    drawn(page, lambda: heading.locator("button").press("Enter"))
    assert heading.get_attribute("aria-sort") == "ascending"
    assert page.evaluate("document.activeElement.textContent") == "Verdict"
    assert "only in candidate" in rows.first.inner_text()


MANY = """() => {
  const [table, more] = ["table", "more"].map(RB.compare.choice.at);
  const row = number => ({ experiment: "many", name: `case ${number}`, metric: "time", base: 1, candidate: 1,
    kind: "same", word: "same" });
  const rows = [...Array(450).keys()].map(row);
  RB.compare.table.draw(table, more, rows, { sort: "size", order: "descending" }, () => {});
}"""


def test_many_rows_are_shown_a_part_at_a_time(page: Page) -> None:
    """200, then 200 more or all; the keyboard goes on where the new ones begin."""
    rows = page.locator("#compare-table tbody tr")
    page.evaluate(MANY)
    assert (rows.count(), page.locator("#compare-more").inner_text()) == (200, "show 200 more show all 450")
    page.get_by_role("button", name="show 200 more").press("Enter")
    assert (rows.count(), page.evaluate("document.activeElement.textContent")) == (400, "case 200")
    page.get_by_role("button", name="show all 450").click()
    assert (rows.count(), page.locator("#compare-more").inner_text()) == (450, "")


def test_two_values_are_chosen_within_a_run(page: Page) -> None:
    """Engines at first, where there are some; the choice of another dimension offers its own values."""
    drawn(page, lambda: page.check("[value=within]"))
    assert [page.locator(f"#compare-{name}").input_value() for name in ("by", "x", "y")] == [
        "engine",
        "onnxruntime",
        "relax",
    ]
    names = page.locator("#compare-by option").all_inner_texts()
    assert names == ["engine", "variant", "half", "network", "size"]
    drawn(page, lambda: page.select_option("#compare-by", "variant"))
    assert page.locator("#compare-x option").all_inner_texts() == ["git:fast", "installed"]
    command = page.locator("#compare-command").inner_text()
    assert f"relaybench compare {compared_run(NIGHTS - 1)} --by variant:git:fast,installed" in command
    assert page.locator("#compare-table .rb-faster, #compare-table .rb-slower").count() == 4
    drawn(page, lambda: page.locator("#compare-swap-values").click())
    assert page.locator("#compare-x").input_value() == "installed"
    drawn(page, page.go_back)
    assert page.locator("#compare-x").input_value() == "git:fast"
    drawn(page, lambda: page.select_option("#compare-run", compared_run(5)))
    drawn(page, lambda: page.check("[value=runs]"))
    assert page.locator("#compare-candidate").input_value() == compared_run(5)
    assert page.locator("#compare-base").input_value() == compared_run(4)


def test_other_machines_are_compared_by_a_tick(page: Page) -> None:
    """The tick is there only where the runs share no machine, and a line says what is the matter."""
    tick = page.locator("#compare-across")
    assert not tick.is_visible()
    drawn(page, lambda: page.select_option("#compare-base", compared_run(20)))
    assert "different machines" in page.locator("#compare-warnings").inner_text()
    assert page.locator("#compare-table .rb-badge.rb-same").count() == 0
    drawn(page, tick.check)
    assert page.locator("#compare-table .rb-badge.rb-same").count() > 0
    assert "--across-machines" in page.locator("#compare-command").inner_text()


def test_what_is_seen_can_be_taken_along(page: Page, compared_home: Home) -> None:
    """As CSV with the columns of the command's, from a file; as Markdown to the clipboard."""
    with page.expect_download() as download:
        page.locator("#compare-csv").click()
    text = download.value.path().read_text(encoding="utf-8")
    told = told_by_command(compared_home, compared_run(NIGHTS - 2), compared_run(NIGHTS - 1))
    ours, theirs = (list(csv.reader(io.StringIO(one))) for one in (text, comparison_csv([told])))
    assert ours[0] == theirs[0]
    frame = pd.read_csv(io.StringIO(text), keep_default_na=False)
    only = frame["kind"].str.startswith("only")
    assert (len(frame[~only]), only.sum()) == (len(theirs) - 1, 4)
    rows = {tuple(row[2:8]): row for row in ours[1:]}
    places = [ours[0].index(name) for name in ("kind", "changed", "way", "base_hash", "candidate_hash", "reason")]
    for row in theirs[1:]:
        assert [rows[tuple(row[2:8])][place] for place in places] == [row[place] for place in places]
    page.locator("#compare-copy").click()
    page.get_by_text("copied").wait_for()
    page.context.grant_permissions(["clipboard-read"])  # only the test reads it
    markdown = page.evaluate("navigator.clipboard.readText()")
    assert markdown.count("\n| ") == page.locator("#compare-table tbody tr").count() + 1


def test_nasty_names_are_text(browser: Browser, nasty_site: Path) -> None:
    """In selects, tables, titles and what is taken along; nothing of it ran."""
    found = looking_at(browser, nasty_site, "mode=within&by=variant")
    page = found.page
    drawn(page, lambda: page.check("[value=runs]"))
    assert page.locator("#compare-table tbody tr", has_text="</title><script>window.hacked=1</script>").count() == 2
    assert page.evaluate("window.hacked") is None
    attributes = "[...document.querySelectorAll('.rb, .rb *')].flatMap(element => element.getAttributeNames())"
    assert [name for name in page.evaluate(attributes) if name.startswith("on")] == []
    assert page.locator(".rb-compare img").count() == 0
    markdown = page.evaluate(
        "row => RB.compare.taking.markdownOf([row], { sides: ['*', '#'] })",
        {"experiment": "<b>|`x`", "name": "[a](b)", "metric": "_m_", "word": "same"},
    )
    assert not set("<`[*#_").intersection(markdown.replace("&#", ""))
    table = page.evaluate(
        "row => RB.compare.taking.csvOf([row], { sides: ['=a', '@b'], runs: [RB.compare.index.runs.at(-1)] })",
        {**dict.fromkeys(("experiment", "test", "params", "machine", "way", "reason", "baseParams"), ""),
         "metric": "+m",
         "baseVariant": "v", "variant": "-v", "unit": "s", "direction": "lower", "base": -1.5, "word": "only in base",
         "only": "base", "baseMachine": "\uff1dm"},
    )  # fmt: skip
    cells = table.splitlines()[1].split(",")
    assert [cells[at] for at in (0, 1, 5, 7, 10, 24)] == ["'=a", "'@b", "'+m", "'-v", "-1.5", "'\uff1dm"]
    assert (found.complaints, found.outside) == ([], [])
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, compared_site: Path, scheme: str) -> None:
    """Axe finds nothing, in either mode."""
    found = looking_at(browser, compared_site, color_scheme=scheme)
    assert violations(found.page) == []
    drawn(found.page, lambda: found.page.check("[value=within]"))
    assert violations(found.page) == []
    found.page.context.close()


def test_it_fits_a_phone(browser: Browser, nasty_site: Path, compared_site: Path) -> None:
    """At 360 pixels nothing scrolls sideways, in either mode, whatever the names are."""
    for site in (nasty_site, compared_site):
        found = looking_at(browser, site, viewport={"width": 360, "height": 740})
        for mode in ("within", "runs"):
            drawn(found.page, lambda mode=mode, found=found: found.page.check(f"[value={mode}]"))
            assert found.page.evaluate("document.documentElement.scrollWidth") <= 360
        found.page.context.close()


def test_without_scripts_the_newest_comparison_stands_there(browser: Browser, compared_site: Path) -> None:
    """The table of the largest changes and the command; no control that does nothing."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((compared_site / "compare.html").as_uri())
    assert "emptied" in page.locator("#compare-static tbody tr").first.inner_text()
    assert page.locator("#compare-static code").first.inner_text().startswith("relaybench compare 2026")
    assert not page.locator("#compare-live").is_visible()
    page.context.close()


def test_a_month_that_cannot_be_loaded_is_told(browser: Browser, compared_site: Path) -> None:
    """With the name of the file, and another choice works all the same."""
    found = looking_at(browser, compared_site)
    page = found.page
    page.evaluate("RB.compare.index.months[0][0] = '1999-01'")
    page.select_option("#compare-base", compared_run(0))
    page.get_by_text("compare/1999-01.js cannot be loaded").wait_for()
    drawn(page, lambda: page.select_option("#compare-base", compared_run(NIGHTS - 3)))
    assert page.locator("#compare-warnings").inner_text().count("loaded") == 0
    page.context.close()
