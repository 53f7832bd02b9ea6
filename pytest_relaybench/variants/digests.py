"""Short hashes of text, and names without the numbers by which compilers tell like ones apart."""

from __future__ import annotations

import hashlib
import re

DIGITS = 20  # hexadecimal: 80 bits, for some thousands of functions
_NUMBERS = re.compile(r"(?<=[A-Za-z])\d+(?=_|$)")


def digest(*texts: str | bytes | memoryview) -> str:
    """A hash of these texts in this order."""
    found = hashlib.sha256()
    for text in texts:
        content = text.encode(errors="replace") if isinstance(text, str) else text
        found.update(f"{len(content)}:".encode())
        found.update(content)
    return found.hexdigest()[:DIGITS]


def base_name(name: str) -> str:
    """`fused_conv2d1_add3` is `fused_conv2d_add`: which number a kernel has depends on what else there is."""
    return _NUMBERS.sub("", name)
