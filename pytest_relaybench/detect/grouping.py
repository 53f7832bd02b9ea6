"""Which regressions belong together, so that a bad commit is one piece of news and not forty.

Two regressions are one incident when they are of one nature, began at about the same time, and have a cause in common:

- *nature*: what became slower stands apart from what is gone (missing, broken), and that from a machine that changed;
- *time*: at most `SLACK` nights lie between a regression and the first of the group, since detection finds the night
  of a change to within about two;
- *cause*: where the build under test changed, both have the same commits in between: the same build before, or the same
  after. Where the starts differ by a night or two and so do the builds, they also share the variant, and an experiment
  or a parameter. Where the build did not change, or there is none, they share an experiment or a parameter; and what
  has a suspicious build never goes with what has not.

Of parameters only texts join (operator, device, model, engine): two tests with `batch_size` 1 have nothing in common.
Nor does a value join that every series of the home has, as `device` "cpu" where there is no other.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SLACK = 2  # nights by which the start of a change may be wrong

Value = tuple[str, str]  # parameter and its text


@dataclass(frozen=True)
class Regression:
    """One series that changed for the worse.

    `series` tells it from others. `night` counts the home's nights, any origin. `build_before` and `build_after` are
    the builds between which it happened: None where it uses none, equal where the build did not change. Regressions
    of unlike `nature` never belong together.
    """

    series: tuple[str, ...]
    experiment: str
    params: Mapping[str, Any]
    variant: str
    nature: str
    night: int
    build_before: str | None = None
    build_after: str | None = None

    @property
    def commits(self) -> tuple[str, str] | None:
        """The builds before and after, where both are known and they differ."""
        if self.build_before is None or self.build_after is None or self.build_before == self.build_after:
            return None
        return self.build_before, self.build_after


@dataclass(frozen=True)
class Group:
    """Regressions that belong together, the earliest first; `standing` is the place of the group that they join."""

    members: tuple[Regression, ...]
    standing: int | None = None


@dataclass(frozen=True)
class Shared:
    """What all members of a group have in common; empty or None where they differ."""

    experiment: str
    params: Mapping[str, Any]
    variant: str
    commits: tuple[str, str] | None


def group(
    regressions: Iterable[Regression],
    standing: Sequence[Sequence[Regression]] = (),
    everywhere: Collection[Value] = frozenset(),
) -> list[Group]:
    """The regressions in groups, each by its earliest member; `members` of a result are new ones only.

    `standing` are groups of earlier nights: they take in what belongs to them and are never joined with each other,
    the first of several that fit wins. `everywhere` are values that tell nothing (see `values_everywhere`). The result
    does not depend on the order of `regressions`.
    """
    clusters = [_Cluster(members, everywhere, place) for place, members in enumerate(standing)]
    for regression in sorted(regressions, key=lambda one: (one.night, one.nature, one.series)):
        keys = _keys(regression, everywhere)
        fitting = [cluster for cluster in clusters if cluster.takes(regression, keys)]
        into = fitting[0] if fitting else _Cluster([], everywhere, None)
        if not fitting:
            clusters.append(into)
        into.add(regression, keys)
        for other in fitting[1:]:
            if other.standing is None:
                into.swallow(other)
                clusters.remove(other)
    found = [Group(tuple(cluster.new), cluster.standing) for cluster in clusters if cluster.new]
    return sorted(found, key=lambda one: (one.members[0].night, one.members[0].series))


def shared(members: Sequence[Regression]) -> Shared:
    """What the members of one group have in common; commits reach from the earliest member's to the latest's."""
    first = members[0]
    params = {
        name: value
        for name, value in first.params.items()
        if all(name in one.params and one.params[name] == value for one in members)
    }
    return Shared(
        experiment=first.experiment if len({one.experiment for one in members}) == 1 else "",
        params=params,
        variant=first.variant if len({one.variant for one in members}) == 1 else "",
        commits=_commits(members),
    )


def values_everywhere(params: Sequence[Mapping[str, Any]]) -> frozenset[Value]:
    """The texts that all of two or more series have which have that parameter at all."""
    found: dict[str, set[str | None]] = {}
    counts: dict[str, int] = {}
    for one in params:
        for name, value in one.items():
            found.setdefault(name, set()).add(value if isinstance(value, str) else None)
            counts[name] = counts.get(name, 0) + 1
    single = {name: next(iter(values)) for name, values in found.items() if len(values) == 1 and counts[name] > 1}
    return frozenset((name, value) for name, value in single.items() if value is not None)


class _Cluster:
    """A group in the making."""

    def __init__(self, members: Sequence[Regression], everywhere: Collection[Value], standing: int | None) -> None:
        self.standing = standing
        self.new: list[Regression] = []
        self._natures = {one.nature for one in members}
        self._first = min((one.night for one in members), default=None)
        self._keys = {key for one in members for key in _keys(one, everywhere)}

    def takes(self, regression: Regression, keys: Collection[Hashable]) -> bool:
        """Whether the regression is of this nature, of this time, and has something in common with a member."""
        near = self._first is not None and abs(regression.night - self._first) <= SLACK
        return near and regression.nature in self._natures and not self._keys.isdisjoint(keys)

    def add(self, regression: Regression, keys: Collection[Hashable]) -> None:
        self.new.append(regression)
        self._natures.add(regression.nature)
        self._first = regression.night if self._first is None else min(self._first, regression.night)
        self._keys |= set(keys)

    def swallow(self, other: _Cluster) -> None:
        self.new = sorted(self.new + other.new, key=lambda one: (one.night, one.series))
        self._first = min(night for night in (self._first, other._first) if night is not None)
        self._keys |= other._keys


def _keys(regression: Regression, everywhere: Collection[Value]) -> set[Hashable]:
    """Two regressions with a key in common belong together, if nature and time allow."""
    cause = regression.variant if regression.commits else None
    texts = {(name, value) for name, value in regression.params.items() if isinstance(value, str)}
    keys: set[Hashable] = {("value", cause, *value) for value in texts - set(everywhere)}
    keys.add(("experiment", cause, regression.experiment))
    if regression.commits:
        before, after = regression.commits
        keys |= {("before", before), ("after", after)}
    return keys


def _commits(members: Sequence[Regression]) -> tuple[str, str] | None:
    """From the build before the earliest member's change to that after the latest's; None unless all have commits."""
    ordered = sorted(members, key=lambda one: (one.night, one.series))
    commits = [one.commits for one in ordered]
    first, last = commits[0], commits[-1]
    if first is None or last is None or None in commits:
        return None
    if len(set(commits)) > 1 and len({one.variant for one in ordered}) > 1:
        return None
    return first[0], last[1]
