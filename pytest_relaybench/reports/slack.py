"""Sending to Slack: by a bot's token to channels, and by an incoming webhook."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from http.client import HTTPException
from typing import Any, NoReturn, TypeVar
from urllib.error import HTTPError

from slack_sdk.errors import SlackApiError, SlackClientError

from .blocks import graphs_payload, marked_late, payloads, plain_payload
from .message import Message, Pictures
from .sending import Budget, Part, RefusedError, UnreachableError
from .shortening import one_line, shortened
from .slack_line import LineToApi, LineToWebhook
from .slack_retries import retry_handlers

DEFAULT_BASE_URL = "https://slack.com/api/"
SHARED_AT_ONCE = 10  # files of one message
PASSING = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout", "service_unavailable"}
)
# token, channel, scope or account: no message goes through before a person has mended it; all else is one message's
TO_BE_MENDED = frozenset(
    {"access_denied", "account_inactive", "action_prohibited", "as_user_not_supported", "channel_is_archived",
     "channel_not_found", "deprecated_endpoint", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth",
     "invalid_token", "is_archived", "is_inactive", "messages_tab_disabled", "method_deprecated", "missing_scope",
     "no_active_hooks", "no_permission", "no_service", "no_service_id", "no_team", "not_allowed_token_type",
     "not_authed", "not_in_channel", "org_login_required", "posting_to_general_channel_denied", "restricted_action",
     "restricted_action_non_threadable_channel", "restricted_action_read_only_channel",
     "restricted_action_thread_locked", "restricted_action_thread_only_channel", "team_access_not_granted",
     "team_disabled", "team_not_found", "token_expired", "token_revoked", "two_factor_setup_required",
     "unknown_method", "user_not_found"}
)  # fmt: skip

_CODE = re.compile("[a-z0-9_]+")
_SCOPES = re.compile("[a-z0-9_.:,]+")

Result = TypeVar("Result")


def _silent() -> logging.Logger:
    """A logger of no hierarchy that says nothing: slack_sdk's own tells requests, and a webhook's address is secret."""
    return logging.Logger("relaybench slack", level=logging.CRITICAL + 1)


class _BlockKit:
    """What Slack takes, by whichever way it comes."""

    def parts(self, message: Message) -> list[Part]:
        """Block Kit messages, one after the other."""
        return payloads(message)

    def late(self, part: Part, night: str) -> Part:
        """With a line on top."""
        return marked_late(part, night)

    def plain(self, part: Part) -> Part | None:
        """Its text without blocks."""
        return plain_payload(part)


class SlackChannel(_BlockKit):
    """One channel, by a bot's token; all but the first of a message's parts go into its thread."""

    def __init__(self, token: Callable[[], str], channel: str, base_url: str, budget: Budget) -> None:
        """`token` reads it, once there is something to send; it may raise RefusedError."""
        self._token = token
        self._channel = channel
        self._base_url = base_url
        self.budget = budget

    @cached_property
    def _client(self) -> LineToApi:
        handlers = retry_handlers(self.budget)
        return LineToApi(self._token(), base_url=self._base_url, retry_handlers=handlers, logger=_silent(), timeout=1)

    @property
    def target(self) -> str:
        """As messages name it."""
        return f"Slack channel {self._channel}"

    def send(self, part: Part, thread: str) -> str:
        """Post it; a thread is the time stamp of its first message."""
        reply = self._post(part, thread)
        return thread or str(reply["ts"])

    def send_pictures(self, pictures: Sequence[Pictures]) -> None:
        """For each experiment a message with its name, and its pictures below it."""
        for one in pictures:
            reply = self._post(graphs_payload(one.title), "")
            for start in range(0, len(one.files), SHARED_AT_ONCE):
                self._upload(one.files[start : start + SHARED_AT_ONCE], str(reply["channel"]), str(reply["ts"]))

    def _post(self, part: Part, thread: str) -> Mapping[str, Any]:
        answer = self._ask(
            lambda: self._client.chat_postMessage(channel=self._channel, thread_ts=thread or None, **part).data
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("ts"), str):
            raise UnreachableError("the answer has no time stamp")
        return {"channel": self._channel, **answer}

    def _upload(self, files: Sequence[Any], channel: str, thread: str) -> None:
        uploads = [
            {"file": str(path), "title": f"{path.parent.name}/{path.name}", "alt_txt": path.stem} for path in files
        ]
        self._ask(lambda: self._client.files_upload_v2(channel=channel, thread_ts=thread, file_uploads=uploads))

    def _ask(self, request: Callable[[], Result]) -> Result:
        self._client.timeout = self.budget.request_timeout()
        return _told(lambda: self.budget.within(request))


class SlackWebhook(_BlockKit):
    """The channel that an incoming webhook belongs to. It takes no pictures and knows no threads."""

    target = "Slack webhook"

    def __init__(self, url: Callable[[], str], budget: Budget) -> None:
        """`url` reads the address, once there is something to send; it may raise RefusedError."""
        self._url = url
        self.budget = budget

    @cached_property
    def _client(self) -> LineToWebhook:
        return LineToWebhook(self._url(), retry_handlers=retry_handlers(self.budget), logger=_silent(), timeout=1)

    def send(self, part: Part, thread: str) -> str:
        """Post it."""
        client = self._client
        client.timeout = self.budget.request_timeout()
        answer = _told(lambda: self.budget.within(lambda: client.send_dict(dict(part))))
        if answer.status_code != 200 or answer.body.strip() != "ok":
            _raise(answer.status_code, answer.body)
        return thread

    def send_pictures(self, pictures: Sequence[Pictures]) -> None:
        """A webhook takes none."""


def _told(request: Callable[[], Result]) -> Result:
    """The request's result; what slack_sdk and the network raise becomes one of our errors, without secrets."""
    try:
        return request()
    except SlackApiError as error:
        data = error.response.data if isinstance(error.response.data, dict) else {}
        _raise(int(error.response.status_code), str(data.get("error", "")), str(data.get("needed", "")))
    except SlackClientError as error:
        raise UnreachableError(shortened(one_line(str(error)), 120)) from None
    except HTTPError as error:  # of an upload, which slack_sdk leaves open
        error.close()
        raise UnreachableError(f"the upload ends with {error.code}") from None
    except (OSError, HTTPException) as error:
        raise UnreachableError(f"no connection: {_reason(error)}") from None
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # slack_sdk trusts an answer's shape
        raise UnreachableError("the answer cannot be read") from None


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return shortened(one_line(str(reason)), 120) or type(reason).__name__


def _raise(status: int, code: str, scopes: str = "") -> NoReturn:
    told = shortened(one_line(code), 120)
    if not _CODE.fullmatch(code):
        if status == 200:
            raise UnreachableError(f"the answer is none of Slack's: {told}")
        told = "" if status >= 500 else told  # a page of some gateway's
    if status == 429 or status >= 500 or code in PASSING:
        raise UnreachableError(f"Slack says {status} {told}".rstrip())
    needed = f", the app needs {scopes}" if _SCOPES.fullmatch(scopes) else ""
    is_a_code = _CODE.fullmatch(code) is not None
    raise RefusedError(f"Slack says {told or status}{needed}", keep=not is_a_code or code in TO_BE_MENDED)
