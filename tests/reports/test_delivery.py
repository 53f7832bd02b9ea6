"""Delivering: late messages, dead servers, and what becomes of the night."""

from __future__ import annotations

import pytest

from pytest_relaybench.reports.delivery import deliver
from pytest_relaybench.reports.message import Pictures
from pytest_relaybench.reports.outbox import Outbox
from pytest_relaybench.reports.sending import Budget
from pytest_relaybench.reports.slack import SlackChannel, SlackWebhook
from pytest_relaybench.times import run_id_of, utc_now
from tests.fake_slack import TOKEN, Trouble, shown
from tests.reports.sample import NIGHT, report

TONIGHT = run_id_of(utc_now())
DEAD = Trouble(429, "ratelimited", headers={"Retry-After": "9999"})


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "outbox")


@pytest.fixture
def senders(slack):
    """Two channels and a webhook."""
    budget = Budget(30, 10)
    channels = [SlackChannel(TOKEN, name, slack.base_url, budget) for name in ("C1", "C2")]
    return [*channels, SlackWebhook(slack.webhook, budget)]


def test_all_targets_get_it(slack, senders, outbox):
    """Each once, and nothing waits."""
    done = deliver(report(), TONIGHT, senders, outbox)
    assert [message["channel"] for message in slack.messages] == ["C1", "C2", "webhook"]
    assert done.text == "sent to Slack channel C1, Slack channel C2, Slack webhook"
    assert outbox.waiting() == []


def test_what_could_not_be_sent_comes_next_night_marked_late(slack, senders, outbox):
    """The night before comes first, says its date, and each night comes once."""
    slack.troubles["chat.postMessage"] = [DEAD]
    first = deliver(report(), "20260101T000000.000000Z", senders, outbox)
    assert (first.kept, first.refused) == (
        ["not sent to Slack channel C1 (Slack says 429 ratelimited): kept, next night sends it"],
        [],
    )
    assert first.sent == ["Slack channel C2", "Slack webhook"]
    second = deliver(report(3), TONIGHT, senders, outbox)
    late, new = slack.texts("C1")
    assert late.startswith(f"Late: this is of the night of {NIGHT}.\n*Dashboard Results*")
    assert ("Network 2" in late, "Network 2" in new) == (False, True)
    assert not new.startswith("Late")
    assert len(slack.texts("C2")) == 2
    assert "reached Slack channel C1 late" in second.text
    assert outbox.waiting() == []


def test_a_part_that_arrived_is_not_sent_again(slack, senders, outbox):
    """A report of several parts that broke off goes on where it was, in its thread."""
    slack.troubles["chat.postMessage"] = []
    parts = len(senders[0].parts(report(120)))
    original = slack.answer

    def breaks_off(method, given, token):
        slack.troubles["chat.postMessage"] = [DEAD] if not slack.messages else []
        return original(method, given, token)

    slack.answer = breaks_off
    deliver(report(120), TONIGHT, senders[:1], outbox)
    assert (len(slack.messages), len(outbox.waiting())) == (1, 1)
    deliver(None, "20990101T000000.000000Z", senders[:1], outbox)
    assert len(slack.messages) == parts
    assert {message["thread_ts"] for message in slack.messages[1:]} == {slack.messages[0]["ts"]}
    told = "\n".join(map(shown, slack.messages))
    assert all(told.count(f"*Network {n}*") == 1 for n in range(120))
    assert sum(shown(message).startswith("Late") for message in slack.messages) == 1


def test_after_a_failure_nothing_more_is_tried_there(slack, senders, outbox):
    """One attempt at a dead Slack, not one for each waiting message."""
    for night in range(3):
        slack.troubles["chat.postMessage"] = [DEAD] * 9
        slack.calls.clear()
        deliver(report(), f"2026010{night + 1}T000000.000000Z", senders[:1], outbox)
        assert slack.calls == ["chat.postMessage"]
    assert len(outbox.waiting()) == 3


def test_a_channel_that_is_not_there_stops_no_other(slack, outbox):
    """It is refused by name and its message is kept; the other channel has it."""
    budget = Budget(30, 10)
    senders = [SlackChannel(TOKEN, name, slack.base_url, budget) for name in ("C9", "C1")]
    done = deliver(report(), TONIGHT, senders, outbox)
    assert done.refused == ["Slack channel C9: Slack says channel_not_found"]
    assert done.sent == ["Slack channel C1"]
    assert [entry.target for entry in outbox.waiting()] == ["Slack channel C9"]


def test_a_message_that_slack_cannot_take_is_not_kept(slack, senders, outbox):
    """invalid_blocks is told as a failure, and does not block what waits behind it."""
    slack.troubles["chat.postMessage"] = [DEAD]
    deliver(report(), "20260101T000000.000000Z", senders[:1], outbox)
    slack.troubles["chat.postMessage"] = [Trouble(error="invalid_blocks")]
    done = deliver(report(3), TONIGHT, senders[:1], outbox)
    assert done.refused == ["Slack channel C1: Slack says invalid_blocks"]
    assert done.sent == ["Slack channel C1"]
    assert outbox.waiting() == []


def test_lost_pictures_do_not_lose_the_report(slack, senders, outbox, tmp_path):
    """The report is sent; that pictures are missing is a note."""
    (tmp_path / "x.png").write_bytes(b"x")
    message = report()
    message = type(message)(**{**vars(message), "pictures": [Pictures("A", [tmp_path / "x.png"])]})
    slack.troubles["upload"] = [Trouble(500)]
    done = deliver(message, TONIGHT, senders[:1], outbox)
    assert done.sent == ["Slack channel C1"]
    assert done.notes == ["not all pictures were sent to Slack channel C1 (the upload ends with 500)"]
    assert not done.kept
