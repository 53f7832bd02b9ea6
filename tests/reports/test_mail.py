"""E-mail, through a real SMTP server on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from pytest_relaybench.reports.mail import Email
from pytest_relaybench.reports.mail_settings import EmailConfig
from pytest_relaybench.reports.sending import Budget, PartlyTakenError, RefusedError, UnreachableError
from tests.reports.sample import NASTY, NIGHT, report

PASSWORD = "p4ss-word"


class Inbox:
    """Keeps mails; refuses recipients whose name begins with `no`, and asks those with `later` to come again."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802, aiosmtpd's name
        if address.startswith(("no", "later")):
            return "550 no such user" if address.startswith("no") else "451 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, aiosmtpd's name
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1 that signs itself."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture
def start(certificate):
    """Starts a server as told; returns its inbox and the config that reaches it."""
    running = []

    def started(security="none", **more):
        inbox = Inbox()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        given = {"ssl_context": context} if security == "ssl" else {}
        given |= {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
        if more.get("user"):
            given |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": security == "starttls"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = _Controller(inbox, hostname="127.0.0.1", port=port, **given)
        controller.start()
        running.append(controller)
        config = {"host": "127.0.0.1", "port": controller.port, "security": security, "sender": "bench@example.org"}
        config |= {"recipients": ["a@example.org"], "ca_file": str(certificate / "cert.pem"), **more}
        return inbox, EmailConfig(**config)

    yield started
    for controller in running:
        controller.stop()


class _Controller(Controller):
    def _trigger_server(self):
        """The connection that wakes it up trusts whom it talks to, which is itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection((self.hostname, self.port), 1.0) as plain:
            if self.ssl_context:
                with context.wrap_socket(plain) as wrapped:
                    wrapped.recv(1024)
            else:
                plain.recv(1024)


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


def send(config, message=None, password="", budget=None):
    sender = Email(config, lambda: password, budget or Budget(10, 5))
    for part in sender.parts(message or report()):
        sender.send(part, "")
    return sender


def test_a_report_arrives(start):
    """Subject, both forms of the text, all recipients; nothing of the report is lost."""
    inbox, config = start(recipients=["a@example.org", "b@example.org"])
    send(config)
    ((sender, recipients, mail),) = inbox.mails
    assert (sender, recipients) == ("bench@example.org", ["a@example.org", "b@example.org"])
    assert mail["Subject"] == f"Dashboard Results, {NIGHT}"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "Network 1\n    Duration: 0:01:02\n    Aot: 1.000 ms" in text
    assert f"    {NASTY}\n" in text
    html = mail.get_body(("html",)).get_content()
    assert "&lt;!channel&gt;" in html
    assert "<@U999>" not in html
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it does not see that all is TLS
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_encrypted_and_logged_in(start, security):
    """Both kinds of TLS, with a certificate that is checked, and a password."""
    inbox, config = start(security, user="bench", password_env="X")
    send(config, password=PASSWORD)
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_refused(start):
    """With the server's words, without the password; the mail is worth keeping."""
    inbox, config = start("starttls", user="bench", password_env="X")
    with pytest.raises(RefusedError, match="535") as caught:
        send(config, password="wr0ng-word")
    assert "wr0ng-word" not in str(caught.value)
    assert caught.value.keep
    assert inbox.mails == []


def test_a_certificate_nobody_vouches_for_is_refused(start):
    """Nothing is sent to a server that cannot prove its name."""
    inbox, config = start("ssl", ca_file="")
    with pytest.raises(RefusedError, match="certificate verify failed"):
        send(config)
    assert inbox.mails == []


def test_certificates_that_are_none_are_named(start, tmp_path):
    """A ca_file that is not there or holds something else is for a person to mend."""
    _, config = start("ssl")
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("absent.pem", "empty.pem"):
        with pytest.raises(RefusedError, match=rf"email\.ca_file: .*{name} holds no certificates"):
            send(config.model_copy(update={"ca_file": str(tmp_path / name)}))


def test_a_server_without_starttls_is_refused(start):
    """The password is not sent in the open."""
    _, config = start("none")
    with pytest.raises(RefusedError, match="STARTTLS"):
        send(config.model_copy(update={"security": "starttls"}))


def test_recipients_that_are_not_taken_are_named(start):
    """One of two: the other has the mail, so nothing is kept. All: refused, or for later if the server says so."""
    inbox, config = start(recipients=["a@example.org", "nobody@example.org"])
    with pytest.raises(PartlyTakenError, match=r"nobody@example\.org"):
        send(config)
    assert len(inbox.mails) == 1
    with pytest.raises(RefusedError, match=r"nobody@example\.org"):
        send(config.model_copy(update={"recipients": ["nobody@example.org"]}))
    with pytest.raises(UnreachableError, match=r"later@example\.org"):
        send(config.model_copy(update={"recipients": ["later@example.org"]}))


def test_a_server_that_is_gone_or_silent_is_for_later(start):
    """No connection, and a connection on which nobody speaks: neither holds the night."""
    config = EmailConfig(host="127.0.0.1", port=1, security="none", sender="a@b", recipients=["c@d"])
    with pytest.raises(UnreachableError, match="refused"):
        send(config)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            send(config.model_copy(update={"port": port}), budget=Budget(1, 30))
        assert time.monotonic() - began < 4


def test_a_late_mail_says_so(start):
    """In the subject, and on top of both texts."""
    inbox, config = start()
    sender = Email(config, str, Budget(10, 5))
    (part,) = sender.parts(report())
    sender.send(sender.late(part, NIGHT), "")
    mail = inbox.mails[0][2]
    assert mail["Subject"].startswith("[late] Dashboard Results")
    for kind in ("plain", "html"):
        assert f"Late: this is of the night of {NIGHT}." in mail.get_body((kind,)).get_content()
    page = mail.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert f'<body style="font-family: sans-serif">\n<p>Late: this is of the night of {NIGHT}.</p>\n<h1>' in page
    assert "&lt;body" not in page


@pytest.mark.parametrize("goodbye", ["421 too busy", "500 what?"])
def test_a_server_that_ends_badly_has_the_mail_all_the_same(start, goodbye, monkeypatch):
    """What it says to QUIT is no reason to send it again every night."""

    async def rudely(server, _arg):
        await server.push(goodbye)
        server.transport.close()

    monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_QUIT", rudely)
    inbox, config = start()
    send(config)
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("step", "answer", "keep"),
    [
        ("handle_DATA", "554 looks like spam", False),
        ("handle_MAIL", "552 too big", False),
        ("handle_MAIL", "550 who is this?", True),
    ],
)
def test_a_mail_that_the_server_will_never_take_stops_no_other(start, monkeypatch, step, answer, keep):
    """A refusal of its content or size is its own; one of the sender is for a person to mend."""
    inbox, config = start()

    async def refuse(*_):
        return answer

    monkeypatch.setattr(Inbox, step, refuse, raising=False)
    with pytest.raises(RefusedError, match=answer.replace("?", r"\?")) as caught:
        send(config)
    assert caught.value.keep is keep
    assert inbox.mails == []
