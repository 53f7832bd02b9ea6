"""What the terminal says of incidents."""

from __future__ import annotations

from dataclasses import replace

from pytest_relaybench.incidents import update
from pytest_relaybench.terminal_incidents import verdict_lines
from tests.incidents.made_nights import Series, at_noon, make_home, verdicts, write_nights


def test_names_stay_text(tmp_path):
    """No name of a series begins a line, where a CI service would read a command, or moves the cursor."""
    home = make_home(tmp_path / "home")
    odd = [Series(params={"engine": f"\x1b[2J{name}\n::error::x", "device": "\n::error::y"}) for name in "ab"]
    table = write_nights(home, dict.fromkeys(odd, [1.0] * 10 + [1.1] * 2))
    night = verdicts(11, *(one.slower(11, 10) for one in odd))
    lines = [line.text for line in verdict_lines(night, update(home, night, table, at_noon(11)))]
    assert len(lines) == 3
    assert not [text for text in lines if "\n" in text or "\x1b" in text]


def test_what_was_not_confirmed_is_one_line(tmp_path):
    """With the names of the series; it is nobody's incident."""
    home = make_home(tmp_path / "home")
    series = [Series(params={"x": name}) for name in "abcdefg"]
    table = write_nights(home, dict.fromkeys(series, [1.0] * 12))
    night = verdicts(11, *(one.slower(11, 11) for one in series))
    frame = night.frame.assign(kind="unsure", confirmed="not confirmed")
    told = replace(night, frame=frame)
    (line,) = verdict_lines(told, update(home, told, table, at_noon(11)))
    assert line.text.startswith("not confirmed: 7 series measured again: ")
    assert line.text.endswith(" and 2 more")
    assert not line.is_news
