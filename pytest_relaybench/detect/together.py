"""Changes of many series in the same few nights: one thing happened, not many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Together:
    """The night at which the first of them moved, and the places of all in the array that was given."""

    night: int
    members: tuple[int, ...]


def moved_together(
    nights: ArrayLike, n_series: int, *, within: int = 3, share: float = 0.2, fewest: int = 5
) -> Iterator[Together]:
    """Groups of changes that began within so many nights of each other and are a large part of a machine's series.

    `nights` has the night at which each change began, one entry a changed series; `n_series` are all that were judged.
    A group needs `share` of them and `fewest` at least; the largest group first, no change is in two.
    """
    begun = np.asarray(nights, dtype=int)
    left = np.ones(begun.size, dtype=bool)
    while left.any():
        starts = np.unique(begun[left])
        sizes = [int(np.sum(left & (begun >= start) & (begun <= start + within - 1))) for start in starts]
        best = int(np.argmax(sizes))
        if sizes[best] < max(fewest, share * n_series):
            return
        members = np.flatnonzero(left & (begun >= starts[best]) & (begun <= starts[best] + within - 1))
        left[members] = False
        yield Together(int(starts[best]), tuple(members.tolist()))
