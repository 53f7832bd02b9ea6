"""JSON Schemas of the config models, so that editors complete keys and mark mistakes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel

from .config import HomeConfig
from .files import write_if_changed
from .home import Home


def write_schemas(home: Home, models: Mapping[str, type[BaseModel]]) -> None:
    """Write `H/config/schema/home.schema.json` and one `NAME.schema.json` for each of the models."""
    folder = home.root / "config" / "schema"
    everything: dict[str, type[BaseModel]] = {"home": HomeConfig, **models}
    for name, model in everything.items():
        text = json.dumps(model.model_json_schema(by_alias=True), indent=1, ensure_ascii=False)
        write_if_changed(folder / f"{name}.schema.json", text.encode() + b"\n")
