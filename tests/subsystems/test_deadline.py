"""The deadlines: how they are told, in which zone, and what the site gets."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from pytest_relaybench.errors import ConfigError
from pytest_relaybench.reading import parse_config
from pytest_relaybench.reports.blocks import payloads
from pytest_relaybench.times import utc_now
from tests.fake_slack import TOKEN, fake_slack
from tests.reports.made_home import NIGHT, RUN, make_home, run
from tests.reports.sample import without_proxies
from tests.subsystems.loading import load

SOON = {"date": "2026-11-25 10:32:30", "ping": ["U1"]}
FAR = {"date": "2027-06-01 00:00:00"}
NOW = datetime(2026, 11, 22, 5, 32, 30, tzinfo=UTC)


@pytest.fixture
def utc_machine(monkeypatch):
    """The machine's zone is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def dashboard(tmp_path):
    return make_home(tmp_path / "home", {})


def deadlines(**entries):
    return config_of(**entries).deadlines


def config_of(**entries):
    text = json.dumps({"active": True, "deadlines": entries})
    return parse_config(text, load("deadline").Config, name="config.json")


def message(now=NOW, **entries):
    return load("deadline").upcoming(deadlines(**entries), now, NIGHT, config_of(**entries))


def fault(**entry):
    with pytest.raises(ConfigError) as caught:
        deadlines(Paper=entry)
    return str(caught.value)


def test_the_predecessors_message(utc_machine):
    """Title, colours, words, hours and ping are those of its log of 2021, and the order is that of the dates."""
    (payload,) = payloads(message(Soon=SOON, Far=FAR))
    assert payload["blocks"][0]["text"]["text"] == "*Upcoming Deadlines*"
    told = [(one["color"], [block["text"]["text"] for block in one["blocks"]]) for one in payload["attachments"]]
    assert told == [
        ("#fa0000", ["*Soon*", "Deadline: 2026-11-25 10:32:30 (UTC)\n3 days, 5.00 hours left\nBeware <@U1>!"]),
        ("#0fbf24", ["*Far*", "Deadline: 2027-06-01 00:00:00 (UTC)\n190 days, 18.46 hours left"]),
    ]


@pytest.mark.parametrize(("hours", "urgent"), [(1, True), (7 * 24 + 23, True), (8 * 24 + 1, False)])
def test_the_last_seven_days_are_urgent(utc_machine, hours, urgent):
    """Up to seven whole days and some hours left: red, with a call; from eight on green and quiet."""
    date = f"{NOW + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"
    (payload,) = payloads(message(Paper={"date": date, "ping": ["U1", "U2"]}))
    (one,) = payload["attachments"]
    assert one["color"] == ("#fa0000" if urgent else "#0fbf24")
    assert ("Beware <@U1>, <@U2>!" in one["blocks"][1]["text"]["text"]) is urgent


def test_zones_are_respected(utc_machine):
    """A date is one of its zone, also over a change of the clocks, of its offset, or of the machine."""
    moments = deadlines(
        berlin={"date": "2027-03-28 03:00:00", "zone": "Europe/Berlin"},
        before={"date": "2027-03-28 01:59:00", "zone": "Europe/Berlin"},
        tokyo={"date": "2027-03-28 03:00:00", "zone": "Asia/Tokyo"},
        offset={"date": "2027-03-28T03:00:00-05:00"},
        machine={"date": "2027-03-28 03:00:00"},
    )
    hours = {name: one.moment.astimezone(UTC).isoformat() for name, one in moments.items()}
    assert hours == {
        "berlin": "2027-03-28T01:00:00+00:00",
        "before": "2027-03-28T00:59:00+00:00",
        "tokyo": "2027-03-27T18:00:00+00:00",
        "offset": "2027-03-28T08:00:00+00:00",
        "machine": "2027-03-28T03:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"date": "2026-11-23 06:00:00"}, "2026-11-23 06:00:00 (UTC)\n1 day, 0.46 hours left"),
        ({"date": "2026-11-23T06:00:00-12:00"}, "2026-11-23 06:00:00 (UTC-12:00)\n1 day, 12.46 hours left"),
        ({"date": "2026-11-22T06:00", "zone": "Etc/UTC"}, "2026-11-22 06:00:00 (Etc/UTC)\n0 days, 0.46 hours left"),
    ],
)
def test_a_deadline_is_read_with_its_zone(utc_machine, entry, text):
    """Whichever way it is written."""
    (payload,) = payloads(message(Paper=entry))
    assert payload["attachments"][0]["blocks"][1]["text"]["text"] == f"Deadline: {text}"


def test_a_time_that_the_clocks_skip_is_refused(monkeypatch):
    """In its zone, and on this machine: no clock shows it."""
    skipped = "2027-03-28 02:30:00"
    assert "the clocks in Europe/Berlin skip this time" in fault(date=skipped, zone="Europe/Berlin")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    told = fault(date=skipped)
    monkeypatch.undo()
    time.tzset()
    assert "the clocks of this machine skip this time" in told
    assert len(told.splitlines()) == 1


def test_a_ping_that_would_call_nobody_is_refused():
    """Before the last week."""
    assert "deadlines.Paper.ping.0: must be an id of Slack's" in fault(date=FAR["date"], ping=["@bob"])


def test_a_naive_date_is_the_machines(monkeypatch):
    """In another zone the same text is another moment."""
    found = []
    for zone in ("UTC", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found.append(deadlines(Far=FAR)["Far"].moment.astimezone(UTC).hour)
    monkeypatch.undo()
    time.tzset()
    assert found == [0, 4]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"date": "next week"}, 'deadlines.Paper.date: could not parse the date: it is written as in "2026-11-25'),
        ({"date": "2026-11-25"}, "could not parse the date"),
        ({"date": "2026-13-25 00:00:00"}, '(found "2026-13-25 00:00:00")'),
        ({"date": "0001-01-01 00:00:00", "zone": "Asia/Tokyo"}, "beyond what a calendar holds"),
        ({"date": FAR["date"], "zone": "Europe"}, "no such time zone"),
        ({"date": FAR["date"], "zone": "Europe/Bonn"}, '(found "Europe/Bonn")'),
        ({"date": FAR["date"], "zone": "/etc/passwd"}, "no such time zone"),
        ({"date": "2026-11-25T00:00:00+01:00", "zone": "Asia/Tokyo"}, "takes no zone"),
        ({}, "deadlines.Paper.date: the key is mandatory"),
        ({"date": FAR["date"], "pings": []}, "deadlines.Paper.pings: no such key"),
    ],
)
def test_a_bad_date_is_named(entry, told):
    """In one line, with key, value and rule, before the night begins."""
    assert told in fault(**entry)


def test_deadlines_are_a_table():
    """A list is refused with the rule."""
    with pytest.raises(ConfigError, match="deadlines: should be an object"):
        parse_config('{"active": true, "deadlines": []}', load("deadline").Config, name="config.json")


def test_past_ones_are_dropped(dashboard):
    """Nothing is sent or written as Markdown when all have passed, or none is named; the status says which."""
    assert message(Gone={"date": "2020-01-01 00:00:00"}) is None
    assert run(dashboard, "deadline", deadlines={"Gone": {"date": "2020-01-01 00:00:00"}}).message == (
        "All deadlines elapsed"
    )
    assert run(dashboard, "deadline").message == "No deadlines to report"
    assert not (dashboard.home.subsys_output_dir("deadline") / "nights").exists()


def test_the_site_gets_all_of_them(dashboard, utc_machine):
    """deadlines.json, soonest first, passed ones too, with an offset that JavaScript reads; Markdown without Slack."""
    gone = {"date": "2020-01-01 00:00:00"}
    done = run(dashboard, "deadline", deadlines={"Far": {"date": "2099-06-01 00:00:00"}, "Gone": gone})
    output = dashboard.home.subsys_output_dir("deadline")
    assert json.loads((output / "deadlines.json").read_text()) == [
        {"name": "Gone", "date_iso": "2020-01-01T00:00:00+00:00", "ping": []},
        {"name": "Far", "date_iso": "2099-06-01T00:00:00+00:00", "ping": []},
    ]
    assert "## Far\n\n" in (output / "nights" / f"{RUN}.md").read_text()
    assert (done.message, done.report) == ("written as Markdown; neither Slack nor e-mail is set up", None)
    run(dashboard, "deadline")
    assert json.loads((output / "deadlines.json").read_text()) == []


def test_it_reaches_slack(dashboard, monkeypatch):
    """With a token in the environment, in every channel; the name is text whatever it holds."""
    without_proxies(monkeypatch)
    monkeypatch.setenv("BOT", TOKEN)
    date = f"{utc_now() + timedelta(days=2):%Y-%m-%d %H:%M:%S}"
    with fake_slack() as slack:
        keys = {"channel_id": ["C1", "C2"], "slack_token_env": "BOT", "base_url": slack.base_url}
        entry = {"date": date, "zone": "UTC", "ping": ["U7"]}
        done = run(dashboard, "deadline", deadlines={"<!channel> *Paper*": entry}, **keys)
    assert done.message == "sent to Slack channel C1, Slack channel C2"
    (text,) = slack.texts("C2")
    assert "Beware <@U7>!" in text
    assert "<!channel>" not in text
