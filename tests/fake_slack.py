"""A local server that answers as Slack does: what it takes, what it refuses, and how it fails."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "xoxb-0123456789-secret"
WEBHOOK = "/services/T0/B0/webhook-secret"
MARKUP = re.compile(r"<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!(?:here|channel|everyone)|https?://[^<>|\s]+\|[^<>]*)>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")


@dataclass(frozen=True)
class Trouble:
    """One answer that is none: an HTTP status, an `error` of Slack's, or silence for `seconds`."""

    status: int = 200
    error: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    drips: bool = False
    breaks_off: bool = False  # half of the body that was announced, then the connection is closed
    pours: int = 0  # so many bytes


@dataclass
class FakeSlack:
    """What it has been sent, and the troubles that its next answers are, by method."""

    address: str = ""
    channels: tuple[str, ...] = ("C1", "C2")
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: list[dict[str, Any]] = field(default_factory=list)
    upload_at: str = ""  # where pictures are told to go, if not here
    poured: int = 0  # bytes that somebody has taken
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        """For the Web API's client."""
        return f"{self.address}/api/"

    @property
    def webhook(self) -> str:
        """The secret address of a webhook."""
        return self.address + WEBHOOK

    def texts(self, channel: str = "C1") -> list[str]:
        """All text of each message in the channel, as its blocks show it."""
        return [shown(message) for message in self.messages if message.get("channel") == channel]

    def answer(self, method: str, given: dict[str, Any], token: str) -> dict[str, Any]:
        """What Slack's Web API answers."""
        if token != TOKEN:
            return {"ok": False, "error": "invalid_auth" if token else "not_authed"}
        action = {
            "auth.test": lambda: {"ok": True, "user_id": "UBOT"},
            "chat.postMessage": lambda: self._post(given),
            "files.getUploadURLExternal": lambda: self._upload_url(given),
            "files.completeUploadExternal": lambda: self._complete(given),
        }.get(method)
        return action() if action else {"ok": False, "error": "unknown_method"}

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("channel") not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        error = fault(given)
        if error:
            return {"ok": False, "error": error}
        if given.get("thread_ts") and given["thread_ts"] not in {message["ts"] for message in self.messages}:
            return {"ok": False, "error": "thread_not_found"}
        ts = f"1700000000.{len(self.messages) + 1:06d}"
        self.messages.append({**given, "ts": ts})
        return {"ok": True, "channel": given["channel"], "ts": ts, "message": given}

    def _upload_url(self, given: dict[str, Any]) -> dict[str, Any]:
        name = f"F{len(self.files) + 1}"
        self.files[name] = {"filename": given["filename"], "length": int(given["length"])}
        return {"ok": True, "file_id": name, "upload_url": f"{self.upload_at or self.address}/upload/{name}"}

    def _complete(self, given: dict[str, Any]) -> dict[str, Any]:
        files = json.loads(given["files"])
        if any("content" not in self.files.get(one["id"], {}) for one in files):
            return {"ok": False, "error": "file_not_found"}
        self.shared.append({**given, "files": files})
        return {"ok": True, "files": files}


def fault(given: Mapping[str, Any]) -> str:
    """The error that Slack has for this message, nothing for one within its limits."""
    attachments = given.get("attachments") or []
    blocks = [*(given.get("blocks") or []), *(block for one in attachments for block in one["blocks"])]
    if not given.get("text"):
        return "no_text"
    if len(blocks) > 50 or any(_is_bad(block) for block in blocks):
        return "invalid_blocks"
    if any(len(one["blocks"]) > 20 or not re.fullmatch("#[0-9a-f]{6}", one["color"]) for one in attachments):
        return "invalid_attachments"
    if sum(len(text) for block in blocks for text in texts_of(block)) > 11_000:
        return "msg_blocks_too_long"
    return "msg_too_long" if len(given["text"]) > 40_000 else ""


def _is_bad(block: Mapping[str, Any]) -> bool:
    limit = {"section": 3000, "context": 3000}[block["type"]]
    return any(not text.strip() or len(text) > limit or not is_sound(text) for text in texts_of(block))


def is_sound(text: str) -> bool:
    """Whether every `<`, `>` and `&` belongs to markup or an entity that is whole."""
    rest = ENTITY.sub("", MARKUP.sub("", text))
    return not set(rest) & set("<>&")


def texts_of(block: Mapping[str, Any]) -> list[str]:
    """The texts of a block; they are markup with nothing guessed into it."""
    found = [block["text"]] if "text" in block else block["elements"]
    assert all(one["type"] == "mrkdwn" and one["verbatim"] is True for one in found)
    return [one["text"] for one in found]


def shown(message: Mapping[str, Any]) -> str:
    """All that the message shows, in order."""
    blocks = [*message["blocks"], *(block for one in message.get("attachments", []) for block in one["blocks"])]
    return "\n".join(text for block in blocks for text in texts_of(block))


class _Handler(BaseHTTPRequestHandler):
    fake: FakeSlack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.path.rpartition("/")[2] if self.path.startswith("/api/") else self.path.split("/")[1]
        self.fake.calls.append(method)
        waiting = self.fake.troubles.get(method)
        if waiting:
            self._fail(waiting.pop(0))
        elif self.path.startswith("/api/"):
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            self._reply(200, json.dumps(self.fake.answer(method, self._given(body), token)), "application/json")
        elif method == "upload":
            self.fake.files[self.path.rpartition("/")[2]]["content"] = body
            self._reply(200, f"OK - {len(body)}")
        elif self.path == WEBHOOK:
            self._hook(json.loads(body))
        else:
            self._reply(404, "no_service")

    def _hook(self, given: dict[str, Any]) -> None:
        error = fault(given)
        if not error:
            self.fake.messages.append({**given, "channel": "webhook"})
        self._reply(400 if error else 200, error or "ok")

    def _given(self, body: bytes) -> dict[str, Any]:
        if "json" in (self.headers.get("Content-Type") or ""):
            return dict(json.loads(body or b"{}"))
        return {key: values[0] for key, values in parse_qs(body.decode()).items()}

    def _fail(self, trouble: Trouble) -> None:
        if trouble.hangs:
            self.fake.closing.wait(30)
            return
        if trouble.drips:
            self._drip()
            return
        if trouble.pours:
            self._pour(trouble.pours)
            return
        body = trouble.body or (json.dumps({"ok": False, "error": trouble.error}) if trouble.error else "trouble")
        kind = "application/json" if trouble.error else "text/html"
        longer = {"Content-Length": str(2 * len(body))} if trouble.breaks_off else {}
        self._reply(trouble.status, body, kind, {**trouble.headers, **longer})
        self.close_connection = True

    def _drip(self) -> None:
        """A byte now and then, for ever: no time-out of a socket sees anything wrong."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.fake.closing.wait(0.1):
            try:
                self.wfile.write(b" ")
            except OSError:
                return

    def _pour(self, size: int) -> None:
        """An answer that is Slack's but for its length."""
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        chunk = b" " * 2**16
        for _ in range(size // len(chunk)):
            try:
                self.wfile.write(chunk)
            except OSError:
                return
            self.fake.poured += len(chunk)

    def _reply(
        self, status: int, body: str, kind: str = "text/plain", headers: Mapping[str, str] | None = None
    ) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """The server while the block lasts."""
    fake = FakeSlack()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
