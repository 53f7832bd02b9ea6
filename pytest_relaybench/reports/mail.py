"""Sending by e-mail: the report as text and as HTML."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import NoReturn

from markupsafe import Markup

from .html_text import BODY, html_page
from .mail_settings import EmailConfig
from .message import Message, Pictures
from .plain import plain_text
from .sending import Budget, Part, PartlyTakenError, RefusedError, UnreachableError
from .shortening import one_line, shortened

GOODBYE_S = 1.0
TOO_BIG = 552  # RFC 1870, also in answer to the sender's name
WORST_TEMPORARY = 499  # SMTP replies 4xx are temporary (RFC 5321, section 4.2.1)


class Email:
    """The recipients of a config, by its server."""

    target = "e-mail"

    def __init__(self, config: EmailConfig, password: Callable[[], str], budget: Budget) -> None:
        """`password` reads it, once there is something to send; it may raise RefusedError."""
        self._config = config
        self._password = password
        self.budget = budget

    def parts(self, message: Message) -> list[Part]:
        """One mail."""
        subject = one_line(f"{message.title}, {message.night}" if message.night else message.title)
        return [{"subject": subject, "text": plain_text(message), "html": html_page(message)}]

    def late(self, part: Part, night: str) -> Part:
        """Said in the subject and on top of the text."""
        note = one_line(f"Late: this is of the night of {night}.")
        html = str(part["html"]).replace(BODY, BODY + str(Markup("<p>{}</p>\n").format(note)), 1)
        return {"subject": f"[late] {part['subject']}", "text": f"{note}\n\n{part['text']}", "html": html}

    def plain(self, part: Part) -> Part | None:
        """A mail has its plain text already."""

    def send(self, part: Part, thread: str) -> str:
        """Hand it to the server."""
        self.budget.within(lambda: _told(lambda: self._deliver(self._mail(part))))
        return thread

    def send_pictures(self, pictures: Sequence[Pictures]) -> None:
        """A mail has none: the site shows them."""

    def _mail(self, part: Part) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = one_line(str(part["subject"]))
        mail["From"] = self._config.sender
        mail["To"] = ", ".join(self._config.recipients)
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain="relaybench.invalid")
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
        mail.set_content(str(part["text"]))
        mail.add_alternative(str(part["html"]), subtype="html")
        return mail

    def _deliver(self, mail: EmailMessage) -> None:
        password = self._password() if self._config.user else ""
        with closing(self._connection()) as server:
            if self._config.security == "starttls":
                server.starttls(context=self._tls())
            if password:
                server.login(self._config.user, password)
            refused = server.send_message(mail)
            _say_goodbye(server)
        if refused:
            raise PartlyTakenError(f"not taken for {', '.join(sorted(refused))}; the other recipients have it")

    def _connection(self) -> smtplib.SMTP:
        host, port, timeout = self._config.host, self._config.server_port, self.budget.request_timeout()
        if self._config.security == "ssl":
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=self._tls())
        return smtplib.SMTP(host, port, timeout=timeout)

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._config.ca_file or None)
        except OSError as error:  # an SSLError is one
            raise RefusedError(
                f"email.ca_file: {self._config.ca_file} holds no certificates: {error.strerror}"
            ) from None


def _say_goodbye(server: smtplib.SMTP) -> None:
    """The server has the mail, whatever it answers now."""
    with suppress(smtplib.SMTPException, OSError):
        if server.sock is not None:
            server.sock.settimeout(GOODBYE_S)
        server.quit()


def _told(deliver: Callable[[], None]) -> None:
    """Deliver; what smtplib and the network raise becomes UnreachableError or RefusedError, without secrets."""
    try:
        deliver()
    except smtplib.SMTPRecipientsRefused as error:
        _raise(max(code for code, _ in error.recipients.values()), f"not taken for {', '.join(error.recipients)}")
    except smtplib.SMTPResponseException as error:
        is_of_this_mail = isinstance(error, smtplib.SMTPDataError) or error.smtp_code == TOO_BIG
        said = f"the server says {error.smtp_code} {_words(error.smtp_error)}"
        _raise(error.smtp_code, said, keep=not is_of_this_mail)
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise RefusedError(_words(str(error))) from None
    except (smtplib.SMTPException, OSError) as error:
        raise UnreachableError(f"no connection: {_words(str(error)) or type(error).__name__}") from None


def _raise(code: int, reason: str, *, keep: bool = True) -> NoReturn:
    if code <= WORST_TEMPORARY:
        raise UnreachableError(reason)
    raise RefusedError(reason, keep=keep)


def _words(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return shortened(one_line(text), 120)
