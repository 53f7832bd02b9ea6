"""The built site in a real browser, opened from files as a double click does."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import opened
from tests.browser.screenshots import LOOKS, take
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import LAST

PAGES = (
    "index.html",
    "runs.html",
    "scores.html",
    "figures.html",
    *(
        f"experiments/{name}.html"
        for name in (
            "attack",
            "branches",
            "char_rnn",
            "cnn_comp",
            "left_out",
            "matmul",
            "never_ran",
            "quant_comp",
            "relay_opt",
            "rnn_cells",
            "treelstm",
            "versions",
        )
    ),
)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_from_a_file_in_silence(browser: Browser, site: Path, name: str) -> None:
    """No request leaves the machine, the console is empty, every picture loads, and no attack ran."""
    found = opened(browser, site / name)
    found.page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
    found.page.wait_for_load_state("networkidle")
    broken = "[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src)"
    assert found.outside == []
    assert found.complaints == []
    assert found.page.evaluate(broken) == []
    assert found.page.evaluate("window.hacked") is None
    found.page.context.close()


def test_a_nasty_title_is_shown_as_it_is(browser: Browser, site: Path) -> None:
    """In heading and window title, letter by letter; no element of the page carries a handler or a script link."""
    found = opened(browser, site / "experiments" / "attack.html")
    assert found.page.locator("h1").inner_text() == ATTACK
    assert found.page.title().startswith(ATTACK.split("`")[0])
    attributes = "[...document.querySelectorAll('.rb, .rb *, h1')].flatMap(element => element.getAttributeNames())"
    assert [name for name in found.page.evaluate(attributes) if name.startswith("on")] == []
    assert found.page.evaluate("[...document.links].filter(a => a.protocol === 'javascript:').length") == 0
    found.page.context.close()


def test_the_policy_stops_what_would_reach_out(browser: Browser, site: Path) -> None:
    """Even from a file: a picture of another host, put into the page by script, is blocked before it is asked for."""
    found = opened(browser, site / "index.html")
    found.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/beacon.png'}))")
    found.page.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in found.complaints)
    found.page.context.close()


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(browser: Browser, site: Path) -> None:
    """By value, not by its text (µs, ms); rows without a value stay last; screen readers are told the order."""
    found = opened(browser, site / "index.html")
    page = found.page
    names = "[...document.querySelectorAll('#experiments tbody th a')].map(a => a.getAttribute('href'))"
    heading = page.locator("#experiments thead th", has_text="Newest value")
    heading.locator("button").click()
    up = page.evaluate(names)
    assert heading.get_attribute("aria-sort") == "ascending"
    assert up[0] == "experiments/quant_comp.html"
    assert up[-1] == "experiments/never_ran.html"
    heading.locator("button").press("Enter")
    down = page.evaluate(names)
    assert heading.get_attribute("aria-sort") == "descending"
    assert down == [*reversed(up[:-1]), up[-1]]
    page.context.close()


@pytest.mark.parametrize(("hours", "stale"), [(5, False), (37, True), (24 * 9, True)])
def test_the_age_of_the_data_turns_red_when_no_newer_run_came(
    browser: Browser, site: Path, hours: int, stale: bool
) -> None:
    """From 36 hours on, with words beside the colour."""
    found = opened(browser, site / "index.html", now=LAST.astimezone(UTC) + timedelta(hours=hours, minutes=1))
    age = found.page.locator(".rb-tonight .rb-age")
    assert ("no newer run" in age.inner_text()) is stale
    assert ("rb-stale" in (age.get_attribute("class") or "")) is stale
    found.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_site_follows_the_systems_colours(browser: Browser, site: Path, scheme: str) -> None:
    """And its text keeps a contrast of at least 4.5 to 1, failure marks included."""
    found = opened(browser, site / "index.html", color_scheme=scheme)
    page = found.page
    assert page.locator("body").get_attribute("data-md-color-scheme") == ("slate" if scheme == "dark" else "default")
    for selector in (
        ".rb-badge.rb-failed",
        ".rb-badge.rb-faster",
        ".rb-badge.rb-missing",
        ".rb-badge.rb-same",
        ".rb-old",
        ".rb-tonight dt",
        ".rb-disturbed",
        "#deadlines time",
        ".rb-left.rb-soon",
        ".rb-row-inactive th",
    ):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, site: Path, name: str) -> None:
    """At 360 pixels; wide tables scroll inside their own frame."""
    found = opened(browser, site / name, viewport={"width": 360, "height": 740})
    assert found.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    found.page.context.close()


def test_search_works_from_a_file(browser: Browser, site: Path) -> None:
    """It finds an experiment by its title, runs nothing of what it finds, and asks nobody."""
    found = opened(browser, site / "index.html", now=None)
    page = found.page
    page.locator(".md-search__input").click()
    page.keyboard.type("hacked", delay=20)
    page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
    assert "experiments/attack.html" in (page.locator(".md-search-result__link").first.get_attribute("href") or "")
    assert page.evaluate("window.hacked") is None
    assert found.outside == []
    assert found.complaints == []
    page.context.close()


def test_the_verdict_on_two_builds_leads_to_their_table(browser: Browser, site: Path) -> None:
    """From the overview; the table sorts, its mean stays below, and its colours can be read."""
    found = opened(browser, site / "index.html", color_scheme="dark")
    page = found.page
    page.locator(".rb-beside", has_text="1 slower").click()
    page.wait_for_url("**/branches.html#side-by-side")
    page.locator(".rb-side-by-side th button", has_text="Change").click()
    cases = page.locator(".rb-side-by-side tr th[scope=row]").all_inner_texts()
    assert (cases[0], cases[-1]) == ("attention length=2048", "geometric mean of 8")
    for selector in (".rb-builds .rb-badge", ".rb-side-by-side b.rb-better", ".rb-side-by-side tfoot th"):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector
    page.context.close()


def test_the_log_of_a_failed_build_opens_by_a_click(browser: Browser, site: Path) -> None:
    """Until then one line of it is seen."""
    page = opened(browser, site / "experiments" / "versions.html").page
    log = page.locator(".rb-tests .rb-log")
    assert not log.locator("pre").is_visible()
    log.locator("summary").click()
    assert "ninja: build stopped" in log.locator("pre").inner_text()
    page.context.close()


def test_a_link_to_a_run_opens_its_order(browser: Browser, site: Path) -> None:
    """From the overview's run id to the row of that run."""
    found = opened(browser, site / "index.html")
    found.page.locator(".rb-tonight a").first.click()
    found.page.wait_for_url("**/runs.html#run-*")
    assert found.page.locator("tr:target details").get_attribute("open") is not None
    found.page.context.close()


def test_without_scripts_everything_can_be_read(browser: Browser, site: Path) -> None:
    """Tables, statuses, sparklines and the dates of deadlines need none."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "index.html").as_uri())
    assert page.locator("#experiments tbody tr").count() == 12
    assert page.locator(".rb-spark").count() >= 8
    assert "2026-11-25 23:59 UTC-12:00" in page.locator("#deadlines").inner_text()
    assert page.locator(".rb-left").all_inner_texts() == ["", "", ""]
    page.context.close()


def test_pictures_for_the_readme_can_be_taken(browser: Browser, site: Path, tmp_path: Path) -> None:
    """The command's looks give pictures of the size they say."""
    take(browser, site / "index.html", LOOKS[0], tmp_path / "overview.png")
    assert (tmp_path / "overview.png").read_bytes()[16:24] == b"\x00\x00\x05\xa0\x00\x00\x03\x84"  # 1440 x 900


CONTRAST = """selector => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (under, colour) => {
    canvas.globalCompositeOperation = "source-over";
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const element = document.querySelector(selector);
  const chain = [];
  for (let at = element; at; at = at.parentElement) chain.unshift(getComputedStyle(at).backgroundColor);
  const back = chain.reduce((under, colour) => `rgb(${pixel(under, colour).join()})`, "white");
  const front = pixel(back, getComputedStyle(element).color);
  const [low, high] = [light(pixel(back, back)), light(front)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
