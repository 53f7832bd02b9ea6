"""Runs detectors over sets, in several processes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import Pool

from . import online, retrospective
from .detectors import DETECTORS, Detector
from .history import History
from .online import OnlineScore
from .retrospective import RetrospectiveScore
from .sets import Set

WINDOWS = (14, 7)  # nights in which a ticket is in time
BY_KEY = {detector.key: detector for detector in DETECTORS}
SLOWEST = ("asv", "otava", "otava-strict", "bocpd-200", "bocpd-rare", "ours")  # first, so that no process waits for one

Task = tuple[tuple[str, ...], History]  # keys of detectors that share work


@dataclass(frozen=True)
class Row:
    """What one detector did on one history."""

    detector: str
    online: dict[int, OnlineScore]  # by window
    online_s: float
    retrospective: RetrospectiveScore | None
    retrospective_s: float


def run(one: Set, detectors: Sequence[Detector], jobs: int) -> list[Row]:
    """Every detector on every history of a set."""
    tasks = sorted(_tasks(one, detectors), key=_order)
    with Pool(jobs) as pool:
        return [row for rows in pool.imap_unordered(_run, tasks, chunksize=1) for row in rows]


def _tasks(one: Set, detectors: Sequence[Detector]) -> Iterator[Task]:
    for _, sharing in groupby(detectors, key=lambda detector: detector.work_of or detector.key):
        keys = tuple(detector.key for detector in sharing)
        yield from ((keys, history) for history in one.histories)


def _order(task: Task) -> tuple[int, int]:
    keys, history = task
    return (SLOWEST.index(keys[0]) if keys[0] in SLOWEST else len(SLOWEST)), -history.values.size


def _run(task: Task) -> list[Row]:
    keys, history = task
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # peers divide by spreads that are zero
        return [_row(BY_KEY[key], history) for key in keys]


def _row(detector: Detector, history: History) -> Row:
    started = time.process_time()  # the whole series first: afterwards some have remembered it
    points = None if detector.change_points is None else detector.change_points(history.values)
    spent = time.process_time() - started
    held = None if points is None else retrospective.score(history, points)
    tickets = online.replay(history, detector.online())
    scores = {window: online.score(history, tickets.nights, window) for window in WINDOWS}
    return Row(detector.key, scores, tickets.seconds, held, spent)


def missing(detectors: Iterable[Detector]) -> list[str]:
    """A line for each detector that cannot be scored here."""
    return [f"{detector.name}: {detector.lacks} is not installed" for detector in detectors if detector.lacks]
