"""Feed every reader with mangled files: `python -m tests.faults.fuzz [--inputs N] [--seed N] [--jobs N]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

from .apart import Told, apart
from .damage import base
from .fuzz_targets import try_inputs

AT_ONCE = 5000  # inputs that one process is fed with


def main(arguments: Sequence[str]) -> int:
    """Exit status 0 when no reader raised anything but an error of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=4, help="processes at once")
    options = parser.parse_args(arguments)
    sizes = [min(AT_ONCE, options.inputs - done) for done in range(0, options.inputs, AT_ONCE)]
    seen: Counter[str] = Counter()
    complaints: list[str] = []
    with ThreadPool(options.jobs) as threads:
        work = partial(_batch, options.seed)
        for told, counts in threads.imap_unordered(work, enumerate(sizes)):
            complaints += told
            seen.update(counts)
            sys.stdout.writelines(f"{line}\n" for line in told)
            sys.stdout.flush()
    tracebacks = sum(count for name, count in seen.items() if name.endswith(": traceback"))
    counts = f"{sum(seen.values())} inputs, seed {options.seed}: {tracebacks} tracebacks, {len(complaints)} complaints"
    lines = [*(f"{count:9}  {name}" for name, count in sorted(seen.items())), counts]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if complaints else 0


def _batch(seed: int, numbered: tuple[int, int]) -> Told:
    number, inputs = numbered
    folder = Path(tempfile.mkdtemp(prefix="relaybench-fuzz-"))
    try:
        return apart(partial(try_inputs, base(), folder, f"{seed} {number}", inputs))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
