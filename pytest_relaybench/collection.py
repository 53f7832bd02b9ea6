"""Experiments as pytest collects them: a module with a config whose axes are its tests' parameters."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import pytest

from .config import THREADS, ExperimentConfig, axis_values, without_tvm
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
INDIRECT = frozenset({"device"})  # fixtures of ours that take the value and check it
CONFIG, VARIANT = "experiment_config", "tvm_variant"
VARIANT_KEYS = ("compare", "tvm_branch", "variants", "tvm_remote")  # of a config; the first that is set decides
ONE_AXIS_WITHOUT_TVM = "at most one axis of a test may have values without_tvm"
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
        own = _own_parameters(metafunc)
        axes: dict[str, Sequence[Any]] = {
            parameter: values
            for parameter, values in axis_values(module.experiment.config).items()
            if parameter in metafunc.fixturenames and parameter not in own
        }
        if VARIANT in metafunc.fixturenames and VARIANT not in own:
            labels = list(metafunc.config.stash[SURROUNDINGS].labels_of(module.experiment.config))
            axes = _parametrize_variants(metafunc, labels, axes, without_tvm(type(module.experiment.config)))
        for parameter, values in axes.items():
            indirect = [parameter] if parameter in INDIRECT else False
            metafunc.parametrize(parameter, values, indirect=indirect, ids=_id, scope=_scope_of(metafunc, parameter))


def _parametrize_variants(
    metafunc: pytest.Metafunc,
    labels: Sequence[str],
    axes: Mapping[str, Sequence[Any]],
    without: Mapping[str, Sequence[Any]],
) -> dict[str, Sequence[Any]]:
    """Make the builds a parameter, once for all values of an axis that use no TVM; returns the other axes."""
    shared = [parameter for parameter in axes if without.get(parameter)]
    if not shared:
        ids = labels if len(labels) > 1 else [pytest.HIDDEN_PARAM]
        metafunc.parametrize(VARIANT, labels, indirect=True, scope="session", ids=ids)
        return dict(axes)
    if len(shared) > 1:
        raise ConfigError([Fault(metafunc.definition.nodeid, f"axes {', '.join(shared)}", "", ONE_AXIS_WITHOUT_TVM)])
    parameter = shared[0]
    pairs: list[tuple[str | None, Any]] = []
    for value in axes[parameter]:
        pairs += [(None, value)] if value in without[parameter] else [(label, value) for label in labels]
    several = len(labels) > 1
    ids = [f"{label}-{_text(value)}" if several and label else _text(value) for label, value in pairs]
    indirect = [VARIANT, *INDIRECT.intersection([parameter])]
    metafunc.parametrize([VARIANT, parameter], pairs, indirect=indirect, scope="session", ids=ids)
    return {name: values for name, values in axes.items() if name != parameter}


def _scope_of(metafunc: pytest.Metafunc, parameter: str) -> Literal["session", "function"]:
    """The session's, so that a fixture of more than one test, which builds things, may take it; else the test's.

    pytest sorts tests by parameters of the session, and by several of them into no order that anybody would expect.
    """
    fixtures = chain.from_iterable(metafunc.definition._fixtureinfo.name2fixturedefs.values())
    is_shared = any(fixture.scope != "function" and parameter in fixture.argnames for fixture in fixtures)
    return "session" if is_shared else "function"


def _own_parameters(metafunc: pytest.Metafunc) -> frozenset[str]:
    """Parameters that the author has set with `pytest.mark.parametrize`."""
    names: set[str] = set()
    for marker in metafunc.definition.iter_markers("parametrize"):
        given = marker.args[0] if marker.args else marker.kwargs.get("argnames", ())
        names.update(part.strip() for part in (given.split(",") if isinstance(given, str) else given))
    return frozenset(names)


def _id(value: Any) -> str | None:
    """A readable id for a list or object of JSON; pytest names the rest itself."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")) if isinstance(value, list | dict) else None


def _text(value: Any) -> str:
    return _id(value) or str(value)


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
