"""The house rules that a program can hold: imports run downwards, files are short, names say something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = "pytest_relaybench"
MOST_LINES = 300
NAMES_THAT_SAY_NOTHING = frozenset({"common", "helper", "helpers", "misc", "util", "utils"})

# From the bottom up. A module may import those that stand before it; a package stands here as one, and its own modules
# may import each other, without a circle.
LAYERS = [
    "visible", "errors", "files", "times", "text_table", "recognition", "gate_options", "options", "storage",
    "zstandard", "strict_model", "reading", "setup_key", "setup_cache", "variants", "config", "home", "schemas",
    "machine", "mounts", "lock", "bundled", "history", "raw_samples", "raw_storage", "archive", "retention",
    "sweeping", "unpacking", "restoring", "outside", "importing", "merging", "detect", "judging", "render",
    "exporting", "incidents", "damage", "experiment", "axes", "collection", "measure", "isolation", "telemetry",
    "sentinels", "subsystem_order", "dashboard", "reports", "gate", "run_comparison", "prerequisites",
    "subsystem_origin", "subsystem_trial", "subsystems", "subsystem_call", "subsystem_worker", "subsystem_child",
    "subsystem_runs", "choosing", "unkept", "state", "launching", "comparing", "running", "confirming", "ordering",
    "recorder", "stages", "pipeline", "resuming", "recovering", "gating", "gate_telling", "conclusions",
    "terminal_compare", "terminal_incidents", "terminal", "beginning", "ending", "current_folder", "night",
    "bisecting", "hookspecs", "plugin", "cli", "__main__",
]  # fmt: skip

# (module, imported) → why it is imported inside a function
LAZY_IMPORTS = {
    (f"{PACKAGE}.isolation.worker", f"{PACKAGE}.isolation.serve"): "numeric libraries must start pinned",
    (
        f"{PACKAGE}.cli.bisect",
        f"{PACKAGE}.bisecting",
    ): "GitPython fails without git, which init does not need",
    (f"{PACKAGE}.stages.visualize", f"{PACKAGE}.render.plots"): "matplotlib takes 1.5 s: only a night that draws pays",
    (f"{PACKAGE}.storage", "fsspec"): "takes 0.1 s that a home on this machine does without",
    (f"{PACKAGE}.sentinels.process", "numpy"): "takes 0.1 s that the other sentinels do without",
    ("subsystems.telemetry", "subsystems.telemetry.pictures"): "matplotlib takes 1.5 s, a check draws nothing",
    ("subsystems.score", "subsystems.score.scoring"): "as for telemetry",
    ("subsystems.post_process", "subsystems.post_process.drawing"): "as for telemetry",
}

# what a subsystem, ours or anybody's, may count on
DOORS_FOR_SUBSYSTEMS = frozenset(
    {
        "archive", "bundled", "config", "dashboard", "detect", "errors", "files", "history", "home", "incidents",
        "judging", "machine", "prerequisites", "raw_samples", "raw_storage", "reading", "render", "reports",
        "run_comparison", "sentinels", "storage", "strict_model", "subsystem_order", "telemetry", "times",
        "variants",
    }
)  # fmt: skip

# (file) → why it does more than re-export
BUSY_INITS = {f"{PACKAGE}/__init__.py": "loads at first use: a pytest of somebody else's project pays for nothing"}


@dataclass(frozen=True)
class Import:
    """`module` imports `target`; `inside` tells whether a function does."""

    module: str
    target: str
    inside: bool


def sources(*folders: str) -> list[Path]:
    """All Python files below these folders of the checkout."""
    return sorted(path for folder in folders for path in (CHECKOUT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sources(PACKAGE)}


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, also those for type checkers, as full names of modules."""
    module = module_name(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        for target in _targets(node, package):
            yield Import(module, target, id(node) in inner)


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
        source = ".".join(filter(None, [base, node.module]))
        for alias in node.names:
            yield f"{source}.{alias.name}" if f"{source}.{alias.name}" in MODULES else source


def layer(module: str) -> str:
    """The first part of the name below the package; empty for the package's own face."""
    return module.removeprefix(PACKAGE).lstrip(".").partition(".")[0]


OWN_IMPORTS = [entry for path in MODULES.values() for entry in imports(path) if entry.target.startswith(PACKAGE)]


def test_every_module_has_a_place() -> None:
    """The list of layers names every module and package that there is, each once, and no other."""
    assert sorted(LAYERS) == sorted({layer(module) for module in MODULES} - {""})


def test_imports_run_downwards() -> None:
    """No module imports from above its own layer, or the package's face; the face itself may name anything."""
    upward = [
        f"{entry.module} imports {entry.target}"
        for entry in OWN_IMPORTS
        if (source := layer(entry.module)) and source != (target := layer(entry.target))
        if not target or LAYERS.index(target) > LAYERS.index(source)
    ]
    assert upward == []


def test_there_are_no_circles() -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for entry in OWN_IMPORTS:
        graph[entry.module].add(entry.target)
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_imports_stand_on_top() -> None:
    """A function imports nothing but what the list of lazy imports gives a reason for, and the list holds no other."""
    inside = {
        (entry.module, entry.target)
        for path in sources(PACKAGE, "subsystems", "site")
        for entry in imports(path)
        if entry.inside
    }
    assert inside == set(LAZY_IMPORTS)


def test_subsystems_use_the_doors_for_subsystems() -> None:
    """What comes with the program needs nothing that somebody else's subsystem could not use."""
    used = {
        (entry.module, layer(entry.target))
        for path in sources("subsystems")
        for entry in imports(path)
        if entry.target.split(".")[0] == PACKAGE
    }
    assert [f"{module}: {name}" for module, name in sorted(used) if name not in DOORS_FOR_SUBSYSTEMS] == []


PYTHON_FILES = sources(PACKAGE, "subsystems", "bench", "site", "tests", "benchmarks")


def test_files_are_short() -> None:
    """No file has more than 300 lines."""
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_bytes().splitlines()) for path in PYTHON_FILES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_names_say_what_a_file_is_about() -> None:
    """No file or folder is called utils, common or helpers."""
    parts = {part for path in PYTHON_FILES for part in path.relative_to(CHECKOUT).with_suffix("").parts}
    assert parts & NAMES_THAT_SAY_NOTHING == set()


@pytest.mark.parametrize(
    "path", [path for path in sources(PACKAGE, "bench") if path.name == "__init__.py"], ids=module_name
)
def test_inits_only_re_export(path: Path) -> None:
    """An `__init__.py` holds a docstring, imports and a sorted `__all__`."""
    if str(path.relative_to(CHECKOUT)) in BUSY_INITS:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    rest = [node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert all(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__" for node in rest)
    for node in rest:
        assert isinstance(node, ast.Assign)
        names = ast.literal_eval(node.value)
        assert names == sorted(names)
