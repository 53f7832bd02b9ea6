"""Waits until something holds in a page, without asking the page to evaluate text, which its policy forbids."""

from __future__ import annotations

from time import monotonic
from typing import Any

from playwright.sync_api import Page

LONGEST_S = 20.0
STEP_MS = 20


def until(page: Page, expression: str, arg: Any = None) -> None:
    """Wait until the expression, or the function of `arg`, is true; AssertionError when it never is.

    Of Playwright's own `wait_for_function` the policy stops the second time that the page evaluates the text.
    """
    end = monotonic() + LONGEST_S
    while not page.evaluate(expression, arg):
        assert monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(STEP_MS)
