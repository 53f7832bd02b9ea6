"""A report as HTML without scripts or styles of its own classes: for feeds and e-mail."""

from __future__ import annotations

from markupsafe import Markup, escape

from .message import Entry, Message
from .plain import entry_lines
from .shortening import clean, one_line

BODY = '\n<body style="font-family: sans-serif">\n'


def html_text(message: Message) -> str:
    """The whole report as a fragment of HTML; every text in it is escaped."""
    parts = [Markup("<p>{}</p>").format(one_line(f"Night of {message.night}"))] if message.night else []
    if message.link:
        parts.append(Markup('<p><a href="{}">The site</a></p>').format(message.link))
    if message.intro:
        parts.append(_lines(message.intro))
    for section in message.sections:
        heading = Markup('<h2 style="border-left: 4px solid {}; padding-left: 8px">{}</h2>')
        parts.append(heading.format(section.tone.value, one_line(section.title)))
        parts += [_lines(section.text)] if section.text else []
        parts += map(_entry, section.entries)
    return "\n".join(parts)


def html_page(message: Message) -> str:
    """The fragment as a page with the report's title."""
    page = Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title></head>'
        "{1}<h1>{0}</h1>\n{2}\n</body></html>\n"
    )
    content = Markup(html_text(message))  # noqa: S704, escaped where it is made
    return str(page.format(one_line(message.title), Markup(BODY), content))  # noqa: S704, ours


def _entry(entry: Entry) -> Markup:
    title = escape(one_line(entry.title))
    linked = Markup('<a href="{}">{}</a>').format(entry.link, title) if entry.link else title
    told = "\n".join(entry_lines(entry))
    heading = [Markup("<h3>{}</h3>").format(linked)] if title else []
    # a long line of a failure must not widen the page
    text = [Markup('<pre style="white-space: pre-wrap">{}</pre>').format(told)] if told else []
    return Markup("\n").join([*heading, *text])


def _lines(text: str) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>\n").join(clean(text).strip("\n").splitlines()))
