"""A report as Slack's Block Kit: one coloured attachment a section, as many messages as Slack's limits ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .message import Entry, Message, Section, Tone
from .mrkdwn import bold, fenced, italic, link, literal, mention, split
from .shortening import CUT, one_line, shortened

Payload = Mapping[str, Any]  # what chat.postMessage and a webhook take, without the channel

SECTION_TEXT = 3000
MESSAGE_BLOCKS = 50
ATTACHMENT_BLOCKS = 20  # of more, Slack says invalid_attachments (slackapi/bolt-python#914)
MESSAGE_TEXT = 8000  # msg_blocks_too_long comes from about 11,000 on, nowhere documented (slackapi/bolt-js#2867)
FALLBACK_TEXT = 3000
TITLE_TEXT = 300
LONGEST_LINK = 1200  # escaped; it stands in one block with a title
LONGEST_TEXT = 10_000  # of one value: a channel is no log file
THE_REST = "… the whole is on the site"
UNTITLED = "–"
PART_ROOM = 200  # for the notes
NOTES = 2  # blocks that say which part of a report it is, and that it is late


@dataclass
class _Draft:
    """One message in the making: texts of the blocks of its attachments, each with its section."""

    head: list[str]
    attachments: list[tuple[Section, list[str]]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [*self.head, *(text for _, texts in self.attachments for text in texts)]

    def needs_title(self, section: Section) -> bool:
        """Whether the section's next text begins an attachment."""
        if not self.attachments or self.attachments[-1][0] is not section:
            return True
        return len(self.attachments[-1][1]) >= ATTACHMENT_BLOCKS

    def takes(self, section: Section, text: str) -> bool:
        """Whether there is room for one more text of the section, and a title where it needs one."""
        more = [text, _title(section, continued=True)] if self.needs_title(section) else [text]
        texts = [*self.texts, *more]
        return len(texts) + NOTES <= MESSAGE_BLOCKS and sum(map(len, texts)) + PART_ROOM <= MESSAGE_TEXT

    def add(self, section: Section, text: str, *, continued: bool) -> None:
        """Put the text below the others."""
        if self.needs_title(section):
            self.attachments.append((section, [_title(section, continued=continued)]))
        self.attachments[-1][1].append(text)


def payloads(message: Message) -> list[Payload]:
    """The report as messages, the first with its heading; each within Slack's limits.

    Where it takes several, what is bad comes first: the others are in a thread.
    """
    drafts = _drafts(message, message.sections)
    if len(drafts) > 1:
        drafts = _drafts(message, sorted(message.sections, key=lambda section: section.tone is not Tone.BAD))
    return [_payload(message, draft, number, len(drafts)) for number, draft in enumerate(drafts, 1)]


def _drafts(message: Message, sections: Sequence[Section]) -> list[_Draft]:
    drafts = [_Draft(_heading(message))]
    for section in sections:
        began = False
        for text in _texts(section):
            if not drafts[-1].takes(section, text):
                drafts.append(_Draft([]))
            drafts[-1].add(section, text, continued=began)
            began = True
    return drafts


def graphs_payload(title: str) -> Payload:
    """The message below which an experiment's pictures are put."""
    text = f"Graphs of {bold(shortened(title, TITLE_TEXT))}"
    return {"text": text, "blocks": [_block(text)], **_QUIET}


def plain_payload(payload: Payload) -> Payload:
    """The same as text alone, for when Slack does not take the blocks."""
    attached = (block for one in payload.get("attachments", ()) for block in one["blocks"])
    texts = (block.get("text") or block["elements"][0] for block in (*payload["blocks"], *attached))
    return {"text": "\n".join(text["text"] for text in texts), **_QUIET}


def marked_late(payload: Payload, night: str) -> Payload:
    """The message with a line before it that says of which night it is, and that it comes late."""
    note = f"Late: this is of the night of {literal(night)}."
    blocks = [_context(note), *payload["blocks"]]
    return {**payload, "text": f"{note}\n{payload['text']}", "blocks": blocks}


_QUIET = {"unfurl_links": False, "unfurl_media": False}


def _heading(message: Message) -> list[str]:
    texts = [bold(shortened(message.title, TITLE_TEXT)), literal(message.intro.strip())]
    parts = _parts("\n".join(filter(None, texts)), SECTION_TEXT - len(CUT))
    return [parts[0] + (CUT if len(parts) > 1 else "")] if parts else []


def _title(section: Section, *, continued: bool) -> str:
    title = shortened(section.title, TITLE_TEXT) or UNTITLED
    return bold(title + (" (continued)" if continued else ""))


def _texts(section: Section) -> Iterator[str]:
    """The texts of the section's blocks, without its title."""
    yield from _parts(literal(_capped(section.text)))
    for entry in section.entries:
        yield from _joined(_entry_texts(entry))


def _entry_texts(entry: Entry) -> Iterator[str]:
    name = shortened(entry.title, TITLE_TEXT)
    title = f"*{link(entry.link, name)}*" if name and _fits(entry.link) else bold(name)
    yield from _parts("\n".join(filter(None, [title, italic(shortened(entry.lead, TITLE_TEXT))])))
    yield from _parts(literal(_capped(entry.value.strip("\n"))))
    yield from fenced(_capped(entry.output), SECTION_TEXT)
    for fact in entry.facts:
        yield from _parts(literal(_capped(fact.text)))
    if entry.ping and entry.ping.people:
        words = replace(entry.ping, before=literal(entry.ping.before), after=literal(entry.ping.after))
        yield from _parts(words.text(mention(person) for person in entry.ping.people))


def _parts(text: str, limit: int = SECTION_TEXT) -> list[str]:
    """The text in parts that fit; Slack takes no blank ones."""
    return [part for part in split(text, limit) if part.strip()]


def _fits(url: str) -> bool:
    return bool(url) and len(link(url, "")) <= LONGEST_LINK


def _capped(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{shortened(text, LONGEST_TEXT)}\n{THE_REST}"


def _joined(texts: Iterator[str]) -> Iterator[str]:
    """The texts below each other, as many as go into one block."""
    block = ""
    for text in texts:
        joined = f"{block}\n{text}" if block else text
        if len(joined) <= SECTION_TEXT:
            block = joined
            continue
        yield block
        block = text
    if block.strip():
        yield block


def _payload(message: Message, draft: _Draft, number: int, of: int) -> Payload:
    part = f"{literal(one_line(shortened(message.title, TITLE_TEXT)))}, part {number} of {of}" if of > 1 else ""
    where = [literal(f"Night of {message.night}")] if message.night else []
    where += [link(message.link, "Open the site")] if _fits(message.link) else []
    context = " · ".join([*where, *([part] if part else [])]) if number == 1 else part
    words = [part, *draft.texts] if number > 1 else draft.texts
    text = _parts("\n".join(words), FALLBACK_TEXT) or [UNTITLED]
    return {
        "text": text[0].rstrip() + (" …" if len(text) > 1 else ""),
        "blocks": [*map(_block, draft.head), *([_context(context)] if context else [])],
        "attachments": [_attachment(section, texts) for section, texts in draft.attachments],
        **_QUIET,
    }


def _attachment(section: Section, texts: Sequence[str]) -> dict[str, Any]:
    return {"color": section.tone.value, "fallback": texts[0], "blocks": [_block(text) for text in texts]}


def _block(text: str) -> dict[str, Any]:
    # verbatim: Slack makes nothing of "@here", "#general" or an address that the text holds
    return {"type": "section", "text": {"type": "mrkdwn", "text": text.strip("\n"), "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}
