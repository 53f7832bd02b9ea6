"""Why a case has no value tonight: its test was skipped or failed, and with what words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_relaybench.history.records import TestOutcome, canonical

from ..inert import shortened
from ..series import Series, param_text

LONGEST_REASON = 160  # letters; the page tells the rest where it lists the tests
_PLAIN = "[A-Za-z0-9]"


class Absences:
    """The tests of a record that did not pass."""

    def __init__(self, tests: Sequence[TestOutcome]) -> None:
        self._tests = [test for test in tests if test.outcome != "passed"]

    def beside(self, series: Sequence[Series]) -> list[TestOutcome]:
        """Those of the tests of these series, with other parameters: an engine that was never measured, for one."""
        known = {(one.test, canonical(one.params)) for one in series}
        names, keys = {one.test for one in series}, {frozenset(one.params) for one in series}
        found = {}
        for test in self._tests:
            key = (test.test, canonical(test.params))
            if test.test in names and frozenset(test.params) in keys and key not in known:
                found[key, test.variant] = test
        return list(found.values())

    def reason(self, labels: Sequence[str], series: Series | None) -> str:
        """`skipped: onnxruntime is not installed`, empty where nobody knows; `labels` is what tells the case apart."""
        test = next((test for test in self._tests if self._is_of(test, labels, series)), None)
        if test is None:
            return ""
        told = shortened(next(iter(test.message.strip().splitlines()), ""), LONGEST_REASON)
        return f"{test.outcome}: {told}" if told else test.outcome

    def _is_of(self, test: TestOutcome, labels: Sequence[str], series: Series | None) -> bool:
        if not test.test:  # a record of before: only the name tells
            return bool(labels) and all(_names(test.nodeid, label) for label in labels if label)
        if series:
            is_own = test.variant in ("", series.variant) and canonical(test.params) == canonical(series.params)
            return is_own and test.test == series.test
        words = {" ".join(param_text(value).split()) for value in test.params.values()}
        return all(label in {*words, test.test, test.variant} for label in labels if label)


def _names(text: str, label: str) -> bool:
    """Whether the label stands in the text by itself, not as a part of another word."""
    return re.search(f"(?<!{_PLAIN}){re.escape(label)}(?!{_PLAIN})", text) is not None
