"""The config of a reporting subsystem: what goes together, and that no secret is ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_relaybench.errors import ConfigError
from pytest_relaybench.reading import parse_config
from pytest_relaybench.reports.mail_settings import EmailConfig
from pytest_relaybench.reports.named_secrets import Secret, safe_address
from pytest_relaybench.reports.sending import RefusedError
from pytest_relaybench.reports.settings import ReportConfig
from tests.fake_slack import TOKEN

PAGE = Path(__file__).parents[2] / "docs" / "reports-and-slack.md"
MAIL = {"host": "mail", "sender": "a@b.c", "recipients": ["d@e.f"]}


def config(**keys):
    return parse_config(json.dumps({"active": True, **keys}), ReportConfig, name="config.json")


def fault(**keys):
    with pytest.raises(ConfigError) as caught:
        config(**keys)
    return str(caught.value)


def test_one_channel_or_several():
    """A text or a list; each channel once."""
    assert config(channel_id="C1", slack_token_env="T").channels == ["C1"]
    assert config(channel_id=["C1", "C2", "C1"], slack_token_file="/t").channels == ["C1", "C2"]
    assert config().channels == []


@pytest.mark.parametrize("key", ["slack_client_token", "webhook_url"])
def test_a_secret_in_a_config_is_refused_and_not_shown(key):
    """The predecessor's keys are known, and one line says what to do instead."""
    told = fault(channel_id="C1", **{key: TOKEN})
    assert len(told.splitlines()) == 1
    assert told.startswith(f"config.json: {key}: secrets are never in a home")
    assert "slack_token_env" in told
    assert TOKEN not in told


@pytest.mark.parametrize("key", ["slack_token_env", "slack_webhook_env"])
def test_a_secret_where_its_name_belongs_is_not_shown(key):
    """A token pasted where the variable's name should be is refused without being repeated."""
    told = fault(**{"channel_id": "C1", key: TOKEN})
    assert "must be the name of an environment variable" in told
    assert TOKEN not in told


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({"channel_id": "C1"}, "channel_id needs slack_token_env"),
        ({"slack_token_env": "T"}, "needs channel_id"),
        ({"channel_id": "C1", "slack_token_env": "T", "slack_token_file": "/f"}, "not both"),
        ({"slack_webhook_env": "T", "slack_webhook_file": "/f"}, "not both"),
        ({"base_url": "http://slack.com/api/"}, "https"),
        ({"site_url": "javascript:alert(1)"}, "must begin with"),
        ({"email": {**MAIL, "user": "u"}}, "goes together"),
        ({"email": {**MAIL, "user": "u", "password_env": "P", "security": "none"}}, "open line"),
        ({"email": {**MAIL, "recipients": ["a@b.c\nBcc: x@y.z"]}}, "one e-mail address"),
        ({"email": {**MAIL, "recipients": []}}, "at least 1"),
        ({"slack_chanel": "C1"}, "no such key"),
        ({"slack_token_file": "/t"}, "needs channel_id"),
        ({"slack_token_file": "token"}, "must be the path of a file"),
        ({"site_url": "https://e.org/a b"}, "no blanks"),
        ({"site_url": "https://e.org/\nx"}, "no blanks"),
        ({"notify": ["@bob"]}, "must be an id of Slack's"),
        ({"notify": ["<!channel>"]}, "must be an id of Slack's"),
    ],
)
def test_what_does_not_go_together_is_refused(keys, rule):
    """With the rule."""
    assert rule in fault(**keys)


CANARY = "xoxb-CANARY-1234"


@pytest.mark.parametrize(
    "keys",
    [
        {"channel_id": "C1", "slack_token_file": CANARY},
        {"slack_token_file": CANARY},
        {"slack_webhook_file": "https://hooks.example.org/CANARY"},
        {"slack_webhook_file": [CANARY]},
        {"email": CANARY},
        {"email": {**MAIL, "user": "u", "password_file": "CANARY"}},
        {"email": {**MAIL, "user": "", "password_file": "/run/CANARY"}},
        {"slack_token_env": "X", "webhook_url": [CANARY]},
        {"slack_token_env": "X", "channel_id": CANARY},
        {"slack_token_env": "X", "channel_id": ["C1", CANARY]},
        {"slack_token_env": "X", "channel_id": "C1", "site_url": CANARY},
        {"slack_token_env": "X", "channel_id": "C1", "base_url": "http://hooks.slack.com/CANARY"},
        {"email": {**MAIL, "sender": "smtp://me:CANARY@mail"}},
    ],
)
def test_a_secret_in_a_wrong_place_is_not_shown(keys):
    """Neither by the key that it stands at, nor by the rules of a whole."""
    assert "CANARY" not in fault(**keys)


def test_a_config_that_is_a_list_is_not_shown():
    """It may hold a token, too."""
    with pytest.raises(ConfigError) as caught:
        parse_config(json.dumps([{"slack_client_token": CANARY}]), ReportConfig, name="config.json")
    assert str(caught.value) == "config.json: a config is a JSON object (found a list)"


def test_people_are_named_as_slack_names_them():
    """Also as Slack writes a call; a name that begins with no mark is text, as it was."""
    people = ["U1", "<@U1>", "S2", "here", "Bob"]
    assert config(notify=people).notify == people


def test_a_dry_run_needs_no_token():
    """To look at the messages before there is a bot."""
    assert config(channel_id="C1", dry_run=True).channels == ["C1"]


def test_ports_follow_from_the_security():
    """587 for STARTTLS, 465 for TLS from the start, 25 for none, or the one that is stated."""
    kinds = [EmailConfig(**MAIL), EmailConfig(**MAIL, security="ssl"), EmailConfig(**MAIL, security="none")]
    assert [kind.server_port for kind in kinds] == [587, 465, 25]
    assert EmailConfig(**MAIL, port=2525).server_port == 2525


def test_a_secret_is_read_where_the_config_says(tmp_path, monkeypatch):
    """From a variable or a file, without the line break at its end."""
    monkeypatch.setenv("T", f"{TOKEN}\n")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    home = tmp_path / "home"
    assert Secret("slack_token", "T", "").read(home) == TOKEN
    assert Secret("slack_token", "", str(tmp_path / "token")).read(home) == TOKEN


def test_a_secret_that_is_not_there_is_told_by_its_place(tmp_path, monkeypatch):
    """Key and place, never content."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "token").write_text(TOKEN)
    (tmp_path / "two").write_text(f"{TOKEN} {TOKEN}")
    monkeypatch.setenv("EMPTY", " ")
    cases = {
        "slack_token_env: the environment variable ABSENT is not set": ("ABSENT", ""),
        "slack_token_env: the environment variable EMPTY is empty": ("EMPTY", ""),
        "No such file": ("", str(tmp_path / "absent")),
        "inside the home": ("", str(home / "token")),
        "more than one word": ("", str(tmp_path / "two")),
        "home directory of nobody": ("", "~nouser-of-this-name/token"),
        "holds no text": ("", "/tmp/\x00"),
    }
    for told, (env, file) in cases.items():
        with pytest.raises(RefusedError, match=told) as caught:
            Secret("slack_token", env, file).read(home)
        assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "safe"),
    [("https://slack.com/api/", True), ("http://127.0.0.1:8/", True), ("http://[::1]/", True), ("http://h/", False),
     ("ftp://h/", False), ("https://", False), ("https://[", False), ("", False)],
)  # fmt: skip
def test_secrets_go_over_closed_lines_only(url, safe):
    """https, or a server on this machine."""
    assert safe_address(url) is safe


def test_every_key_is_on_the_page():
    """docs/reports-and-slack.md has each key of a report's config and of its `email`."""
    text = PAGE.read_text()
    keys = [*ReportConfig.model_fields, *EmailConfig.model_fields]
    known = {"active", "title", "description", "notify", "priority", "timeout_s", "schema_reference"}
    assert [key for key in keys if key not in known and f"`{key}`" not in text] == []
