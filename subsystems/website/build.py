"""Builds the written folder with MkDocs and brings the result into the web root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import write_json

from .sync import remove, write_changed

BUILT = ".built.json"  # what we put into the web root, so that nobody else's file is ever removed
# useless without a fixed address, and wrong from a file or a sub-path
NOT_PUBLISHED = frozenset({"404.html", "sitemap.xml", "sitemap.xml.gz"})
LINES_OF_ERROR = 12


def build(source: Path, web_root: Path, *, when: datetime | None, timeout_s: float) -> int:
    """Build `source` and make `web_root` hold the result; return how many files changed.

    `when` stands for the time of the build, so that equal sources give equal sites. Raises SubsystemError with what
    MkDocs said when it fails or takes longer than `timeout_s`; the web root is then as it was.
    """
    with tempfile.TemporaryDirectory(prefix="relaybench-site-") as temporary:
        built = Path(temporary) / "site"
        _run_mkdocs(source, built, when, timeout_s)
        return _sync(built, web_root, staging=source)


def _run_mkdocs(source: Path, built: Path, when: datetime | None, timeout_s: float) -> None:
    """In a process of its own: MkDocs and its theme change logging and warnings of the program that imports them."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": str(int(_seconds(when)))}
    # -P: what lies in the folder is never imported
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--config-file", "mkdocs.yml", "--site-dir", str(built)]
    try:
        done = subprocess.run(
            command, cwd=source, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise SubsystemError(f"website: building the site took longer than build_timeout_s = {timeout_s:g}") from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LINES_OF_ERROR:])
        raise SubsystemError(f"website: MkDocs could not build {source}:\n{said}")


def _seconds(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0


def _sync(built: Path, web_root: Path, staging: Path) -> int:
    files = {path.relative_to(built).as_posix(): path for path in built.rglob("*") if path.is_file()}
    wanted = {name: path for name, path in files.items() if name not in NOT_PUBLISHED}
    # pages last: when they appear, what they show is there
    order = sorted(wanted, key=lambda name: (name.endswith(".html"), name))
    changed = write_changed(web_root, {name: wanted[name] for name in order}, staging)
    gone = sorted(set(_names_built(web_root)) - set(wanted))
    remove(web_root, gone)
    if changed or gone:
        write_json(web_root / BUILT, sorted(wanted))
    return changed + len(gone)


def _names_built(web_root: Path) -> Iterable[str]:
    """What an earlier build put here; nothing when that cannot be told."""
    try:
        names = json.loads((web_root / BUILT).read_bytes())
    except (OSError, ValueError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
