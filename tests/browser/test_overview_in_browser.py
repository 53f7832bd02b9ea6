"""The overview in a real browser: choosing, finding and sorting rows, by hand, by key and by address."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.opening import TOO_WIDE, opened
from tests.subsystems.sample_calm import CALM, FAILED, FALLEN, NIGHTS, make
from tests.subsystems.sample_home import build_site

ROWS = len(CALM) + 2
MANY = 500
SHOWN = "[...document.querySelectorAll('#experiments tbody tr:not([hidden]) th a')].map(a => a.textContent)"
TIMED = """act => new Promise(done => {
  const begun = performance.now();
  act === "sort" ? document.querySelector("#experiments thead button").click() : type();
  document.body.offsetHeight;
  done(performance.now() - begun);
  function type() {
    const box = document.querySelector(".rb-find input");
    box.value = box.value ? "" : "rate";
    box.dispatchEvent(new Event("input"));
  }
})"""


@pytest.fixture(scope="module")
def overview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a home of calm experiments, one that became worse, and one that failed."""
    home = make(tmp_path_factory.mktemp("overview") / "home", *CALM, FALLEN, FAILED)
    return build_site(home, NIGHTS) / "index.html"


@pytest.fixture
def page(browser: Browser, overview: Path) -> Page:
    """The page, opened from its file."""
    return opened(browser, overview).page


def names(page: Page) -> list[str]:
    """The experiments whose rows are shown, in their order."""
    found: list[str] = page.evaluate(SHOWN)
    return found


def count(page: Page) -> str:
    """What stands beside the filters."""
    return page.locator(".rb-find output").inner_text()


def address(page: Page) -> str:
    """The query of the page's address, once typing has come to rest."""
    page.wait_for_timeout(300)
    return page.url.partition("?")[2]


def test_a_chip_leaves_what_it_says(page: Page) -> None:
    """Two chips leave what either says; the count follows, aloud too; what is on can be told without colour."""
    worse, failed = (page.locator(".rb-chip", has_text=word) for word in ("worse 1", "failed 1"))
    assert count(page) == f"all {ROWS} shown"
    worse.click()
    assert (names(page), count(page)) == (["A rate that fell"], f"1 of {ROWS} shown")
    assert worse.get_attribute("aria-pressed") == "true"
    failed.press("Enter")
    assert (names(page), address(page)) == (["It failed", "A rate that fell"], "show=worse+failed")
    assert page.locator(".rb-find output").get_attribute("aria-live") == "polite"
    worse.press("Space")
    assert (names(page), address(page)) == (["It failed"], "show=failed")
    page.context.close()


def test_an_address_brings_back_what_was_shown(browser: Browser, overview: Path, page: Page) -> None:
    """Chips, choices, words and order; back and forward go through them; a page's anchors stay."""
    page.locator("select[name=device]").select_option("cuda")
    page.locator("#experiments thead button", has_text="Newest value").click()
    page.locator(".rb-find input").fill("SERIES")
    assert address(page) == "device=cuda&sort=newest-value&find=SERIES"
    assert names(page) == ["Many series"]
    other = opened(browser, overview).page
    other.goto(f"{page.url}#subsystems")
    assert names(other) == ["Many series"]
    assert other.locator("#experiments th[aria-sort=ascending]").inner_text().strip() == "Newest value"
    assert other.locator("select[name=device]").evaluate("one => one.selectedOptions[0].text") == "cuda"
    assert (other.locator(".rb-find input").input_value(), other.evaluate("location.hash")) == ("SERIES", "#subsystems")
    output = page.locator(".rb-find output")
    page.go_back()
    expect(output).to_have_text(f"2 of {ROWS} shown")
    assert (page.url.partition("?")[2], names(page)[0]) == ("device=cuda", "A rate that fell")
    assert page.locator("#experiments th[aria-sort]").count() == 0
    page.go_back()
    expect(output).to_have_text(f"all {ROWS} shown")
    page.go_forward()
    expect(output).to_have_text(f"2 of {ROWS} shown")
    page.go_forward()
    expect(output).to_have_text(f"1 of {ROWS} shown")
    assert names(page) == ["Many series"]
    page.locator("button", has_text="clear").click()
    assert (count(page), address(page)) == (f"all {ROWS} shown", "")
    assert not page.locator("button", has_text="clear").is_visible()
    page.context.close()
    other.context.close()


def test_an_address_of_what_is_no_more_shows_everything(browser: Browser, overview: Path) -> None:
    """A device that nothing has, a column that is gone, a chip that never was; and no text of it becomes markup."""
    page = opened(browser, overview).page
    page.goto(f"{overview.as_uri()}?device=tpu&sort=-colour&show=%3Cb%3E&other=1")
    assert count(page) == f"all {ROWS} shown"
    page.goto(f"{overview.as_uri()}?find=%3Cimg+src%3Dx+onerror%3Dwindow.hacked%3D1%3E")
    assert (count(page), page.evaluate("window.hacked")) == (f"0 of {ROWS} shown", None)
    page.context.close()


def test_a_key_leads_to_the_words(page: Page) -> None:
    """`e` here, since the theme has taken f, s and / for its own search; Escape forgets the words and leaves."""
    box = page.locator(".rb-find input")
    page.keyboard.press("e")
    page.keyboard.type("rate fe")
    assert (box.input_value(), names(page)) == ("rate fe", ["A rate that fell"])
    page.keyboard.press("Escape")
    assert (count(page), page.evaluate("document.activeElement === document.body")) == (f"all {ROWS} shown", True)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.classList.contains('md-search__input')")
    page.context.close()


def test_sorting_begins_with_the_worst_change(page: Page) -> None:
    """A fall of what should be high is worse than any noise; the third click brings back the order of the page."""
    before = names(page)
    change = page.locator("#experiments thead button", has_text="Change")
    change.click()
    assert (names(page)[0], address(page)) == ("A rate that fell", "sort=-change-95-interval")
    change.click()
    assert names(page)[0] != "A rate that fell"
    change.click()
    assert (names(page), address(page)) == (before, "")
    page.context.close()


def test_without_a_script_there_is_nothing_to_press(browser: Browser, overview: Path) -> None:
    """The rows are all there, what would choose among them is not."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{overview.as_uri()}?show=failed")
    assert not page.locator(".rb-find").is_visible()
    assert page.locator("#experiments tbody tr:visible").count() == ROWS
    page.context.close()


def test_paper_has_every_row(page: Page) -> None:
    """And nothing to press."""
    page.locator(".rb-chip", has_text="failed").click()
    page.emulate_media(media="print")
    assert page.locator("#experiments tbody tr:visible").count() == ROWS
    assert not page.locator(".rb-find").is_visible()
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 360)])
def test_nobody_stumbles(browser: Browser, overview: Path, scheme: str, width: int) -> None:
    """Axe has no complaint with a chip on and the table sorted; a phone is not scrolled sideways."""
    found = opened(browser, overview, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = found.page
    page.locator(".rb-chip").first.click()
    page.evaluate("RB.address.set({sort: '-took', show: 'worse failed'})")
    assert len(names(page)) == 2
    assert violations(page) == []
    assert (page.evaluate(TOO_WIDE), found.outside, found.complaints) == (0, [], [])
    page.context.close()


def test_the_table_is_one_to_a_screen_reader(page: Page) -> None:
    """Though its rows are laid out as grids: every cell is one, and every row has its heading."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in tree if not node.get("ignored"))
    assert (roles["table"], roles["row"], roles["rowheader"], roles["columnheader"]) == (1, ROWS + 1, ROWS, 7)
    assert roles["cell"] == 6 * ROWS
    page.context.close()


def test_five_hundred_rows_are_no_burden(browser: Browser, overview: Path, tmp_path: Path) -> None:
    """They sort and are chosen among in the wink of an eye, 0.1 s where nothing else runs; a busy machine has four."""
    text = overview.read_text(encoding="utf-8").replace("rb-sortable", "rb-sortable rb-many")
    found = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    assert found is not None
    rows = found[1] * (MANY // ROWS)
    folder = overview.parent
    many = folder / "many.html"
    many.write_text(text.replace(found[1], rows), encoding="utf-8")
    page = opened(browser, many).page
    assert count(page) == f"all {MANY // ROWS * ROWS} shown"
    spent = {act: min(page.evaluate(TIMED, act) for _ in range(4)) for act in ("sort", "type")}
    assert max(spent.values()) < 400, spent
    page.context.close()
