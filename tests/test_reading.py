"""From a JSON file to a model, or to every fault at once."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import field_validator

from pytest_relaybench.config import ExperimentConfig, HomeConfig, axis
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.reading import nearest, parse_config, read_config


class Matrix(ExperimentConfig):
    sizes: list[int] = axis("size", [64, 256])


def faults(text: str, model=Matrix, mandatory=("active",)) -> list[str]:
    with pytest.raises(ConfigError) as error:
        parse_config(text, model, name="c.json", mandatory=mandatory)
    assert [str(fault) for fault in error.value.faults] == str(error.value).splitlines()
    return sorted(map(str, error.value.faults))


def test_every_fault_at_once():
    """All faults of a file are told together: file, key, value, rule, nearest right key."""
    text = json.dumps(
        {"activ": True, "priority": "high", "sizes": [], "process_pinning": {"enable": True, "core": "0"}}
    )
    assert faults(text) == [
        'c.json: activ: no such key; did you mean "active"?',
        "c.json: active: the key is mandatory",
        'c.json: priority: should be a valid integer (found "high")',
        'c.json: process_pinning.core: no such key; did you mean "cores"?',
        "c.json: sizes: list should have at least 1 item after validation, not 0 (found [])",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "c.json: not valid JSON at line 1, column 1: Expecting value"),
        ('{"active": true,}', "c.json: not valid JSON at line 1, column 1"),
        ('{\n "active": tru\n}', "c.json: not valid JSON at line 2, column 12: Expecting value"),
        ("[]", "c.json: a config is a JSON object (found a list)"),
        ('"xoxb-CANARY"', "c.json: a config is a JSON object (found a text)"),
        ("null", "c.json: a config is a JSON object (found null)"),
        ('{"active": true, "active": false}', "c.json: active: the key stands here more than once"),
        (
            '{"active": true, "process_pinning": {"cores": "0", "cores": "1"}}',
            "c.json: cores: the key stands here more",
        ),
        ("[" * 100_000, "c.json: nested too deeply"),
        ('{"active": ' + "9" * 5000 + "}", "c.json: not valid JSON: Exceeds the limit"),
    ],
)
def test_broken_json_is_one_fault(text, told):
    """JSON that cannot be read, is no object, or says a key twice, is told with its place."""
    (fault,) = faults(text)
    assert fault.startswith(told)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("active", 1),
        ("active", "true"),
        ("priority", True),
        ("priority", 1.5),
        ("priority", None),
        ("timeout_s", 0),
        ("timeout_s", "30"),
        ("notify", "U1"),
        ("notify", [1]),
        ("threads", 0),
        ("headline", "max"),
        ("sizes", ["64"]),
        ("process_pinning", {"enable": True}),
        ("process_pinning", {"cores": "0x3"}),
        ("process_pinning", {"cores": "3-1"}),
    ],
)
def test_nothing_is_converted(key, value):
    """A value of another type is a fault that names its key: `true` is no number, a number no text."""
    (fault,) = faults(json.dumps({"active": True, key: value}))
    assert fault.startswith(f"c.json: {key}")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_are_finite(number):
    """What Python reads as a number but JSON does not know is no value for a duration."""
    assert len(faults(f'{{"active": true, "timeout_s": {number}}}')) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (["xoxb-CANARY"], "c.json: a config is a JSON object (found a list)"),
        ({"active": ["CANARY"]}, "c.json: active: should be a valid boolean (found a list)"),
        ({"active": True, "process_pinning": "CANARY"}, "(found a text)"),
        ({"active": True, "sizes": {"x": "CANARY"}}, "(found an object)"),
    ],
)
def test_what_may_hold_a_secret_is_not_shown(content, told):
    """Of an object, a list, and what stands in the place of one, only the kind is told."""
    (fault,) = faults(json.dumps(content))
    assert fault.endswith(told)
    assert "CANARY" not in fault


def test_schema_reference_is_for_editors():
    """`$schema` is accepted anywhere on top and is no part of the config."""
    config = parse_config('{"$schema": "../x.json", "active": true}', Matrix, name="c.json")
    assert "schema_reference" not in config.model_dump()


def test_missing_and_unreadable_files(tmp_path):
    """A file that is missing, a folder, or not UTF-8 is a fault of one line naming it."""
    (tmp_path / "latin.json").write_bytes(b'{"title": "caf\xe9"}')
    for name, told in (
        ("missing.json", "the file is missing"),
        ("latin.json", "cannot be read"),
        (".", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=told) as error:
            read_config(tmp_path / name, HomeConfig)
        assert str(tmp_path) in str(error.value)
        assert len(error.value.faults) == 1


def test_shown_name(tmp_path):
    """Faults call the file what the caller calls it."""
    with pytest.raises(ConfigError, match=r"^config/x\.json: the file is missing$"):
        read_config(tmp_path / "x.json", HomeConfig, shown_as="config/x.json")


def test_long_values_are_cut():
    """A long wrong value does not flood the terminal."""
    (fault,) = faults(json.dumps({"active": "x" * 10_000}))
    assert len(fault) < 200
    assert "…" in fault


def test_nearest():
    """A hint names the nearest word, or all of them when none is near."""
    assert nearest("prioritty", ["priority", "active"]) == 'did you mean "priority"?'
    assert nearest("zzz", ["b", "a", "$schema"]) == "known: a, b"
    assert nearest("zzz", []) == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def outcome(text: str) -> Matrix | ConfigError:
    try:
        return parse_config(text, Matrix, name="c.json")
    except ConfigError as error:
        return error


def is_right(found: Matrix | ConfigError) -> bool:
    return isinstance(found, Matrix) or len(str(found).splitlines()) == len(found.faults) > 0


@given(
    st.dictionaries(st.sampled_from(["active", "sizes", "process_pinning", "cores", "title", "x"]), json_values)
    | json_values
)
def test_any_json_is_a_config_or_faults(content):
    """Whatever stands in the file, the answer is a config or a ConfigError, each fault one line."""
    assert is_right(outcome(json.dumps(content)))


@given(st.text(max_size=30))
def test_any_text_is_a_config_or_faults(text):
    """The same for text that is no JSON at all."""
    assert is_right(outcome(text))


def test_a_pipe_is_no_config(tmp_path):
    """It is refused at once, and nobody waits for who may write to it."""
    os.mkfifo(tmp_path / "c.json")
    with pytest.raises(ConfigError, match="not a regular file"):
        read_config(tmp_path / "c.json", HomeConfig)


def test_nobody_reads_a_thousand_faults():
    """The first ones are told, and how many more there are; a key of a thousand letters is cut."""
    found = faults(json.dumps({"active": True, **{f"{n}{'x' * 1000}": n for n in range(1000)}}))
    assert len(found) == 51
    assert "c.json: and 950 more faults" in found
    assert max(map(len, found)) < 600
    found = faults("{" + ", ".join(f'"{n // 2}{"y" * 1000}": 1' for n in range(400)) + "}")
    assert len(found) == 51
    assert max(map(len, found)) < 600


def test_a_rule_that_quotes_much_is_cut():
    """What a model's own check says may hold all that stood in the file."""

    class Quoting(ExperimentConfig):
        @field_validator("title")
        @classmethod
        def _never(cls, title: str) -> str:
            raise ValueError(f"no title: {title}")

    (fault,) = faults(json.dumps({"active": True, "title": "x" * 100_000}), Quoting)
    assert fault.startswith("c.json: title: no title: xxx")
    assert len(fault) < 1200
