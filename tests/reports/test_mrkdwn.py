"""Slack's markup: what is text stays text, and nothing is cut where it hurts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_relaybench.reports.mrkdwn import NOTHING, bold, escaped, fenced, italic, link, literal, mention, split
from tests.fake_slack import is_sound

WORDS = st.text(st.sampled_from("ab &<>*_~`:\n\t\u200bé😀"), max_size=300)


@given(text=WORDS | st.text(max_size=200), limit=st.integers(5, 60))
def test_parts_make_up_the_text(text, limit):
    """The parts joined are the text, each within the limit and whole in its escapes; no shorter word is cut."""
    whole = escaped(text)
    parts = split(whole, limit)
    assert "".join(parts) == whole
    assert all(0 < len(part) <= limit and is_sound(part) for part in parts)
    ends = {sum(map(len, parts[: n + 1])) for n in range(len(parts) - 1)}
    for word in re.finditer(r"\S+", whole):
        if len(word[0]) <= limit:
            assert not ends & set(range(word.start() + 1, word.end()))


@given(text=WORDS, limit=st.integers(40, 200))
def test_text_between_backticks_stays_there(text, limit):
    """Each fenced part is within the limit and has no fence inside; nothing of the text but blank space is lost."""
    parts = fenced(text, limit)
    inner = [part.removeprefix("```\n").removesuffix("\n```") for part in parts]
    assert all(len(part) <= limit and "```" not in within for part, within in zip(parts, inner, strict=True))
    kept = re.sub(rf"\s|{NOTHING}", "", "".join(inner))
    assert kept == re.sub(rf"\s|{NOTHING}", "", escaped(text))


@given(WORDS | st.text(max_size=100))
def test_a_reader_sees_the_text(text):
    """What Slack shows is the text: entities undone and spaces without width aside."""
    assert is_sound(literal(text))
    seen = literal(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(NOTHING, "")
    assert seen == escaped(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(NOTHING, "")


def test_a_line_is_cut_before_a_word_and_lines_before_words():
    """Cuts come between lines where they can, then between words."""
    assert split("one two\nthree four\n", 12) == ["one two\n", "three four\n"]
    assert split("one two three", 8) == ["one two ", "three"]
    assert split("x" * 7 + "&amp;y", 10) == ["x" * 7, "&amp;y"]
    assert split("a <https://e.org|b c d> e", 21) == ["a ", "<https://e.org|b c d>", " e"]


@pytest.mark.parametrize("text", ["*bold*", "_it_", "~no~", "`code`", "a *b c* d", "(_x_)", "*a*b", "x*y *"])
def test_marks_format_nothing(text):
    """No mark is left that stands at the edge of a word."""
    shown = literal(text)
    assert not re.search(r"(?:^|[^\w\u200b])[*_~`]+\w", shown)
    assert not re.search(r"\w[*_~`]+(?:$|[^\w\u200b])", shown)


def test_names_can_be_copied():
    """Marks inside a word mean nothing to Slack, and stay as they are."""
    assert literal("relay_opt 2*3 0:01:02 a:b") == "relay_opt 2*3 0:01:02 a:b"


def test_no_emoji_and_no_quotation():
    """What would become a picture or a quoted line is broken up."""
    assert literal("so :smile: it") == f"so :{NOTHING}smile: it"
    assert literal("> said\n >x") == f"{NOTHING}&gt; said\n {NOTHING}&gt;x"


def test_only_our_mentions_are_real():
    """Ids of people and groups are mentions; anything else is text, also when it looks like one."""
    assert mention("U1") == "<@U1>"
    assert mention("W012A3") == "<@W012A3>"
    assert mention("S0614TZR7") == "<!subteam^S0614TZR7>"
    assert mention("here") == "<!here>"
    assert mention("alice") == "alice"
    assert mention("<@U1>") == "<@U1>"
    assert mention("<!channel>") == "&lt;!channel&gt; (no id of Slack's, so nobody is called)"
    assert mention("@bob").startswith("@bob (no id")
    assert literal("<!channel> <@U1>") == "&lt;!channel&gt; &lt;@U1&gt;"


def test_links_hold_what_they_are_given():
    """Neither address nor text ends a link early."""
    assert link("https://e.org/?a=1&b=>|", "x|<y>\n") == "<https://e.org/?a=1&amp;b=%3E%7C|x|&lt;y&gt;>"
    assert bold("a\nb") == "*a b*"
    assert italic(" ") == ""


def test_control_characters_go():
    """Colours of a terminal, nulls and marks that turn the writing round are not told."""
    assert literal("\x1b[31mred\x1b[0m\x00 \u202eabc\r\n\ud800") == "red abc\n"
