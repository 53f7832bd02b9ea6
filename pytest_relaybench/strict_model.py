"""The manner of all config models: nothing unknown, nothing converted, nothing changed afterwards."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StrictModel(BaseModel):
    """A frozen model that takes no unknown key and converts nothing (`true` is no integer)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())

    # editors read it, we do not
    schema_reference: str | None = Field(default=None, alias="$schema", exclude=True)
