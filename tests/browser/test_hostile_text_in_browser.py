"""A home in which every text is an attack: nothing of it becomes markup or runs, on any page, in any feed or data."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser

from pytest_relaybench.history.records import TestOutcome
from tests.browser.opening import listening, opened, pages_of
from tests.subsystems import sample_home
from tests.subsystems.sample_experiments import Sample, measurement, samples
from tests.subsystems.sample_home import MACHINE, build_site, draw, make_home
from tests.subsystems.sample_incidents import add_incidents
from tests.subsystems.sample_tonight import run_subsystems
from tests.subsystems.sample_verdicts import add_verdicts

NIGHTS = 4
USUAL = ("relay_opt", "matmul", "rnn_cells", "attack")  # what scores, incidents and verdicts of the sample home name
RUNS = "window.hacked=1"
# each way out of a page's text that a probe of the theme, or of Markdown, found open or that browsers know
ATTACKS = (
    f"</title><script>{RUNS}</script>",
    f"<script>{RUNS}</script>",
    f"</script><script>{RUNS}</script>",
    f"\"'><img src=x onerror={RUNS}>",
    f"<svg/onload={RUNS}>",
    f"`</code><img src=x onerror={RUNS}>`",
    f"text {{ onmouseover={RUNS} #id .class }}",
    f"[click](javascript:{RUNS})",
    f"<a href='javascript:{RUNS}'>click</a>",
    "![beacon](http://127.0.0.1:9/beacon.png)",
    "<iframe src=http://127.0.0.1:9/></iframe><base href=http://127.0.0.1:9/>",
    "{{ 7 * 7 }}{% raw %} {#",
    f"]]><script>{RUNS}</script><!-- --><?x ?>",
    f"&lt;script&gt;{RUNS}&lt;/script&gt; &#60;img src=x onerror={RUNS}&#62;",
    f"line\n\n    <script>{RUNS}</script>\n\n# heading\n\n---\nhide: []\n---\n",
    f"\u202e\u2028</textarea><style>*{{background:url(http://127.0.0.1:9/)}}</style><script>{RUNS}</script>\x1b[31m",
)
DATA = re.compile(rb"\ARB\.[\w.]+\((.*)\);?\n\Z", re.DOTALL)
HANDLERS = "[...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length"
ODD_LINKS = (
    "[...document.querySelectorAll('[href],[src]')].filter(e => /^\\s*javascript:/i.test(e.href ?? e.src)).length"
)
# the frame without an address is the theme's search, which has no worker where a page is opened from a file
FRAMES = "document.querySelectorAll('iframe[src], iframe[srcdoc], object, embed, base').length"


def hostile() -> list[Sample]:
    """One experiment for each attack, with it in every text of its own, and the nastiest of the sample home."""
    found = [
        Sample(
            f"hostile_{number}",
            {"active": True, "title": text, "description": text, "notify": [text]},
            lambda _, random, text=text: [  # type: ignore[misc]
                measurement(random, text, 1.0, text[:20], test=f"test_{text}", **{text: text}),
                measurement(random, "time", 1.0, "s", test=f"test_{text}", key=text),
            ],
            failing=lambda _, text=text: ("analysis", text),  # type: ignore[misc]
            tests=lambda _, text=text: [  # type: ignore[misc]
                TestOutcome(f"bench/test_x.py::{text}", outcome, 0.1, text)  # type: ignore[arg-type]
                for outcome in ("failed", "skipped")
            ],
        )
        for number, text in enumerate(ATTACKS)
    ]
    usual = [sample for sample in samples() if sample.name in USUAL]
    return [*found, *usual]


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its machine, versions, deadlines, incidents, decisions, subsystems and pictures are called as nastily."""
    root = tmp_path_factory.mktemp("hostile")
    names = {"host": ATTACKS[0], "cpu_model": ATTACKS[3], "governor": ATTACKS[1], "kernel": ATTACKS[4]}
    machine = {**MACHINE, **names, "gpu": [{"name": ATTACKS[8], "driver": ATTACKS[2]}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_home, "samples", hostile)
        patch.setattr(sample_home, "MACHINE", machine)
        patch.setattr(sample_home, "VERSIONS", {ATTACKS[2]: ATTACKS[5], "numpy": ATTACKS[1]})
        home = make_home(root / "home", nights=NIGHTS, title=ATTACKS[0])
        run_subsystems(home, root / "code")
        add_incidents(home)
        add_verdicts(home, NIGHTS)
        for text in ATTACKS[:4]:
            draw(home.exp_graph_dir("hostile_0") / f"{text.replace('/', '')}.png")
        return build_site(home, nights=NIGHTS)


class _Markup(HTMLParser):
    """What of a page could run: handlers, links to scripts, and the text of each script in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.scripts: set[str] = set()
        self.data: list[str] = []
        self._script = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.bad += [f"{tag} {name}" for name in told if name.startswith("on")]
        places = (told.get(name, "") for name in ("href", "src", "action", "formaction", "xlink:href"))
        self.bad += [place for place in places if re.match(r"\s*(javascript|vbscript):", place, re.IGNORECASE)]
        self.bad += [tag] if tag in {"iframe", "object", "embed", "base"} else []
        self._script = told.get("type", "text/javascript") if tag == "script" and "src" not in told else ""

    def handle_endtag(self, tag: str) -> None:
        self._script = ""

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            self.data.append(data)
        elif self._script:
            self.scripts.add(data)


def test_no_page_has_a_script_that_a_harmless_site_has_not(hostile_site: Path, tmp_path: Path) -> None:
    """Nor a handler, a link to a script, a frame; data in a page is JSON."""
    site = build_site(make_home(tmp_path / "home", nights=1, pick=["matmul"]), nights=1)
    harmless = {one for name in pages_of(site) for one in _Markup((site / name).read_text("utf-8")).scripts}
    for name in pages_of(hostile_site):
        page = _Markup((hostile_site / name).read_text("utf-8"))
        assert page.bad == [], name
        assert page.scripts <= harmless, name
        assert [json.loads(data) for data in page.data], name  # at least the theme's settings


def test_files_of_data_are_one_call_with_json(hostile_site: Path) -> None:
    """Nothing in them ends the call, a script element or a line."""
    files = [path for folder in ("charts", "compare") for path in (hostile_site / folder).rglob("*.js")]
    assert len(files) > len(ATTACKS)
    for path in files:
        call = DATA.fullmatch(path.read_bytes())
        assert call, path
        assert json.loads(b"[" + call[1] + b"]")
        assert not re.search(rb"[<>&\x80-\xff]", call[1]), path


def test_feeds_hold_the_attacks_as_text(hostile_site: Path) -> None:
    """Well-formed XML and JSON, whose HTML has neither script nor handler; one attack at least is told in each."""
    feeds = [hostile_site / name for name in ("atom.xml", "feed.json", "regressions.atom.xml", "regressions.json")]
    for feed in feeds:
        if feed.suffix == ".xml":
            bodies = [one.text or "" for one in ElementTree.parse(feed).getroot().iter() if one.tag.endswith("content")]
        else:
            bodies = [item["content_html"] for item in json.loads(feed.read_bytes())["items"]]
        assert any("hacked" in body for body in bodies), feed
        for body in bodies:
            found = _Markup(body)
            assert (found.bad, found.scripts) == ([], set()), feed


def test_pictures_hold_no_script(hostile_site: Path) -> None:
    """Also when somebody opens an SVG by itself."""
    for picture in hostile_site.rglob("*.svg"):
        found = _Markup(picture.read_text("utf-8"))
        assert (found.bad, found.scripts) == ([], set()), picture


def test_nothing_runs_on_any_page(browser: Browser, hostile_site: Path) -> None:
    """Opened, with all that folds unfolded: no script of theirs, no handler, frame or outside request; no complaint."""
    tab = listening(browser)
    for name in pages_of(hostile_site):
        tab.go((hostile_site / name).as_uri())
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert tab.page.evaluate("window.hacked ?? null") is None, name
        assert [tab.page.evaluate(count) for count in (HANDLERS, ODD_LINKS, FRAMES)] == [0, 0, 0], name
        assert (tab.outside, tab.complaints) == ([], []), name
    tab.page.context.close()


def test_attacks_are_shown_letter_by_letter(browser: Browser, hostile_site: Path) -> None:
    """In the heading of their experiment's page, and in the window's title; line breaks and odd marks aside."""
    tab = listening(browser)
    for number in range(8):
        tab.go((hostile_site / "experiments" / f"hostile_{number}.html").as_uri())
        assert tab.page.locator("h1").inner_text() == ATTACKS[number]
        assert tab.page.locator("h1").get_attribute("id") == "rb-page"
    tab.page.context.close()


def test_the_search_shows_them_as_text(browser: Browser, hostile_site: Path) -> None:
    """Found by a word of theirs; nothing runs, nothing is asked for outside."""
    tab = opened(browser, hostile_site / "index.html", now=None)
    tab.page.locator(".md-search__input").click()
    tab.page.keyboard.type("hacked", delay=20)
    tab.page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
    assert tab.page.evaluate("window.hacked ?? null") is None
    assert tab.page.locator(".md-search-result :is(script, img, iframe, svg[onload])").count() == 0
    assert (tab.outside, tab.complaints) == ([], [])
    tab.page.context.close()


WAYS_OUT = {
    "picture": "document.body.append(Object.assign(new Image(), {src: ADDRESS}))",
    "script": "document.body.append(Object.assign(document.createElement('script'), {src: ADDRESS}))",
    "style": "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: ADDRESS}))",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: ADDRESS}))",
    "request": "fetch(ADDRESS).catch(() => 0)",
    "beacon": "navigator.sendBeacon(ADDRESS, 'x')",
    "form": "(f => { f.action = ADDRESS; document.body.append(f); f.submit() })(document.createElement('form'))",
    "object": "document.body.append(Object.assign(document.createElement('object'), {data: ADDRESS}))",
    "handler": "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=window.hacked=1>')",
    "text as code": "setTimeout(() => eval('window.hacked=1'))",
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_policy_stops_what_escaping_would_have_missed(browser: Browser, hostile_site: Path, way: str) -> None:
    """Put into the page by force: it is blocked before it runs or asks, and the console names the policy."""
    tab = opened(browser, hostile_site / "about.html")
    address = tab.page.url
    tab.page.evaluate(f"const ADDRESS = 'http://127.0.0.1:9/'; {WAYS_OUT[way]}; 0")
    tab.page.wait_for_timeout(150)
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)
    assert tab.page.evaluate("window.hacked ?? null") is None
    assert tab.page.url == address
    tab.page.context.close()
