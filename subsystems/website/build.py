"""Builds the written folder with MkDocs and brings the result into the web root."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import read_json, write_json

from .sync import remove, write_changed

DOCS = "docs"
LOADED = ("charts", "compare", "data")  # folders of what pages load or offer: no pages, and most of the site
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
        config = Path(temporary) / "mkdocs.yml"
        config.write_text(yaml.safe_dump(_pages_alone(source)), encoding="utf-8")
        _run_mkdocs(source, config, built, when, timeout_s)
        return _sync(built, source / DOCS, web_root, staging=source)


def _pages_alone(source: Path) -> dict[str, Any]:
    """The folder's own settings, but for the files that MkDocs would only copy: years of nights are gigabytes."""
    whole = source.resolve()
    told: dict[str, Any] = yaml.safe_load((source / "mkdocs.yml").read_text(encoding="utf-8"))
    if isinstance(told["theme"], dict) and "custom_dir" in told["theme"]:
        told["theme"]["custom_dir"] = str(whole / told["theme"]["custom_dir"])
    return {**told, "docs_dir": str(whole / DOCS), "exclude_docs": "".join(f"/{folder}/\n" for folder in LOADED)}


def _run_mkdocs(source: Path, config: Path, built: Path, when: datetime | None, timeout_s: float) -> None:
    """In a process of its own: MkDocs and its theme change logging and warnings of the program that imports them."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": str(int(_seconds(when)))}
    # -P: what lies in the folder is never imported
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--config-file", str(config), "--site-dir", str(built)]
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


def _sync(built: Path, docs: Path, web_root: Path, staging: Path) -> int:
    loaded = {name: path for folder in LOADED for name, path in _files(docs / folder, docs).items()}
    pages = {name: path for name, path in _files(built, built).items() if name not in NOT_PUBLISHED}
    wanted = {**loaded, **pages}
    # pages last: when they appear, what they show is there
    order = sorted(wanted, key=lambda name: (name.endswith(".html"), name))
    order = [name for name in order if name in pages or not _is_copy(web_root / name, loaded[name])]
    ours = set(_names_built(web_root))
    if not ours.issuperset(wanted):  # first: what a build that is killed has put there is known to the next
        write_json(web_root / BUILT, sorted({*ours, *wanted}))
    changed = write_changed(web_root, {name: wanted[name] for name in order}, staging)
    gone = sorted(ours - set(wanted))
    remove(web_root, gone)
    if changed or gone:
        write_json(web_root / BUILT, sorted(wanted))
    return changed + len(gone)


def _files(folder: Path, root: Path) -> dict[str, Path]:
    return {path.relative_to(root).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _is_copy(path: Path, original: Path) -> bool:
    """By size and time, which a copy has from its original: nobody reads gigabytes each night."""
    try:
        own, its = path.stat(), original.stat()
    except OSError:
        return False
    return (own.st_size, own.st_mtime_ns) == (its.st_size, its.st_mtime_ns)


def _names_built(web_root: Path) -> Iterable[str]:
    """What an earlier build put here; nothing when that cannot be told."""
    try:
        names = read_json(web_root / BUILT)
    except (OSError, ValueError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
