"""Run the campaign: `python -m tests.faults [GROUP ...] [--only WORD] [--share S] [--short] [--jobs N] [--write]`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from .campaign import Fault, pursue
from .table import write

FOLDER = Path(__file__).parent


def groups() -> dict[str, Sequence[Fault]]:
    """Group → its faults: every module beside this that has a test of its name and says `FAULTS`."""
    names = sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))
    modules = {
        name: importlib.import_module(f"tests.faults.{name}") for name in names if (FOLDER / f"{name}.py").exists()
    }
    return {name: module.FAULTS for name, module in modules.items() if hasattr(module, "FAULTS")}


def chosen(names: Sequence[str], word: str) -> dict[str, list[Fault]]:
    """The faults of these groups, or of all, whose names have the word."""
    there = groups()
    found = {group: [fault for fault in there[group] if word.lower() in fault.name.lower()] for group in names or there}
    return {group: faults for group, faults in found.items() if faults}


def tries(fault: Fault, options: argparse.Namespace) -> int:
    """How often to try it."""
    return fault.short if options.short else max(1, round(fault.tries * options.share))


def main(arguments: Sequence[str]) -> int:
    """Exit status 0 when every try survived and nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"of faults, all where none is named: {', '.join(groups())}")
    parser.add_argument("--only", metavar="WORD", default="", help="faults whose name has it")
    parser.add_argument("--share", type=float, default=1.0, help="of the tries, 0.1 for a tenth")
    parser.add_argument("--short", action="store_true", help="as many tries as CI makes")
    parser.add_argument("--jobs", type=int, default=4, help="tries at once")
    parser.add_argument("--seed", type=int, default=1, help="of all random moments and bytes")
    parser.add_argument("--write", action="store_true", help="put the groups' tables into docs/reliability.md")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        parser.error("--write replaces whole groups, and --only leaves some of their faults out")
    unknown = sorted({*options.group} - {*groups()})
    if unknown:
        parser.error(f"no group of faults: {', '.join(unknown)} (there are {', '.join(groups())})")
    command = " ".join(["python -m tests.faults", *(word for word in arguments if word != "--write")])
    clean = True
    for group, faults in chosen(options.group, options.only).items():
        results = []
        for fault in faults:
            count = tries(fault, options)
            if not count:
                continue
            result = pursue(fault, count, options.seed, jobs=options.jobs)
            results.append(result)
            told = result.missing or f"{result.survived} of {len(result.outcomes)} survived, {result.lost} lost"
            print(f"{group}: {fault.name}: {told}", flush=True)
            print(*result.complaints, sep="\n", end="\n" if result.complaints else "")
            clean &= bool(result.missing) or result.is_clean
        if options.write:
            write(group, results, command)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
