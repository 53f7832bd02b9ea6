"""A hook for the mkdocs.yml of the checkout: the sample home's site, or, before its first run, how to make one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / "home"
SOURCE = HOME / "results" / "subsystem" / "output" / "website" / "source"
ASSETS = CHECKOUT / "site" / "assets"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take pages, title and navigation from the sample home's written site when there is one."""
    settings = SOURCE / "mkdocs.yml"
    if settings.is_file():
        written = yaml.safe_load(settings.read_text(encoding="utf-8"))
        config.docs_dir = str(SOURCE / written["docs_dir"])
        config.site_name, config.nav = written["site_name"], written["nav"]
        config.extra["feeds"] = written["extra"]["feeds"]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Lend the start page the style and scripts that a written site has of its own."""
    for path in sorted(ASSETS.rglob("*")):
        place = f"static/{path.relative_to(ASSETS).as_posix()}"
        if path.is_file() and files.get_file_from_path(place) is None:
            files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_serve(server: Any, config: MkDocsConfig, builder: Any) -> Any:  # noqa: ARG001, MkDocs names them
    """Before the first run, wait for it: the home is watched, so that its site appears by itself."""
    if not SOURCE.is_dir() and HOME.is_dir():
        server.watch(str(HOME))
    return server
