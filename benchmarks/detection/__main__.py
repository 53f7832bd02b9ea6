"""The yardstick: scores our detector and the peers' on labelled histories and prints the tables.

python -m benchmarks.detection [--quick] [--jobs N] [--only ours,otava] [--sets synth,aa]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from . import report, targets
from .detectors import DETECTORS, Detector
from .running import missing, run
from .sets import SETS, USUAL, Set
from .summary import Summary, summarise

QUICK = 16  # every so many histories of a set are taken


def main(arguments: Sequence[str] | None = None) -> None:
    """Score and print."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    sets = {name: _taken(SETS[name](), is_quick=options.quick) for name in options.sets}
    for one in sets.values():
        if one.lacks:
            print(f"{one.name} is {'not whole' if one.histories else 'not scored'}, without {one.lacks}")
    for line in missing(options.only):
        print(f"not scored: {line} (pip install 'pytest-relaybench[yardstick]')")
    detectors = [detector for detector in options.only if not detector.lacks]
    found: dict[str, dict[str, Summary]] = {}
    for one in sets.values():
        if one.histories and detectors:
            found[one.name] = _scored(one, detectors, options.jobs)
            print(*report.set_tables(one, detectors, found[one.name]), sep="\n", flush=True)
    if len(found) > 1:
        print(*report.mean_table(detectors, found), sep="\n")
    ours = {name: summaries["ours"] for name, summaries in found.items() if "ours" in summaries}
    print("\ntargets\n", *targets.lines(sets, ours, is_quick=options.quick), sep="\n")
    print(f"\n{time.monotonic() - started:.0f} s, {options.jobs} processes")


def _scored(one: Set, detectors: Sequence[Detector], jobs: int) -> dict[str, Summary]:
    rows = run(one, detectors, jobs)
    return {detector.key: summarise([row for row in rows if row.detector == detector.key]) for detector in detectors}


def _taken(one: Set, *, is_quick: bool) -> Set:
    return replace(one, histories=one.histories[::QUICK]) if is_quick else one


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help=f"one history in {QUICK}: under a minute; no targets")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at work (default: every core)")
    parser.add_argument(
        "--only", type=_detectors, default=list(DETECTORS), help="detectors, by key or the beginning of keys"
    )
    parser.add_argument("--sets", type=_sets, default=list(USUAL), help=f"of {', '.join(SETS)}")
    return parser


def _detectors(text: str) -> list[Detector]:
    wanted = text.split(",")
    for word in wanted:
        if not any(detector.key.startswith(word) for detector in DETECTORS):
            known = ", ".join(detector.key for detector in DETECTORS)
            raise argparse.ArgumentTypeError(f"no detector {word!r} (there are {known})")
    return [detector for detector in DETECTORS if any(detector.key.startswith(word) for word in wanted)]


def _sets(text: str) -> list[str]:
    for name in text.split(","):
        if name not in SETS:
            raise argparse.ArgumentTypeError(f"no set {name!r} (there are {', '.join(SETS)})")
    return text.split(",")


if __name__ == "__main__":
    main()
