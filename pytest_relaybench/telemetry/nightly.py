"""Telemetry in the life of an experiment: begun before its first test, summed up after its last, told once a night."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping

from ..config import ExperimentConfig
from ..files import json_object, write_json
from ..history.records import Telemetry
from ..home import Home
from .sampler import Order
from .samples import file_of, folder_of, read_samples
from .settings import cpus_beside, wanted
from .summary import summarize
from .topics import TOPICS
from .watching import Watch

NOT_OFFERED = "not_offered.json"  # topic → reason, as far as the terminal has said it
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


def note_of_missing(home: Home, seen_tonight: Iterable[Telemetry]) -> list[str]:
    """One line on what this machine does not tell; none when no earlier night would have said less.

    What was said is kept beside the samples.
    """
    missing = {topic: reason for told in seen_tonight for topic, reason in told.missing.items()}
    path = folder_of(home, "") / NOT_OFFERED
    said = json_object(path) or {}
    if said.items() >= missing.items():
        return []
    with contextlib.suppress(OSError):  # then it is said again
        write_json(path, {**said, **missing})
    return [_not_offered(missing)]


def _not_offered(missing: Mapping[str, str]) -> str:
    reasons: dict[str, list[str]] = {}
    for topic, reason in missing.items():
        reasons.setdefault(reason, []).append(TOPICS[topic].title if topic in TOPICS else topic)
    parts = [f"{', '.join(titles)} ({reason})" for reason, titles in reasons.items()]
    return f"telemetry: not offered by this machine: {'; '.join(parts)}"
