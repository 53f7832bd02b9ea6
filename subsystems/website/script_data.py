"""Data for the pages' scripts, as JSON that no page can be broken out of with."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

# what ends a script element, begins a comment, or is a line break to a script but not to JSON
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_text(value: Any) -> Markup:
    """The value as JSON on one line, fit for a script element; raises ValueError for NaN and infinity."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704, escaped just here


def call(function: str, *arguments: Any) -> bytes:
    """A script file that hands the arguments to a function of ours, e.g. `RB.charts.take`; it ends with a line break.

    Pages load it by a script element, which works where a page is opened from a file and nothing can be fetched.
    """
    return f"{function}({','.join(json_text(argument) for argument in arguments)})\n".encode()
