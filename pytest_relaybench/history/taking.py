"""Reads record files into the rows that the table takes in, by several processes where there are many."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import RecordError, brief
from .layout import confirmation_values, measurement_values, record_values
from .records import Record, read_record


@dataclass(frozen=True)
class Taken:
    """What one file came to: rows by table, or why it is no readable record. `path` is relative to the home."""

    path: str
    rows: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    problem: str = ""


Batches = Sequence[Sequence[str]]
AHEAD = 2  # batches for each process


@contextmanager
def reading(root: Path, processes: int) -> Iterator[Callable[[Batches], Iterator[list[Taken]]]]:
    """A function that reads batches of files below `root`, in their order; with `processes` above 1 by so many.

    The processes are started anew, not forked: threads of the table's engine do not outlive a fork.
    """
    read = partial(take, root)
    if processes < 2:
        yield lambda batches: map(read, batches)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield lambda batches: _in_order(pool, read, batches, AHEAD * processes)


def _in_order(
    pool: Executor, read: Callable[[Sequence[str]], list[Taken]], batches: Batches, most: int
) -> Iterator[list[Taken]]:
    """What each batch holds; so many are read ahead of who takes them in: years of nights would fill the memory."""
    waiting: deque[Future[list[Taken]]] = deque()
    for batch in batches:
        if len(waiting) == most:
            yield waiting.popleft().result()
        waiting.append(pool.submit(read, batch))
    while waiting:
        yield waiting.popleft().result()


def take(root: Path, paths: Sequence[str]) -> list[Taken]:
    """The files' rows; one that is no readable record has its problem instead."""
    return [_taken(root, path) for path in paths]


def _taken(root: Path, path: str) -> Taken:
    try:
        return Taken(path, _rows(read_record(root / path)))
    except RecordError as error:
        return Taken(path, problem=str(error))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # in what a record holds freely, as the facts of its machine, anything may stand
        return Taken(path, problem=f"{root / path}: not a readable record: {type(error).__name__}: {brief(error)}")


def _rows(record: Record) -> dict[str, Sequence[Sequence[Any]]]:
    moment = datetime.fromisoformat(record.timestamp).astimezone(UTC).replace(tzinfo=None)
    return {
        "measurements": measurement_values(record, moment),
        "records": [record_values(record)],
        "confirmations": confirmation_values(record),
    }
