"""The page about the whole says what the documentation says, and names what the site carries."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from pytest_relaybench.bundled import folder
from pytest_relaybench.detect import Kind
from tests.subsystems.links import check_links
from tests.subsystems.loading import load
from tests.subsystems.page_text import page_of, shown
from tests.subsystems.sample_home import VERSIONS

about_page = sys.modules[f"{load('website').__name__}.about_page"]
DOCS = Path(__file__).parents[2] / "docs"
FACTS = json.loads((folder("site") / "about.json").read_bytes())


def on_one_line(text: str) -> str:
    """Without line breaks and marks."""
    return " ".join(text.replace("`", "").split())


def test_every_verdict_has_its_meaning(records_site: Path) -> None:
    """All seven; those of the table in docs/statistics.md in its own words."""
    assert set(FACTS["verdicts"]) == {kind.value for kind in Kind}
    table = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", (DOCS / "statistics.md").read_text(encoding="utf-8"), re.M))
    assert set(table) >= {"slower", "faster", "same", "unsure", "missing"}
    page = shown(page_of(records_site, "about"))
    for word, meaning in FACTS["verdicts"].items():
        assert f"{word} {on_one_line(meaning)}" in page
        assert table.get(word, meaning) == meaning


@pytest.mark.parametrize("table", FACTS["error_rates"], ids=lambda table: table["id"])
def test_error_rates_are_those_of_the_documentation(records_site: Path, table: dict[str, list[list[str]]]) -> None:
    """Number by number, and not a row less; all of them are on the page."""
    docs = (DOCS / "statistics.md").read_text(encoding="utf-8")
    lines = ["| " + " | ".join(row) + " |" for row in (table["columns"], *table["rows"])]
    ruler = "|" + "---|" * len(table["columns"])
    expected = "\n".join([lines[0], ruler, *lines[1:]]).replace("|  |", "| |")
    assert f"\n{expected}\n\n" in docs
    page = shown(page_of(records_site, "about"))
    for row in table["rows"]:
        assert " ".join(cell or "–" for cell in row[1:]) in page


def test_what_it_cannot_see_is_what_the_documentation_says(records_site: Path) -> None:
    """The whole paragraph."""
    docs = on_one_line((DOCS / "statistics.md").read_text(encoding="utf-8"))
    told = on_one_line(" ".join(FACTS["cannot_see"]))
    assert f"**What it cannot see.** {told}" in docs
    assert told.split(". ", maxsplit=1)[0] in shown(page_of(records_site, "about"))


def test_words_are_those_of_the_glossary(records_site: Path) -> None:
    """Each with the glossary's own explanation."""
    docs = on_one_line((DOCS / "glossary.md").read_text(encoding="utf-8"))
    page = shown(page_of(records_site, "about"))
    assert len(FACTS["glossary"]) > 20
    for word, meaning in FACTS["glossary"].items():
        assert f"{word} : {meaning}" in docs, word
        assert f"{word} {meaning}" in page, word


def test_versions_of_what_wrote_the_site_and_of_what_was_measured(records_site: Path) -> None:
    """The program, MkDocs, the theme; packages as of the run, and where their changes stand."""
    page = page_of(records_site, "about")
    for name in ("pytest-relaybench", "mkdocs", "mkdocs-material"):
        assert f"{name} {metadata.version(name)}" in shown(page)
    assert f"apache-tvm {VERSIONS['apache-tvm']}" in shown(page)
    assert 'href="machines.html#software"' in page


def test_vendored_files_with_their_licences(records_site: Path) -> None:
    """Every package of VENDOR.json, with a link to the text of its licence that the site carries."""
    entries = json.loads((folder("site") / "assets/vendor/VENDOR.json").read_bytes())
    found = {one.name: one for one in about_page.vendored()}
    assert set(found) == {entry["name"] for entry in entries}
    page = page_of(records_site, "about")
    for one in found.values():
        assert f"{one.name} {one.version} {one.licence}" in shown(page)
        assert (records_site / one.licence_file).is_file()
        assert f'href="{one.licence_file}"' in page


def test_where_decisions_are_made(records_site: Path) -> None:
    """The commands, which exist."""
    page = shown(page_of(records_site, "about"))
    for command in ("incidents", "accept", "ack", "mute"):
        assert f"relaybench {command}" in page
        assert (Path(__file__).parents[2] / "pytest_relaybench/cli" / f"{command}.py").is_file()


def test_all_links_of_the_site_hold(records_site: Path) -> None:
    """Of this page and all others, and none leads outside."""
    found = check_links(records_site)
    assert found.broken == []
    assert found.outside == []
