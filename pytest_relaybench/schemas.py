"""JSON Schemas of the config models, so that editors complete keys and mark mistakes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from .config import HomeConfig
from .files import write_if_changed
from .home import Home


def write_schemas(home: Home, models: Mapping[str, type[BaseModel]]) -> None:
    """Write `H/config/schema/home.schema.json` and one `experiments/NAME.schema.json` for each of the models.

    A model with a field that JSON Schema cannot express has none.
    """
    folder = home.root / "config" / "schema"
    _write(folder / "home.schema.json", HomeConfig)
    for name, model in models.items():
        with contextlib.suppress(PydanticInvalidForJsonSchema):
            _write(folder / "experiments" / f"{name}.schema.json", model)


def _write(path: Path, model: type[BaseModel]) -> None:
    text = json.dumps(model.model_json_schema(by_alias=True), indent=1, ensure_ascii=False)
    write_if_changed(path, text.encode() + b"\n")
