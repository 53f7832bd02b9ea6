"""Slack's markup: text that stays text, mentions and links of our own, and cuts that hurt neither."""

from __future__ import annotations

import re

from .shortening import clean, one_line

NOTHING = "\u200b"  # a space without width: Slack sees no markup beside it (claude-threads#92, slack-api-docs#34)
FENCE = "```"

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_A_LINK = str.maketrans({"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C", " ": "%20", '"': "%22"})
# inside a word these mean nothing: `relay_opt` and `2*3` can be copied as they are
_MARKS = re.compile(r"(?<![^\W_])[*_~]+|[*_~]+(?![^\W_])|`+")
_EMOJI = re.compile(r"(?<![0-9]):(?=[\w+'-]+:)")
_QUOTE = re.compile(r"^([ \t]*)&gt;", re.MULTILINE)
_PERSON, _GROUP = re.compile("[UW][A-Z0-9]+"), re.compile("S[A-Z0-9]+")
_AS_SLACK_WRITES = re.compile("<@([UW][A-Z0-9]+)>")
_EVERYBODY = frozenset({"here", "channel", "everyone"})

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(r"(?:<[^<>\n]*>|[^\s<])+|<|\s")
_ATOMS = re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_LEVELS = (_LINES, _WORDS, _ATOMS)


def escaped(text: str) -> str:
    """The text with the three characters escaped that Slack asks to escape; for use between back-ticks."""
    return clean(text).translate(_ENTITIES)


def literal(text: str) -> str:
    """The text so that it reads as it stands: no mention, link, emoji, quotation or formatting comes of it."""
    seen = _MARKS.sub(lambda found: f"{NOTHING}{found[0]}{NOTHING}", clean(text))
    seen = _EMOJI.sub(f":{NOTHING}", seen)
    return _QUOTE.sub(rf"\1{NOTHING}&gt;", seen.translate(_ENTITIES))


def bold(text: str) -> str:
    """The text, in one line, in bold."""
    return f"*{literal(one_line(text))}*" if one_line(text) else ""


def italic(text: str) -> str:
    """The text, in one line, slanted."""
    return f"_{literal(one_line(text))}_" if one_line(text) else ""


def link(url: str, text: str) -> str:
    """The text as a link."""
    return f"<{clean(url).translate(_IN_A_LINK)}|{literal(one_line(text))}>"


def called(person: str) -> str | None:
    """The call to a Slack user (U…, W…, `<@U…>`), a group (S…) or `here`, `channel`, `everyone`; None for others."""
    bare = _AS_SLACK_WRITES.sub(r"\1", person.strip())
    if _PERSON.fullmatch(bare):
        return f"<@{bare}>"
    if _GROUP.fullmatch(bare):
        return f"<!subteam^{bare}>"
    return f"<!{bare}>" if bare in _EVERYBODY else None


def mention(person: str) -> str:
    """A call to the person, or the name as text, with a word on it where whoever wrote it meant a call."""
    name = literal(one_line(person))
    nobody = f"{name} (no id of Slack's, so nobody is called)" if name.startswith(("@", "&lt;")) else name
    return called(person) or nobody


def fenced(text: str, limit: int) -> list[str]:
    """The text as it stands, in blocks of at most `limit` characters."""
    # a fence inside would end the block
    inner = escaped(text).replace(FENCE, NOTHING.join(FENCE))
    parts = (part.strip("\n") for part in split(inner, limit - 2 * len(FENCE) - 2))
    return [f"{FENCE}\n{part}\n{FENCE}" for part in parts if part.strip()]


def split(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters that make up the text: cut between lines, else words.

    A word is cut only when it alone is longer than `limit`, and then never inside `&amp;`, a mention or a link.
    """
    parts = [""]
    _fill(parts, text, limit, 0)
    return [part for part in parts if part]


def _fill(parts: list[str], text: str, limit: int, level: int) -> None:
    for unit in _LEVELS[level].findall(text):
        if len(parts[-1]) + len(unit) <= limit:
            parts[-1] += unit
        elif len(unit) <= limit or level + 1 == len(_LEVELS):
            parts.append(unit)
        else:
            _fill(parts, unit, limit, level + 1)
