"""A report as messages for Slack: content, colours, order, limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.reports.blocks import marked_late, payloads, plain_payload
from pytest_relaybench.reports.message import Entry, Fact, Message, Ping, Section, Tone
from tests.fake_slack import fault, shown
from tests.reports.sample import NASTY, NIGHT, report


def test_a_small_report_is_one_message():
    """Heading, one attachment a section in its colour, pings that are real, everything else as text."""
    (message,) = payloads(report())
    assert fault(message) == ""
    assert shown(message).splitlines()[:2] == ["*Dashboard Results*", "hello"]
    titles = [(one["color"], one["blocks"][0]["text"]["text"]) for one in message["attachments"]]
    assert titles == [
        ("#000000", "*Successful benchmarks*"),
        ("#fa0000", "*Failed benchmarks*"),
        ("#616161", "*Inactive benchmarks*"),
    ]
    first = message["attachments"][0]["blocks"][1]["text"]["text"]
    assert first == "*Network 0*\n_Duration: 0:01:02_\nAot: 1.000 ms"
    failure = message["attachments"][1]["blocks"][1]["text"]["text"]
    assert failure.endswith("\nTime to failure: 0:01:02\nATTN: <@U1>, <@U2>")
    assert "<@U999>" not in failure
    assert "<!channel>" not in failure
    assert "Open the site" in shown(message)


def test_the_text_without_blocks_tells_the_same():
    """What a notification or a screen reader gets has heading, entries and pings, and is no longer than 3000."""
    (message,) = payloads(report())
    assert message["text"].startswith("*Dashboard Results*\nhello\n*Successful benchmarks*\n*Network 0*")
    assert "ATTN: <@U1>, <@U2>" in message["text"]
    assert all(len(one["text"]) <= 3002 for one in payloads(report(200)))


def test_a_long_report_is_several_messages():
    """Two hundred entries are all told, in order, in messages within the limits that say which part they are."""
    messages = payloads(report(200, value="time\n" * 20))
    assert len(messages) > 1
    assert [fault(message) for message in messages] == [""] * len(messages)
    text = "\n".join(map(shown, messages))
    places = [text.index(f"*Network {n}*") for n in range(200)]
    assert places == sorted(places)
    assert text.count("time\n") == 200 * 20
    assert f"Dashboard Results, part 2 of {len(messages)}" in shown(messages[1])
    assert "*Successful benchmarks (continued)*" in shown(messages[1])


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(st.sampled_from("ab &<>*`\n"), max_size=8000), max_size=4),
    count=st.integers(1, 70),
    title=st.text(max_size=50),
)
def test_any_report_is_within_the_limits(texts, count, title):
    """Whatever the texts are, every message is one that Slack takes."""
    entries = [
        Entry(title, value=text, output=text, facts=[Fact(title, text)], ping=Ping(["U1"]), link="https://e.org/")
        for text in texts
    ]
    entries += [Entry(str(n)) for n in range(count)]
    message = Message("T", NIGHT, [Section("S", Tone.GOOD, entries, text="".join(texts))], intro="".join(texts))
    assert [fault(one) for one in payloads(message)] == [""] * len(payloads(message))


def test_a_word_longer_than_a_section_is_cut_between_its_characters():
    """Also a line without a space is told to its end."""
    messages = payloads(report(1, value="&" * 5000))
    assert [fault(message) for message in messages] == [""] * len(messages)
    assert "\n".join(map(shown, messages)).count("&amp;") >= 5000


LONG_LINK = "https://e.org/?" + "&a=b" * 800


@pytest.mark.parametrize(
    "message",
    [
        Message("T" * 2990, NIGHT, [Section("S" * 2990, Tone.BAD, [Entry("&" * 2990, link="https://e.org/")])]),
        Message("T", NIGHT, [Section("S", Tone.BAD, [Entry("E", link=LONG_LINK)])], link=LONG_LINK),
        Message("T", NIGHT, [Section("S", Tone.BAD, [Entry("E", value="a" + " " * 7000 + "b")], text=" " * 7000)]),
        Message("T", NIGHT, [Section("S", Tone.BAD, text="x")], intro="\n"),
        Message(
            "&" * 300, NIGHT, [Section("", Tone.BAD, [Entry("", value="x")] * 60)], link="https://e.org/" + "&" * 220
        ),
        Message("", "", [Section("", Tone.BAD, text=" ")], intro=" \n"),
    ],
)
def test_extreme_texts_are_within_the_limits(message):
    """Long titles, links and runs of blanks, and texts of nothing but blanks."""
    found = payloads(message)
    assert [fault(one) for one in found] == [""] * len(found)
    assert all(one["fallback"].strip() for part in found for one in part["attachments"])


def test_a_value_of_megabytes_is_told_in_part():
    """A channel is no log file: about 10,000 characters, and where the whole is."""
    messages = payloads(report(1, value="line of a log\n" * 150_000))
    text = "\n".join(map(shown, messages))
    assert len(messages) <= 3
    assert 9_000 < text.count("line of a log") * 14 <= 10_000
    assert "the whole is on the site" in text


def test_a_report_of_several_messages_begins_with_what_is_bad():
    """The first one is what the channel shows: failures and calls are in it, not in its thread."""
    first, *others = payloads(report(200))
    titles = [one["blocks"][0]["text"]["text"] for one in first["attachments"]]
    assert titles[:2] == ["*Failed benchmarks*", "*Successful benchmarks*"]
    assert "ATTN: <@U1>, <@U2>" in shown(first)
    assert "*Inactive benchmarks*" in shown(others[-1])


def test_the_fallback_of_an_attachment_is_text():
    """Old clients and notifications show it, and call nobody by it."""
    (message,) = payloads(Message("T", NIGHT, [Section("<!channel>", Tone.BAD, text="x")]))
    assert message["attachments"][0]["fallback"] == "*&lt;!channel&gt;*"


def test_a_name_that_calls_nobody_says_so():
    """Whoever wrote it finds out."""
    entry = Entry("E", ping=Ping(["<@U1>", "@bob", "Ann"]))
    (message,) = payloads(Message("T", NIGHT, [Section("S", Tone.BAD, [entry])]))
    assert "ATTN: <@U1>, @bob (no id of Slack's, so nobody is called), Ann" in shown(message)


def test_the_plain_form_has_every_text():
    """For a message whose blocks Slack does not take."""
    for message in payloads(report(200)):
        assert plain_payload(message)["text"] == shown(message)
        assert "blocks" not in plain_payload(message)


def test_a_late_message_says_so_on_top():
    """The line has the night, also where blocks are not shown; limits hold with it."""
    for message in payloads(report(200)):
        late = marked_late(message, NIGHT)
        assert fault(late) == ""
        assert shown(late).startswith(f"Late: this is of the night of {NIGHT}.")
        assert late["text"].startswith("Late: ")


@pytest.mark.parametrize("message", [Message("T", "", []), Message("T", NIGHT, [Section("S", Tone.BAD, text=NASTY)])])
def test_little_is_enough(message):
    """A report without entries, night or link is a message, too."""
    assert [fault(one) for one in payloads(message)] == [""]
