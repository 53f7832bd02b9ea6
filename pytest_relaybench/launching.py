"""Which child a test runs in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .config import ExperimentConfig
from .experiment import Experiment
from .isolation.launch import FIXED_HASHES, THREAD_VARIABLES, Launch, portable_options
from .state import Night
from .variants.provision import Provided

MIB = 1 << 20


def launch_for(  # noqa: PLR0913, PLR0917, what a process depends on is many things
    night: Night,
    config: pytest.Config,
    experiment: Experiment,
    build: Provided | None = None,
    turn: int = 0,
    threads: int | None = None,
) -> Launch:
    """The launch of an experiment's tests: its module, its config as read, its build, its threads and CPUs.

    `threads` are those of the config by default.
    `turn` counts the processes of a comparison, which are all fresh.
    """
    return Launch(
        experiment=experiment.name,
        module=str(experiment.path),
        collected_from=_argument_of(config, experiment.path),
        rootdir=str(config.rootpath),
        inifile=str(config.inipath) if config.inipath else None,
        config_text=experiment.source.text,
        config_path=experiment.source.path,
        setup_dir=str(night.setup_dir),
        seed=night.seed,
        labels=night.chosen(experiment.config).labels,
        fresh_since=fresh_since(night, experiment),
        env={
            **dict.fromkeys(THREAD_VARIABLES, str(threads or experiment.config.threads)),
            **FIXED_HASHES,
            **dict.fromkeys(sorted(night.plan.secrets if night.plan else ()), ""),
            **(_search_path(build) if build else {}),
        },
        variant=_told(build) if build else None,
        turn=turn,
        cpus=pinned(experiment.config),
        memory_limit_bytes=(experiment.config.memory_limit_mb or 0) * MIB,
        options=portable_options(vars(config.option)),
    )


def _argument_of(config: pytest.Config, module: Path | None) -> str:
    """What was handed to pytest and holds a module that lies outside of its root: there the names of tests start."""
    if module is None or module.is_relative_to(config.rootpath):
        return ""
    named = (config.invocation_params.dir / argument.partition("::")[0] for argument in config.args)
    return next((str(path) for path in named if module.is_relative_to(path)), "")


def threads_here() -> int | None:
    """The threads that this process was started with, None where its variables do not agree on a number."""
    said = {os.environ.get(name, "") for name in THREAD_VARIABLES}
    only = said.pop()
    return int(only) if not said and only.isdecimal() else None


def _search_path(build: Provided) -> dict[str, str]:
    """The build's folders before everything else that is on the path."""
    folders = [*build.pythonpath, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(folders)} if build.pythonpath else {}


def _told(build: Provided) -> dict[str, str | None]:
    variant = build.variant
    return {
        "label": variant.label,
        "version": variant.version,
        "commit": variant.commit,
        "path": str(variant.path),
    }


def fresh_since(night: Night, experiment: Experiment) -> float | None:
    """The moment (seconds since 1970) that set-up must not be older than, when it is to be built anew."""
    wanted = night.options.rerun_setup or experiment.config.rerun_setup
    return night.began.timestamp() if wanted else None


def pinned(config: ExperimentConfig) -> tuple[int, ...]:
    """The CPUs of the experiment's processes, none when they are not pinned."""
    return config.process_pinning.cpus()
