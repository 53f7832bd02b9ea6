"""Delivering: late messages, dead servers, and what becomes of the night."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_relaybench.reports.delivery import deliver
from pytest_relaybench.reports.message import Pictures
from pytest_relaybench.reports.outbox import Outbox
from pytest_relaybench.reports.sending import Budget, RefusedError
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
    channels = [SlackChannel(lambda: TOKEN, name, slack.base_url, budget) for name in ("C1", "C2")]
    return [*channels, SlackWebhook(lambda: slack.webhook, budget)]


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
    senders = [SlackChannel(lambda: TOKEN, name, slack.base_url, budget) for name in ("C9", "C1")]
    done = deliver(report(), TONIGHT, senders, outbox)
    assert done.refused == ["Slack channel C9: Slack says channel_not_found"]
    assert done.sent == ["Slack channel C1"]
    assert [entry.target for entry in outbox.waiting()] == ["Slack channel C9"]


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_arguments", "a_code_of_next_year"])
def test_a_message_that_slack_cannot_take_blocks_none(slack, senders, outbox, code):
    """What waits behind it is sent; it has one more night, then it is dropped."""
    slack.troubles["chat.postMessage"] = [DEAD]
    deliver(report(), "20260101T000000.000000Z", senders[:1], outbox)
    for becomes in ("tried once more next night", "refused twice and dropped"):
        slack.troubles["chat.postMessage"] = [Trouble(error=code)] * 2  # with blocks, and as text alone
        done = deliver(report(3), TONIGHT, senders[:1], outbox)
        assert done.refused == [f"Slack channel C1: Slack says {code}: {becomes}"]
        assert done.sent == ["Slack channel C1"]
    assert outbox.waiting() == []


def test_a_part_that_slack_cannot_take_is_sent_as_text(slack, senders, outbox):
    """The rest of the report follows as it is."""
    parts = len(senders[0].parts(report(120)))
    slack.troubles["chat.postMessage"] = [Trouble(error="invalid_blocks")]
    done = deliver(report(120), TONIGHT, senders[:1], outbox)
    first, *others = slack.messages
    assert (len(others), "blocks" in first, "attachments" in first) == (parts - 1, False, False)
    assert first["text"].startswith("*Dashboard Results*")
    assert "ATTN: <@U1>, <@U2>" in first["text"]
    assert done.refused == []
    assert done.notes == ["Slack channel C1 has a part as plain text only (Slack says invalid_blocks)"]


def test_a_slow_target_takes_only_its_share(slack, outbox):
    """The others have their time, whichever is slow."""
    budget = Budget(4, 10)
    senders = [SlackChannel(lambda: TOKEN, name, slack.base_url, budget) for name in ("C1", "C2")]
    slack.troubles["chat.postMessage"] = [Trouble(drips=True)]
    done = deliver(report(), TONIGHT, senders, outbox)
    assert done.sent == ["Slack channel C2"]
    assert [entry.target for entry in outbox.waiting()] == ["Slack channel C1"]


def test_all_have_the_report_before_anybody_has_pictures(slack, senders, outbox, tmp_path):
    """Pictures take long."""
    (tmp_path / "x.png").write_bytes(b"x")
    deliver(replace(report(), pictures=[Pictures("A", [tmp_path / "x.png"])]), TONIGHT, senders, outbox)
    told = [(message["channel"], "Graphs" in message["text"]) for message in slack.messages]
    assert told == [("C1", False), ("C2", False), ("webhook", False), ("C1", True), ("C2", True)]


def test_a_missing_scope_is_named(slack, senders, outbox, tmp_path):
    """That it is about the pictures, and which scope the app needs; the report is sent."""
    (tmp_path / "x.png").write_bytes(b"x")
    body = '{"ok": false, "error": "missing_scope", "needed": "files:write", "provided": "chat:write"}'
    slack.troubles["files.getUploadURLExternal"] = [Trouble(error="missing_scope", body=body)]
    done = deliver(replace(report(), pictures=[Pictures("A", [tmp_path / "x.png"])]), TONIGHT, senders[:1], outbox)
    assert done.text == (
        "not everything could be sent: Slack channel C1: pictures: Slack says missing_scope, the app needs"
        " files:write; sent to Slack channel C1"
    )


def test_a_secret_that_is_not_there_keeps_the_message(slack, outbox):
    """Once it is there the message arrives, marked late."""
    secrets = []

    def token():
        if not secrets:
            raise RefusedError("slack_token_env: the environment variable BOT is not set")
        return secrets[0]

    def senders():
        return [SlackChannel(token, "C1", slack.base_url, Budget(30, 10))]

    done = deliver(report(), "20260101T000000.000000Z", senders(), outbox)
    assert done.refused == ["Slack channel C1: slack_token_env: the environment variable BOT is not set"]
    assert len(outbox.waiting()) == 1
    secrets.append(TOKEN)
    deliver(report(3), TONIGHT, senders(), outbox)
    assert [text.startswith("Late") for text in slack.texts()] == [True, False]


def test_lost_pictures_do_not_lose_the_report(slack, senders, outbox, tmp_path):
    """The report is sent; that pictures are missing is a note."""
    (tmp_path / "x.png").write_bytes(b"x")
    message = replace(report(), pictures=[Pictures("A", [tmp_path / "x.png"])])
    slack.troubles["upload"] = [Trouble(500)]
    done = deliver(message, TONIGHT, senders[:1], outbox)
    assert done.sent == ["Slack channel C1"]
    assert done.notes == ["not all pictures were sent to Slack channel C1 (the upload ends with 500)"]
    assert not done.kept
