"""Slack down, slow and lying: a real server that answers so, and a night's report that has to be told by it."""

from __future__ import annotations

import random
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

from pytest_relaybench.errors import SubsystemError
from tests.fake_slack import TOKEN, FakeSlack, Trouble, fake_slack
from tests.reports.made_home import RUN, Made, make_home, run
from tests.subsystems.loading import load

from .campaign import Fault, Outcome

load("exp_reports")  # once, before there are threads
SENDING_S = 1.0
LATE_S = 4.0  # beyond the time that sending may take
FOREVER = 50  # answers; more than anybody asks for
BODY_OF_A_GIGABYTE = 2**30
MOST_TAKEN = 64 * 2**20  # by the client and the buffers of its socket, of that
METHODS = ("chat.postMessage", "files.getUploadURLExternal", "upload", "files.completeUploadExternal")
ODD_BODIES = (
    "[" * 100_000,
    '{"ok": true, "ts": ' + "9" * 5000 + "}",
    '{"ok": true, "ts": ["1"], "channel": {}}',
    '{"ok": "false", "error": {"a": 1}}',
    '{"ok": false, "error": "\x1b]0;mine\x07\\n::error::no"}',
    "null",
    "\x00\ufffd",
)
TROUBLES = {
    "errors 5xx": lambda dice: Trouble(dice.choice([500, 502, 503, 504, 599])),
    "Retry-After 10^9, negative or text": lambda dice: Trouble(
        429, "ratelimited", headers={"Retry-After": dice.choice(["1000000000", "-5", "soon", "9" * 5000, ""])}
    ),
    "ok: false": lambda dice: Trouble(error=dice.choice(["invalid_auth", "not_in_channel", "invalid_blocks", "new"])),
    "a page of a captive portal": lambda dice: Trouble(body=f"<html>{TOKEN[: dice.randrange(5)]} sign in</html>"),
    "half a JSON": lambda dice: Trouble(body='{"ok": true, "ts": "1.1"}'[: dice.randrange(1, 24)]),
    "answers of odd shapes": lambda dice: Trouble(body=dice.choice(ODD_BODIES)),
    "an unknown charset": lambda dice: Trouble(
        dice.choice([200, 400]), body='{"ok": false}', headers={"Content-Type": "application/json; charset=nonsense"}
    ),
    "an answer that breaks off": lambda dice: Trouble(body='{"ok": true, "ts": "1.1"}', breaks_off=True),
    "a byte now and then": lambda dice: Trouble(drips=True),
    "silence": lambda dice: Trouble(hangs=True),
    "an answer of 1 GB": lambda dice: Trouble(pours=BODY_OF_A_GIGABYTE),
}


@dataclass
class Thief:
    """Another host, which keeps whatever it is sent."""

    address: str = ""
    taken: list[str] = field(default_factory=list)


@contextmanager
def thief() -> Iterator[Thief]:
    """The other host while the block lasts."""
    caught = Thief()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            caught.taken.append(f"{self.requestline}\n{self.headers}\n{body!r}")
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = do_PUT = _take  # noqa: N815, http.server's names

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        # by another name: the same host would be Slack's own
        caught.address = f"http://localhost:{port}"
        yield caught


@contextmanager
def _serving(server: HTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _told(folder: Path, base_url: str) -> tuple[str, float]:
    """What the subsystem says of a night whose report goes there, and the seconds that took."""
    (folder / "token").write_text(TOKEN)
    dashboard = make_home(folder / "H", {"one": Made(title="One", graphs=["a.png"]), "two": Made(failed="run")})
    config = {
        "channel_id": ["C1"],
        "slack_token_file": str(folder / "token"),
        "base_url": base_url,
        "report_images": True,
        "sending_timeout_s": SENDING_S,
        "request_timeout_s": 1,
    }
    began = time.monotonic()
    try:
        told = run(dashboard, "exp_reports", **config).message
    except SubsystemError as error:
        told = str(error)
    return told, time.monotonic() - began


def _judged(folder: Path, told: str, spent_s: float, *, kept: bool, stolen: Sequence[str] = ()) -> Outcome:
    """Everything that is promised of a night without a Slack; `kept` says that the message has to wait."""
    output = folder / "H" / "results" / "subsystem" / "output" / "exp_reports"
    waiting = list((output / "outbox").glob("*.json"))
    complaints = {
        f"{spent_s:.1f} s": spent_s > SENDING_S + LATE_S,
        f"no single line: {told!r}": not told or not told.isprintable(),
        "the night's own files are not there": not (output / "nights" / f"{RUN}.md").is_file(),
        f"{len(waiting)} messages wait: {told}": len(waiting) != int(kept),
        "the token is in the home": any(TOKEN in text for text in _texts(folder / "H")) or TOKEN in told,
        f"another host got {stolen}": bool(stolen),
    }
    wrong = [text for text, is_so in complaints.items() if is_so]
    return Outcome(survived=not wrong, lost=int(kept and not waiting), told="; ".join(wrong))


def _texts(folder: Path) -> Iterator[str]:
    return (path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def _troubled(make: Callable[[random.Random], Trouble]) -> Callable[[Path, random.Random], Outcome]:
    """All answers are so from the first message on."""

    def attempt(folder: Path, dice: random.Random) -> Outcome:
        with fake_slack() as slack:
            slack.troubles = {method: [make(dice) for _ in range(FOREVER)] for method in METHODS}
            told, spent_s = _told(folder, slack.base_url)
            outcome = _judged(folder, told, spent_s, kept=True)
        if slack.poured > MOST_TAKEN:
            return Outcome(survived=False, told=f"{slack.poured} bytes of an answer were taken")
        return outcome

    return attempt


def _pictures_troubled(folder: Path, dice: random.Random) -> Outcome:
    """The report is taken; one step of the way that pictures go is not."""
    with fake_slack() as slack:
        make = TROUBLES[dice.choice(sorted(TROUBLES))]
        slack.troubles = {dice.choice(METHODS[1:]): [make(dice) for _ in range(FOREVER)]}
        told, spent_s = _told(folder, slack.base_url)
        return _judged(folder, told, spent_s, kept=False)


def _redirected(folder: Path, dice: random.Random) -> Outcome:
    with fake_slack() as slack, thief() as other:
        where = Trouble(dice.choice([301, 302, 303, 307, 308]), headers={"Location": f"{other.address}/api/"})
        slack.troubles = {"chat.postMessage": [where] * FOREVER}
        told, spent_s = _told(folder, slack.base_url)
        return _judged(folder, told, spent_s, kept=True, stolen=other.taken)


def _uploads_elsewhere(folder: Path, dice: random.Random) -> Outcome:
    with fake_slack() as slack, thief() as other:
        slack.upload_at = dice.choice(
            [other.address, f"file://{folder}", "http://[", f"http://127.0.0.1@{other.address[7:]}"]
        )
        told, spent_s = _told(folder, slack.base_url)
        return _judged(folder, told, spent_s, kept=False, stolen=other.taken)


def _lies_of_time_and_place(folder: Path, dice: random.Random) -> Outcome:
    """Taken, says the answer, but elsewhere and at another time."""
    with fake_slack() as slack:
        ts = dice.choice(["1", "x" * 9999, "<!channel>", "\x1b[2J"])
        body = f'{{"ok": true, "ts": "{ts}", "channel": "C{dice.randrange(99)}"}}'.replace("\x1b", "\\u001b")
        slack.troubles = {"chat.postMessage": [Trouble(body=body)] * FOREVER}
        told, spent_s = _told(folder, slack.base_url)
        return _judged(folder, told, spent_s, kept=False)


def _nobody_there(folder: Path, dice: random.Random) -> Outcome:
    return _judged(folder, *_told(folder, f"http://127.0.0.1:{dice.randrange(1, 20)}/api/"), kept=True)


def _no_such_name(folder: Path, dice: random.Random) -> Outcome:
    return _judged(folder, *_told(folder, f"https://slack-{dice.randrange(10**6)}.invalid/api/"), kept=True)


def _wrong_certificate(folder: Path, dice: random.Random) -> Outcome:
    """It signs itself: whoever stands between us and Slack has such a one."""
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(["openssl", "req", "-x509", *made, *names], cwd=folder, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    caught = FakeSlack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            caught.calls.append(str(self.headers))

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the handshake that fails is what is tried
    with _serving(server) as port:
        told, spent_s = _told(folder, f"https://127.0.0.1:{port}/api/")
    return _judged(folder, told, spent_s, kept=True, stolen=caught.calls)


FAULTS = (
    Fault("nobody listens", _nobody_there, tries=20),
    Fault("no such name", _no_such_name, tries=10),
    Fault("a certificate that signs itself", _wrong_certificate, tries=10),
    *(Fault(name, _troubled(make), tries=20) for name, make in TROUBLES.items()),
    Fault("pictures fail on their way", _pictures_troubled, tries=40),
    Fault("a redirect to another host", _redirected, tries=20),
    Fault("an upload address elsewhere", _uploads_elsewhere, tries=20),
    Fault("lies on time and channel", _lies_of_time_and_place, tries=20),
)
