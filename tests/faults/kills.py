"""SIGKILL to a night, at random and at named moments: what was measured stays, and the next run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random

from .campaign import Fault, Outcome
from .killing import Kill, Running, kill_all, kill_child, kill_parent, killed_at, killed_at_random
from .points import BEGINNING, CHILDREN, ENDING, IN_TESTS, JOURNAL, RECORDS, SAMPLER, SUBSYSTEMS, TABLE, Point
from .project import Project, make_project
from .trial import EXPERIMENT, QUIET, TESTS, Trial

RANDOM_TRIES, TRIES_A_POINT = 200, 6
AGAIN = 0.3  # of the killed nights are followed by one that is killed, too


def lean_project(root: Path, experiments: int = 1, *, builds_site: bool = False, watches: bool = False) -> Project:
    """A project whose nights keep only the newest archives, and draw nothing, which would take longest."""
    project = make_project(root, experiments=0, archives_kept=1, run_cpu_telemetry=watches)
    for number in range(experiments):
        project.experiment(f"night_{number}", EXPERIMENT)
    if builds_site:
        project.config("config/subsystem/website/config.json", {"active": True})
    return project


def at_random(kill: Kill, folder: Path, random: Random) -> Outcome:
    """Kill a night at a random moment; perhaps the next one, too."""
    experiments = random.choice((1, 1, 2))
    trial = Trial(lean_project(folder, experiments), random, experiments)
    lines = experiments * (TESTS + 2) + 2
    while True:
        trial.kill(partial(killed_at_random, trial.project, random, kill, lines))
        if random.random() > AGAIN:
            return trial.outcome()


def at_named(points: Sequence[Point], folder: Path, random: Random) -> Outcome:
    """Kill a night at one of the points; perhaps the next one, too."""
    point = random.choice(points)
    trial = Trial(lean_project(folder, builds_site=points is SUBSYSTEMS), random)
    if point in ENDING:
        trial.live()  # there must be something that is old
    if point in BEGINNING:
        trial.kill_at(IN_TESTS, resumes=False)
    trial.kill_at(point, resumes=point not in BEGINNING)
    if random.random() < AGAIN:
        trial.kill_at(random.choice(JOURNAL))
    return trial.outcome()


def child_at_random(folder: Path, random: Random) -> Outcome:
    """Kill a process that the night has started; the night itself goes on."""
    trial = Trial(lean_project(folder, watches=True), random)
    running = Running(trial.project, *QUIET)
    killed = kill_child(running, random)
    trial.cost_one(*running.end(), killed)
    return trial.verdict()


def child_at_named(points: Sequence[Point], folder: Path, random: Random) -> Outcome:
    """Kill a child at one of the points; the night itself goes on."""
    point = random.choice(points)
    trial = Trial(lean_project(folder, watches=point.process == SAMPLER), random)
    trial.cost_one(*killed_at(trial.project, point, random, *QUIET), point.name)
    return trial.verdict()


AT_RANDOM = (
    Fault("SIGKILL to the session at a random moment", partial(at_random, kill_parent), RANDOM_TRIES),
    Fault(
        "SIGKILL to all processes of a night at a random moment", partial(at_random, kill_all), RANDOM_TRIES, short=0
    ),
    Fault("SIGKILL to one child at a random moment", child_at_random, RANDOM_TRIES),
)
WRITING = (*JOURNAL, *RECORDS)
IN_SHORT = (WRITING, BEGINNING)  # the others take CI too long
NAMED = {  # what follows SIGKILL in the name of the fault → the moments of which each try draws one
    "to the session while journal and records are written": WRITING,
    "to the session in the table, verdicts and archives": (*TABLE, *ENDING),
    "to the session during subsystems and the site's building": SUBSYSTEMS,
    "to the session while it takes the home and recovers a killed run": BEGINNING,
    "to a child": CHILDREN,
}


def _at(words: str, points: Sequence[Point]) -> Fault:
    attempt = partial(child_at_named if points is CHILDREN else at_named, points)
    name, short = f"SIGKILL {words}, at {len(points)} named moments", int(points in IN_SHORT)
    return Fault(name, attempt, TRIES_A_POINT * len(points), short)


FAULTS = (*AT_RANDOM, *(_at(words, points) for words, points in NAMED.items()))
