"""The sets that detectors are scored on, and what of them is not on this machine."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .history import History, Step
from .noise import FAMILIES, drawn_size, generate

OURS = Path(__file__).parent / "data"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "detection"

GENERATED_SEED, PER_FAMILY = 6, 4
# seeds, and histories a family, of the shared generator: the targets are about the first
SYNTH = {"synth": (1, 8), "synth-test": (2, 16)}
INJECTED_SEED = 77
LONG = 200  # nights; a longer history gets two steps in each of 5 copies, a shorter one 1 in each of 4
EARLIEST, LATEST = 40, 17  # nights before the first step, and after the last
APART, TRIES = 30, 50


@dataclass(frozen=True)
class Set:
    """Histories, or a reason in one line why there are fewer than there should be."""

    name: str
    histories: tuple[History, ...]
    lacks: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether targets can be judged on it."""
        return bool(self.histories) and not self.lacks


def generated() -> Set:
    """Histories of this project's own generator."""
    first = 1000 * GENERATED_SEED
    seeds = range(first, first + PER_FAMILY)
    return Set("generated", tuple(generate(family, seed) for family in FAMILIES for seed in seeds))


def shared_generator(name: str, folder: Path = SHARED) -> Set:
    """Histories of the generator that the targets are about, which is not part of this project."""
    path = folder / "synth.py"
    if not path.exists():
        return Set(name, (), f"there is no {path}, which is not part of this project")
    spec = importlib.util.spec_from_file_location("shared_synth", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    seed, per_family = SYNTH[name]
    return Set(name, tuple(map(_of_shared, module.make_set(seed=seed, per_family=per_family))))


def _of_shared(made: dict[str, Any]) -> History:
    steps = tuple(map(Step, made["cps"], made["sizes"]))
    return History(made["id"], made["family"], np.asarray(made["values"]), steps, tuple(made["neutral"]))


def unchanged_with_steps(folder: Path = OURS) -> Set:
    """Real nightly histories of unchanged code, once as they are and some times with steps of 1 to 20 % put in."""
    histories = [
        _with_steps(entry, number, copy)
        for number, entry in enumerate(_read(folder / "unchanged.json.gz"))
        for copy in range(5 if len(entry["values"]) >= LONG else 4)
    ]
    return Set("aa", tuple(histories))


def _with_steps(entry: dict[str, Any], number: int, copy: int) -> History:
    """Copy 0 is untouched. The seeds, and the order of drawing, are those by which the set is defined."""
    steps: list[Step] = []
    values = np.array(entry["values"], dtype=float)
    random = np.random.default_rng([INJECTED_SEED, number, copy])
    wanted = 0 if copy == 0 else 2 if values.size >= LONG else 1
    for _ in range(wanted):
        tries = (int(random.integers(EARLIEST, values.size - LATEST)) for _ in range(TRIES))
        night = next((one for one in tries if all(abs(one - step.night) >= APART for step in steps)), None)
        if night is not None:
            steps.append(Step(night, drawn_size(random)))
            values[night:] *= np.exp(steps[-1].size)
    family = entry["id"].split("/")[0]
    return History(f"{entry['id']}#{copy}", family, values, tuple(sorted(steps, key=lambda step: step.night)))


def annotated(folder: Path = OURS, shared: Path = SHARED) -> Set:
    """Windows of real histories in which one person marked the changes; those without a licence are not in here."""
    entries, path = _read(folder / "annotated.json.gz"), shared / "data" / "annotated_real.json.gz"
    lacks = "" if path.exists() else f"the 31 windows that state no licence; there is no {path}"
    others = [entry for entry in _read(path) if entry["n"] not in {own["n"] for own in entries}] if not lacks else []
    ordered = sorted([*entries, *others], key=lambda entry: int(entry["n"]))
    return Set("real", tuple(map(_of_annotated, ordered)), lacks)


def _of_annotated(entry: dict[str, Any]) -> History:
    steps = tuple(map(Step, entry["cps"], entry["effects_log"]))
    name = f"{entry['n']}:{entry['id']}"
    return History(name, entry["source"], np.array(entry["values"], dtype=float), steps, tuple(entry["maybe"]))


def _read(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    return entries


SETS: dict[str, Callable[[], Set]] = {
    "synth": lambda: shared_generator("synth"),
    "synth-test": lambda: shared_generator("synth-test"),
    "generated": generated,
    "aa": unchanged_with_steps,
    "real": annotated,
}
USUAL = ("synth", "generated", "aa", "real")
