"""Texts in the order in which people count."""

from __future__ import annotations

import re


def natural(text: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key to sort by as people count: 64 before 1024, O2 before O10; no two texts have the same."""
    return [_place_of(part) for part in re.split(r"([0-9]+)", text) if part], text


def _place_of(part: str) -> tuple[int, int, str]:
    """By length, then digit by digit: a number may have more digits than Python turns into one."""
    if not (part.isascii() and part.isdecimal()):
        return 1, 0, part
    digits = part.lstrip("0")
    return 0, len(digits), digits
