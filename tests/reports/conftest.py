"""A Slack to send to, and no proxy in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_slack import FakeSlack, fake_slack
from tests.reports.sample import without_proxies


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """Empty, and in good order."""
    with fake_slack() as fake:
        yield fake
