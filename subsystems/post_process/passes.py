"""Specs of passes, such as `3;FuseOps|FoldConstant`, in the order in which they grow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.relative import relative

from .sources import params_of, where, with_params
from .wording import pass_name

SPEC, PASS = "pass_spec", "pass"


@dataclass(frozen=True)
class Spec:
    """A spec as the experiment writes it, taken apart."""

    text: str
    passes: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Spec:
        """`LEVEL;PASS|PASS`; what stands after the last `;` are the passes."""
        return cls(text, tuple(name.strip() for name in text.rpartition(";")[2].split("|") if name.strip()))

    def begins(self, other: Spec) -> bool:
        """Whether the other has the same passes and perhaps more after them."""
        return other.passes[: len(self.passes)] == self.passes


def label_passes(times: pd.DataFrame) -> pd.DataFrame:
    """Speedups over the spec without passes, of the longest spec and every beginning of it, shortest first.

    Each is called by what it adds to the one before. Raises RelaybenchError when there is no spec without passes, or no
    other.
    """
    specs = [Spec.read(text) for text in sorted({str(params.get(SPEC, "")) for params in params_of(times)})]
    longest = max(specs, key=lambda spec: len(spec.passes))
    chain = sorted((spec for spec in specs if spec.begins(longest)), key=lambda spec: len(spec.passes))
    if chain[0].passes:
        raise RelaybenchError("no spec without passes was measured, which the others are compared with")
    if not longest.passes:
        raise RelaybenchError("no spec but the one without passes was measured")
    labels = {spec.text: _label(spec, before) for before, spec in pairwise(chain)}
    ratios = relative(times, {SPEC: chain[0].text}, speedup=True)
    ratios = where(ratios, lambda params: params[SPEC] in labels)
    places = [list(labels).index(params[SPEC]) for params in params_of(ratios)]
    ratios = ratios.assign(place=places).sort_values("place", kind="stable").drop(columns="place")
    return with_params(
        ratios, lambda params: {PASS: labels[params[SPEC]], **{k: v for k, v in params.items() if k != SPEC}}
    )


def _label(spec: Spec, before: Spec) -> str:
    """As in "+ Fold Constant"; two specs of the same passes differ in what stands before them."""
    added = ", ".join(pass_name(name) for name in spec.passes[len(before.passes) :])
    if not added:
        return f"{spec.text.rpartition(';')[0]}; instead of {before.text.rpartition(';')[0]};"
    return f"+ {added}" if before.passes else added
