"""JSON Schemas of the config models, so that editors complete keys and mark mistakes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from .config import HomeConfig
from .errors import reason_of
from .files import write_if_changed
from .home import Home


def write_schemas(home: Home, models: Mapping[str, type[BaseModel]]) -> list[str]:
    """Write `H/config/schema/home.schema.json` and one `experiments/NAME.schema.json` for each of the models.

    A model with a field that JSON Schema cannot express has none. Returns a line where they cannot be written: only
    editors miss them.
    """
    folder = home.root / "config" / "schema"
    told = cache(_schema)  # most experiments have no model of their own
    try:
        write_if_changed(folder / "home.schema.json", told(HomeConfig))
        for name, model in models.items():
            with contextlib.suppress(PydanticInvalidForJsonSchema):
                write_if_changed(folder / "experiments" / f"{name}.schema.json", told(model))
    except OSError as error:
        return [f"{home.shown(folder)}: schemas for editors cannot be written: {reason_of(error)}"]
    return []


def _schema(model: type[BaseModel]) -> bytes:
    return json.dumps(model.model_json_schema(by_alias=True), indent=1, ensure_ascii=False).encode() + b"\n"
