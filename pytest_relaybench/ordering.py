"""Which tests run tonight, and in what order: whole experiments, shuffled or by priority."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from .collection import PRECHECK, ExperimentModule, PrecheckItem, experiment_of, threads_of, variant_of
from .experiment import SENTINELS_RULE
from .home import SENTINELS, Home
from .state import ExperimentNight, Night

RUNS_FIRST = 0  # items that belong to no experiment, and prechecks that have no module


def arrange(night: Night, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop inactive experiments, add a failing precheck for configs without code, and put the rest in order."""
    night.is_selection = not _whole_folders(config)
    if not night.is_selection:
        reason = "is no experiment of this home: it has no config in config/experiments"
        night.notes += [f"{name} {reason}" for name in sorted(set(night.unconfigured))]
    inactive = [item for item in items if _is_inactive(item) and not _is_named(item, config)]
    if inactive:
        config.hook.pytest_deselected(items=[item for item in inactive if not isinstance(item, PrecheckItem)])
    dropped = {id(item) for item in inactive if not isinstance(item, PrecheckItem)}
    items[:] = [item for item in items if id(item) not in dropped]
    broken = {item.path for item in items if isinstance(item, PrecheckItem) and item.problem is not None}
    items[:] = [item for item in items if isinstance(item, PrecheckItem) or item.path not in broken]
    _note_experiments(night, items, config)
    if night.options.compare is not None and not any(variant_of(item) for item in items):
        night.notes.append("--compare: no selected test takes `tvm_variant`, so nothing is compared")
    order = _order(night)
    for position, name in enumerate(order, 1):
        night.experiments[name].position = position
    items.sort(key=lambda item: _place(night, item))


def missing_modules(night: Night, session: pytest.Session, seen: Iterable[str]) -> list[PrecheckItem]:
    """A failing item for each experiment that the home configures and no folder holds."""
    if night.config_home is None or not _whole_folders(session.config):
        return []
    if not (
        night.options.home_was_typed or seen
    ):  # a home in somebody's environment, and a project without experiments
        return []
    found = set(seen) | set(_modules_below(session.config.rootpath, session.config))
    return [
        PrecheckItem.from_parent(
            session,
            name=PRECHECK,
            nodeid=f"test_{name}.py::{PRECHECK}",
            problem=_missing(night.config_home, name),
        )
        for name in night.config_home.experiment_names()
        if name not in found
    ]


def _missing(home: Home, name: str) -> str:
    place = home.shown(home.exp_config_file(name))
    if name == SENTINELS:
        return f"{place}: {SENTINELS_RULE}"
    return f"{place}: test_{name}.py for {name} is missing: there is a config but no module in the folders given"


def _whole_folders(config: pytest.Config) -> bool:
    """Whether the run is over folders and nothing was picked from them."""
    names = ("keyword", "markexpr", "lf", "stepwise", "deselect")
    picked = any(config.getoption(name, None) for name in names)
    return not picked and any(Path(argument).is_dir() for argument in config.args)


def _modules_below(rootpath: Path, config: pytest.Config) -> list[str]:
    """Names of the experiments in the project's test folders, also those that this run was not pointed at."""
    folders = [rootpath / folder for folder in config.getini("testpaths")]
    return [path.stem.removeprefix("test_") for folder in folders for path in folder.rglob("test_*.py")]


def _is_inactive(item: pytest.Item) -> bool:
    module = item.getparent(ExperimentModule)
    if module is None:
        return False
    return module.is_inactive or (module.experiment is not None and not module.experiment.config.active)


def _is_named(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether the command line names the item's module itself: who does that wants it to run."""
    arguments = (argument.partition("::")[0] for argument in config.args)
    return any(Path(config.invocation_params.dir / argument) == item.path for argument in arguments)


def _note_experiments(night: Night, items: list[pytest.Item], config: pytest.Config) -> None:
    for item in items:
        name = name_of_item(item)
        if name is None:
            continue
        module = item.getparent(ExperimentModule)
        experiment = module.experiment if module else None
        if isinstance(item, PrecheckItem) and item.problem is not None and name in night.experiments:
            continue  # a second module of that name fails by itself
        entry = night.experiments.setdefault(
            name, ExperimentNight(name, experiment.title if experiment else name, module.path if module else None)
        )
        entry.experiment = experiment
        if isinstance(item, PrecheckItem):
            entry.problem = item.problem or entry.problem
            entry.inactive = _is_inactive(item) and not _is_named(item, config)
        else:
            entry.selected += 1


def name_of_item(item: pytest.Item) -> str | None:
    """The experiment that an item is of, also that of a precheck without a module."""
    if isinstance(item, PrecheckItem) and isinstance(item.parent, pytest.Session):
        return item.nodeid.removeprefix("test_").removesuffix(f".py::{PRECHECK}")
    return experiment_of(item)


def _order(night: Night) -> list[str]:
    """Names of the experiments with tests to run: shuffled by the seed, or by priority and then by name.

    At a desk they stay as pytest found them, unless a seed is given. A night that is resumed keeps its order.
    """
    names = [name for name, entry in night.experiments.items() if entry.selected]
    before = night.unfinished.beginning["order"] if night.unfinished else []
    known = [name for name in before if name in names]
    return [*known, *_ordered(night, [name for name in names if name not in known])]


def _ordered(night: Night, names: list[str]) -> list[str]:
    if night.keeps_house:
        names.sort()
    if night.home.config.randomize and (night.keeps_house or night.options.run_seed is not None):
        random.Random(night.seed).shuffle(names)  # noqa: S311, an order is no secret
    elif night.keeps_house:
        names.sort(key=lambda name: (-_priority(night.experiments[name]), name))
    return names


def _priority(entry: ExperimentNight) -> int:
    return entry.experiment.config.priority if entry.experiment else 0


def _place(night: Night, item: pytest.Item) -> tuple[bool, int, int, int]:
    """Prechecks first, then experiment by experiment, build by build and by threads, so that children are reused.

    What pytest or another plugin chose stands within each.
    """
    name = name_of_item(item)
    position = night.experiments[name].position if name is not None else RUNS_FIRST
    experiment = night.experiments[name].experiment if name is not None else None
    threads = threads_of(item, experiment.config) if experiment is not None else 0
    return not isinstance(item, PrecheckItem), position, _build_rank(night, name, item), threads


def _build_rank(night: Night, name: str | None, item: pytest.Item) -> int:
    """The place of the item's build among the experiment's; after all of them for a test that uses none."""
    label = variant_of(item)
    experiment = night.experiments[name].experiment if name is not None else None
    if experiment is None:
        return 0
    labels = night.chosen(experiment.config).labels
    return labels.index(label) if label in labels else len(labels)
