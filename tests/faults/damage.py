"""Bad data in a home: files that nobody can read, or that say what cannot be."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping
from functools import cache, partial
from itertools import count
from pathlib import Path
from random import Random

from .apart import Told, apart
from .campaign import Fault, Outcome
from .damaged_home import try_night
from .fuzz_targets import try_cuts, try_inputs
from .mutations import IN_ITS_PLACE, ODD, UNREADABLE, Change
from .played_night import make_home, make_it_quick

NIGHTS = 3  # before the one that finds the damage
FILES_A_NIGHT = 4
INPUTS_A_TRY = 2000
PARTS = 4  # of all cuts: each try makes those of one

_MAKING = threading.Lock()
_TURNS = count()


def damaged(changes: Mapping[str, Change], folder: Path, random: Random) -> Outcome:
    """A night in a home of which some files have been changed."""
    return _outcome(apart(partial(_night, changes, base(), folder, random.random())))


def mangled(folder: Path, random: Random) -> Outcome:
    """Every reader of what is stored, or comes from other programs, fed with mangled files."""
    return _outcome(apart(partial(try_inputs, base(), folder, random.random(), INPUTS_A_TRY)))


def cut_everywhere(folder: Path, _: Random) -> Outcome:
    """Every reader fed with the cuts of what it reads, the parts of them by turns."""
    return _outcome(apart(partial(try_cuts, base(), folder, next(_TURNS) % PARTS, PARTS)))


def _outcome(told: Told) -> Outcome:
    return Outcome(survived=not told[0], told="\n".join(told[0]))


def _night(changes: Mapping[str, Change], base: Path, folder: Path, seed: float) -> Told:
    make_it_quick()
    root = folder / "damaged"
    shutil.copytree(base, root, symlinks=True)
    return try_night(base, root, changes, FILES_A_NIGHT, Random(seed)), {}


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="relaybench-damage-")


def base() -> Path:
    """A home with everything in it, made once for all tries."""
    with _MAKING:
        root = Path(_folder().name) / "base"
        if not root.exists():
            complaints, _ = apart(partial(_make, root))
            assert not complaints, complaints
    return root


def _make(root: Path) -> Told:
    make_it_quick()
    make_home(root, NIGHTS)
    return [], {}


FAULTS = (
    Fault("files cut short, of random bytes, nested 100,000 deep, empty, in UTF-16", partial(damaged, UNREADABLE), 300),
    Fault("links, folders and pipes in the place of files", partial(damaged, IN_ITS_PLACE), 300),
    Fault("odd values, keys twice, other schemas, flipped bytes", partial(damaged, ODD), 600),
    Fault("every kind of file cut at every eighth byte, to its readers", cut_everywhere, PARTS),
    Fault(f"{INPUTS_A_TRY} mangled files a try, to all readers", mangled, 500),
)
