"""What the newest record tells of builds that were measured side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.records import Measurement, Record, canonical
from pytest_relaybench.render.compared import GRAVEST_FIRST, verdicts_text
from pytest_relaybench.render.format import hash_text
from pytest_relaybench.render.means import geometric_mean

from .natural_order import natural
from .repeating import Repeat
from .series import param_word, short_test

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Comparison:
    """One comparison as a record has it; seconds, and ratios of candidate over base."""

    __pydantic_config__: ClassVar = ConfigDict(extra="ignore")

    test: str
    params: Mapping[str, Any]
    metric: str
    base: str
    base_hash: str | None
    candidate: str
    candidate_hash: str | None
    kind: Kind
    ratio: Number | None
    ci_low: Number | None
    ci_high: Number | None
    n_base: Count
    n_candidate: Count
    margin: Number
    confidence: Number
    spent_s: Number


_COMPARISON = TypeAdapter(Comparison)


@dataclass(frozen=True)
class Build:
    """One side of a comparison: what the variant is called, and what was built of it."""

    label: str
    tvm_hash: str | None

    @property
    def short_hash(self) -> str:
        """Enough of the hash to tell builds apart; empty where it says no more than the label does."""
        text = self.tvm_hash or ""
        return "" if self.label.endswith(text) else hash_text(text)


@dataclass(frozen=True)
class Case:
    """One row of a table; the values are medians over all rounds of a side, NaN where the record lacks them."""

    name: str
    told: Comparison
    unit: str
    base_value: float
    candidate_value: float

    @property
    def ratio(self) -> float:
        """Candidate over base; NaN when it means nothing."""
        return math.nan if self.told.ratio is None else self.told.ratio

    @property
    def has_interval(self) -> bool:
        """Whether both bounds are known."""
        return self.told.ci_low is not None and self.told.ci_high is not None

    @property
    def tone(self) -> str:
        """CSS class of its change: a colour belongs to a verdict."""
        return {Kind.SLOWER: "worse", Kind.FASTER: "better"}.get(self.told.kind, "")


@dataclass(frozen=True)
class Pair:
    """All cases of two builds in one metric, the gravest first."""

    base: Build
    candidate: Build
    metric: str
    cases: Sequence[Case]
    repeat: Repeat

    @property
    def mean(self) -> float:
        """Geometric mean of the cases' ratios."""
        return geometric_mean(case.told.ratio for case in self.cases)

    @property
    def spent_s(self) -> float:
        """Seconds that all its cases took."""
        return sum(case.told.spent_s for case in self.cases)

    @property
    def judgement(self) -> tuple[str, str]:
        """Kind and words."""
        return _judged(self.cases)

    @property
    def margin(self) -> float:
        """The change, as a share of the base, that counts as one."""
        return self.cases[0].told.margin

    @property
    def confidence(self) -> float:
        """Of the intervals."""
        return self.cases[0].told.confidence


@dataclass(frozen=True)
class SideBySide:
    """Every comparison of a record; `unreadable` counts those that are damaged."""

    pairs: Sequence[Pair] = field(default=())
    unreadable: int = 0

    @property
    def kind(self) -> str:
        """The gravest kind, empty without comparisons."""
        return _judged(self._cases)[0]

    @property
    def text(self) -> str:
        """As in "side by side: 1 slower of 8"."""
        return f"side by side: {_judged(self._cases)[1]}" if self._cases else ""

    @property
    def labels(self) -> frozenset[str]:
        """The builds that were compared."""
        return frozenset(build.label for pair in self.pairs for build in (pair.base, pair.candidate))

    @property
    def _cases(self) -> list[Case]:
        return [case for pair in self.pairs for case in pair.cases]


def side_by_side_of(record: Record | None) -> SideBySide:
    """The comparisons in a record; nothing when it has none."""
    entries = record.extra.get("comparisons") if record else None
    if record is None or not isinstance(entries, list):
        return SideBySide()
    found = [comparison for comparison in map(_read, entries) if comparison is not None]
    groups: dict[tuple[Any, ...], list[Comparison]] = {}
    for told in found:
        groups.setdefault((told.base, told.base_hash, told.candidate, told.candidate_hash, told.metric), []).append(
            told
        )
    return SideBySide([_pair(record, group) for group in groups.values()], len(entries) - len(found))


def _read(entry: Any) -> Comparison | None:
    try:
        return _COMPARISON.validate_python(entry)
    except ValidationError:
        return None


def _pair(record: Record, group: Sequence[Comparison]) -> Pair:
    first = group[0]
    measured = _by_case(record.measurements)
    cases = sorted((_case(measured.get(_key_of(told), ()), told, group) for told in group), key=_place)
    return Pair(
        Build(first.base, first.base_hash),
        Build(first.candidate, first.candidate_hash),
        first.metric,
        cases,
        Repeat(record, first.base, first.candidate, cases[0].told.test, _own_params(cases[0].told, group)),
    )


def _place(case: Case) -> tuple[Any, ...]:
    return GRAVEST_FIRST.index(case.told.kind), natural(case.name)


def _case(own: Sequence[Measurement], told: Comparison, group: Sequence[Comparison]) -> Case:
    # a build against itself has both sides under one label, the base first
    base = [entry for entry in own if (entry.variant, entry.tvm_hash) == (told.base, told.base_hash)][:1]
    candidate = [entry for entry in own if (entry.variant, entry.tvm_hash) == (told.candidate, told.candidate_hash)][
        -1:
    ]
    return Case(
        name=_name(told, group),
        told=told,
        unit=base[0].unit if base else "s",
        base_value=base[0].stats.median if base else math.nan,
        candidate_value=candidate[0].stats.median if candidate else math.nan,
    )


def _by_case(measurements: Sequence[Measurement]) -> Mapping[tuple[str, str, str], Sequence[Measurement]]:
    """In one pass: a night may compare hundreds of cases, and measure each in several metrics."""
    found: dict[tuple[str, str, str], list[Measurement]] = {}
    for entry in measurements:
        found.setdefault(_key_of(entry), []).append(entry)
    return found


def _key_of(one: Measurement | Comparison) -> tuple[str, str, str]:
    return one.test, canonical(one.params), one.metric


def _own_params(told: Comparison, group: Sequence[Comparison]) -> dict[str, Any]:
    """The parameters in which the cases of a table differ."""
    return {key: value for key, value in told.params.items() if any(_other(value, key, one) for one in group)}


def _other(value: Any, key: str, one: Comparison) -> bool:
    return key not in one.params or bool(one.params[key] != value)


def _name(told: Comparison, group: Sequence[Comparison]) -> str:
    parts = [param_word(name, value) for name, value in _own_params(told, group).items()]
    if len({one.test for one in group}) > 1 or not parts:
        parts.insert(0, short_test(told.test))
    return " ".join(parts)


def _judged(cases: Sequence[Case]) -> tuple[str, str]:
    """The gravest kind, and how many there are of each that is not `same`."""
    kinds = [case.told.kind for case in cases]
    return next((kind.value for kind in GRAVEST_FIRST if kind in kinds), ""), verdicts_text(kinds)
