"""The process that tunes: MetaSchedule over a set of kernels, every round of it kept on the disk.

Started as `python -P -m bench.models.tuner FOLDER` on a folder that `tuning` has filled; prints a line of JSON a round.
It has a process of its own so that neither its memory nor a crash of it becomes the measurement's.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
import sys
import time
from collections.abc import Sequence, Set
from pathlib import Path
from types import ModuleType
from typing import Any

# MetaSchedule imports this for the sake of 250 tensor intrinsics, which takes 15 to 26 seconds; the rules that are used
# below need none of them
sys.modules["tvm.s_tir.tensor_intrin"] = ModuleType("tvm.s_tir.tensor_intrin")

import tvm  # noqa: E402
from tvm.ir.utils import derived_object  # noqa: E402
from tvm.s_tir import meta_schedule as ms  # noqa: E402
from tvm.s_tir.meta_schedule.builder import BuilderInput, BuilderResult, PyBuilder  # noqa: E402
from tvm.s_tir.meta_schedule.builder.local_builder import default_build, default_export  # noqa: E402
from tvm.s_tir.meta_schedule.measure_callback import MeasureCallback, PyMeasureCallback  # noqa: E402
from tvm.s_tir.meta_schedule.runner import EvaluatorConfig, LocalRunner, RunnerInput  # noqa: E402

from .levels import scheduler  # noqa: E402
from .tuning_files import KERNELS, RESULT, TASKS, Progress, Settings, is_better, mend_database  # noqa: E402

MOST_A_ROUND = 16  # trials of one kernel before the next; what a kill costs at most
RUN_TIMEOUT_S = 60.0  # of one trial: plain loops of a large convolution take seconds
DEVICES = {"llvm": "cpu", "cuda": "cuda"}
EVALUATOR = EvaluatorConfig(number=1, repeat=3, min_repeat_ms=10)
FINAL_EVALUATOR = EvaluatorConfig(number=1, repeat=5, min_repeat_ms=30)
# without a cost model a larger population only takes longer: 60 trials of Nature-DQN 18 s instead of 75
POPULATION_WITHOUT_MODEL, ROUNDS_WITHOUT_MODEL = 64, 3


@derived_object
class Builder(PyBuilder):  # type: ignore[misc]
    """Builds in this process: MetaSchedule's own starts new ones each round, and each imports TVM and torch."""

    def build(self, build_inputs: list[BuilderInput]) -> list[BuilderResult]:
        """Protocol of MetaSchedule."""
        return [_built(entry.mod, entry.target) for entry in build_inputs]


def _built(module: tvm.IRModule, target: tvm.target.Target) -> BuilderResult:
    try:
        return BuilderResult(default_export(default_build(module, target, None)), None)
    except Exception as error:  # noqa: BLE001, a candidate that cannot be built is one that loses
        return BuilderResult(None, f"{type(error).__name__}: {error}")


@derived_object
class Progressing(PyMeasureCallback):  # type: ignore[misc]
    """Adds a round's trials to those of its kernel."""

    def __init__(self, trials: list[int], kernel: int) -> None:
        super().__init__()
        self.trials, self.kernel = trials, kernel

    def apply(self, _scheduler: Any, _task: int, candidates: Sequence[Any], *_results: Any) -> None:
        """Protocol of MetaSchedule."""
        self.trials[self.kernel] += len(candidates)


class Tuner:
    """A tuning in `folder`, gone on with from where it stands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, Settings.read(folder)
        self.target = tvm.target.Target(self.settings.target)
        self.modules = list(tvm.ir.load_json((folder / TASKS).read_text()))
        mend_database(folder)
        self.database = ms.database.JSONDatabase(work_dir=str(folder))
        self.progress = Progress.read(folder)
        self.started = time.monotonic() - self.progress.seconds

    def run(self) -> None:
        """Rounds until the trials are spent: first one for each kernel, then where most of the time is spent."""
        runner, model = LocalRunner(RUN_TIMEOUT_S, EVALUATOR), self._cost_model()
        by_kernel = list(self.progress.by_kernel) or [0] * len(self.modules)
        exhausted: set[int] = set()
        while sum(by_kernel) < self.settings.trials and len(exhausted) < len(self.modules):
            kernel = self._next(by_kernel, exhausted)
            before = by_kernel[kernel]
            self._round(kernel, by_kernel, runner, model)
            if by_kernel[kernel] == before:  # a small kernel has few schedules, and all of them were tried
                exhausted.add(kernel)
            self._keep(by_kernel)
        self._keep(by_kernel)

    def best(self, kernel: int) -> Any | None:
        """The kernel's fastest trial, None where none could be built and run."""
        records = self.database.get_top_k(self.database.commit_workload(self.modules[kernel]), 1)
        return records[0] if records else None

    def _keep(self, by_kernel: Sequence[int]) -> None:
        self.progress = Progress(list(by_kernel), round(time.monotonic() - self.started, 3))
        self.progress.write(self.folder)
        sys.stdout.write(f"{self.progress.to_json()}\n")
        sys.stdout.flush()

    def _next(self, by_kernel: Sequence[int], exhausted: Set[int]) -> int:
        """A kernel without trials, else the one with most time of the model for each trial that it has had."""

        def claim(kernel: int) -> float:
            if by_kernel[kernel] == 0:
                return math.inf
            best = self.best(kernel)
            seconds = min(map(float, best.run_secs)) if best else 0.0
            return seconds * self.settings.weights[kernel] / by_kernel[kernel]

        return max((kernel for kernel in range(len(self.modules)) if kernel not in exhausted), key=claim)

    def _round(self, kernel: int, by_kernel: list[int], runner: LocalRunner, model: ms.CostModel) -> None:
        settings = self.settings
        share = max(1, min(MOST_A_ROUND, settings.trials // len(self.modules)))
        trials = min(share, settings.trials - sum(by_kernel))
        context = ms.TuneContext(
            mod=self.modules[kernel],
            target=self.target,
            space_generator=ms.space_generator.SpaceGenerator.create(self.target.kind.name),
            search_strategy=_strategy(settings.cost_model),
            task_name=settings.names[kernel],
            rand_state=settings.seed + sum(by_kernel) + 1,  # what was tried already is not tried once more
            num_threads=settings.threads,
        ).clone()
        ms.tune.tune_tasks(
            tasks=[context],
            task_weights=[1.0],
            work_dir=str(self.folder),
            max_trials_global=trials,
            num_trials_per_iter=trials,
            builder=Builder(),
            runner=runner,
            database=self.database,
            cost_model=model,
            measure_callbacks=[*MeasureCallback.create("default"), Progressing(by_kernel, kernel)],
            task_scheduler="round-robin",
        )

    def _cost_model(self) -> ms.CostModel:
        if self.settings.cost_model == "random":
            return ms.CostModel.create("random")
        return ms.CostModel.create(self.settings.cost_model, num_tuning_cores=self.settings.threads, tree_method="auto")


def _strategy(cost_model: str) -> ms.search_strategy.SearchStrategy:
    if cost_model != "random":
        return ms.search_strategy.EvolutionarySearch()
    return ms.search_strategy.EvolutionarySearch(
        population_size=POPULATION_WITHOUT_MODEL,
        init_min_unmeasured=MOST_A_ROUND,
        genetic_num_iters=ROUNDS_WITHOUT_MODEL,
    )


def keep_winners(tuner: Tuner, result: Path) -> None:
    """A database of the kernels whose best trial beats the schedule that needs no tuning, both timed once more.

    Raises RuntimeError when not one kernel could be built and run, which is the fault of no kernel.
    """
    shutil.rmtree(result, ignore_errors=True)
    result.mkdir()
    kept = ms.database.JSONDatabase(work_dir=str(result))
    runner = LocalRunner(RUN_TIMEOUT_S, FINAL_EVALUATOR)
    rows = []
    for kernel, (module, name) in enumerate(zip(tuner.modules, tuner.settings.names, strict=True)):
        best = tuner.best(kernel)
        tuned_s = _seconds(best.as_measure_candidate().sch.mod, tuner.target, runner) if best else None
        scheduled_s = _seconds(scheduled(module, tuner.target), tuner.target, runner)
        trials = tuner.progress.by_kernel[kernel]
        rows.append({"kernel": name, "trials": trials, "tuned_s": tuned_s, "scheduled_s": scheduled_s})
        if best and is_better(tuned_s, scheduled_s):
            workload = kept.commit_workload(module)
            record = ms.database.TuningRecord(best.trace, workload, [tuned_s], tuner.target, best.args_info)
            kept.commit_tuning_record(record)
    if all(row["tuned_s"] is None for row in rows):
        raise RuntimeError("not one trial of any kernel could be built and run")
    (result / KERNELS).write_text(json.dumps(rows, indent=1))


def scheduled(module: tvm.IRModule, target: tvm.target.Target) -> tvm.IRModule:
    """The kernel with the schedule of `relax-scheduled`."""
    with target, tvm.transform.PassContext(opt_level=3):
        return scheduler(target, best=True)(module)


def _seconds(module: tvm.IRModule, target: tvm.target.Target, runner: LocalRunner) -> float | None:
    """Fastest of the timed runs, None when it cannot be built or run."""
    built = _built(module, target)
    if built.artifact_path is None:
        return None
    arguments = ms.arg_info.ArgInfo.from_entry_func(module)
    (future,) = runner.run([RunnerInput(built.artifact_path, DEVICES[target.kind.name], arguments)])
    ms.utils.remove_build_dir(built.artifact_path)
    seconds = future.result().run_secs
    return min(map(float, seconds)) if seconds else None


def main(folder: Path) -> None:
    """Go on with the tuning in `folder` until its trials are spent, then write the result."""
    logging.getLogger("tvm.s_tir.meta_schedule").setLevel(logging.ERROR)
    tuner = Tuner(folder)
    tuner.run()
    keep_winners(tuner, folder / RESULT)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
