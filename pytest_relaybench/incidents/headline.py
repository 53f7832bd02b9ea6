"""An incident in one line: what its series have in common, how many, by how much, since when, which commits."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..render.format import count_text, day_text, hash_text, run_time
from .incident import Case, Member, Nature
from .naming import series_name, text_of

# parameters that name what is measured, as authors call them, and those that say where or by what
WHAT = ("model", "network", "operator", "op", "workload", "kernel", "cell", "case", "architecture", "layer")
MOST_NAMED = 3  # experiments
WHERE = {"device": "on", "target": "on", "engine": "with"}


def headline_of(case: Case, commits: tuple[str, str] | None) -> str:
    """`resnet-18 on cpu: 6 series slower by 4 to 12 % since 2026-11-20 (abc1234..def5678)`."""
    if case.nature == Nature.MACHINE:
        return case.text
    members = case.pending or case.members
    since = run_time(case.since_run)
    parts = [f"{_common(members)}: {_what_happened(case.nature, members)}"]
    parts += [f"since {day_text(since)}"] if since else []
    parts += [f"({hash_text(commits[0])}..{hash_text(commits[1])})"] if commits else []
    return " ".join(parts)


def _common(members: Sequence[Member]) -> str:
    """What they share, the most telling first: the series itself, its model, experiment, test, device."""
    if len(members) == 1:
        return series_name(members[0].series)
    params = _shared([json.loads(member.series[2]) for member in members])
    experiments, tests = ({member.series[place] for member in members} for place in (0, 1))
    named = [text_of(params[name]) for name in WHAT if name in params]
    if not named:
        same_test = len(experiments) == 1 and len(tests) == 1
        named = [f"{members[0].series[0]}/{members[0].series[1]}" if same_test else _listed(sorted(experiments))]
    places = [f"{word} {text_of(params[name])}" for name, word in WHERE.items() if name in params]
    metrics = {member.series[3] for member in members}
    what = [next(iter(metrics))] if len(metrics) == 1 and metrics != {"time"} else []
    return " ".join([*named, *places, *what])


def _listed(names: Sequence[str]) -> str:
    """`matmul, nets and ops`; of many only how many."""
    if len(names) > MOST_NAMED:
        return count_text(len(names), "experiment")
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _shared(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in params[0].items() if all(one.get(key) == value for one in params)}


def _what_happened(nature: Nature, members: Sequence[Member]) -> str:
    lead = f"{len(members)} series " if len(members) > 1 else ""
    if nature == Nature.GONE:
        counts = Counter(member.kind for member in members)
        if len(counts) == 1:
            return f"{lead}{next(iter(counts))}"
        return ", ".join(f"{count} series {kind}" for kind, count in sorted(counts.items()))
    word = "slower" if {member.unit for member in members} == {"s"} else "worse"
    amount = _amount([member.ratio for member in members])
    return f"{lead}{word} by {amount}" if amount else f"{lead}{word}"


def _amount(ratios: Sequence[float]) -> str:
    """`4 to 12 %`, `×2.5 to ×4`; empty where no ratio is known."""
    known = sorted((ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0), key=lambda r: abs(math.log(r)))
    if not known:
        return ""
    if len(known) == 1:
        return _size(known[0], whole_from=9.5)
    least, most = (_size(ratio, whole_from=1.95) for ratio in (known[0], known[-1]))
    if least == most:
        return least
    if least.endswith(" %") and most.endswith(" %"):
        return f"{least.removesuffix(' %')} to {most}"
    return f"{least} to {most}"


def _size(ratio: float, *, whole_from: float) -> str:
    """`4 %`, with a decimal below `whole_from`; `×2.5` from double or half on."""
    if ratio >= 2 or ratio <= 0.5:
        return f"×{ratio:.2g}"
    percent = abs(ratio - 1) * 100
    return f"{percent:.0f} %" if percent >= whole_from else f"{percent:.1f} %".replace(".0 %", " %")
