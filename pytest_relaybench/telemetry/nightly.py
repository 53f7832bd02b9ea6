"""Telemetry in the life of an experiment: begun before its first test, summed up after its last, told once a night."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..config import ExperimentConfig
from ..history.records import Telemetry
from ..home import Home
from .sampler import Order
from .samples import file_of, read_samples
from .settings import cpus_beside, wanted
from .summary import summarize
from .topics import TOPICS
from .watching import Watch

NO_CPU_LEFT = "the experiment is pinned to every CPU there is, and sampling must not take one of them"


def watch(home: Home, experiment: str, config: ExperimentConfig, run_id: str) -> Watch | None:
    """Begin to watch an experiment into its file in `home`; None when its config and its home want nothing watched."""
    what = wanted(home.config, config)
    if what is None:
        return None
    measured = config.process_pinning.cpus()
    cpus = cpus_beside(measured)
    order = Order(
        path=str(file_of(home, experiment, run_id)),
        experiment=experiment,
        run_id=run_id,
        rate_s=what.rate_s,
        cpu=what.cpu,
        gpu=what.gpu,
        session_pid=os.getpid(),
        cpus=cpus or (),
        measured_cpus=measured,
    )
    return Watch(order, NO_CPU_LEFT if cpus is None else "")


def conclude(watching: Watch) -> tuple[Telemetry | None, str]:
    """Stop watching: what was seen, None when that is nothing, and what was wrong, "" when all was well."""
    problem = watching.stop()
    samples = read_samples(watching.path)
    return (None if samples is None else summarize(samples, lived=not problem)), problem


def seen(home: Home, experiment: str, run_id: str) -> Telemetry | None:
    """What the sampler of a killed run had written of an experiment, None when that is nothing."""
    samples = read_samples(file_of(home, experiment, run_id))
    return None if samples is None else summarize(samples)


def note_of_missing(seen_tonight: Iterable[Telemetry]) -> list[str]:
    """One line on what this machine does not tell, none when it tells everything that was asked for."""
    reasons: dict[str, list[str]] = {}
    for told in seen_tonight:
        for topic, reason in told.missing.items():
            title = TOPICS[topic].title if topic in TOPICS else topic
            if title not in reasons.setdefault(reason, []):
                reasons[reason].append(title)
    parts = [f"{', '.join(titles)} ({reason})" for reason, titles in reasons.items()]
    return [f"telemetry: not offered by this machine: {'; '.join(parts)}"] if parts else []
