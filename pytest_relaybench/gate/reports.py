"""The files that a gate leaves: one writer for each ending of a name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from ..files import write_text
from .markdown import gate_markdown
from .result import GateResult
from .sarif import sarif


def _json(result: GateResult) -> str:
    return json.dumps(result.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _sarif(result: GateResult) -> str:
    return json.dumps(sarif(result), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


WRITERS: Mapping[str, Callable[[GateResult], str]] = {".md": gate_markdown, ".json": _json, ".sarif": _sarif}


def write_report(path: Path, result: GateResult) -> None:
    """Write the report in the form that the name's ending tells; raises OSError where it cannot be written."""
    write_text(path, WRITERS[path.suffix.lower()](result))
