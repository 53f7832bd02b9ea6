"""The report on experiments: content, failures, pictures, feeds, late messages."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import write_json
from tests.conftest import Project
from tests.fake_slack import TOKEN, Trouble, fake_slack, fault, shown
from tests.reports.made_home import NIGHT, RUN, Made, make_home, quickly, run
from tests.reports.sample import NASTY, without_proxies
from tests.subsystems.sample_home import dashboard_of
from tests.subsystems.sample_home import make_home as make_sample_home

LONG = "Traceback: something long " * 40


@pytest.fixture
def slack(monkeypatch):
    """A Slack, and a token for it in the environment."""
    without_proxies(monkeypatch)
    monkeypatch.setenv("BOT", TOKEN)
    with fake_slack() as fake:
        yield fake


def keys(slack, **more):
    return {"channel_id": "C1", "slack_token_env": "BOT", "base_url": slack.base_url, **more}


def golden(root):
    """The predecessor's home of 2021."""
    graph = ("comparison/x.png",)
    experiments = {
        "char_rnn": Made("Char", graphs=graph),
        "treelstm": Made("Tree", graphs=graph),
        "zoo": Made("Gluon", graphs=graph),
        "broken": Made("Broken", failed="run", message=LONG, notify=["U1", "U2"], graphs=graph),
        "off": Made("Off", active=False),
    }
    return make_home(root, experiments)


def test_the_predecessors_message(slack, tmp_path):
    """Titles, order, colours, durations, shortened failure, time to it and pings are those of its log of 2021."""
    done = run(golden(tmp_path), "exp_reports", description="hello", **keys(slack))
    (message,) = slack.messages
    told = [(one["color"], [block["text"]["text"] for block in one["blocks"]]) for one in message["attachments"]]
    summary = "\n_Duration: 1 min 02 s_\n\u200b_\u200bTimes on CPU\u200b_\u200b\nAot: 1.000"
    failure = told[1][1][1]
    assert message["blocks"][0]["text"]["text"] == "*Dashboard Results*\nhello\n3 fine, 1 failed, 1 inactive"
    assert told[0] == ("#000000", ["*Successful benchmarks*", *(f"*{t}*{summary}" for t in ("Char", "Tree", "Gluon"))])
    assert (told[1][0], told[1][1][0]) == ("#fa0000", "*Failed benchmarks*")
    assert failure.startswith("*Broken*\n_Failed at stage run:_\n```\nTraceback: something long Traceback: ")
    assert failure.endswith(" […]\n```\nTime to failure: 1 min 02 s\nATTN: <@U1>, <@U2>")
    assert 270 < len(failure.split("```")[1].strip()) <= 280
    assert told[2] == ("#616161", ["*Inactive benchmarks*", "Off"])
    assert done.message == "sent to Slack channel C1"


def test_pictures_are_under_the_right_name(slack, tmp_path):
    """A thread per experiment with its title; what was not drawn tonight is not sent."""
    dashboard = golden(tmp_path)
    old = dashboard.home.exp_graph_dir("broken") / "comparison" / "x.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"of an earlier night")
    run(dashboard, "exp_reports", report_images=True, **keys(slack))
    names = {message["ts"]: shown(message) for message in slack.messages}
    found = {names[one["thread_ts"]]: slack.files[one["files"][0]["id"]]["content"] for one in slack.shared}
    assert found == {
        "Graphs of *Char*": b"picture of char_rnn",
        "Graphs of *Tree*": b"picture of treelstm",
        "Graphs of *Gluon*": b"picture of zoo",
    }


def test_comparisons_are_shown_before_histories(slack, tmp_path):
    """No more than told, no SVG."""
    graphs = [f"all_time/{n}.png" for n in range(3)] + ["comparison/z.jpg", "comparison/y.svg"]
    dashboard = make_home(tmp_path, {"a": Made("A", graphs=graphs)})
    run(dashboard, "exp_reports", report_images=True, images_most=2, **keys(slack))
    titles = [file["title"] for one in slack.shared for file in one["files"]]
    assert titles == ["comparison/z.jpg", "all_time/0.png"]


def test_a_failed_graph_is_no_failed_experiment(tmp_path, slack):
    """Its summary is told, and its name is in a list of its own."""
    dashboard = make_home(tmp_path, {"a": Made("A", drawn=False), "b": Made("B", drawn=False, failed="summary")})
    run(dashboard, "exp_reports", **keys(slack))
    attachments = slack.messages[0]["attachments"]
    assert attachments[0]["blocks"][1]["text"]["text"].startswith("*A*\n_Duration")
    assert attachments[1]["blocks"][1]["text"]["text"].startswith("*B*\n_Failed at stage summary")
    assert [block["text"]["text"] for block in attachments[2]["blocks"]] == ["*Failed to Visualize*", "A, B"]
    assert attachments[2]["color"] == "#fa0000"


def test_broken_configs_are_told_too(tmp_path, slack):
    """Without `notify`, with a `notify` that is none, with JSON that is none: named by their names, nobody pinged."""
    dashboard = make_home(
        tmp_path,
        {
            "a": Made(failed="precheck", message="no module", notify=None),
            "b": Made(failed="precheck", message="bad", notify=None, config={"notify": 3, "title": 4}),
            "c": Made(failed="precheck", message="bad"),
        },
    )
    dashboard.home.exp_config_file("c").write_text("{")
    run(dashboard, "exp_reports", **keys(slack))
    (text,) = slack.texts()
    assert [name in text for name in ("*a*", "*b*", "*c*")] == [True] * 3
    assert "0 fine" not in text
    assert "ATTN" not in text
    assert text.count("Time to failure: 0.2 s") == 3


def test_an_older_status_is_not_believed(tmp_path, slack):
    """What an earlier night left is not told as tonight's."""
    dashboard = make_home(tmp_path, {"a": Made("A", run_id="20261121T030000.000000Z"), "b": Made("B")})
    run(dashboard, "exp_reports", **keys(slack))
    (text,) = slack.texts()
    assert "1 fine, 1 not in this run" in text
    assert text.endswith("*Not in this run*\nA")


def test_nothing_in_a_name_or_message_is_markup(tmp_path, slack):
    """Mentions, links, formatting and emoji of titles, summaries and failures are text."""
    nasty = Made(NASTY, failed="run", message=NASTY, summary=NASTY)
    run(make_home(tmp_path, {"a": nasty, "b": Made(NASTY, summary=NASTY)}), "exp_reports", **keys(slack))
    (text,) = slack.texts()
    assert "<!channel>" not in text
    assert "<@U999>" not in text
    assert "&lt;!channel&gt;" in text


def test_verdicts_of_the_night(tmp_path, slack):
    """A series that became slower is named with change, interval and date, and counted on top."""
    with quickly():
        home = make_sample_home(tmp_path / "home", pick=["relay_opt", "rnn_cells"])
    run(dashboard_of(home), "exp_reports", **keys(slack), site_url="https://e.org/site")
    text = "\n".join(slack.texts())
    assert "; 1 regression, 1 improvement" in text
    assert "Regressions: vgg-16 O3: +9.1 % [+8.3 %, +9.5 %] since 2026-11-13" in text
    assert "Improvements: time: −19.8 %" in text
    assert "*<https://e.org/site/experiments/relay_opt.html|Relax optimisation levels>*" in text
    assert [fault(message) for message in slack.messages] == [""] * len(slack.messages)


def test_two_hundred_experiments_are_all_told(tmp_path, slack):
    """In messages that Slack takes, the later ones in the thread of the first."""
    many = {f"e{n:03}": Made(f"Experiment {n}", failed="run" if n % 10 == 0 else "", message=LONG) for n in range(200)}
    run(make_home(tmp_path, many), "exp_reports", **keys(slack))
    text = "\n".join(map(shown, slack.messages))
    assert all(text.count(f"*Experiment {n}*") == 1 for n in range(200))
    assert "180 fine, 20 failed" in text
    assert slack.texts()[0].count("Failed at stage") == 20
    assert {message.get("thread_ts") for message in slack.messages[1:]} == {slack.messages[0]["ts"]}


def test_a_dead_slack_does_not_make_the_night_red(tmp_path, slack):
    """The message is kept, a report says so, and the next night sends it marked late, then its own."""
    dashboard = golden(tmp_path)
    slack.troubles["chat.postMessage"] = [Trouble(503)] * 3
    done = run(dashboard, "exp_reports", **keys(slack))
    assert done.report.title == "Experiments"
    assert done.message == "not sent to Slack channel C1 (Slack says 503): kept, next night sends it"
    assert done.note == done.message
    kept = list((dashboard.home.subsys_output_dir("exp_reports") / "outbox").iterdir())
    assert len(kept) == 1
    assert TOKEN not in kept[0].read_text()
    later = type(dashboard)(dashboard.home, "20261123T030000.000000Z", dashboard.table)
    run(later, "exp_reports", **keys(slack, late_days=10_000))
    late, new = slack.texts()
    assert late.startswith(f"Late: this is of the night of {NIGHT}.")
    assert "Night of 2026-11-23 03:00 UTC" in new


def test_two_real_nights(project: Project, slack):
    """Slack is dead in the first, which is green and says so; the second one sends both. No file has the token."""
    project.experiment("tiny", draws=True, title="Tiny", notify=["U1"])
    path = project.home_folder / "config" / "subsystem" / "exp_reports" / "config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"active": True, "report_images": True, **keys(slack)}))
    slack.troubles["chat.postMessage"] = [Trouble(503)] * 3
    first = project.night()
    assert first.ret == 0
    first.stdout.fnmatch_lines("note: exp_reports: not sent to Slack channel C1 (Slack says 503): kept,*")
    status = project.home().subsys_status_dir("exp_reports") / "run.json"
    assert "kept, next night sends it" in json.loads(status.read_text())["message"]
    assert project.night().ret == 0
    texts = slack.texts()
    assert texts[0].startswith("Late: this is of the night of")
    assert [text.count("*Tiny*\n_Duration: ") for text in texts] == [1, 1, 0]
    assert texts[2] == "Graphs of *Tiny*"
    assert len(slack.shared) == 1
    files = [file for file in project.home_folder.rglob("*") if file.is_file()]
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []


def test_a_token_that_slack_refuses_is_a_failure(tmp_path, slack, monkeypatch):
    """With Slack's own word; files are written all the same."""
    monkeypatch.setenv("BOT", "xoxb-wrong")
    dashboard = golden(tmp_path)
    with pytest.raises(
        SubsystemError, match=r"^not everything could be sent: Slack channel C1: Slack says invalid_auth$"
    ):
        run(dashboard, "exp_reports", **keys(slack))
    output = dashboard.home.subsys_output_dir("exp_reports")
    assert (output / "nights" / f"{RUN}.md").is_file()
    assert (output / "feed.json").is_file()


def test_a_token_that_is_not_there_is_a_failure(tmp_path, slack, monkeypatch):
    """The webhook beside it has the message; the line names the variable."""
    monkeypatch.delenv("BOT")
    monkeypatch.setenv("HOOK", slack.webhook)
    told = "slack_token_env: the environment variable BOT is not set"
    with pytest.raises(SubsystemError, match=told) as caught:
        run(golden(tmp_path), "exp_reports", **keys(slack, slack_webhook_env="HOOK"))
    assert [message["channel"] for message in slack.messages] == ["webhook"]
    assert "webhook-secret" not in str(caught.value)
    monkeypatch.setenv("BOT", TOKEN)
    later = dashboard_of_night_after(tmp_path)
    run(later, "exp_reports", **keys(slack, late_days=10_000))
    assert [text.startswith("Late") for text in slack.texts()] == [True, False]


def dashboard_of_night_after(root):
    first = golden(root)
    return type(first)(first.home, "20261123T030000.000000Z", first.table)


def test_files_that_cannot_be_written_hold_no_message(tmp_path, slack):
    """People are told all the same; then it is a failure, with the path as it is within the home."""
    dashboard = golden(tmp_path)
    output = dashboard.home.subsys_output_dir("exp_reports")
    output.mkdir(parents=True)
    for name in ("nights", "outbox"):
        (output / name).write_text("a file where a folder should be")
    (output / "feed.json").mkdir()
    with pytest.raises(SubsystemError) as caught:
        run(dashboard, "exp_reports", **keys(slack))
    assert len(slack.messages) == 1
    told = str(caught.value)
    assert all(f"results/subsystem/output/exp_reports/{name}" in told for name in ("nights", "outbox"))
    assert (output / "feed.json.damaged").is_dir(), "what stood in the feed's place is kept"
    assert str(tmp_path) not in told
    assert told.endswith("; sent to Slack channel C1")
    with pytest.raises(SubsystemError, match="nights cannot be written"):
        run(dashboard, "exp_reports", dry_run=True)


def test_a_selection_is_not_told(tmp_path, slack):
    """Whoever runs one test wants no message in the channel, and none in the feed; the config may say otherwise."""
    dashboard = golden(tmp_path)
    write_json(dashboard.home.run_dir(RUN) / "run.json", {**dashboard.run(), "is_selection": True})
    assert run(dashboard, "exp_reports", **keys(slack)).message == "a selection of tests: not told"
    output = dashboard.home.subsys_output_dir("exp_reports")
    assert slack.calls == []
    assert sorted(path.name for path in output.iterdir()) == ["nights"]
    assert run(dashboard, "exp_reports", **keys(slack, report_selections=True)).message == "sent to Slack channel C1"
    assert len(slack.messages) == 1


def test_a_dry_run_sends_nothing(tmp_path, slack, capsys):
    """What would be sent is printed and written, and the status says where; not even a late message leaves."""
    dashboard = golden(tmp_path)
    done = run(dashboard, "exp_reports", **keys(slack, dry_run=True))
    output = dashboard.home.subsys_output_dir("exp_reports")
    printed = capsys.readouterr().out
    assert slack.calls == []
    where = "results/subsystem/output/exp_reports/dry_run.txt"
    assert done.message == f"dry run, nothing was sent; {where} is what would go to Slack channel C1"
    assert printed.startswith(done.message)
    assert (output / "dry_run.txt").read_text() in printed
    assert "Broken" in printed
    content = json.loads((output / "dry_run.json").read_text())
    assert content["targets"] == ["Slack channel C1"]
    assert [fault(message) for message in content["slack"]] == [""]
    assert TOKEN not in printed + json.dumps(content)


def test_feeds_have_the_night(tmp_path):
    """Both feeds have tonight once, also when it is told twice, with a headline of its counts."""
    dashboard = golden(tmp_path)
    for _ in range(2):
        run(dashboard, "exp_reports", site_url="https://e.org")
    output = dashboard.home.subsys_output_dir("exp_reports")
    (item,) = json.loads((output / "feed.json").read_text())["items"]
    assert item["title"] == "2026-11-22: 3 fine, 1 failed, 1 inactive"
    assert (output / "atom.xml").read_text().count("<entry>") == 1


def test_an_empty_home_has_a_report(tmp_path):
    """No experiments is something to tell, too."""
    run(make_home(tmp_path, {}), "exp_reports")
    text = (tmp_path / "results/subsystem/output/exp_reports/nights" / f"{RUN}.md").read_text()
    assert "no experiments" in text
