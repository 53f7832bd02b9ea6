"""Hostile text in every field of a report: nobody is called, nothing runs, no header and no line is added."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from pytest_relaybench.detect import Kind
from pytest_relaybench.gate.github import github_commands
from pytest_relaybench.gate.junit import properties
from pytest_relaybench.gate.markdown import gate_markdown
from pytest_relaybench.gate.sarif import sarif
from pytest_relaybench.gate.terminal import gate_lines
from pytest_relaybench.reports.blocks import graphs_payload, marked_late, payloads, plain_payload
from pytest_relaybench.reports.feeds import ATOM_FEED, JSON_FEED, Feed, feed_files, item_of
from pytest_relaybench.reports.html_text import html_page, html_text
from pytest_relaybench.reports.mail import Email
from pytest_relaybench.reports.mail_settings import EmailConfig
from pytest_relaybench.reports.markdown import markdown
from pytest_relaybench.reports.message import Entry, Fact, Message, Ping, Section, Tone
from pytest_relaybench.reports.plain import plain_text
from pytest_relaybench.reports.sending import Budget
from tests.fake_slack import fault, shown
from tests.gate.made import decide, evidence, series

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</pre></h3></body><svg onload=alert(1)>",
    "x\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>",
    "x\nSubject: other\n.\nMAIL FROM:<a@b>",
    "<!channel> <!here|x> <@U0123> <!subteam^S1> <https://evil.example|click> @everyone",
    "&lt;!channel&gt; &#60;!channel&#62;",
    "*b* _i_ ~s~ `c` ```\nf\n``` > q\n>>> q :tada:",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example> [a]: javascript:x",
    "::error file=x::owned\n::set-output name=a::b\n##[error]x",
    "%0A::error::owned%0D",
    "\x1b]0;owned\x07\x1b[2J\x9b2J\u202e\u2066\r\b",
    "]]> --> <![CDATA[ <!-- ${{ secrets.X }} {{ 7*7 }} {% x %}",
    "\x00\ud800\ufffe\x0b" * 3,
    "|a|b|\n|---|---|\n# heading\n- item\n    code",
]
# of a comment with folded tables
ELEMENTS = frozenset(["h3", "p", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li"])
MOMENT, RUN = "2026-11-22T03:00:00+00:00", "20261122T030000.000000Z"
CONFIG = {"host": "127.0.0.1", "sender": "a@example.org", "recipients": ["b@example.org"]}


def message(text: str) -> Message:
    """The text in every field that data fills; the link is the config's, which is checked there."""
    entry = Entry(text, text, text, text, [Fact(text, text)], Ping([text], text, text), "https://example.org/")
    return Message(text, text, [Section(text, Tone.BAD, [entry], text)], text, "https://example.org/")


class Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {f"{name}={value}" if name == "href" else name for name, value in attrs}


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_calls_nobody(text: str) -> None:
    """Markup is only what we put there: Slack would take every part, and no mention, link or emoji is the data's."""
    parts = [*payloads(message(text)), graphs_payload(text)]
    for part in [*parts, *(marked_late(part, text) for part in parts), *filter(None, map(plain_payload, parts))]:
        assert fault(part) in ("", "no_text")
        told = shown(part) if "blocks" in part else part["text"]
        for calls in ("<!channel", "<!here", "<@U0123", "<!subteam", "<https://evil"):
            assert calls not in told


@pytest.mark.parametrize("text", HOSTILE)
def test_a_mail_has_its_own_headers_and_elements(text: str) -> None:
    """No header more, no element that is not ours, the same two bodies."""
    sender = Email(EmailConfig(**CONFIG), lambda: "", Budget(1, 1))
    part = sender.parts(message(text))[0]
    for each in (part, sender.late(part, text)):
        mail = message_from_bytes(sender._mail(each).as_bytes(), policy=default)
        assert isinstance(mail, EmailMessage)
        wanted = ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
        assert list(mail.keys()) == wanted
        assert [kind.get_content_type() for kind in mail.iter_parts()] == ["text/plain", "text/html"]
        body = mail.get_body(("html",))
        assert body is not None
        assert_inert(body.get_content())


def assert_inert(page: str) -> None:
    tags = Tags(page)
    assert tags.found <= {"html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "pre", "a", "br"}
    assert tags.attributes <= {"href=https://example.org/", "style", "charset", "lang"}


@pytest.mark.parametrize("text", HOSTILE)
def test_feeds_and_pages_of_reports(text: str) -> None:
    """Well-formed, one item, and its HTML has no element that is not ours."""
    assert_inert(html_page(message(text)))
    item = item_of(message(text), RUN, MOMENT, text)
    files = feed_files(Feed("urn:x", text, MOMENT, "https://example.org/"), [item])
    (entry,) = ET.fromstring(files[ATOM_FEED]).findall("{http://www.w3.org/2005/Atom}entry")
    content = entry.findtext("{http://www.w3.org/2005/Atom}content") or ""
    assert_inert(content)
    (told,) = json.loads(files[JSON_FEED])["items"]
    assert_inert(told["content_html"])
    assert_inert(str(html_text(message(text))))


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_of_a_report(text: str) -> None:
    """A report in Markdown, shown by a renderer that lets HTML through, has no link, picture or element of the data."""
    page = MarkdownIt("commonmark", {"html": True}).render(markdown(message(text)))
    tags = Tags(page)
    assert tags.found <= {"h1", "h2", "h3", "p", "a", "em", "pre", "code", "ul", "li"}
    assert {name for name in tags.attributes if name.startswith("href")} <= {"href=https://example.org/"}


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_moves_no_cursor(text: str) -> None:
    """What is printed for a dry run."""
    told = plain_text(message(text))
    assert not set(told) & set("\x00\x07\x08\x0b\r\x1b\x9b\u202e\u2066")


@pytest.mark.parametrize("text", HOSTILE)
def test_the_gate(text: str) -> None:
    """Names and reasons in comments, annotations, JUnit, SARIF and on the terminal: text in one line."""
    named = series(text, metric=text, params=json.dumps({text: text}))
    result = decide(evidence(Kind.SLOWER, of=named, ratio=1.5, reason=text))
    commands = list(github_commands(result))
    assert commands
    assert all(line.startswith(("::error ", "::warning ")) and line.count("\n") == 0 for line in commands)
    assert all("\n" not in line and "\x1b" not in line for line in gate_lines(result))
    tags = Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(gate_markdown(result)))
    assert tags.found <= ELEMENTS
    assert tags.attributes <= {"style"}
    assert len(properties(result)) == 2 + len(result.findings)
    told = [one["message"]["text"] for one in sarif(result)["runs"][0]["results"]]
    assert told
    assert all("\n" not in line and "\x1b" not in line for line in told)
