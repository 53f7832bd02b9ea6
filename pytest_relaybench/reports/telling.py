"""The end of every reporting subsystem: the message in all ways that its config names, and the night's files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
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
from .slack import SlackChannel, SlackWebhook

NOT_TOLD = "a selection of tests: not told"
NIGHTS, OUTBOX = "nights", "outbox"
DRY_TEXT, DRY_MESSAGES = "dry_run.txt", "dry_run.json"


def tell(  # noqa: PLR0913, `files` is for those few that leave some
    dashboard: Dashboard,
    config: ReportConfig,
    output: Path,
    title: str,
    message: Message | str,
    *,
    files: Callable[[], object] | None = None,
) -> Done:
    """Write the message as Markdown and send it; text instead of a message says why there is nothing to send.

    `files` writes what else the night leaves. With `dry_run`, what would be sent is printed and written to `output`
    instead. A selection of tests is not sent, unless the config says so. What could not be sent is kept for the next
    night: the night is well, and a report says so. Raises SubsystemError when a file cannot be written, or a token,
    channel or password is wrong, after everything else has been sent.
    """
    whole = message if isinstance(message, Message) else None
    why = message if isinstance(message, str) else ""
    root = dashboard.home.root
    problems = [_problem(root, files)] if files else []
    if whole is not None:
        night = partial(write_nightly, output / NIGHTS, dashboard.run_id, markdown(whole), config.nights_kept)
        problems.append(_problem(root, night))
    delivery = Delivery()
    if config.dry_run:
        delivery.notes += [_dry_run(config, root, output, whole)] if whole else []
    elif is_silent(dashboard, config):
        delivery.notes += [] if why else [NOT_TOLD]
    else:
        delivery = _delivered(dashboard, config, output, whole)
    delivery.refused += [problem for problem in problems if problem]
    return _judged(title, why, delivery)


def is_silent(dashboard: Dashboard, config: ReportConfig) -> bool:
    """Whether this run is a selection of tests, which only whoever made it asked for."""
    return bool(dashboard.run().get("is_selection")) and not config.report_selections


def _problem(root: Path, write: Callable[[], object]) -> str:
    """Write; what went wrong, with paths as they are within the home, or nothing."""
    try:
        write()
    except OSError as error:
        return _unwritten(root, str(error.filename2 or error.filename), error)
    return ""


def _unwritten(root: Path, path: str, error: OSError) -> str:
    return f"{_within(root, path)} cannot be written: {error.strerror}"


def _within(root: Path, path: str) -> str:
    return path.removeprefix(f"{root}/")


def _delivered(dashboard: Dashboard, config: ReportConfig, output: Path, message: Message | None) -> Delivery:
    outbox = Outbox(output / OUTBOX)
    dropped = outbox.prune(utc_now(), config.late_days, config.late_most)
    delivery = deliver(message, dashboard.run_id, list(_senders(config, dashboard.home.root)), outbox)
    delivery.notes += dropped
    delivery.notes += outbox.prune(utc_now(), config.late_days, config.late_most)
    if outbox.problem:
        delivery.refused.append(_unwritten(dashboard.home.root, str(output / OUTBOX), outbox.problem))
    return delivery


def _judged(title: str, why: str, delivery: Delivery) -> Done:
    if delivery.refused:
        raise SubsystemError(delivery.text)
    nowhere = "written as Markdown; neither Slack nor e-mail is set up"
    told = "; ".join(filter(None, [why, delivery.text])) or nowhere
    if not delivery.kept:
        return Done(told)
    return Done(told, Report(title, "\n".join(delivery.kept)), note="; ".join(delivery.kept))


def _senders(config: ReportConfig, home: Path) -> Iterator[Sender]:
    """Those that the config names; each reads its secret when it sends, so that its message is kept without one."""
    budget = Budget(config.sending_timeout_s, config.request_timeout_s)
    if config.email is not None:
        yield Email(config.email, partial(config.email.password.read, home), budget)
    if config.token.is_named:
        token = partial(config.token.read, home)
        yield from (SlackChannel(token, channel, config.base_url, budget) for channel in config.channels)
    if config.webhook.is_named:
        yield SlackWebhook(partial(_webhook_address, config, home), budget)


def _webhook_address(config: ReportConfig, home: Path) -> str:
    url = config.webhook.read(home)
    if not safe_address(url):
        raise RefusedError("slack_webhook: the address of a webhook begins with https://")
    return url


def _dry_run(config: ReportConfig, root: Path, output: Path, message: Message) -> str:
    """Print what would be sent, leave it in `output`, and return where it is."""
    text, messages = plain_text(message), payloads(message)
    targets = [f"Slack channel {channel}" for channel in config.channels]
    targets += ["Slack webhook"] if config.webhook.is_named else []
    targets += [f"e-mail to {', '.join(config.email.recipients)}"] if config.email else []
    where = ", ".join(targets) or "nobody: neither Slack nor e-mail is set up"
    content: dict[str, Any] = {"targets": targets, "slack": messages}
    content["pictures"] = {one.title: [path.name for path in one.files] for one in message.pictures}
    write_json(output / DRY_MESSAGES, content)
    write_text(output / DRY_TEXT, text)
    told = f"dry run, nothing was sent; {_within(root, str(output / DRY_TEXT))} is what would go to {where}"
    sys.stdout.write(f"{told}\n\n{text}\n")
    return told
