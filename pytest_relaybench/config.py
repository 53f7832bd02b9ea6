"""The models of every config file: the home's, an experiment's, a subsystem's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError, WrapValidator, model_validator

from .storage import checked_url, is_url
from .strict_model import StrictModel
from .variants.entries import VariantEntry
from .variants.parsing import parse_table
from .variants.spec import DEFAULT_REMOTE

INSTALLED = "installed"
DEFAULT_TIMEOUT_S = 30 * 60.0
DEFAULT_TELEMETRY_S, LEAST_TELEMETRY_S = 15.0, 0.05
AXIS_KEY = "relaybench_axis"
WITHOUT_TVM_KEY = "relaybench_without_tvm"
THREADS = "threads"  # the axis that sets a process's threads
_CPU_NUMBER = re.compile("[0-9]{1,5}")


def _expand_user(path: str) -> str:
    if not path.strip():
        raise ValueError("a folder's name may not be empty")
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        raise ValueError("there is no such user, or none whose home is known") from None


def _expand_place(place: str) -> str:
    if "://" in place and not is_url(place):
        raise ValueError("neither a folder nor a URL as in s3://bucket/nights")
    return checked_url(place) if is_url(place) else _expand_user(place)


def _without_repeats(values: Any) -> Any:
    """Drop repeated entries of an axis, first one kept: a parameter is measured once."""
    return [value for index, value in enumerate(values) if value not in values[:index]]


def _core_list(cores: str) -> str:
    parse_cores(cores)
    return cores


def _telemetry_rate(seconds: float) -> float:
    if 0 < seconds < LEAST_TELEMETRY_S:
        raise ValueError(f"seconds between two samples: {LEAST_TELEMETRY_S:g} or more, or 0 for none")
    return seconds


def parse_cores(cores: str) -> frozenset[int]:
    """The CPU numbers that a list such as `"0-3,6"` names, as `taskset --cpu-list` reads it.

    Raises ValueError for anything else, a bitmask included.
    """
    numbers: set[int] = set()
    for part in cores.split(","):
        first, dash, last = part.strip().partition("-")
        if not _CPU_NUMBER.fullmatch(first) or (dash and not _CPU_NUMBER.fullmatch(last)):
            raise ValueError('cores are listed as in "0-3,6"')
        low, high = int(first), int(last) if dash else int(first)
        if high < low:
            raise ValueError(f'the range "{part.strip()}" runs backwards')
        numbers.update(range(low, high + 1))
    return frozenset(numbers)


Folder = Annotated[str, AfterValidator(_expand_user)]
Place = Annotated[str, AfterValidator(_expand_place)]
CoreList = Annotated[str, AfterValidator(_core_list)]
TelemetryRate = Annotated[float, AfterValidator(_telemetry_rate)]


Kept = Annotated[int | None, Field(ge=1)]
Days = Annotated[float | None, Field(gt=0)]


class HomeConfig(StrictModel):
    """`H/config.json`: where a home keeps what outlives a run. Relative folders are relative to the home."""

    tmp_data_dir: Place = Field(description="raw samples, one zip of CSV files per run; a folder or an fsspec URL")
    backup_dir: Place = Field(description="archives of the home, two a run; a folder or an fsspec URL")
    setup_dir: Folder = Field(description="what set-up fixtures built, kept between runs; local disk")
    randomize: bool = Field(default=True, description="shuffle the experiments; false: by priority, ties by name")
    title: str = Field(default="Relay Dashboard", description="heading of the site")
    variants: dict[str, VariantEntry] = Field(default_factory=dict, description="TVM builds that experiments may name")
    tvm_remote: str = Field(default=DEFAULT_REMOTE, description="git remote of `git:` variants that name none")
    builds_kept: int = Field(
        default=5, ge=1, description="TVM builds to keep, last used first; never fewer than tonight uses"
    )
    build_jobs: int | None = Field(default=None, ge=1, description="parallel compilations; null: what the machine has")
    run_cpu_telemetry: bool = Field(default=False, description="watch CPU and memory while experiments run")
    run_gpu_telemetry: bool = Field(default=False, description="watch NVIDIA GPUs while experiments run")
    telemetry_rate: TelemetryRate = Field(
        default=DEFAULT_TELEMETRY_S, description="seconds between two samples of telemetry; 0 or less: none"
    )

    archives_kept: Kept = Field(default=None, description="runs whose archives are kept; null: all")
    archives_kept_days: Days = Field(default=None, description="days for which archives are kept; null: for ever")
    raw_kept: Kept = Field(default=None, description="runs whose raw samples are kept; null: all")
    raw_kept_days: Days = Field(default=None, description="days for which raw samples are kept; null: for ever")
    raw_thinned_days: Days = Field(default=None, description="days after which raw samples are thinned; null: never")
    raw_thinned_to: int = Field(default=50, ge=2, description="samples that thinning leaves of a measurement")
    sentinels: bool = Field(default=True, description="measure the machine itself before and after the tests")
    confirm: bool = Field(default=True, description="measure again the same night what looks changed")
    confirm_budget_s: float = Field(default=600.0, ge=0, description="seconds of a night for measuring again")

    @model_validator(mode="after")
    def _variants_are_known(self) -> HomeConfig:
        parse_table(self.variants, self.tvm_remote)
        return self


class ProcessPinning(StrictModel):
    """Which CPUs an experiment's processes may use."""

    enable: bool = False
    cores: CoreList | None = Field(default=None, description='as in "0-3,6"')

    @model_validator(mode="after")
    def _cores_when_enabled(self) -> ProcessPinning:
        if self.enable and self.cores is None:
            raise ValueError("pinning is enabled but no cores are named")
        return self

    def cpus(self) -> tuple[int, ...]:
        """The CPU numbers to pin to, none when pinning is off."""
        return tuple(sorted(parse_cores(self.cores))) if self.enable and self.cores else ()


def _tolerances(value: Any, check: Callable[[Any], Any]) -> Any:
    """One fault for a value that fits neither form, in place of pydantic's one for each."""
    try:
        return check(value)
    except ValidationError:
        raise ValueError("a number of 0 or more, or an object of such numbers by metric") from None


NotNegative = Annotated[float, Field(ge=0)]
Tolerances = Annotated[NotNegative | dict[str, NotNegative], WrapValidator(_tolerances)]


class GateConfig(StrictModel):
    """What `--gate` holds an experiment's series to; a tolerance is one number, or one for each metric named."""

    metrics: list[str] | None = Field(default=None, description="metrics that are gated; null: all with a direction")
    percent: Tolerances | None = Field(default=None, description="tolerated change for the worse; null: by the base")
    absolute: Tolerances | None = Field(default=None, description="likewise, in the unit of the metric; null: none")
    confidence: float = Field(default=0.95, ge=0.5, lt=1, description="how sure it must be that a series is worse")
    limit: dict[str, float] = Field(
        default_factory=dict, description="metric → the most that it may be; where higher is better, the least"
    )

    def percent_of(self, metric: str) -> float | None:
        """The tolerated change of this metric in percent, None where none is configured."""
        return self.percent.get(metric) if isinstance(self.percent, dict) else self.percent

    def absolute_of(self, metric: str) -> float | None:
        """The tolerated change of this metric in its unit, None where none is configured."""
        return self.absolute.get(metric) if isinstance(self.absolute, dict) else self.absolute

    def named(self) -> frozenset[str]:
        """Every metric that stands in it."""
        tolerances = [given for given in (self.percent, self.absolute) if isinstance(given, dict)]
        return frozenset({*(self.metrics or ()), *self.limit, *(name for given in tolerances for name in given)})


class ExperimentConfig(StrictModel):
    """What every experiment's `config.json` may hold; a module's own `Config` adds to it."""

    active: bool = Field(default=True, description="run it or not; must be stated in a home")
    title: str = Field(default="", description="heading on pages and in reports; the experiment's name by default")
    description: str = ""
    notify: list[str] = Field(default_factory=list, description="who is told when it fails, e.g. Slack member IDs")
    priority: int = Field(default=0, description="higher runs earlier when the home does not randomize")
    rerun_setup: bool = Field(default=False, description="build set-up anew instead of using what is cached")
    timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0, description="seconds before a test counts as hung")
    memory_limit_mb: int | None = Field(
        default=None,
        ge=64,
        le=1 << 40,  # as bytes it is a number for the kernel
        description="MiB of address space that the measured process may have; null: no limit",
    )
    process_pinning: ProcessPinning = Field(default_factory=ProcessPinning)
    threads: int = Field(default=1, ge=1, description="threads of TVM, OpenMP and BLAS in the measured process")
    budget_s: float = Field(default=1.0, gt=0, description="seconds that `bench` spends on timed rounds of one test")
    variants: list[str] = Field(
        default_factory=lambda: [INSTALLED],
        min_length=1,
        description='TVM builds to run on: "installed", "release:0.26.0", "git:main", or a name from the home\'s table',
    )
    tvm_remote: str | None = Field(default=None, description="git remote of `tvm_branch` and of `git:` variants")
    tvm_branch: str | None = Field(default=None, description="branch, tag or commit to run on; stands for `variants`")
    compare: tuple[str, str] | None = Field(default=None, description="two variants to measure side by side")
    compare_budget_s: float = Field(default=600.0, gt=0, description="seconds that one comparison may take")
    confirm: bool | None = Field(default=None, description="as in the home's config; null: as the home says")
    gate: GateConfig = Field(default_factory=GateConfig, description="what `--gate` holds its series to")
    headline: Literal["min", "median", "mean"] = Field(default="min", description="which statistic stands for a series")
    run_cpu_telemetry: bool | None = Field(default=None, description="as in the home's config; null: as the home says")
    run_gpu_telemetry: bool | None = Field(default=None, description="as in the home's config; null: as the home says")
    telemetry_rate: TelemetryRate | None = Field(
        default=None, description="as in the home's config; null: as the home says"
    )


class TrialConfig(ExperimentConfig):
    """Counts and seed for experiments that state their trials instead of a time budget."""

    dry_run: int = Field(default=8, ge=0, description="untimed calls before the timed ones, per input")
    n_inputs: int = Field(default=3, ge=1, description="different random inputs")
    n_times_per_input: int = Field(default=10, ge=1, description="timed calls per input")
    set_seed: bool = Field(default=False, description="make inputs from `seed` instead of the run's seed")
    seed: int = Field(default=0, ge=0, lt=2**32)


class SubsystemConfig(StrictModel):
    """What every subsystem's `config.json` may hold; its own `Config` adds to it."""

    active: bool = Field(description="run it or not")
    title: str = ""
    description: str = ""
    notify: list[str] = Field(default_factory=list, description="who is told when it fails, e.g. Slack member IDs")
    priority: int = Field(default=0, description="higher runs earlier among those whose inputs are ready")
    timeout_s: float = Field(default=15 * 60.0, gt=0, description="seconds before it counts as hung and is killed")


def axis(parameter: str, default: Sequence[Any], *, description: str = "", without_tvm: Collection[Any] = ()) -> Any:
    """Declare a config list whose entries are the values of a test parameter.

    As in `sizes: list[int] = axis("size", [64, 256])`.

    Each entry of the list is one value of the parameter named `parameter`; an empty list is refused, repeats are
    dropped. Restrict the values with the annotation, e.g. `list[Literal["cpu", "cuda"]]`.

    Entries named in `without_tvm` use no TVM: a test that also takes `tvm_variant` runs once for each of them, whatever
    builds there are, and gets None for the build. At most one axis of a test may have such entries.

    An axis whose parameter is `threads` sets the threads of the process that measures, in place of the key `threads`.
    """
    extra: dict[str, Any] = {AXIS_KEY: parameter, WITHOUT_TVM_KEY: list(without_tvm)}
    return Field(default=list(default), min_length=1, description=description, json_schema_extra=extra)


def axes_of(model: type[BaseModel]) -> dict[str, str]:
    """The model's axes: test parameter → name of the config list."""
    found = {}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and AXIS_KEY in extra:
            found[str(extra[AXIS_KEY])] = name
    return found


def without_tvm(model: type[BaseModel]) -> dict[str, list[Any]]:
    """Test parameter → those of its values that use no TVM; only the axes that have such."""
    extras = [(parameter, model.model_fields[name].json_schema_extra) for parameter, name in axes_of(model).items()]
    return {
        parameter: entries
        for parameter, extra in extras
        if isinstance(extra, dict) and isinstance(entries := extra[WITHOUT_TVM_KEY], list) and entries
    }


def axis_values(config: BaseModel) -> dict[str, list[Any]]:
    """Test parameter → the values that this config gives it, repeats dropped."""
    return {parameter: _without_repeats(getattr(config, field)) for parameter, field in axes_of(type(config)).items()}
