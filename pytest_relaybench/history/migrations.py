"""Stored formats carry a version; this brings older ones up to today's."""

from __future__ import annotations

from typing import Any

from ..errors import RecordError

SCHEMA = 1


def migrate(content: Any) -> dict[str, Any]:
    """A record's JSON in today's schema, without the `schema` key.

    Raises RecordError for a schema that this version does not know.
    """
    if not isinstance(content, dict):
        raise RecordError("a record is a JSON object")
    schema = content.get("schema")
    if schema != SCHEMA:
        raise RecordError(f"schema {schema!r} is unknown to this version, which reads {SCHEMA}")
    return {key: value for key, value in content.items() if key != "schema"}
