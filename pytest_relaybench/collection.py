"""Experiments as pytest collects them: a module with a config whose axes are its tests' parameters."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .axes import VARIANT, parametrize_axes
from .config import THREADS, ExperimentConfig
from .errors import ConfigError, Fault
from .experiment import (
    NOT_CONFIGURED,
    ConfigSource,
    Experiment,
    check_cores,
    check_threads,
    is_inactive,
    load_config,
    name_of,
)
from .variants.installed import Variant

PRECHECK = "precheck"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of an object without a name: it would make every night a new series
CONFIG = "experiment_config"
VARIANT_KEYS = ("compare", "tvm_branch", "variants", "tvm_remote")  # of a config; the first that is set decides
NO_PARAMETERS = frozenset({CONFIG, VARIANT})  # of pytest's parameters those that are none of the measurement


@dataclass(frozen=True)
class Surroundings:
    """What tests need to know about the run they are part of, in the process that runs them."""

    setup_dir: Path
    seed: int
    fresh_since: float | None = None  # set-up built before this moment (seconds since 1970) is built anew
    labels_of: Callable[[ExperimentConfig], Sequence[str]] = operator.attrgetter("variants")
    variant: Variant | None = None  # what `tvm_variant` must be; None: whatever is installed
    experiments: dict[str, Experiment] = field(default_factory=dict)
    tell: Callable[[str], None] = print  # a line on the session's terminal, at once


SURROUNDINGS = pytest.StashKey[Surroundings]()


class PrecheckFailedError(Exception):
    """An experiment cannot run; the message holds one line per fault."""


class PrecheckItem(pytest.Item):
    """`test_x.py::precheck`: passes when the experiment can run."""

    def __init__(self, *, problem: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problem = problem

    def runtest(self) -> None:
        """Fail with what was found at collection."""
        if self.problem is not None:
            raise PrecheckFailedError(self.problem)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the faults alone: a traceback into this file helps nobody."""
        return (
            str(excinfo.value) if excinfo.errisinstance(PrecheckFailedError) else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, for reports."""
        return self.path, None, f"{PRECHECK} of {self.nodeid.removesuffix('::' + PRECHECK)}"


class ExperimentModule(pytest.Module):
    """A module that is an experiment; one that cannot be one becomes a single failing item."""

    def __init__(self, *, source: ConfigSource | ConfigError, shows_precheck: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._source = source
        self._shows_precheck = shows_precheck
        self.experiment: Experiment | None = None
        self.is_inactive = False  # by its config alone, when its module cannot be loaded

    @property
    def experiment_name(self) -> str:
        """The experiment's name, also when it cannot run."""
        return name_of(self.path)

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The precheck, then the tests; the precheck alone when import, config or parametrisation fails."""
        if self._source is NOT_CONFIGURED:
            return []
        try:
            self.experiment = self._load()
            children = list(super().collect())
        except (pytest.exit.Exception, pytest.UsageError):
            raise
        except pytest.skip.Exception as skipped:
            if not self._shows_precheck:
                raise
            return [self._precheck(f"the module skips itself: {skipped}")]
        except (Exception, pytest.fail.Exception, SystemExit) as error:  # noqa: BLE001, concerns this module only
            self.experiment = None
            # a config that is in order may say that the module does not matter
            self.is_inactive = not isinstance(error, ConfigError) and is_inactive(self._source)
            return [self._precheck(None if self.is_inactive else _problem(error))]
        if not self._shows_precheck:
            return children
        empty = self.experiment.config.active and not children
        return [self._precheck("there is no test in the module" if empty else None), *children]

    def _precheck(self, problem: str | None) -> PrecheckItem:
        """The item that tells whether the experiment can run."""
        return PrecheckItem.from_parent(self, name=PRECHECK, problem=problem)

    def _load(self) -> Experiment:
        module = self.obj
        if isinstance(self._source, ConfigError):
            raise self._source
        config = load_config(self._source, module)
        check_cores(self._source, config)
        check_threads(self._source, config)
        self._check_variants(self._source, config)
        experiment = Experiment(self.experiment_name, self.path, module, config, self._source)
        experiment.config_json()  # the record will hold it: what JSON cannot is a fault now
        found = self.config.stash[SURROUNDINGS].experiments
        if found.setdefault(experiment.name, experiment).path != self.path:
            other = found[experiment.name].path
            raise ConfigError([Fault(str(self.path), "", "", f"experiment {experiment.name} is {other} already")])
        return experiment

    def _check_variants(self, source: ConfigSource, config: ExperimentConfig) -> None:
        """Raise ConfigError for a variant that nobody knows, also where no test uses it."""
        try:
            self.config.stash[SURROUNDINGS].labels_of(config)
        except ValueError as error:
            key = next((key for key in VARIANT_KEYS if key in config.model_fields_set), "variants")
            raise ConfigError([Fault(source.path, key, "", str(error))]) from None


def _problem(error: BaseException) -> str:
    """The error in the words of the log: faults one a line, an import error with its own report."""
    text = str(error).strip()
    if isinstance(error, pytest.Collector.CollectError):
        causes = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
        return f"{causes[-1]}\n{text}" if causes else text
    return text if isinstance(error, ConfigError) else f"{type(error).__name__}: {text}"


class CollectPlugin:
    """Turns modules into experiments; `source_of` gives the config of a module, None when it is no experiment."""

    def __init__(self, source_of: Callable[[Path], ConfigSource | ConfigError | None], *, shows_precheck: bool) -> None:
        self._source_of = source_of
        self._shows_precheck = shows_precheck

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """Give an experiment's module its own collector."""
        source = self._source_of(module_path)
        if source is None:
            return None
        return ExperimentModule.from_parent(
            parent, path=module_path, source=source, shows_precheck=self._shows_precheck
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, Any]:
        """A test class that cannot be collected is a fault of its experiment, not the end of the session."""
        report = yield
        inside = isinstance(collector, pytest.Class) and collector.getparent(ExperimentModule) is not None
        if not (inside and report.failed):
            return report
        item = PrecheckItem.from_parent(collector, name=PRECHECK, problem=str(report.longrepr))
        return pytest.CollectReport(collector.nodeid, "passed", None, [item])

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make the config's axes parameters of the tests that name them."""
        module = metafunc.definition.getparent(ExperimentModule)
        if module is None or module.experiment is None:
            return
        if CONFIG in metafunc.fixturenames:
            metafunc.parametrize(
                CONFIG, [module.experiment.name], indirect=True, scope="session", ids=[pytest.HIDDEN_PARAM]
            )
        labels = metafunc.config.stash[SURROUNDINGS].labels_of
        parametrize_axes(metafunc, module.experiment.config, labels)


def experiment_of(item: pytest.Item) -> str | None:
    """The name of the experiment that the item belongs to, None for somebody else's test."""
    module = item.getparent(ExperimentModule)
    return module.experiment_name if module is not None else None


def test_name(item: pytest.Item) -> str:
    """The test without its parameters: `test_matmul`, or `TestShapes::test_matmul`."""
    return item.nodeid.partition("::")[2].partition("[")[0]


test_name.__test__ = False  # type: ignore[attr-defined]


def variant_of(item: pytest.Item) -> str | None:
    """The label of the TVM build that the item runs on, None when it uses none."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get(VARIANT)


def threads_of(item: pytest.Item, config: ExperimentConfig) -> int:
    """The threads of the item's process: its parameter `threads` where it has a whole one, else its config's."""
    value = params_of(item).get(THREADS)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else config.threads


def params_of(item: pytest.Item) -> Mapping[str, Any]:
    """The item's parameters as JSON values, in the order of its config."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return {name: _plain(value) for name, value in params.items() if name not in NO_PARAMETERS}


def _plain(value: Any) -> Any:
    if not (value is None or isinstance(value, str | int | float | bool | list | dict)):
        return _ADDRESS.sub("", getattr(value, "__qualname__", None) or str(value))
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)
    return value
