"""The report as plain text, Markdown and HTML, and as a file a night."""

from __future__ import annotations

from html.parser import HTMLParser

import markdown as python_markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_relaybench.reports.html_text import html_page, html_text
from pytest_relaybench.reports.markdown import markdown
from pytest_relaybench.reports.message import Entry, Message, Section, Tone
from pytest_relaybench.reports.nightly import write_nightly
from pytest_relaybench.reports.plain import plain_text
from pytest_relaybench.reports.shortening import CUT, shortened
from tests.reports.sample import NASTY, NIGHT, report


class Tags(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def test_plain_text():
    """Sections underlined, entries indented, people by name."""
    assert plain_text(report(1)).splitlines()[:10] == [
        "Dashboard Results",
        f"Night of {NIGHT}",
        "https://example.org/",
        "",
        "hello",
        "",
        "Successful benchmarks",
        "---------------------",
        "",
        "Network 0",
    ]
    assert f"    {NASTY}\n    Time to failure: 0:01:02\n    ATTN: @U1, @U2\n" in plain_text(report(1))


def test_markdown_reads_as_meant():
    """Headings, fences and links where they belong, and nothing of a name is Markdown or HTML."""
    page = python_markdown.markdown(markdown(report()), extensions=["fenced_code"])
    tags = Tags(page)
    assert tags.tags.count("h1") == 1
    assert tags.tags.count("h2") == 3
    assert tags.tags.count("h3") == 3
    assert not set(tags.tags) & {"del", "strong", "script", "img"}
    assert tags.text.count(NASTY) == 2


@given(st.text(st.sampled_from("ab1. *_`#<>[]()!-+=~&|\\{}\"'"), max_size=60))
def test_a_title_in_markdown_stays_what_it_is(text):
    """A title becomes no other heading, list, link, code or tag, whatever it holds."""
    message = Message("T", "", [Section(text, Tone.BAD, [Entry(text or "x", lead=text)], text=text)])
    tags = Tags(python_markdown.markdown(markdown(message), extensions=["fenced_code"]))
    assert set(tags.tags) <= {"h1", "h2", "h3", "p", "em"}
    shown = " ".join(text.split())
    assert tags.text.count(shown) >= 3 if shown else True


def test_a_fence_in_a_fence():
    """Output that holds fences ends no fence."""
    message = Message("T", "", [Section("S", Tone.BAD, [Entry("E", output="a\n```\n````\n# b")])])
    assert "`````text\na\n```\n````\n# b\n`````" in markdown(message)


def test_html_is_escaped():
    """No element comes of a text; colours are those of the sections."""
    page = html_page(report())
    assert set(Tags(page).tags) <= {"html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "pre", "a", "br"}
    assert NASTY in Tags(page).text
    assert "#fa0000" in html_text(report())


def test_old_nights_go(tmp_path):
    """The newest are kept, and files that are no night of ours."""
    (tmp_path / "README.md").write_text("mine")
    for day in range(1, 6):
        write_nightly(tmp_path, f"2026110{day}T030000.000000Z", f"night {day}", keep=3)
    assert sorted(path.name[:8] for path in tmp_path.iterdir()) == ["20261103", "20261104", "20261105", "README.m"]
    assert (tmp_path / "20261105T030000.000000Z.md").read_text() == "night 5"


@pytest.mark.parametrize(
    ("text", "most", "short"), [("one two three", 12, f"one two{CUT}"), ("x" * 20, 10, "xxxxxx" + CUT)]
)
def test_cuts_show(text, most, short):
    """Between words where there are any."""
    assert shortened(text, most) == short
    assert shortened(" fits \n", 4) == "fits"


@given(st.text(max_size=400), st.integers(10, 100))
def test_shortened_is_short(text, most):
    """Never longer than told."""
    assert len(shortened(text, most)) <= most
