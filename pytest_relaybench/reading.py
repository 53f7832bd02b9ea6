"""From a JSON file to a validated model, or to the full list of what is wrong with it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from .errors import ConfigError, Fault
from .files import read_regular

Model = TypeVar("Model", bound=BaseModel)

LONGEST_VALUE, LONGEST_KEY, LONGEST_RULE = 60, 200, 1000
MOST_FAULTS = 50
MOST_CONFIG_BYTES = 16 * 2**20
WHOLES = frozenset({"model_type", "model_attributes_type", "dict_type"})  # pydantic's errors where an object should be
SECRET = re.compile(
    r"\bxox[a-z.-]|\bxapp-|hooks\.slack|://[^/\s]*@|://[^\s?]*\?"
)  # Slack's tokens, its webhooks, a password in a URL, a signature behind one
KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def read_config(path: Path, model: type[Model], *, shown_as: str = "", mandatory: Sequence[str] = ()) -> Model:
    """Read `path` as `model`.

    `mandatory` names keys that must be in the file although the model has a default for them.
    Raises ConfigError with every fault: unreadable file, broken JSON, repeated, unknown or missing keys, wrong values.
    """
    name = shown_as or str(path)
    try:
        text = read_regular(path, MOST_CONFIG_BYTES).decode()
    except FileNotFoundError:
        raise ConfigError([Fault(name, "", "", "the file is missing")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Fault(name, "", "", f"the file cannot be read: {error}")]) from None
    return parse_config(text, model, name=name, mandatory=mandatory)


def parse_config(text: str, model: type[Model], *, name: str, mandatory: Sequence[str] = ()) -> Model:
    """As `read_config`, from the text of the file; `name` is what faults call it."""
    keys = _top_level_keys(text, name)
    faults = [Fault(name, key, "", "the key is mandatory") for key in mandatory if key not in keys]
    try:
        config = model.model_validate_json(text)
    except ValidationError as error:
        faults += [_fault(name, model, detail) for detail in error.errors(include_url=False)]
    if faults:
        raise ConfigError(_told(list(dict.fromkeys(faults)), name))  # a missing key may be mandatory by both rules
    return config


def _told(faults: list[Fault], name: str) -> list[Fault]:
    """As many as anybody reads."""
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([Fault(name, "", "", f"and {more} more faults")] if more > 0 else [])]


def _top_level_keys(text: str, name: str) -> frozenset[str]:
    """The keys of the object in `text`; raises ConfigError when it is none, or repeats a key anywhere."""
    repeated: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                repeated.append(key)
            seen[key] = value
        return seen

    content = _parsed(text, name, collect)
    if not isinstance(content, dict):
        raise ConfigError([Fault(name, "", _kind(content), "a config is a JSON object")])
    if repeated:
        faults = [Fault(name, _cut(key), "", "the key stands here more than once") for key in dict.fromkeys(repeated)]
        raise ConfigError(_told(faults, name))
    return frozenset(content)


def _parsed(text: str, name: str, collect: Callable[[list[tuple[str, Any]]], Any]) -> Any:
    try:
        return json.loads(text, object_pairs_hook=collect)
    except json.JSONDecodeError as error:
        rule = f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        rule = "nested too deeply"
    except ValueError as error:  # a number of more digits than Python reads
        rule = f"not valid JSON: {error}"
    raise ConfigError([Fault(name, "", "", rule)])


def _fault(name: str, model: type[BaseModel], detail: Any) -> Fault:
    key = _cut(".".join(map(str, detail["loc"])))
    if detail["type"] == "extra_forbidden":
        return Fault(name, key, "", "no such key", nearest(str(detail["loc"][-1]), _keys_at(model, detail["loc"])))
    if detail["type"] == "missing":
        return Fault(name, key, "", "the key is mandatory")
    rule = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Fault(name, key, _found(detail), _cut(rule[:1].lower() + rule[1:], LONGEST_RULE))


def _found(detail: Any) -> str:
    """What stood there, but never a whole object or list, or what stands in the place of one: it may hold a secret."""
    value = detail.get("input")
    if isinstance(value, dict | list) and value:
        return "" if detail["type"] == "value_error" else _kind(value)  # the rule of a whole tells what is amiss
    return _kind(value) if detail["type"] in WHOLES else _shown(value)


def _keys_at(model: type[BaseModel], location: tuple[Any, ...]) -> Iterable[str]:
    """The keys that the model takes where the unknown one stood."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return ()
        model = field.annotation
    return [field.alias or key for key, field in model.model_fields.items()]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the known word that resembles `word` most, or all when none does and they are few."""
    choices = sorted(set(known) - {"$schema"})
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known: {', '.join(choices)}" if choices else ""


def looks_secret(text: str) -> bool:
    """Whether a token or an address that is secret may stand in the text, which then must not be repeated."""
    return SECRET.search(text) is not None


def _kind(value: Any) -> str:
    return KINDS.get(type(value), "null")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    if looks_secret(text):
        return "what looks like a secret"
    return _cut(text, LONGEST_VALUE)


def _cut(text: str, most: int = LONGEST_KEY) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
