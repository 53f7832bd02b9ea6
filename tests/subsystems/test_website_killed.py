"""A build of the site that is killed while its pages take their places."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

building = importlib.import_module("subsystems.website.build")  # its package calls the function by this name


class Killed(BaseException):
    """Stands for a kill: nothing that comes after it happens."""


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Builds a site of the pages named, as if MkDocs had made them; the web root."""
    source, root = tmp_path / "root" / "source", tmp_path / "root"
    (source / "docs").mkdir(parents=True)
    (source / "mkdocs.yml").write_text("theme: material\n")

    def make(*pages: str, killed_at: int = 0) -> Path:
        def mkdocs(_source: Path, _config: Path, built: Path, *_: object) -> None:
            built.mkdir()
            for page in pages:
                (built / page).write_text(page)

        def replace(old: str | Path, new: str | Path) -> None:
            if Path(new).suffix == ".html":
                left.append(0)
            if len(left) == killed_at:
                raise Killed
            rename(old, new)

        left: list[int] = []
        rename = os.replace
        monkeypatch.setattr(building, "_run_mkdocs", mkdocs)
        with monkeypatch.context() as patch:
            if killed_at:
                patch.setattr(os, "replace", replace)
            building.build(source, root, when=None, timeout_s=1)
        return root

    return make


def pages(root: Path) -> set[str]:
    """What people find."""
    return {path.name for path in root.glob("*.html")}


def test_the_next_build_removes_what_a_killed_one_has_put(put: Callable[..., Path]) -> None:
    """A page of the killed night that the next one does not have is not shown for ever."""
    root = put("a.html", "b.html")
    with pytest.raises(Killed):
        put("a.html", "c.html", "d.html", killed_at=2)
    assert pages(root) == {"a.html", "b.html", "c.html"}
    assert pages(put("a.html", "d.html")) == {"a.html", "d.html"}


def test_what_somebody_else_put_beside_the_site_stays(put: Callable[..., Path]) -> None:
    """Also after a kill only what a build has put is taken for its own."""
    root = put("a.html")
    (root / "mine.html").write_text("mine")
    with pytest.raises(Killed):
        put("b.html", killed_at=1)
    assert pages(put("c.html")) == {"c.html", "mine.html"}
