"""The line to Slack: what an answer may not do, whoever gives it."""

from __future__ import annotations

import pytest

from pytest_relaybench.reports.message import Pictures
from pytest_relaybench.reports.sending import Budget, RefusedError, UnreachableError
from pytest_relaybench.reports.slack import DEFAULT_BASE_URL, SlackChannel, SlackWebhook
from pytest_relaybench.reports.slack_line import MOST_BYTES, takes_files
from tests.fake_slack import TOKEN, Trouble
from tests.faults.slack import thief
from tests.reports.sample import report


@pytest.fixture
def senders(slack):
    """A channel and a webhook."""
    budget = Budget(3, 2)
    return [SlackChannel(lambda: TOKEN, "C1", slack.base_url, budget), SlackWebhook(lambda: slack.webhook, budget)]


def give(slack, trouble):
    slack.troubles = {"chat.postMessage": [trouble] * 5, "services": [trouble] * 5}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect(slack, senders, status):
    """The standard library would take the token along to any host; the message waits for a better night."""
    with thief() as other:
        give(slack, Trouble(status, headers={"Location": f"{other.address}/x"}))
        for sender in senders:
            with pytest.raises(UnreachableError, match=rf"\({status}\) leads elsewhere"):
                sender.send(sender.parts(report())[0], "")
    assert other.taken == []


def test_a_long_answer_is_not_taken_into_memory(slack, senders):
    """A megabyte is read, not the gigabyte that is there."""
    give(slack, Trouble(pours=2**30))
    for sender in senders:
        with pytest.raises(UnreachableError, match=f"longer than {MOST_BYTES // 2**20} MiB"):
            sender.send(sender.parts(report())[0], "")
    assert slack.poured < 2**27


@pytest.mark.parametrize("status", [200, 404])
def test_a_charset_that_nobody_knows_is_no_traceback(slack, senders, status):
    """The body is read as UTF-8, whatever the header says."""
    give(slack, Trouble(status, body="{", headers={"Content-Type": "application/json; charset=nonsense"}))
    for sender in senders:
        with pytest.raises((UnreachableError, RefusedError)):
            sender.send(sender.parts(report())[0], "")


def test_an_answer_that_breaks_off_is_none(slack, senders):
    """Even where what has come looks whole."""
    give(slack, Trouble(body='{"ok": true, "ts": "1.1", "channel": "C1"}', breaks_off=True))
    for sender in senders:
        with pytest.raises(UnreachableError, match="no connection"):
            sender.send(sender.parts(report())[0], "")


def test_pictures_go_to_slack_alone(slack, senders, tmp_path):
    """The address comes from an answer: another host gets nothing."""
    (tmp_path / "x.png").write_bytes(b"x")
    with thief() as other:
        slack.upload_at = other.address
        with pytest.raises(UnreachableError, match="not Slack's"):
            senders[0].send_pictures([Pictures("A", [tmp_path / "x.png"])])
    assert other.taken == []


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://files.slack.com/upload/v1/A", True),
        ("https://files.slack-gov.com/upload/v1/A", True),
        ("https://relay.example.org/upload", False),
        ("http://files.slack.com/upload/v1/A", False),
        ("https://slack.com.example.org/", False),
        ("https://notslack.com/", False),
        ("https://files.slack.com@example.org/", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_where_pictures_may_go(url, taken):
    """Below Slack's own names, encrypted; no name that only looks like it."""
    assert takes_files(url, DEFAULT_BASE_URL) is taken


def test_the_host_of_a_relay_takes_files_too():
    """Whoever sends by a relay of their own has named it in the config."""
    assert takes_files("https://relay.example.org/upload", "https://relay.example.org/api/")
