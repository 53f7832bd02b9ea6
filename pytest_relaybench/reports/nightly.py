"""One file a night in a folder, the newest of them kept."""

from __future__ import annotations

from pathlib import Path

from ..files import write_text
from ..render.format import run_time


def write_nightly(folder: Path, run_id: str, text: str, keep: int) -> Path:
    """Write `RUN_ID.md` and remove the oldest such files until `keep` are left; other files stay."""
    path = folder / f"{run_id}.md"
    write_text(path, text)
    ours = sorted(file for file in folder.glob("*.md") if run_time(file.stem) is not None)
    for old in ours[:-keep]:
        old.unlink(missing_ok=True)
    return path
