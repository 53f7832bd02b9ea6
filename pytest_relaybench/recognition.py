"""Tells from a module's text whether it is an experiment: all that a pytest without a home pays for."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

FIXTURES = frozenset({"bench", "device", "experiment_config", "setup_cache", "tvm_variant"})
OWN_FIXTURES = FIXTURES - {"device"}  # a name too common to claim a stranger's test by
CONFIG_BASES = frozenset({"ExperimentConfig", "TrialConfig"})

_WORDS = (*OWN_FIXTURES, *CONFIG_BASES)
# for a module that Python itself cannot parse
_MENTION = re.compile(
    rf"def\s+test\w*\s*\([^)]*\b(?:{'|'.join(sorted(OWN_FIXTURES))})\b|class\s+Config\([^)]*(?:{'|'.join(CONFIG_BASES)})"
)


def is_experiment(module_path: Path) -> bool:
    """Whether a test of the module takes one of our fixtures, or its `Config` is one of ours; nothing is imported."""
    try:
        text = module_path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    if not any(word in text for word in _WORDS):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module's own import tells them
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return _MENTION.search(text) is not None
    return any(_is_config(node) or _takes_fixture(node) for node in _definitions(tree.body))


def _definitions(body: list[ast.stmt]) -> list[ast.stmt]:
    """Top-level statements, and those of test classes."""
    inner = [node for outer in body if isinstance(outer, ast.ClassDef) for node in outer.body]
    return [*body, *inner]


def _is_config(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ClassDef) or node.name != "Config":
        return False
    bases = {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}
    return bool(CONFIG_BASES & bases)


def _takes_fixture(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
        return False
    return any(argument.arg in OWN_FIXTURES for argument in [*node.args.args, *node.args.kwonlyargs])
