"""From what a person types to the runs that it means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from ..errors import RelaybenchError
from ..render.format import count_text, date_text, hash_text
from .sources import Source, path_source

WORDS = {"latest": 0, "previous": 1}
BACK = re.compile(r"(latest|previous)(?:~(\d+))?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FEWEST_DIGITS = 4  # of a commit
MOST_LISTED = 6
MOST_KNOWN = 500  # names that a mistyped one is held against, newest first
LOOKED_BACK = 90  # runs before a side that are read, of which a series may have missed some


@dataclass(frozen=True)
class Side:
    """The runs that stand for one side, and the runs around them.

    `rows` are the side's own, `history` those of its source from 90 runs before it on; both have the columns of
    `Table.frame` and `version`.
    """

    name: str  # as it was typed
    label: str  # what it turned out to be
    source: Source
    run_ids: tuple[str, ...]
    rows: pd.DataFrame
    history: pd.DataFrame


@dataclass(frozen=True)
class _Choice:
    run_ids: tuple[str, ...]
    label: str
    commit: str | None = None


def choose_side(text: str, home: Callable[[], Source]) -> Side:
    """The side that the text means; `home` is asked only when the text names no file.

    A run, its id or the beginning of one, `latest`, `latest~3`, `previous`; a day or two with `..` between; a commit or
    a version of TVM; a file or a folder of results; `FOLDER@` and one of the first. Several, separated by commas, are
    one side. Raises RelaybenchError for what is nothing of it, or not one thing.
    """
    path = Path(text).expanduser()
    if not _is_within(text) and path.exists():
        return _side(text, path_source(path), "")
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        if not all(parts):
            raise RelaybenchError(f"{text}: between and beside its commas stands a run, a day, a commit or a file")
        return _joined(text, [choose_side(part, home) for part in parts])
    place, mark, inner = text.rpartition("@")
    if mark and Path(place).expanduser().is_dir():
        return _side(text, path_source(Path(place).expanduser()), inner)
    if ("/" in text or text.endswith(".json")) and not _is_within(text):
        raise RelaybenchError(f"{text}: there is no such file or folder")
    return _side(text, home(), text)


def _is_within(text: str) -> bool:
    """Whether it can only mean a run of the home: a file of such a name is `./latest`."""
    return bool(BACK.fullmatch(text) or DAY.fullmatch(text.partition("..")[0]))


def _side(name: str, source: Source, text: str) -> Side:
    if not source.runs:
        raise RelaybenchError(f"{source.place}: nothing has run here yet")
    choice = _choice(source, text or ("latest" if source.is_home else ""))
    every = list(source.runs)
    history = source.read(every[max(0, every.index(choice.run_ids[0]) - LOOKED_BACK)])
    rows = history[history["run_id"].isin(choice.run_ids)]
    if choice.commit is not None:
        rows = rows[rows["tvm_hash"] == choice.commit]
    return Side(name, choice.label, source, choice.run_ids, rows, history)


def _joined(name: str, sides: Sequence[Side]) -> Side:
    headlines = {side.source.headline for side in sides}
    if len(headlines) > 1:
        raise RelaybenchError(f"{name}: one side cannot be of several programs, whose values are not alike")
    run_ids = tuple(dict.fromkeys(run for side in sides for run in side.run_ids))
    rows, history = (
        pd.concat([getattr(side, part) for side in sides], ignore_index=True).drop_duplicates(ignore_index=True)
        for part in ("rows", "history")
    )
    return Side(name, f"{count_text(len(run_ids), 'run')}: {name}", sides[0].source, run_ids, rows, history)


def _choice(source: Source, text: str) -> _Choice:
    every = tuple(source.runs)
    if not text:
        return _Choice(every, _labelled(source, every))
    back = BACK.fullmatch(text)
    if back:
        return _counted_back(source, WORDS[back[1]] + int(back[2] or 0))
    if DAY.match(text):
        return _by_day(source, text)
    return _by_name(source, text)


def _counted_back(source: Source, steps: int) -> _Choice:
    every = tuple(source.runs)
    if steps >= len(every):
        raise RelaybenchError(f"{source.place}: there is no latest~{steps}: {count_text(len(every), 'run')} in all")
    chosen = every[-1 - steps]
    return _Choice((chosen,), _labelled(source, (chosen,)))


def _by_day(source: Source, text: str) -> _Choice:
    """The last run of a day, or all runs from one day to another, both counted in."""
    first, dots, last = text.partition("..")
    days = [_day(first), _day(last) if dots else _day(first)]
    if days[0] > days[1]:
        raise RelaybenchError(f"{text}: the first day is not after the last")
    found = tuple(run for run, began in source.runs.items() if days[0] <= f"{began:%Y-%m-%d}" <= days[1])
    if not found:
        close = min(source.runs.values(), key=lambda began: abs(began.timestamp() - _noon(days[0])))
        raise RelaybenchError(f"{source.place}: no run on {text}; the nearest is of {close:%Y-%m-%d}")
    chosen = found if dots else found[-1:]
    return _Choice(chosen, _labelled(source, chosen))


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d")
    except ValueError:
        raise RelaybenchError(f"{text}: a day is written as in 2026-11-20") from None


def _noon(day: str) -> float:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()


def _by_name(source: Source, text: str) -> _Choice:
    if text in source.runs:
        return _Choice((text,), _labelled(source, (text,)))
    runs = [run for run in source.runs if run.startswith(text)]
    builds = _builds(source)
    commits = _commits(builds, text)
    if len(runs) + len(commits) > 1:
        raise RelaybenchError(f"{text}: which of these is meant? {_listed([*runs, *commits])}")
    if runs:
        return _Choice((runs[0],), _labelled(source, (runs[0],)))
    if commits:
        chosen = tuple(run for run in source.runs if run in set(builds.loc[builds["tvm_hash"] == commits[0], "run_id"]))
        return _Choice(chosen, f"{hash_text(commits[0])}, {_labelled(source, chosen)}", commits[0])
    known = [*builds["tvm_hash"].unique(), *source.runs][-MOST_KNOWN:]
    close = difflib.get_close_matches(text, [*WORDS, *known], n=1, cutoff=0.6)
    hint = f'did you mean "{close[0]}"?' if close else f"the newest run is {known[-1]}"
    raise RelaybenchError(f"{source.place}: no run, day or commit is called {text!r}; {hint}")


def _builds(source: Source) -> pd.DataFrame:
    """run_id and tvm_hash of all rows that have a build."""
    rows = source.read("")[["run_id", "tvm_hash"]].drop_duplicates()
    return rows[rows["tvm_hash"].notna()]


def _commits(builds: pd.DataFrame, text: str) -> list[str]:
    """The builds of this version or commit, or of a commit that begins so."""
    known = [str(one) for one in builds["tvm_hash"].unique()]
    exact = [one for one in known if text in (one, one.partition("+")[0], _commit_of(one))]
    if exact or len(text) < FEWEST_DIGITS:
        return exact
    return [one for one in known if one.startswith(text) or _commit_of(one).startswith(text)]


def _commit_of(tvm_hash: str) -> str:
    """The commit in `0.27.0+g7b5acb32b`, the hash itself where it is one."""
    version, plus, commit = tvm_hash.partition("+")
    return commit.removeprefix("g") if plus else version


def _labelled(source: Source, run_ids: Sequence[str]) -> str:
    first, last = (source.runs[run_ids[place]] for place in (0, -1))
    if len(source.runs) == 1 and not source.is_home:
        return f"{source.tool}, {date_text(first)}"
    if len(run_ids) == 1:
        return f"{run_ids[0]} of {date_text(first)}"
    return f"{count_text(len(run_ids), 'run')}, {date_text(first)} to {date_text(last)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more
