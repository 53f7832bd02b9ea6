"""Run the campaign: `python -m tests.faults [--only WORD] [--short] [--jobs N] [--seed N] [--write]`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from .campaign import Fault, Result, pursue
from .table import table, write

FOLDER = Path(__file__).parent


def groups() -> dict[str, Sequence[Fault]]:
    """Group → its faults: every module beside this that has a test of its name and says `FAULTS`."""
    names = sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))
    modules = {
        name: importlib.import_module(f"tests.faults.{name}") for name in names if (FOLDER / f"{name}.py").exists()
    }
    return {name: module.FAULTS for name, module in modules.items() if hasattr(module, "FAULTS")}


def chosen(only: str | None) -> dict[str, list[Fault]]:
    """All faults, or those whose group or name has the word."""
    found = {
        group: [fault for fault in faults if only is None or only in group or only.lower() in fault.name.lower()]
        for group, faults in groups().items()
    }
    return {group: faults for group, faults in found.items() if faults}


def main(arguments: Sequence[str]) -> int:
    """Exit status 0 when every try survived and nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", metavar="WORD", help="faults whose group or name has it")
    parser.add_argument("--short", action="store_true", help="as many tries as CI makes")
    parser.add_argument("--jobs", type=int, default=4, help="tries at once")
    parser.add_argument("--seed", type=int, default=1, help="of all random moments and bytes")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    options = parser.parse_args(arguments)
    results: dict[str, list[Result]] = {}
    for group, faults in chosen(options.only).items():
        for fault in faults:
            if options.short and not fault.short:
                continue
            result = pursue(fault, fault.short if options.short else fault.tries, options.seed, jobs=options.jobs)
            results.setdefault(group, []).append(result)
            told = result.missing or f"{result.survived} of {len(result.outcomes)} survived, {result.lost} lost"
            print(f"{group}: {fault.name}: {told}", flush=True)
            print(*result.complaints, sep="\n", end="\n" if result.complaints else "")
    text = table(results)
    if options.write:
        command = " ".join(["python -m tests.faults", *(word for word in arguments if word != "--write")])
        print(f"written: {write(text, command)}")
    clean = all(result.missing or result.is_clean for members in results.values() for result in members)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
