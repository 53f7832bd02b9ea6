"""The pages on variants: their examples are read by the program, their tables name every key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter

from pytest_relaybench.variants.entries import GitEntry, InstalledEntry, ReleaseEntry, VariantEntry
from pytest_relaybench.variants.parsing import parse_table, parse_variant

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("variants.md", "how-to-tvm-from-source.md")


@pytest.mark.parametrize("page", PAGES)
def test_tables_in_the_pages(page):
    """Each table that a page shows is one that the program takes."""
    tables = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)
    assert tables
    for table in tables:
        entries = {
            name: TypeAdapter(VariantEntry).validate_json(json.dumps(e)) for name, e in json.loads(table).items()
        }
        assert parse_table(entries).keys() == entries.keys()


def test_variants_in_the_page():
    """Each variant that the page writes out is one."""
    text = (DOCS / "variants.md").read_text()
    written = [code for code in re.findall(r"`([^`\n]+)`", text) if re.match(r"(git|release):[a-z0-9]|git:~", code)]
    assert len(written) >= 5
    assert all(parse_variant(code, {}).label for code in written)


@pytest.mark.parametrize("model", [InstalledEntry, ReleaseEntry, GitEntry])
def test_keys_in_the_page(model: type[BaseModel]):
    """Each key of an entry has a row."""
    text = (DOCS / "variants.md").read_text()
    keys = [key for key in model.model_fields if key != "schema_reference"]
    assert [key for key in keys if f"| `{key}` |" not in text] == []
