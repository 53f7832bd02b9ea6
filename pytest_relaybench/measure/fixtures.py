"""The fixtures that authors use, registered when a session has an experiment."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from ..collection import SURROUNDINGS, experiment_of, params_of, test_name
from ..config import ExperimentConfig
from ..setup_cache import SetupCache
from ..variants.artifact_parts import joined
from ..variants.compile_meter import Compilation, CompileMeter
from ..variants.devices import device_problem
from ..variants.installed import Variant, check_ffi, installed
from .bench import Bench
from .clock import CLOCK
from .memory import PEAK
from .metrics import ARTIFACT_SIZE, COMPILE, Metric, metric, to_json

METER = CompileMeter(aside=PEAK.aside)
NO_EXPERIMENT = (
    "not part of an experiment: a home's experiment is test_NAME.py with config/experiments/NAME/config.json, and its "
    "tests name `bench` or `experiment_config` as an argument, their own or that of a fixture"
)
NO_TVM = "apache-tvm is not installed (pip install 'pytest-relaybench[tvm]')"


@pytest.fixture(scope="session")
def experiment_config(request: pytest.FixtureRequest) -> ExperimentConfig:
    """The experiment's validated config: an instance of the module's `Config`."""
    name = getattr(request, "param", None)
    if name is None:
        pytest.fail(NO_EXPERIMENT, pytrace=False)
    return request.config.stash[SURROUNDINGS].experiments[name].config


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """`"cpu"` or `"cuda"`, from the config's axis; skips, with the reason, where there is no such device."""
    name: str = getattr(request, "param", "cpu")
    problem = device_problem(name)
    if problem is not None:
        pytest.skip(problem)
    return name


@pytest.fixture(scope="session")
def tvm_variant(request: pytest.FixtureRequest) -> Variant | None:
    """The TVM under test, imported and checked: its label, version, commit and path.

    None where the test's parameters say that it uses none: `axis(..., without_tvm=...)`.
    """
    if getattr(request, "param", "") is None:
        return None
    variant = request.config.stash[SURROUNDINGS].variant or installed()
    if variant is None:
        pytest.skip(NO_TVM)
    variant.check_imported()
    problem = check_ffi(variant)
    if problem is not None:
        warnings.warn(problem, stacklevel=1)
    METER.install()
    return variant


@pytest.fixture(scope="session")
def run_seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run, 0 to 2**32 - 1: recorded, and replayed by `--run-seed`. Make random inputs from it."""
    return request.config.stash[SURROUNDINGS].seed


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`tell(text)` prints a line on the terminal at once, for what takes minutes."""
    return request.config.stash[SURROUNDINGS].tell


@pytest.fixture(scope="session")
def setup_cache(request: pytest.FixtureRequest) -> SetupCache:
    """`setup_cache(name, build, *inputs) -> Path`: a folder that `build(folder)` filled, kept until inputs change."""
    surroundings = request.config.stash[SURROUNDINGS]
    return SetupCache(surroundings.setup_dir, fresh_since=surroundings.fresh_since)


@pytest.fixture
def bench(benchmark: Any, experiment_config: ExperimentConfig) -> Iterator[Bench]:
    """`bench(fn, *args)` times a call and returns its result; `bench.record` takes any other metric."""
    fixture = Bench(benchmark, experiment_config.budget_s)
    yield fixture
    # a test may record metrics without timing anything, which is no oversight
    benchmark.skipped = benchmark.stats is None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let pytest-benchmark read the clock that can also replay durations."""
    given = item.get_closest_marker("benchmark")
    options = given.kwargs if given else {}
    if experiment_of(item) is not None and "timer" not in options:
        item.add_marker(pytest.mark.benchmark(**options, timer=CLOCK), append=False)  # the first mark counts


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What was compiled by a test that took no `bench`, or failed, is not the next one's."""
    METER.take()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Attach what a passed test measured to its report, which takes it to whoever keeps results."""
    report = yield
    is_whole = type(report) is pytest.TestReport  # and no part of a test, as of `subtests`
    if call.when == "call" and is_whole and report.passed and "bench" in getattr(item, "funcargs", {}):
        fixture = cast("Bench", item.funcargs["bench"])  # type: ignore[attr-defined]
        compilations = METER.take()
        artifact = joined([entry.artifact for entry in compilations])
        report.relaybench = {
            "test": test_name(item),
            "params": dict(params_of(item)),
            "metrics": [to_json(entry) for entry in [*fixture.metrics, *_compiled(fixture.metrics, compilations)]],
            "ran_on": fixture.device,
            "artifact": artifact.hash,
            "artifacts": {artifact.hash: artifact.parts} if artifact.hash else {},
        }
    return report


def _compiled(measured: list[Metric], compilations: list[Compilation]) -> list[Metric]:
    """Compile seconds and artifact bytes of what TVM has built, unless the author has recorded them."""
    known = {entry.name for entry in measured}
    found = []
    if compilations and COMPILE not in known:
        found.append(metric(COMPILE, [sum(entry.seconds for entry in compilations)], "s", "lower"))
    sizes = [entry.artifact_bytes for entry in compilations if entry.artifact_bytes is not None]
    if sizes and ARTIFACT_SIZE not in known:
        found.append(metric(ARTIFACT_SIZE, [sum(sizes)], "B", "lower", deterministic=True))
    return found
