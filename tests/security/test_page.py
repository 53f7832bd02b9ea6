"""docs/security.md names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_the_page_names_is_there() -> None:
    """A promise without a test is none."""
    named = NAMED.findall((CHECKOUT / "docs" / "security.md").read_text())
    assert len(named) > 20
    for file, test in named:
        path = CHECKOUT / file
        assert path.is_file(), file
        functions = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
        assert not test or test in functions, f"{file}::{test}"


def test_every_file_of_this_folder_holds_a_promise() -> None:
    """And the page says which."""
    page = (CHECKOUT / "docs" / "security.md").read_text()
    own = [path.name for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    assert [name for name in own if f"tests/security/{name}" not in page] == []
