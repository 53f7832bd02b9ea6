"""Tuning databases: made once by MetaSchedule, kept in the set-up cache, and gone on with where a night was cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Protocol

import tvm
from tvm.ir.transform import PassContext, Sequential

from pytest_relaybench.render.format import duration_text
from pytest_relaybench.setup_key import describe_input, key_of

from . import cpu_schedule, levels
from .tuning_files import RESULT, TASKS, Progress, Settings

ROOT = Path(__file__).parents[2]
TUNER = f"{__package__}.tuner"  # not imported: it changes what TVM imports, in its own process
ERRORS = "errors.txt"
LAST_LINES = 5  # of a tuner that failed
SECONDS_BETWEEN_LINES = 10.0

Tell = Callable[[str], None]


class SetupCache(Protocol):
    """The fixture `setup_cache`."""

    def __call__(self, name: str, build: Callable[[Path], None], *inputs: Any) -> Path:
        """The folder that `build` filled, now or earlier."""


class UnfinishedTuningError(Exception):
    """The time for tonight is over; the next night goes on where this one stopped."""


class TuningFailedError(Exception):
    """The tuner ended by itself and brought no result."""


@dataclass(frozen=True)
class TuningPlan:
    """How much to tune: trials over all kernels of a model, and seconds that one night may give to them."""

    trials: int
    cost_model: str
    seed: int
    threads: int
    budget_s: float


@dataclass(frozen=True)
class Tuned:
    """A tuning database: its folder, what making it took over all nights, and whether it was finished tonight."""

    folder: Path
    seconds: float
    trials: int
    is_new: bool


def tuned(  # noqa: PLR0913, what a tuning depends on is many things
    cache: SetupCache,
    name: str,
    module: Callable[[], tvm.IRModule],
    target: tvm.target.Target,
    plan: TuningPlan,
    *inputs: Any,
    tell: Tell,
) -> Tuned:
    """The database for the kernels that level 3 makes of `module()`, which is called only where there is none yet.

    `inputs` say what the module depends on: what it is made of, the version of TVM. Raises UnfinishedTuningError when
    the plan's seconds are over, TuningFailedError when the tuner fails.
    """
    told = [name, str(target), plan.trials, plan.cost_model, plan.seed, plan.threads, *inputs]
    told += [levels, cpu_schedule, Path(__file__).with_name("tuner.py")]
    digits = key_of([describe_input(entry) for entry in told])
    built: list[Path] = []

    def build_database(folder: Path) -> None:
        built.append(folder)
        # beside the cache's own folders, since a build that does not finish leaves nothing there
        under_way = folder.parents[1] / "tuning-under-way" / digits
        _go_on(under_way, module, target, plan, name, tell)
        shutil.copytree(under_way / RESULT, folder, dirs_exist_ok=True)
        Progress.read(under_way).write(folder)
        shutil.rmtree(under_way)

    folder = cache("tuning", build_database, *told)
    progress = Progress.read(folder)
    return Tuned(folder, progress.seconds, progress.trials, bool(built))


def _go_on(  # noqa: PLR0913, PLR0917, as above
    folder: Path, module: Callable[[], tvm.IRModule], target: tvm.target.Target, plan: TuningPlan, name: str, tell: Tell
) -> None:
    """Prepare the folder where it is new, then run the tuner in it."""
    if not (folder / TASKS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_tasks(folder, module(), target, plan)
    before = Progress.read(folder)
    tell(_line(name, before, plan))
    process = _start(folder, plan)
    timer = Timer(plan.budget_s, process.terminate)
    timer.start()
    try:
        _follow(process, folder, name, plan, tell)
    finally:
        is_late = not timer.is_alive()
        timer.cancel()
        process.kill()
        process.wait()
    if process.returncode == 0:
        return
    if is_late:
        raise UnfinishedTuningError(f"{_line(name, Progress.read(folder), plan)}; the next night goes on")
    lines = (folder / ERRORS).read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
    raise TuningFailedError(f"tuning {name} ended with exit status {process.returncode}: {' | '.join(lines)}")


def _write_tasks(folder: Path, module: tvm.IRModule, target: tvm.target.Target, plan: TuningPlan) -> None:
    from tvm.s_tir.meta_schedule.relax_integration import extract_tasks

    with target, PassContext(opt_level=3):
        kernels = Sequential(levels.before_scheduling(levels.TUNED))(module)
    tasks = extract_tasks(kernels, target)
    settings = Settings(
        names=[str(task.task_name) for task in tasks],
        weights=[int(task.weight) for task in tasks],
        target=str(target),
        trials=plan.trials,
        threads=plan.threads,
        seed=plan.seed,
        cost_model=plan.cost_model,
    )
    settings.write(folder)
    text = tvm.ir.save_json(tvm.runtime.convert([task.dispatched[0] for task in tasks]))
    (folder / "tasks.tmp").write_text(text)
    os.replace(folder / "tasks.tmp", folder / TASKS)  # last: where it stands, everything stands


def _start(folder: Path, plan: TuningPlan) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    with (folder / ERRORS).open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", TUNER, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "TVM_NUM_THREADS": str(plan.threads)},
        )


def _follow(process: subprocess.Popen[str], folder: Path, name: str, plan: TuningPlan, tell: Tell) -> None:
    """Tell of the tuner's progress until it ends, not more often than somebody would read."""
    assert process.stdout is not None
    told_s = Progress.read(folder).seconds
    for line in process.stdout:
        try:
            progress = Progress.of(line)
        except ValueError:  # a library's own output
            continue
        if progress.seconds - told_s >= SECONDS_BETWEEN_LINES:
            told_s = progress.seconds
            tell(_line(name, progress, plan))
    process.wait()


def _line(name: str, progress: Progress, plan: TuningPlan) -> str:
    return f"tuning {name}: {progress.trials} of {plan.trials} trials, {duration_text(progress.seconds)}"
