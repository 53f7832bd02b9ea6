"""Slack's own retry handlers, kept within the time that sending may take."""

from __future__ import annotations

from http.client import RemoteDisconnected
from typing import Any
from urllib.error import URLError

from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.http_retry.response import HttpResponse

from .sending import Budget

RETRIES = 2
RATE_LIMIT_RETRIES = 5
LONGEST_BACKOFF_S = 5  # of slack_sdk's two retries
SLACK_JITTER_S = 1


def retry_handlers(budget: Budget) -> list[RetryHandler]:
    """Handlers for lost connections and time-outs, errors 5xx, and 429 with its Retry-After."""
    lost = [URLError, ConnectionError, RemoteDisconnected, TimeoutError]
    return [
        _Connection(budget, RETRIES, error_types=lost),
        _ServerError(budget, RETRIES),
        _RateLimit(budget, RATE_LIMIT_RETRIES),
    ]


class _Connection(ConnectionErrorRetryHandler):
    def __init__(self, budget: Budget, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._budget = budget

    def _can_retry(self, **given: Any) -> bool:
        return self._budget.left_s > LONGEST_BACKOFF_S and super()._can_retry(**given)


class _ServerError(ServerErrorRetryHandler):
    """All of 5xx: gateways before Slack answer 502 and 504."""

    def __init__(self, budget: Budget, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._budget = budget

    def _can_retry(self, *, response: HttpResponse | None = None, **_given: Any) -> bool:
        return response is not None and response.status_code >= 500 and self._budget.left_s > LONGEST_BACKOFF_S


class _RateLimit(RateLimitErrorRetryHandler):
    """As long as Slack asks for, where there is that much time."""

    def __init__(self, budget: Budget, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._budget = budget

    def _can_retry(self, *, response: HttpResponse | None = None, **_given: Any) -> bool:
        if response is None or response.status_code != 429:
            return False
        values = next((v for k, v in response.headers.items() if k.lower() == "retry-after"), ["1"])
        return str(values[0]).isdecimal() and int(values[0]) + SLACK_JITTER_S < self._budget.left_s
