"""`relaybench incidents|accept|ack|mute`: what became worse, and what people say of it."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.home import SENTINELS, Home
from pytest_relaybench.incidents import read_incidents, update
from pytest_relaybench.incidents.decisions import read_decisions
from pytest_relaybench.times import utc_now
from tests.incidents.made_nights import Series, at_noon, make_home, verdicts, write_nights

SMALL, LARGE = (Series(experiment="matmul", test="test_matmul", params={"size": size}) for size in (64, 256))
SENTINEL = Series(experiment=SENTINELS, test="memory", params={})
RESNET = Series(params={"network": "resnet-18", "device": "cpu"})
ID = "2026-11-11-a"
NAME = "matmul/test_matmul[256]/time"


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A home in which two sizes of one experiment became slower, and another series is as ever."""
    home = make_home(tmp_path_factory.mktemp("nights") / "home")
    values = {
        SENTINEL: [0.01] * 12,
        SMALL: [0.001] * 10 + [0.0012] * 2,
        LARGE: [0.0123] * 10 + [0.0133] * 2,
        RESNET: [0.1] * 12,
    }
    table = write_nights(home, values)
    night = verdicts(11, SMALL.slower(11, 10, 1.2), LARGE.slower(11, 10, 1.08), RESNET.row(11))
    update(home, night, table, at_noon(11))
    return home


@pytest.fixture
def home(nights, tmp_path, monkeypatch) -> Home:
    """The same, `home` in the working directory, without decisions."""
    (tmp_path / "home").symlink_to(nights.root)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RELAYBENCH_HOME", raising=False)
    for path in (nights.root / "decisions").glob("*.toml"):
        path.unlink()
    return nights


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_list(home, capsys):
    """A line for each live incident, with the newest decision on it."""
    assert run("incidents") == 0
    lines = capsys.readouterr().out.splitlines()
    headline = "matmul/test_matmul: 2 series slower by 8 to 20 % since 2026-11-11"
    assert lines[0].split() == ["incident", "state", "since", "what", "decision"]
    assert lines[1].split(maxsplit=3) == [ID, "new", "2026-11-11", headline]
    run("accept", ID, "--why", "agreed")
    run("mute", ID, "--why", "noise", "--until", "9999-12-31")
    capsys.readouterr()
    run("incidents")
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith(f"{ID}  accepted, muted  2026-11-11  {headline}  noise (")
    assert line.endswith(", until 9999-12-31)")


def test_nothing_to_list(tmp_path, capsys):
    """A home without judged nights says so; a hand-written file with a fault is told."""
    home = make_home(tmp_path / "empty")
    (home.root / "decisions").mkdir()
    (home.root / "decisions" / "x.toml").write_text("schema = 3")
    assert run("incidents", "--home", str(home.root)) == 0
    out = capsys.readouterr().out
    assert out.startswith("no night has been judged yet\nnote: decisions/x.toml: ")


def test_fixed_ones_on_request(home, tmp_path, capsys):
    """What is fixed is counted, and listed with --all."""
    other = make_home(tmp_path / "other")
    table = write_nights(other, {RESNET: [1.0] * 10 + [1.1] * 2 + [1.0] * 3})
    update(other, verdicts(11, RESNET.slower(11, 10)), table, at_noon(11))
    update(other, verdicts(14, RESNET.row(14)), table, at_noon(14))
    run("incidents", "--home", str(other.root))
    assert capsys.readouterr().out == "no incident is open\n\n1 fixed incident not shown (--all)\n"
    run("incidents", "--home", str(other.root), "--all")
    assert "  fixed  2026-11-11  nets/test_infer[cpu-resnet-18]/time: slower by 10 %" in capsys.readouterr().out


def test_accept_an_incident(home, capsys):
    """The file names levels by series, and the command says what was written, where, and what to do with it."""
    subprocess.run(["git", "init", "-q", str(home.root)], check=True)
    subprocess.run(["git", "-C", str(home.root), "config", "user.name", "Ada Lovelace"], check=True)
    assert run("accept", ID, "--why", " trades time for memory ") == 0
    ((decision,), problems) = read_decisions(home)
    assert problems == []
    assert (decision.kind, decision.subject, decision.why) == ("accept", ID, "trades time for memory")
    assert (decision.by, decision.until) == ("Ada Lovelace", None)
    assert {level.series: (level.value, level.unit) for level in decision.levels} == {
        "matmul/test_matmul[64]/time": (0.0012, "s"),
        NAME: (0.0133, "s"),
    }
    file = f"home/decisions/{decision.file}"
    assert capsys.readouterr().out.splitlines() == [
        f"accepted: {ID} (matmul/test_matmul: 2 series slower by 8 to 20 % since 2026-11-11)",
        f"    {NAME}: 13.3 ms is its new baseline",
        "    matmul/test_matmul[64]/time: 1.20 ms is its new baseline",
        f"by Ada Lovelace, written to {file}",
        f"commit it for review: git add {file}; to take it back, delete the file",
    ]
    assert read_incidents(home).is_accepted(LARGE.key)


@pytest.mark.parametrize(
    ("typed", "subject", "series"),
    [
        (NAME, NAME, {LARGE.key}),
        ("matmul/test_matmul[256]", "matmul/test_matmul[256]", {LARGE.key}),
        ("[256]", NAME, {LARGE.key}),
        ("matmul", "matmul", {SMALL.key, LARGE.key}),
        ("*/time", "*/time", {SMALL.key, LARGE.key}),
    ],
)
def test_series_as_people_name_them(home, typed, subject, series):
    """By its whole name, without the metric, by a part that one name has, by experiment, by a glob."""
    assert run("ack", typed, "--why", "looking") == 0
    ((decision,), _) = read_decisions(home)
    assert (decision.subject, decision.levels) == (subject, ())
    incident = read_incidents(home).all[0]
    assert {member.series for member in incident.members if decision.covers(member.series)} == series


def test_one_series_of_an_incident(home, capsys):
    """What was said of some of its series is listed as that; the gate and alerts ask series by series."""
    assert run("accept", NAME, "--why", "agreed") == 0
    assert run("mute", "nets", "--why", "noise") == 0
    capsys.readouterr()
    run("incidents")
    assert "  new    2026-11-11  " in (line := capsys.readouterr().out.splitlines()[1])
    assert "  of a part of it: agreed (" in line
    incidents = read_incidents(home)
    assert [incidents.why_accepted(one.key) for one in (LARGE, SMALL, RESNET)] == ["agreed", "", ""]
    assert incidents.mute_of(RESNET.key).why == "noise"
    assert incidents.mute_of(LARGE.key) is None


def test_names_that_mean_harm(tmp_path, capsys):
    """Nothing in a series' name begins a line or moves the cursor, in answers and in errors."""
    home = make_home(tmp_path / "odd")
    odd = [Series(params={"engine": f"\x1b[2J{name}\n::error::x"}) for name in "ab"]
    write_nights(home, dict.fromkeys(odd, [1.0] * 3))
    here = ["--why", "w", "--home", str(home.root)]
    assert (run("mute", "error", *here), run("mute", "nobody", *here), run("mute", "nets", *here)) == (1, 1, 0)
    told = capsys.readouterr()
    assert not any(line.startswith(("::", "relaybench: error: ::")) for line in (told.out + told.err).splitlines())
    assert "\x1b" not in told.out + told.err


def test_mute_what_has_no_incident(home):
    """Any series that was ever measured can be muted."""
    assert run("mute", "nets", "--why", "new machine next week", "--until", "14d") == 0
    ((decision,), _) = read_decisions(home)
    assert decision.until.date() == utc_now().date() + timedelta(days=14)
    assert read_incidents(home).is_muted(RESNET.key)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["accept", ""], "which incident or series? Nothing stands there"),
        (["mute", "sentinels"], "'sentinels' names no incident and none of 3 series"),
        (["accept", "test_matmul["], "'test_matmul[' is a part of 2 names: matmul/test_matmul[256]/time, matmul/test"),
        (["accept", "matmul/test_matmul[265]/time"], 'series; did you mean "matmul/test_matmul[256]/time"?'),
        (["ack", "nets"], "'nets' names no incident and none of 2 series"),
        (["ack", "2026-11-11-b"], 'there is no incident 2026-11-11-b; did you mean "2026-11-11-a"?'),
        (["mute", "nest"], 'did you mean "nets"?'),
        (["mute", "resnet-81"], 'did you mean "resnet-18"?'),
        (["mute", "nets", "--until", "soon"], "--until: this is a day as in 2026-12-01, or days from now as in 14d"),
        (["mute", "nets", "--until", "2026-01-01"], "--until: the decision would have ended already"),
        (["mute", "nets", "--until", "0d"], "--until: the decision would have ended already"),
        (["mute", "nets", "--why", " "], "--why: a decision needs a reason"),
    ],
)
def test_what_cannot_be_meant(home, capsys, arguments, told):
    """An ambiguous or unknown name, and a wrong day, are one line each; nothing is written."""
    assert run(*arguments, *([] if "--why" in arguments else ["--why", "w"])) == 1
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1
    assert read_decisions(home)[0] == []


def test_nothing_to_accept(tmp_path, capsys):
    """Where no incident is open there is nothing to accept."""
    home = make_home(tmp_path / "quiet")
    assert run("accept", "matmul", "--why", "w", "--home", str(home.root)) == 1
    assert "no incident is open, so there is nothing to accept" in capsys.readouterr().err


def test_home_is_found(home, monkeypatch, tmp_path, capsys):
    """The option, else the environment, else `./home`; without any of them the error names all three."""
    monkeypatch.chdir("/")
    assert run("incidents") == 1
    assert "--home: no home is named, RELAYBENCH_HOME is not set, and /home is none" in capsys.readouterr().err
    monkeypatch.setenv("RELAYBENCH_HOME", str(home.root))
    assert run("incidents") == 0
    assert ID in capsys.readouterr().out
    assert run("incidents", "--home", str(make_home(tmp_path / "other").root)) == 0
    assert capsys.readouterr().out == "no night has been judged yet\n"


def test_a_reason_is_asked_for(home, capsys):
    """Without --why it is wrong usage."""
    with pytest.raises(SystemExit) as ended:
        run("accept", ID)
    assert ended.value.code == 2
    assert "--why" in capsys.readouterr().err
