"""What the source may not hold: code made of data, a shell, formats that run what they read, predictable names."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
INSTALLED = ("pytest_relaybench", "subsystems", "bench", "site")
FOLDERS = (*INSTALLED, "benchmarks")
MODULES = frozenset({"pickle", "cPickle", "_pickle", "dill", "shelve", "marshal", "jsonpickle", "joblib", "telnetlib"})
BUILT_IN = frozenset({"eval", "exec", "compile", "__import__"})
CALLS = {
    "os.system": "a shell", "os.popen": "a shell", "subprocess.getoutput": "a shell",
    "subprocess.getstatusoutput": "a shell", "asyncio.create_subprocess_shell": "a shell",
    "tempfile.mktemp": "a name that somebody else may take", "tempfile.mktmp": "a name that somebody else may take",
    "torch.load": "pickle", "numpy.load": "pickle", "np.load": "pickle", "pandas.read_pickle": "pickle",
    "pd.read_pickle": "pickle", "yaml.load": "objects of any class", "yaml.unsafe_load": "objects of any class",
    "yaml.full_load": "objects of any class", "ssl._create_unverified_context": "nobody's certificate",
}  # fmt: skip
# (file, Bandit's rule) → why it is none there; Ruff has the same rules, and its exceptions stand beside the code
KNOWN = {
    ("pytest_relaybench/history/table.py", "B608"): "names of columns and places of values, which are our own",
    ("pytest_relaybench/history/upkeep.py", "B608"): "as above",
    ("pytest_relaybench/gate/junit.py", "B314"): "what pytest has written a moment ago",
    ("pytest_relaybench/reports/html_text.py", "B704"): "escaped where it is made",
    ("subsystems/website/charts/picture.py", "B704"): "as above",
    ("subsystems/website/incident_pages/axis.py", "B704"): "as above",
    ("subsystems/website/inert.py", "B704"): "the function that escapes",
    ("subsystems/website/script_data.py", "B704"): "as above, for JSON in a page",
}


def found(path: Path) -> Iterator[tuple[int, str]]:
    """Line and what stands there that must not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES and not node.level:
            yield node.lineno, str(node.module)
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _of_call(node, names))


def _imported(tree: ast.AST) -> dict[str, str]:
    """Name in this file → what it is: `from os import system` hides nothing."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _of_call(node: ast.Call, names: dict[str, str]) -> Iterator[str]:
    first, dot, rest = _dotted(node.func).partition(".")
    called = names.get(first, first) + dot + rest
    if called in BUILT_IN:
        yield called
    if called in CALLS and not _is_safe(called, node):
        yield called
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "shell" in given and ast.unparse(given["shell"]) != "False":
        yield "shell=True"
    if "allow_pickle" in given and ast.unparse(given["allow_pickle"]) != "False":
        yield "allow_pickle=True"


def _dotted(node: ast.expr) -> str:
    """`a.b.c`, empty for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _is_safe(called: str, node: ast.Call) -> bool:
    """NumPy refuses pickles unless it is told otherwise, and PyTorch's are only weights where it is told so."""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    return called in ("numpy.load", "np.load") or (called == "torch.load" and given.get("weights_only") == "True")


def test_nothing_runs_what_it_reads() -> None:
    """No pickle, no eval, no exec, no shell, no yaml of any class, no name from mktemp, in nothing that is ours."""
    sources = [path for folder in FOLDERS for path in sorted((CHECKOUT / folder).rglob("*.py"))]
    assert len(sources) > 300
    told = [(str(path.relative_to(CHECKOUT)), line, what) for path in sources for line, what in found(path)]
    assert told == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import pickle", "pickle"),
        ("from pickle import loads as l", "pickle"),
        ("eval(x)", "eval"),
        ("from os import system as s\ns(x)", "os.system"),
        ("import subprocess as sp\nsp.run(x, shell=True)", "shell=True"),
        ("import subprocess\nsubprocess.run(x, shell=y)", "shell=True"),
        ("import tempfile\ntempfile.mktemp()", "tempfile.mktemp"),
        ("import yaml\nyaml.load(x, Loader=yaml.Loader)", "yaml.load"),
        ("import torch\ntorch.load(x, weights_only=False)", "torch.load"),
        ("import numpy as np\nnp.load(x, allow_pickle=True)", "allow_pickle=True"),
    ],
)
def test_it_would_be_found(tmp_path: Path, source: str, what: str) -> None:
    """Under whatever name it was imported."""
    (tmp_path / "a.py").write_text(source)
    assert [seen for _, seen in found(tmp_path / "a.py")] == [what]


@pytest.mark.parametrize(
    "source", ["torch.load(x, weights_only=True)", "np.load(x)", "re.compile(x)", "tvm.compile(x)"]
)
def test_what_only_looks_so_is_not_found(tmp_path: Path, source: str) -> None:
    """A pattern is compiled, a network is."""
    (tmp_path / "a.py").write_text(source)
    assert list(found(tmp_path / "a.py")) == []


def test_bandit_finds_nothing() -> None:
    """Bandit of PyCQA, on all that is installed, at medium severity and above, but for what is known and why."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", *INSTALLED, "-f", "json", "--severity-level", "medium"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)
    assert results["metrics"]["_totals"]["loc"] > 10_000
    assert results["errors"] == []
    seen = {
        (one["filename"], one["test_id"]): f"line {one['line_number']}: {one['issue_text']}"
        for one in results["results"]
    }
    assert {place: told for place, told in seen.items() if place not in KNOWN} == {}
    assert set(KNOWN) <= set(seen), "an exception that nothing needs"
