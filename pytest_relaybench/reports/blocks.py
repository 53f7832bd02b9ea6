"""A report as Slack's Block Kit: one coloured attachment a section, as many messages as Slack's limits ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .message import Entry, Message, Section
from .mrkdwn import bold, fenced, italic, link, literal, mention, split
from .shortening import CUT

Payload = Mapping[str, Any]  # what chat.postMessage and a webhook take, without the channel

SECTION_TEXT = 3000
MESSAGE_BLOCKS = 50
ATTACHMENT_BLOCKS = 20  # of more, Slack says invalid_attachments (slackapi/bolt-python#914)
MESSAGE_TEXT = 8000  # msg_blocks_too_long comes from about 11,000 on, nowhere documented (slackapi/bolt-js#2867)
FALLBACK_TEXT = 3000
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
    """The report as messages, the first with its heading; each within Slack's limits."""
    drafts = [_Draft(_heading(message))]
    for section in message.sections:
        began = False
        for text in _texts(section):
            if not drafts[-1].takes(section, text):
                drafts.append(_Draft([]))
            drafts[-1].add(section, text, continued=began)
            began = True
    return [_payload(message, draft, number, len(drafts)) for number, draft in enumerate(drafts, 1)]


def graphs_payload(title: str) -> Payload:
    """The message below which an experiment's pictures are put."""
    text = f"Graphs of {bold(title)}"
    return {"text": text, "blocks": [_block(text)], **_QUIET}


def marked_late(payload: Payload, night: str) -> Payload:
    """The message with a line before it that says of which night it is, and that it comes late."""
    note = f"Late: this is of the night of {literal(night)}."
    blocks = [_context(note), *payload["blocks"]]
    return {**payload, "text": f"{note}\n{payload['text']}", "blocks": blocks}


_QUIET = {"unfurl_links": False, "unfurl_media": False}


def _heading(message: Message) -> list[str]:
    parts = split("\n".join(filter(None, [bold(message.title), literal(message.intro)])), SECTION_TEXT - len(CUT))
    return [parts[0] + (CUT if len(parts) > 1 else "")] if parts else []


def _title(section: Section, *, continued: bool) -> str:
    return bold(section.title + (" (continued)" if continued else ""))


def _texts(section: Section) -> Iterator[str]:
    """The texts of the section's blocks, without its title."""
    yield from (text for text in split(literal(section.text), SECTION_TEXT) if text.strip())
    for entry in section.entries:
        yield from _joined(_entry_texts(entry))


def _entry_texts(entry: Entry) -> Iterator[str]:
    title = f"*{link(entry.link, entry.title)}*" if entry.link else bold(entry.title)
    yield from split("\n".join(filter(None, [title, italic(entry.lead)])), SECTION_TEXT)
    yield from split(literal(entry.value.strip("\n")), SECTION_TEXT)
    yield from fenced(entry.output, SECTION_TEXT)
    for fact in entry.facts:
        yield from split(literal(fact.text), SECTION_TEXT)
    if entry.ping and entry.ping.people:
        names = [mention(person) for person in entry.ping.people]
        yield from split(entry.ping.text(names), SECTION_TEXT)


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
    part = f"{literal(message.title)}, part {number} of {of}" if of > 1 else ""
    where = [literal(f"Night of {message.night}")] if message.night else []
    where += [link(message.link, "Open the site")] if message.link else []
    context = " · ".join([*where, *([part] if part else [])]) if number == 1 else part
    text = split("\n".join(filter(None, [part if number > 1 else "", *draft.texts])), FALLBACK_TEXT)
    return {
        "text": text[0].rstrip() + (" …" if len(text) > 1 else ""),
        "blocks": [*map(_block, draft.head), *([_context(context)] if context else [])],
        "attachments": [_attachment(section, texts) for section, texts in draft.attachments],
        **_QUIET,
    }


def _attachment(section: Section, texts: Sequence[str]) -> dict[str, Any]:
    return {"color": section.tone.value, "fallback": section.title, "blocks": [_block(text) for text in texts]}


def _block(text: str) -> dict[str, Any]:
    # verbatim: Slack makes nothing of "@here", "#general" or an address that the text holds
    return {"type": "section", "text": {"type": "mrkdwn", "text": text.strip("\n"), "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}
