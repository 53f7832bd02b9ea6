"""The end of every reporting subsystem: the night's Markdown, then the message in all ways that its config names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..dashboard import Dashboard, Done, Report
from ..errors import SubsystemError
from ..files import write_json, write_text
from ..times import utc_now
from .blocks import payloads
from .delivery import Delivery, deliver
from .mail import Email
from .markdown import markdown
from .message import Message
from .named_secrets import safe_address
from .nightly import write_nightly
from .outbox import Outbox
from .plain import plain_text
from .sending import Budget, RefusedError, Sender
from .settings import ReportConfig
from .shortening import shortened
from .slack import SlackChannel, SlackWebhook

NIGHTS, OUTBOX = "nights", "outbox"
DRY_SHOWN = 2000  # characters of it in the status
DRY_TEXT, DRY_MESSAGES = "dry_run.txt", "dry_run.json"


def tell(dashboard: Dashboard, config: ReportConfig, output: Path, title: str, message: Message | str) -> Done:
    """Write the message as Markdown and send it; text instead of a message says why there is nothing to send.

    With `dry_run`, what would be sent is printed and written to `output` instead. What could not be sent is kept for
    the next night: the night is well, and a report says so. Raises SubsystemError when a token, channel or password is
    wrong, after everything else has been sent.
    """
    whole = message if isinstance(message, Message) else None
    why = message if isinstance(message, str) else ""
    if whole is not None:
        write_nightly(output / NIGHTS, dashboard.run_id, markdown(whole), config.nights_kept)
    if config.dry_run:
        return Done(_dry_run(config, output, whole) if whole else why)
    outbox = Outbox(output / OUTBOX)
    dropped = outbox.prune(utc_now(), config.late_days, config.late_most)
    unusable: list[str] = []
    senders = list(_senders(config, dashboard.home.root, unusable))
    delivery = deliver(whole, dashboard.run_id, senders, outbox)
    delivery.refused[:0] = unusable
    delivery.notes += dropped
    delivery.notes += outbox.prune(utc_now(), config.late_days, config.late_most)
    return _judged(title, why, delivery)


def _judged(title: str, why: str, delivery: Delivery) -> Done:
    if delivery.refused:
        raise SubsystemError(delivery.text)
    nowhere = "written as Markdown; neither Slack nor e-mail is set up"
    told = "; ".join(filter(None, [why, delivery.text])) or nowhere
    return Done(told, Report(title, "\n".join(delivery.kept)) if delivery.kept else None)


def _senders(config: ReportConfig, home: Path, unusable: list[str]) -> Iterator[Sender]:
    """Those that the config names; of one whose secret is not where the config says, `unusable` tells."""
    budget = Budget(config.sending_timeout_s, config.request_timeout_s)
    try:
        if config.token.is_named:
            token = config.token.read(home)
            yield from (SlackChannel(token, channel, config.base_url, budget) for channel in config.channels)
    except RefusedError as error:
        unusable.append(str(error))
    try:
        if config.webhook.is_named:
            yield SlackWebhook(_webhook_address(config, home), budget)
    except RefusedError as error:
        unusable.append(str(error))
    try:
        if config.email is not None:
            password = config.email.password.read(home) if config.email.user else ""
            yield Email(config.email, password, budget)
    except RefusedError as error:
        unusable.append(str(error))


def _webhook_address(config: ReportConfig, home: Path) -> str:
    url = config.webhook.read(home)
    if not safe_address(url):
        raise RefusedError("slack_webhook: the address of a webhook begins with https://")
    return url


def _dry_run(config: ReportConfig, output: Path, message: Message) -> str:
    """Print what would be sent, leave it in `output`, and return its beginning."""
    text, messages = plain_text(message), payloads(message)
    targets = [f"Slack channel {channel}" for channel in config.channels]
    targets += ["Slack webhook"] if config.webhook.is_named else []
    targets += [f"e-mail to {', '.join(config.email.recipients)}"] if config.email else []
    where = ", ".join(targets) or "nobody: neither Slack nor e-mail is set up"
    content: dict[str, Any] = {"targets": targets, "slack": messages}
    content["pictures"] = {one.title: [path.name for path in one.files] for one in message.pictures}
    write_json(output / DRY_MESSAGES, content)
    write_text(output / DRY_TEXT, text)
    told = f"dry run, nothing was sent; {output.name}/{DRY_TEXT} is what would go to {where}"
    sys.stdout.write(f"{told}\n\n{text}\n")
    return f"{told}\n\n{shortened(text, DRY_SHOWN)}"
