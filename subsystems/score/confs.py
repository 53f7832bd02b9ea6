"""What a config says of one metric: which formula, and over which rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from pytest_relaybench.prerequisites import Requires
from pytest_relaybench.reading import nearest
from pytest_relaybench.strict_model import StrictModel

Scalar = str | bool | int | float | None
Where = dict[str, Scalar | list[Scalar]]  # parameter (or test, variant, machine) → the value, or values, it must have

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
RELAX, TORCH = "relax-compiled", "torch-eager"


class Comparison(StrictModel):
    """Rows of one experiment's night against others of the same night, matched where everything else is equal."""

    experiment: str
    metric: str = "time"
    ours: Where = Field(min_length=1, description="what tells our rows")
    theirs: Where = Field(min_length=1, description="what tells the rows that they are compared with")
    where: Where = Field(default_factory=dict, description="what both have")
    across: list[str] = Field(default_factory=list, description="what may differ between two rows that are compared")
    per: str | None = Field(default=None, description="parameter: one ratio for each of its values")
    label: str = Field(default="", description="how the one ratio is called where there is no `per`")
    requires: dict[str, Any] = Field(default_factory=dict, description="what the experiment's config must hold")

    def requirement(self) -> Requires:
        """What must have run for it."""
        return Requires(self.experiment, self.requires)


class Budget(StrictModel):
    """A limit that series must keep: at most so much where lower is better, at least where higher is."""

    limit: float
    unit: str | None = Field(default=None, description='of the limit, as in "ms"; the unit of the results by default')
    metric: str = "time"
    experiment: str | None = Field(default=None, description="all experiments by default")
    where: Where = Field(default_factory=dict)
    at: Literal["most", "least"] | None = Field(default=None, description="needed where a metric has no direction")


class MetricBase(StrictModel):
    """What every metric may say."""

    formula: str = ""
    title: str = ""
    description: str = ""


class CompareConf(MetricBase):
    """A metric over comparisons."""

    parts: list[Comparison] = Field(min_length=1)

    def experiments(self) -> list[str | None]:
        """The experiments it reads."""
        return [part.experiment for part in self.parts]

    def requirements(self) -> list[Requires]:
        """What must have run."""
        return [part.requirement() for part in self.parts]


def _rnn(experiment: str, mode: str = "", **more: Any) -> Comparison:
    """Compiled Relax against torch, whatever build the one is and the other stands beside.

    Where an experiment has modes, torch has but "cell", a call for each step; ours is the mode that is one call.
    """
    ours = {"engine": RELAX, **({"mode": mode} if mode else {})}
    requires = {"engines": [RELAX, TORCH], **({"modes": ["cell", mode]} if mode else {})}
    sides: dict[str, Any] = {"ours": ours, "theirs": {"engine": TORCH}, "across": ["variant"], "requires": requires}
    return Comparison(experiment=experiment, **{**sides, **more})


DEFAULT_RNNS = (
    _rnn("rnn_cells", per="network"),
    _rnn("char_rnn", mode="loop"),
    _rnn("treelstm", mode="linearised"),
)


class RnnScore(CompareConf):
    """How many RNNs are at least `speedup` times as fast as the framework's."""

    speedup: float = Field(default=2.0, gt=0)
    parts: list[Comparison] = Field(default_factory=lambda: [*DEFAULT_RNNS], min_length=1)


class BaselineScore(CompareConf):
    """How many series are better than their baseline by more than `margin`, in the unit of the results."""

    margin: float = Field(default=0.0, ge=0)
    noun: str = "series"


class GeomeanSpeedup(CompareConf):
    """The geometric mean of all ratios."""


class BudgetScore(MetricBase):
    """How many series are inside their limits."""

    budgets: list[Budget] = Field(min_length=1)

    def experiments(self) -> list[str | None]:
        """The experiments it reads; None stands for all."""
        return [budget.experiment for budget in self.budgets]

    def requirements(self) -> list[Requires]:
        """What must have run."""
        named = dict.fromkeys(budget.experiment for budget in self.budgets if budget.experiment)
        return [Requires(name) for name in named]

    @model_validator(mode="after")
    def _limits_are_positive(self) -> BudgetScore:
        if any(budget.limit <= 0 for budget in self.budgets):
            raise ValueError("a limit is greater than zero")
        return self


MetricConf = RnnScore | BaselineScore | GeomeanSpeedup | BudgetScore
FORMULAS: dict[str, type[MetricConf]] = {
    "rnn_score": RnnScore,
    "baseline_score": BaselineScore,
    "geomean_speedup": GeomeanSpeedup,
    "budget_score": BudgetScore,
}


def metric_conf(name: str, conf: Mapping[str, Any]) -> MetricConf:
    """The checked settings of one metric from its object; `formula` is the metric's name where it says none.

    Raises ValueError, naming key and what would be right.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a metric's name is letters, digits, '_' and '-'")
    formula = str(conf.get("formula") or name)
    if formula not in FORMULAS:
        raise ValueError(f"there is no formula {formula!r}; {nearest(formula, FORMULAS)}")
    try:
        return FORMULAS[formula].model_validate_json(json.dumps(conf))
    except ValidationError as error:
        raise ValueError("; ".join(map(_told, error.errors(include_url=False)))) from None


def _told(detail: Any) -> str:
    key = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        keys = {name for model in (*FORMULAS.values(), Comparison, Budget) for name in model.model_fields}
        return f"{key}: no such key; {nearest(str(detail['loc'][-1]), keys)}"
    return f"{key}: {detail['msg'].removeprefix('Value error, ')}".removeprefix(": ")
