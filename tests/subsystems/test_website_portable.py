"""The written folder builds with other programs than the one that we call, and gives the same pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.subsystems.links import check_links

BUILDERS = ("mkdocs", "properdocs")


@pytest.fixture(scope="module", params=BUILDERS)
def built(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder built strictly, as its owner would by hand; -q would hide what --strict counts."""
    folder = tmp_path_factory.mktemp(request.param) / "site"
    command = [sys.executable, "-P", "-m", request.param, "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(command, cwd=site / "source", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_it_builds_to_the_same_pages(built: Path, site: Path) -> None:
    """Every page and every file of the published site is there, and no page more, but for the one that says 404."""
    ours = {name for name in _files(site) if not name.startswith(("source/", ".built"))}
    theirs = _files(built)
    assert ours <= theirs
    assert {name for name in theirs - ours if name.endswith(".html")} <= {"404.html"}


def test_its_pages_lead_somewhere(built: Path) -> None:
    """Links, styles, data and feeds, as in the published site."""
    found = check_links(built)
    assert found.pages > 15
    assert [(page, link) for page, link in found.broken if page != "404.html"] == []
    assert found.outside == []


def test_its_pages_say_the_same(built: Path, site: Path) -> None:
    """What stands between the theme's bars is the same, letter by letter."""
    for name in ("index.html", "runs.html", "experiments/attack.html"):
        assert _article(built / name) == _article(site / name)


def _files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def _article(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return text[text.index("<article") : text.index("</article>")]
