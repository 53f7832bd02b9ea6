"""slack_sdk's clients on a line that nobody leads elsewhere: no redirects, short answers, uploads to Slack alone."""

from __future__ import annotations

import io
from http.client import HTTPResponse, IncompleteRead
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from slack_sdk.web.client import WebClient
from slack_sdk.web.file_upload_v2_result import FileUploadV2Result
from slack_sdk.webhook.client import WebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from .named_secrets import safe_address
from .sending import UnreachableError

MOST_BYTES = 2**20  # of an answer; Slack's have some kilobytes
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SLACKS = ("slack.com", "slack-gov.com")  # whose subdomains take files, whatever stands before the API


class _NoRedirect(HTTPRedirectHandler):
    """The standard library's takes the token along to wherever an answer points."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Nowhere: the answer is an error then."""
        return


def _answer(client: WebClient | WebhookClient, request: Request) -> tuple[int, Any, str]:
    """Status, headers and text; raises HTTPError with a body as short, and UnreachableError for a long answer."""
    proxy = {"http": client.proxy, "https": client.proxy} if client.proxy else None
    opener = build_opener(ProxyHandler(proxy), HTTPSHandler(context=client.ssl), _NoRedirect)
    try:
        with opener.open(request, timeout=client.timeout) as response:
            return response.status, response.headers, _text(response)
    except HTTPError as error:
        if error.code in REDIRECTS:
            error.close()
            raise UnreachableError(f"the answer ({error.code}) leads elsewhere, where nothing is sent") from None
        with error:
            told = _text(error).encode()
        # slack_sdk decodes it by the charset that the answer names, known or not
        del error.headers["Content-Type"]
        raise HTTPError(error.url, error.code, error.reason, error.headers, io.BytesIO(told)) from None


def _text(response: HTTPResponse | HTTPError) -> str:
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise UnreachableError(f"the answer is longer than {MOST_BYTES // 2**20} MiB")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(body) < int(announced[:20]):
        raise IncompleteRead(body)  # `read` of a number of bytes does not
    return body.decode(errors="replace")


class LineToApi(WebClient):
    """The Web API; the two methods that open connections are slack_sdk's own doors for its asynchronous sisters."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:  # noqa: ARG002, `req` has the URL
        status, headers, body = _answer(self, req)
        return {"status": status, "headers": headers, "body": body}

    def _upload_file(self, *, url: str, data: bytes, **_more: Any) -> FileUploadV2Result:
        if not takes_files(url, self.base_url):
            raise UnreachableError("the answer names a place for pictures that is not Slack's")
        status, _, body = _answer(self, Request(url, data, method="POST"))  # noqa: S310, the scheme is checked just here
        return FileUploadV2Result(status=status, body=body)


class LineToWebhook(WebhookClient):
    """An incoming webhook."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _answer(self, req)
        return WebhookResponse(url=url, status_code=status, body=body, headers=headers)


def takes_files(url: Any, base_url: str) -> bool:
    """Whether pictures may go there: to Slack, or to the host of the API that the config names or below it."""
    if not isinstance(url, str) or not safe_address(url):
        return False
    host = urlsplit(url).hostname or ""
    homes = [urlsplit(base_url).hostname, *SLACKS]
    return any(host == home or host.endswith(f".{home}") for home in homes if home)
