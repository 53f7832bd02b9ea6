"""Results of pytest-benchmark: what `--benchmark-json`, `--benchmark-save` and `--benchmark-autosave` write."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import RecordError
from ..machine import hardware_id
from .results import OutsideResult, OutsideRun, damage_told, json_file, moment_of, statistics_of

TOOL = "pytest-benchmark"
HEADLINE = "min"  # as here: what varies least from run to run (probe peers, section 7)
NO_COMMIT = "unversioned"
OPAQUE = "UNSERIALIZABLE["  # how it writes a parameter that JSON does not have


def is_pytest_benchmark(content: Any) -> bool:
    """Whether this is what pytest-benchmark writes, of any version since 3.0."""
    return isinstance(content, dict) and isinstance(content.get("benchmarks"), list) and "machine_info" in content


def read_pytest_benchmark(path: Path) -> OutsideRun:
    """Every benchmark of the file; raises RecordError, naming the file, when it is damaged.

    A benchmark `tests/test_sort.py::test_sort[10]` is test `test_sort` of experiment `sort`, as an experiment's own
    record would have it. The value is the minimum, in seconds.
    """
    content = json_file(path)
    if not is_pytest_benchmark(content):
        raise RecordError(f"{path}: not a result file of pytest-benchmark")
    with damage_told(path, TOOL):
        return _run(path, content)


def _run(path: Path, content: Mapping[str, Any]) -> OutsideRun:
    machine = content["machine_info"]
    cpu = machine.get("cpu") or {}
    model = cpu.get("brand_raw") or cpu.get("brand") or machine.get("processor") or machine.get("machine", "")
    cores = int(cpu.get("count") or 0)
    return OutsideRun(
        tool=TOOL,
        name=path.stem,
        began=moment_of(content["datetime"]),
        machine=f"{TOOL}:{hardware_id(str(model), cores, 0, [])}",
        machine_facts={"host": machine.get("node", ""), "cpu_model": model, "cores": cores},
        variant=f"{machine.get('python_implementation', 'Python')} {machine.get('python_version', '')}".strip(),
        commit=_commit(content.get("commit_info") or {}),
        headline=HEADLINE,
        results=tuple(_results(content["benchmarks"])),
    )


def _commit(told: Mapping[str, Any]) -> str | None:
    commit = told.get("id")
    if not commit or commit == NO_COMMIT:
        return None
    return f"{commit}-dirty" if told.get("dirty") else str(commit)


def _results(entries: Sequence[Mapping[str, Any]]) -> Iterator[OutsideResult]:
    files = {str(entry["fullname"]).partition("::")[0] for entry in entries}
    stems = [_experiment(file) for file in files]
    for entry in entries:
        file, _, test = str(entry["fullname"]).partition("::")
        stem = _experiment(file)
        stats = entry["stats"]
        told = {**stats, "std": stats["stddev"]}
        yield OutsideResult(
            # two modules of one name in two folders keep their paths
            experiment=stem if stems.count(stem) == 1 else file,
            test=(test or str(entry["name"])).partition("[")[0],
            params=_params(entry),
            metric="time",
            unit="s",
            direction="lower",
            value=_finite(stats[HEADLINE]),
            stats=statistics_of(stats.get("data") or (), told, int(stats["rounds"])),
            samples=tuple(map(float, stats.get("data") or ())),
        )


def _experiment(file: str) -> str:
    return PurePosixPath(file).stem.removeprefix("test_")


def _params(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters; the test's id stands for those that are no JSON, since their text may hold an address."""
    told = dict(entry.get("params") or {})
    clear = {name: value for name, value in told.items() if not str(value).startswith(OPAQUE)}
    identity = entry.get("param")
    return clear if len(clear) == len(told) and (told or identity is None) else {**clear, "id": identity}


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a time is a finite number (found {number})")
    return number
