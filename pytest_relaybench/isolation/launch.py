"""What a child needs to know to be the right interpreter for a test."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

THREAD_VARIABLES = ("TVM_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FIXED_HASHES = {"PYTHONHASHSEED": "0"}  # sets in the same order every night, also inside compilers


@dataclass(frozen=True)
class Launch:
    """Tests with equal launches share a child; anything that differs here makes another one.

    `env` is added to the parent's environment; `cpus` are the CPUs to run on, all when empty; `memory_limit_bytes`
    is of address space, 0 for none; `options` are pytest's own, as the parent parsed them.
    """

    experiment: str
    module: str
    rootdir: str
    inifile: str | None
    config_text: str
    config_path: str
    setup_dir: str
    seed: int
    collected_from: str = ""  # the argument of pytest that the module was found in, where that is not the module itself
    fresh_since: float | None = None
    labels: tuple[str, ...] = ()  # the values of `tvm_variant` that the parent collected
    variant: Mapping[str, str | None] | None = None  # label, version, commit and path of the TVM to import
    turn: int = 0  # a comparison's processes are all fresh: another turn, another child
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)
    cpus: tuple[int, ...] = ()
    memory_limit_bytes: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tests_of(self) -> str:
        """The experiment, and the build where tests name one: what hangs on one build may run on another."""
        label = self.variant["label"] if self.variant else None
        return f"{self.experiment} {label}" if label else self.experiment

    def to_json(self) -> str:
        """One line that the child reads back with `Launch(**json.loads(line))`."""
        return json.dumps(asdict(self), sort_keys=True)

    def key(self) -> str:
        """A digest of everything: a key by name alone would reuse the wrong interpreter."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def portable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of pytest without what chooses tests, what only a terminal needs, and what is no JSON."""
    kept = {name: value for name, value in options.items() if name not in _PARENTS_OWN and _is_json(value)}
    plugins = [plugin for plugin in kept.get("plugins") or [] if plugin != "terminal"]
    return {**kept, **_CHILDS_OWN, "plugins": [*plugins, *_CHILD_WITHOUT]}


_PARENTS_OWN = frozenset(
    {
        *("file_or_dir", "inifilename", "rootdir", "basetemp"),
        *("xmlpath", "log_file", "pastebin", "report_log", "relaybench_home"),
    }
)
_CHILDS_OWN: dict[str, Any] = {
    "capture": "no",  # the child's output goes into files, so that what comes before a crash is there
    "keyword": "",
    "markexpr": "",
    "deselect": None,
    "ignore": None,
    "ignore_glob": None,
    "maxfail": 0,
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "usepdb": False,
    "collectonly": False,
    "durations": None,
    "benchmark_json": None,
    "benchmark_autosave": False,
    "benchmark_save": None,
    "benchmark_compare": None,
    "benchmark_histogram": None,
    "timeout": None,
    "cov_source": [],
}
_CHILD_WITHOUT = ("no:terminal", "no:cacheprovider", "no:timeout", "no:junitxml", "no:xdist", "no:randomly")


def _is_json(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_json(entry) for entry in value)
    return value is None or isinstance(value, str | int | float | bool)
