"""Sending to Slack with slack_sdk's own client, against a server that answers as Slack does."""

from __future__ import annotations

import logging
import time

import pytest

from pytest_relaybench.reports import slack as module
from pytest_relaybench.reports.message import Pictures
from pytest_relaybench.reports.sending import Budget, RefusedError, UnreachableError
from pytest_relaybench.reports.slack import SlackChannel, SlackWebhook
from tests.fake_slack import TOKEN, WEBHOOK, Trouble, shown
from tests.reports.sample import report


@pytest.fixture
def budget():
    """Time enough."""
    return Budget(30, 10)


def channel(slack, budget, name="C1", token=TOKEN):
    return SlackChannel(lambda: token, name, slack.base_url, budget)


def send_all(sender, message):
    thread = ""
    for part in sender.parts(message):
        thread = sender.send(part, thread)
    return thread


def test_a_report_reaches_the_channel(slack, budget):
    """One message, with the text and the blocks that the report has."""
    send_all(channel(slack, budget), report())
    (message,) = slack.messages
    assert message["channel"] == "C1"
    assert "*Failed benchmarks*" in shown(message)
    assert message["unfurl_links"] is False


def test_a_long_report_goes_on_in_its_thread(slack, budget):
    """The first part is in the channel, the others are answers to it."""
    send_all(channel(slack, budget), report(120))
    first, *others = slack.messages
    assert first.get("thread_ts") is None
    assert others
    assert {message["thread_ts"] for message in others} == {first["ts"]}


def test_a_webhook_takes_the_same(slack, budget):
    """All parts, one after the other; pictures are nothing for it."""
    hook = SlackWebhook(lambda: slack.webhook, budget)
    send_all(hook, report(120))
    hook.send_pictures([Pictures("A", [])])
    assert len(slack.messages) > 1
    assert slack.calls == ["services"] * len(slack.messages)
    assert "*Network 119*" in shown(slack.messages[-1])


def test_pictures_are_below_their_experiments_name(slack, budget, tmp_path):
    """A thread for each experiment, with its title; the bytes are those of the files; more than ten in two steps."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(11 if name == "a" else 1):
            (tmp_path / name / f"{number:02}.png").write_bytes(f"{name}{number}".encode())
    pictures = [Pictures(f"Title *{name}*", sorted((tmp_path / name).iterdir())) for name in ("a", "b")]
    channel(slack, budget).send_pictures(pictures)
    threads = {message["ts"]: shown(message) for message in slack.messages}
    assert [one.replace("\u200b", "") for one in threads.values()] == ["Graphs of *Title *a**", "Graphs of *Title *b**"]
    found = [(threads[one["thread_ts"]][-3], len(one["files"]), one["channel_id"]) for one in slack.shared]
    assert [count for _, count, _ in found] == [10, 1, 1]
    assert slack.shared[2]["thread_ts"] == slack.messages[1]["ts"]
    assert slack.files["F12"]["content"] == b"b0"
    assert slack.files["F12"]["length"] == 2
    assert slack.shared[2]["files"][0]["title"] == "b/00.png"


def test_slow_down_is_obeyed(slack, budget):
    """429 with Retry-After: the client waits that long and sends again."""
    slack.troubles["chat.postMessage"] = [Trouble(429, "ratelimited", headers={"Retry-After": "1"})]
    began = time.monotonic()
    send_all(channel(slack, budget), report())
    assert time.monotonic() - began >= 1
    assert len(slack.messages) == 1
    assert slack.calls == ["chat.postMessage"] * 2


def test_a_wait_beyond_the_time_is_not_waited(slack):
    """Retry-After of an hour: given up at once, to be sent later."""
    slack.troubles["chat.postMessage"] = [Trouble(429, "ratelimited", headers={"Retry-After": "3600"})]
    with pytest.raises(UnreachableError, match="429 ratelimited"):
        send_all(channel(slack, Budget(30, 10)), report())
    assert slack.calls == ["chat.postMessage"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_asked_again(slack, budget, status):
    """After one 5xx the second attempt arrives."""
    slack.troubles["chat.postMessage"] = [Trouble(status)]
    send_all(channel(slack, budget), report())
    assert len(slack.messages) == 1


def test_a_server_that_stays_in_trouble_is_unreachable(slack, budget):
    """Three attempts by the API, three by the webhook, then it is for later."""
    slack.troubles["chat.postMessage"] = [Trouble(503)] * 9
    slack.troubles["services"] = [Trouble(503)] * 9
    with pytest.raises(UnreachableError, match="503"):
        send_all(channel(slack, budget), report())
    with pytest.raises(UnreachableError, match="503"):
        send_all(SlackWebhook(lambda: slack.webhook, budget), report())
    assert slack.calls == ["chat.postMessage"] * 3 + ["services"] * 3


@pytest.mark.parametrize("trouble", [Trouble(hangs=True), Trouble(drips=True)], ids=["hangs", "drips"])
def test_a_server_without_an_end_does_not_hold_the_night(slack, trouble):
    """Silence, and a byte now and then: after the time that sending may take, it is over."""
    slack.troubles = {"chat.postMessage": [trouble] * 5, "services": [trouble] * 5}
    for make in (lambda budget: channel(slack, budget), lambda budget: SlackWebhook(lambda: slack.webhook, budget)):
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            send_all(make(Budget(1.5, 10)), report())
        assert time.monotonic() - began < 4


def test_nobody_at_that_address(budget):
    """A refused connection is for later."""
    nowhere = SlackChannel(lambda: TOKEN, "C1", "http://127.0.0.1:1/api/", Budget(3, 1))
    with pytest.raises(UnreachableError, match="refused"):
        send_all(nowhere, report())


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Trouble(body="<html>sign in</html>"), "none of Slack's: .*sign in"),
        (Trouble(body="[]"), "none of Slack's"),
        (Trouble(body='{"ok": tru'), "cannot be read"),
        (Trouble(body='{"ok": true}'), "no time stamp"),
    ],
)
def test_answers_that_are_none_of_slacks(slack, budget, trouble, told):
    """What a proxy or a captive portal says is no refusal of Slack's, whatever it says."""
    slack.troubles["chat.postMessage"] = [trouble]
    with pytest.raises(UnreachableError, match=told):
        send_all(channel(slack, budget), report())
    slack.troubles["services"] = [trouble]
    with pytest.raises(UnreachableError, match="none of Slack's"):
        send_all(SlackWebhook(lambda: slack.webhook, budget), report())


@pytest.mark.parametrize(
    ("token", "name", "error"), [("xoxb-x", "C1", "invalid_auth"), (TOKEN, "C9", "channel_not_found")]
)
def test_what_a_person_must_mend_is_refused_by_name(slack, budget, token, name, error):
    """Slack's own word is told, the token is not; the message is worth keeping."""
    with pytest.raises(RefusedError, match=f"^Slack says {error}$") as caught:
        send_all(channel(slack, budget, name, token), report())
    assert caught.value.keep
    assert "xoxb" not in str(caught.value)


def test_a_bad_message_is_not_kept(slack, budget):
    """invalid_blocks would be no better next night, from the API and from a webhook."""
    with pytest.raises(RefusedError, match="invalid_blocks") as caught:
        channel(slack, budget).send({**report_part(), "blocks": [section("x" * 3001)]}, "")
    assert not caught.value.keep
    with pytest.raises(RefusedError, match="invalid_blocks") as caught:
        SlackWebhook(lambda: slack.webhook, budget).send({**report_part(), "blocks": [section("a & b")]}, "")
    assert not caught.value.keep


def test_a_webhook_that_is_gone_is_refused(slack, budget):
    """Its address is secret: the error has Slack's word alone."""
    with pytest.raises(RefusedError, match=r"^Slack says no_service$"):
        send_all(SlackWebhook(lambda: slack.address + "/services/other", budget), report())


def test_no_token_in_a_log(slack, budget, caplog, capfd):
    """Neither token nor webhook is logged or printed, whatever the level and however it fails."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("slack_sdk").setLevel(logging.DEBUG)
    slack.troubles = {"chat.postMessage": [Trouble(500)], "services": [Trouble(404, body="no_team")]}
    send_all(channel(slack, budget), report())
    with pytest.raises(RefusedError, match="no_team"):
        send_all(SlackWebhook(lambda: slack.webhook, budget), report())
    out, err = capfd.readouterr()
    assert TOKEN not in caplog.text + out + err
    assert WEBHOOK not in caplog.text + out + err


def test_a_lost_upload_is_for_later(slack, budget, tmp_path):
    """An upload URL that fails raises no traceback."""
    (tmp_path / "x.png").write_bytes(b"x")
    slack.troubles["upload"] = [Trouble(500)]
    with pytest.raises(UnreachableError):
        channel(slack, budget).send_pictures([Pictures("A", [tmp_path / "x.png"])])


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def report_part():
    return {"text": "t", "blocks": [section("t")]}


def test_errors_that_pass_and_those_that_stay_are_apart():
    """No word of Slack's is in both lists."""
    assert not module.PASSING & module.TO_BE_MENDED
