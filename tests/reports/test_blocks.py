"""A report as messages for Slack: content, colours, order, limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_relaybench.reports.blocks import marked_late, payloads
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
