"""What programs said, made fit to be told: no control characters, not too long, never cut inside a word."""

from __future__ import annotations

import re

LONGEST_OUTPUT = 280  # of a failure's message in a report; the whole stands in the status and on the site
CUT = " […]"

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]?")
# also halves of surrogate pairs, marks that turn the direction of writing, and what XML does not allow
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """The text without terminal codes and characters that cannot be seen; line breaks and tabs stay."""
    return _UNSEEN.sub("", _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text in one line."""
    return " ".join(clean(text).split())


def shortened(text: str, most: int = LONGEST_OUTPUT) -> str:
    """At most `most` characters of the text, cut between words where it has any; a cut shows."""
    whole = clean(text).strip()
    if len(whole) <= most:
        return whole
    room = most - len(CUT)
    kept = whole[:room]
    if not whole[room].isspace():
        kept = re.sub(r"\s\S*$", "", kept)
    return kept.rstrip() + CUT
