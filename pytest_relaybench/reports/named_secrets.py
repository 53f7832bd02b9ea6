"""Secrets that a config names and never holds: the value of an environment variable, the content of a file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from .sending import RefusedError

HIDDEN = "(not shown)"
ON_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*|")


def _shown(value: Any) -> Any:
    """A name of a variable as it is; anything else may be the secret itself, and messages show what they find."""
    return value if isinstance(value, str) and _VARIABLE.fullmatch(value) else HIDDEN


def _a_variable(name: str) -> str:
    if name == HIDDEN:
        raise ValueError("must be the name of an environment variable, not the secret itself")
    return name


def _shown_path(value: Any) -> Any:
    """A path as it is; anything else may be the secret itself."""
    return value if isinstance(value, str) and (not value or _is_path(value)) else HIDDEN


def _is_path(text: str) -> bool:
    return text.startswith(("/", "~")) and text.isprintable() and "://" not in text


def _a_path(text: str) -> str:
    if text == HIDDEN:
        raise ValueError("must be the path of a file, from / or ~ on, not the secret itself")
    return text


def _never_here(value: Any) -> Any:
    if value is not None:
        raise ValueError(
            "secrets are never in a home: name the environment variable that holds it in slack_token_env or"
            " slack_webhook_env, or a file outside the home in slack_token_file or slack_webhook_file"
        )
    return value


# outermost last: what is refused is hidden before an error can show it
VariableName = Annotated[str, AfterValidator(_a_variable), BeforeValidator(_shown)]
SecretFile = Annotated[str, AfterValidator(_a_path), BeforeValidator(_shown_path)]
NeverHere = Annotated[Any, AfterValidator(_never_here), BeforeValidator(lambda value: value and HIDDEN)]


@dataclass(frozen=True)
class Secret:
    """Where a secret is: `env` or `file`, and the config key that named it (`key` with `_env` or `_file`)."""

    key: str
    env: str
    file: str

    @property
    def is_named(self) -> bool:
        """Whether the config names a place."""
        return bool(self.env or self.file)

    def read(self, home: Path) -> str:
        """The secret; raises RefusedError, which names key and place, when there is none. No message ever holds it."""
        if self.env:
            value = os.environ.get(self.env, "").strip()
            where = f"{self.key}_env: the environment variable {self.env}"
            problem = "is not set" if self.env not in os.environ else "is empty"
        else:
            where, problem = f"{self.key}_file: {self.file}", "is empty"
            value = _content(self.file, home, where)
        if not value:
            raise RefusedError(f"{where} {problem}")
        if not value.isascii() or len(value.split()) != 1:
            raise RefusedError(f"{where} holds more than one word of ASCII letters, digits and marks")
        return value


def _content(file: str, home: Path, where: str) -> str:
    try:
        path = Path(file).expanduser().resolve()
        if path.is_relative_to(home.resolve()):
            raise RefusedError(f"{where} lies inside the home, where no secret may be")
        return path.read_text(encoding="utf-8").strip()
    except RuntimeError:  # of expanduser
        raise RefusedError(f"{where} is in the home directory of nobody") from None
    except OSError as error:
        raise RefusedError(f"{where} cannot be read: {error.strerror}") from None
    except ValueError:  # not UTF-8, or no path at all
        raise RefusedError(f"{where} holds no text") from None


def safe_address(url: str) -> bool:
    """Whether a secret may go there: https, or http on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.hostname in ON_THIS_MACHINE
    return parts.scheme == "https" and bool(parts.hostname)
