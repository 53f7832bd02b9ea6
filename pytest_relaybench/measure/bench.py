"""The `bench` fixture's value: correctness, then warm-up, then timed rounds through pytest-benchmark."""

from __future__ import annotations

import gc
import inspect
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np

from ..errors import MeasurementError
from .clock import CLOCK
from .correctness import check_output
from .metrics import FIRST_RUN, STEADY, Metric, metric
from .placement import device_of_function, device_of_output, one_text
from .plan import WARM_UP_SHARE, Plan, plan_rounds, warm_up

RTOL, ATOL = 1e-4, 1e-5  # single precision through a deep network

UNSTATED = object()


class Bench:
    """Times a function once per test and takes any other metric of it.

    `benchmark` is pytest-benchmark's fixture; `budget_s` the seconds that timed rounds may take in all.
    """

    def __init__(self, benchmark: Any, budget_s: float) -> None:
        self._benchmark = benchmark
        self._budget_s = budget_s
        self._references: Sequence[Any] | None = None
        self._rtol, self._atol = RTOL, ATOL
        self._metrics: dict[str, Metric] = {}
        self._has_begun = False
        self._stated_devices: set[str] = set()
        self._seen_device = ""

    @property
    def metrics(self) -> list[Metric]:
        """What was measured so far."""
        return list(self._metrics.values())

    @property
    def device(self) -> str:
        """The device that did the work: as the author has stated it, else as what was timed shows, else ""."""
        return one_text(self._stated_devices) or self._seen_device

    def __call__(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Time `fn(*args, **kwargs)` and return its result.

        The first call is the metric `first_run`; its output is compared with the reference when there is one, before
        anything else is timed. Then come warm-up until steady and rounds within the budget: the metric `time`, in
        seconds per call, which counts only where the last output is right too. Raises OutputMismatchError when the
        output is wrong, MeasurementError when called twice, and for a function that only makes a coroutine or
        generator.
        """
        __tracebackhide__ = True
        self._begin()
        result, first_s = _timed(fn, args, kwargs)
        self._see(fn, result)
        self._check([result])
        if self._benchmark.disabled:
            return result
        with _quiet_collector():
            call_s = warm_up(lambda: fn(*args, **kwargs), self._budget_s)
            plan = plan_rounds(call_s, self._budget_s)
            result = self._pedantic(fn, plan, args=args, kwargs=kwargs, last=lambda output: [output])
        self._add(metric(FIRST_RUN, [first_s], "s", "lower"))
        return result

    def trials(self, fn: Callable[..., Any], inputs: Sequence[Sequence[Any]], *, dry_run: int, times: int) -> list[Any]:
        """Time `fn(*arguments)` for each of the `inputs`: `dry_run` untimed calls, then `times` samples.

        For experiments that state their trials; returns the first output of every input. The first input is warmed up
        until steady where its dry run has not taken a warm-up's time. References, one per input, are compared before
        anything is timed, and once more with an untimed call after it. Raises as a call does.
        """
        __tracebackhide__ = True
        self._begin()
        if not inputs or times < 1:
            raise MeasurementError(f"trials need an input and a timed call (found {len(inputs)} and {times})")
        outputs, seconds = zip(*(_timed(fn, arguments, {}) for arguments in inputs), strict=True)
        self._see(fn, outputs)
        self._check(outputs)
        if self._benchmark.disabled:
            return list(outputs)
        with _quiet_collector():
            rounds = _rounds(fn, inputs, dry_run, times, self._budget_s)
            plan = Plan(len(inputs) * times, 1)
            self._pedantic(
                fn, plan, setup=lambda: (next(rounds), {}), last=lambda _: [fn(*arguments) for arguments in inputs]
            )
        reps = [index for index in range(len(inputs)) for _ in range(times)]
        self._add(metric(STEADY, self._metrics.pop(STEADY).samples, "s", "lower", reps))
        self._add(metric(FIRST_RUN, seconds[:1], "s", "lower"))
        return list(outputs)

    def durations(self, seconds: Sequence[float], *, output: Any = UNSTATED) -> None:
        """Take times measured elsewhere (`time_evaluator`, a remote device, CUDA events) as samples of `time`.

        Where a reference is stated, `output` is what was timed gave: it is compared first, and may not be left out.
        Raises MeasurementError for a negative one, for none, and where the test's own `timer` would tell other times.
        """
        __tracebackhide__ = True
        self._begin()
        if output is not UNSTATED:
            self._see(None, output)
            self._check([output])
        elif self._references is not None:
            raise MeasurementError("a reference is stated: give durations(seconds, output=...) what was timed gave")
        samples = metric(STEADY, seconds, "s", "lower").samples
        if min(samples) < 0:
            raise MeasurementError(f"{STEADY}: a duration is {min(samples)}, and time does not run backwards")
        if self._benchmark.disabled:
            return
        steps = iter(samples)
        with CLOCK.replaying():
            self._pedantic(lambda: CLOCK.advance(next(steps)), Plan(len(samples), 1), setup=CLOCK.restart)
        if self._metrics[STEADY].samples != samples:
            raise MeasurementError("durations are replayed by a timer of ours: leave out `timer` in the benchmark mark")

    def record(  # noqa: PLR0913 - what a metric is
        self,
        name: str,
        value: float,
        *,
        unit: str,
        direction: str = "lower",
        deterministic: bool = False,
        note: str = "",
    ) -> None:
        """Take one value of another metric: a size in "B", a count in "1", a share in "%", operations in "FLOP" ...

        `direction` says which way is better: lower, higher or neutral. `deterministic` says that the same code gives
        the same value to the last bit, every night and on whatever inputs it has: then any change is told, without
        statistics. `note` is a line that is stored with the value, as the message of what went wrong. Raises
        MeasurementError for NaN, an infinity, no unit, an unknown direction, or a metric that this test has already.
        """
        __tracebackhide__ = True
        self._add(metric(name, [value], unit, direction, note=note, deterministic=deterministic))

    def ran_on(self, device: str) -> None:
        """State which device did the work, as "cpu" or "cuda", where what is timed does not show it.

        Stated twice with different ones, it was both. A test that was given `device="cuda"` and ran on the CPU is told
        in the night's verdicts. Raises MeasurementError for an empty name.
        """
        __tracebackhide__ = True
        if not device.strip():
            raise MeasurementError("ran_on takes the name of a device, as 'cpu' or 'cuda'")
        self._stated_devices.add(device.strip())

    def reference(self, value: Any, *, rtol: float = RTOL, atol: float = ATOL) -> None:
        """State what the output must be: an array, tensor or number, or a list, tuple or dict of them."""
        self.references([value], rtol=rtol, atol=atol)

    def references(self, values: Sequence[Any], *, rtol: float = RTOL, atol: float = ATOL) -> None:
        """State what each output of `trials` must be, in the order of its inputs.

        Raises MeasurementError once something was timed, since it would not be compared.
        """
        __tracebackhide__ = True
        if self._has_begun:
            raise MeasurementError("state the reference before `bench` is called: an output is compared before timing")
        self._references, self._rtol, self._atol = list(values), rtol, atol

    def _begin(self) -> None:
        __tracebackhide__ = True
        if self._has_begun:
            raise MeasurementError("`bench` times once per test: make what differs a parameter")
        self._has_begun = True

    def _see(self, fn: Callable[..., Any] | None, output: Any) -> None:
        """Note which device did the work, as far as the function or its output shows."""
        with suppress(Exception):  # whatever other people's objects do when they are asked, it fails no test
            self._seen_device = (device_of_function(fn) if fn else "") or device_of_output(output)

    def _check(self, outputs: Sequence[Any], when: str = "") -> None:
        __tracebackhide__ = True
        if any(isinstance(output, float | np.floating) and math.isnan(output) for output in outputs):
            raise MeasurementError("the function that is timed returned NaN, which is an error and no result")
        if self._references is None:
            return
        if len(self._references) != len(outputs):
            raise MeasurementError(f"{len(outputs)} outputs but {len(self._references)} references")
        for output, reference in zip(outputs, self._references, strict=True):
            check_output(output, reference, rtol=self._rtol, atol=self._atol, name=f"{when}output")

    def _pedantic(
        self, fn: Callable[..., Any], plan: Plan, *, last: Callable[[Any], Sequence[Any]] | None = None, **how: Any
    ) -> Any:
        """Time the rounds; `last` makes, of the last round's output, outputs that must be right for the time to count.

        What is right once and wrong later, as an engine that writes into its input, has no time.
        """
        __tracebackhide__ = True
        result = self._benchmark.pedantic(fn, rounds=plan.rounds, iterations=plan.iterations, **how)
        if last is not None:
            self._check(last(result), "after timing: ")
        self._add(metric(STEADY, self._benchmark.stats.stats.data, "s", "lower"))
        return result

    def _add(self, entry: Metric) -> None:
        __tracebackhide__ = True
        if entry.name in self._metrics:
            raise MeasurementError(f"{entry.name}: this test has recorded it already")
        self._metrics[entry.name] = entry


def _timed(fn: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, float]:
    __tracebackhide__ = True
    started = time.perf_counter()
    result = fn(*args, **kwargs)
    seconds = time.perf_counter() - started
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        if inspect.iscoroutine(result):
            result.close()  # nobody will await it, and Python would warn
        name = getattr(fn, "__name__", repr(fn))
        raise MeasurementError(
            f"{name} returns a {type(result).__name__}: calling it does no work, give `bench` a function that does it"
        )
    return result, seconds


def _rounds(
    fn: Callable[..., Any], inputs: Sequence[Sequence[Any]], dry_run: int, times: int, budget_s: float
) -> Iterator[Sequence[Any]]:
    """The arguments of each timed round; the untimed calls of an input are made when its first round is asked for."""
    for index, arguments in enumerate(inputs):
        started = time.perf_counter()
        for _ in range(dry_run):
            fn(*arguments)
        if index == 0:
            _finish_warm_up(partial(fn, *arguments), budget_s, time.perf_counter() - started)
        for _ in range(times):
            yield arguments


def _finish_warm_up(call: Callable[[], Any], budget_s: float, spent_s: float) -> None:
    """Warm up until steady, unless the `spent_s` of a dry run are as much as a warm-up may take."""
    if spent_s < WARM_UP_SHARE * budget_s:
        warm_up(call, budget_s)


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """No garbage collection inside; garbage made before goes first."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
