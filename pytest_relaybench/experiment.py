"""An experiment: one test module and its config."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .config import THREADS, ExperimentConfig, axes_of
from .errors import ConfigError, Fault
from .files import read_regular
from .home import SENTINELS, Home
from .reading import MOST_CONFIG_BYTES, parse_config


@dataclass(frozen=True)
class ConfigSource:
    """The text of a config as read at the start of the night, so that parent and children see the same.

    `path` is what messages call it; `mandatory` names the keys that must be stated.
    """

    text: str = "{}"
    path: str = "the defaults"
    mandatory: tuple[str, ...] = ()


SENTINELS_RULE = f"the name {SENTINELS} is that of the built-in benchmarks: give the experiment another"
NOT_CONFIGURED = ConfigSource(path="")  # an experiment, but none of the home's


def read_source(home: Home, name: str) -> ConfigSource:
    """The experiment's config file as it is now.

    Raises ConfigError when it cannot be read, when there is another under the experiment's former name, and for a name
    that is taken.
    """
    path, former = home.exp_config_file(name), home.former_exp_config_file(name)
    shown_as = home.shown(path)
    if name == SENTINELS:
        raise ConfigError([Fault(shown_as, "", "", SENTINELS_RULE)])
    if former is not None and former != path:
        rule = f"{home.shown(former)} configures the same experiment under its former name: keep one of the two"
        raise ConfigError([Fault(shown_as, "", "", rule)])
    try:
        text = read_regular(path, MOST_CONFIG_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Fault(shown_as, "", "", f"the file is missing or cannot be read: {error}")]) from None
    return ConfigSource(text, shown_as, mandatory=("active",))


def name_of(module_path: Path) -> str:
    """`bench/test_relay_opt.py` is experiment `relay_opt`."""
    return module_path.stem.removeprefix("test_")


def config_model(module: ModuleType | None) -> type[ExperimentConfig]:
    """The module's own `Config`, or the framework's; raises ConfigError when the module's is no ExperimentConfig."""
    model = getattr(module, "Config", ExperimentConfig)
    if not (isinstance(model, type) and issubclass(model, ExperimentConfig)):
        fault = Fault(str(getattr(module, "__file__", module)), "Config", "", "must be a subclass of ExperimentConfig")
        raise ConfigError([fault])
    return model


def load_config(source: ConfigSource, module: ModuleType | None) -> ExperimentConfig:
    """The validated config of an experiment; raises ConfigError with every fault."""
    return parse_config(source.text, config_model(module), name=source.path, mandatory=source.mandatory)


def is_inactive(source: ConfigSource | ConfigError) -> bool:
    """Whether the config's text says so, whatever else is wrong with it or its module."""
    try:
        content = json.loads(source.text) if isinstance(source, ConfigSource) else None
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("active") is False


def check_cores(source: ConfigSource, config: ExperimentConfig) -> None:
    """Raise ConfigError when the experiment is to be pinned to CPUs that this process may not use."""
    missing = sorted(set(config.process_pinning.cpus()) - os.sched_getaffinity(0))
    if missing:
        here = f"there is no CPU {missing[0]} here, or it may not be used"
        raise ConfigError([Fault(source.path, "process_pinning.cores", str(config.process_pinning.cores), here)])


def check_threads(source: ConfigSource, config: ExperimentConfig) -> None:
    """Raise ConfigError when an axis of the parameter `threads` has other entries than whole numbers from 1."""
    field = axes_of(type(config)).get(THREADS)
    if field is None:
        return
    if field == THREADS:
        rule = "the key is that of every experiment: call the axis otherwise, such as thread_counts"
        raise ConfigError([Fault(source.path, field, "", rule)])
    wrong = [count for count in getattr(config, field) if type(count) is not int or count < 1]
    if wrong:
        rule = "a count of threads is a whole number from 1"
        raise ConfigError([Fault(source.path, field, json.dumps(wrong[0], default=str), rule)])


@dataclass(frozen=True)
class Experiment:
    """An experiment that passed its precheck."""

    name: str
    path: Path
    module: ModuleType
    config: ExperimentConfig
    source: ConfigSource

    @property
    def title(self) -> str:
        """The heading on pages and in reports."""
        return self.config.title or self.name

    def hook(self, name: str) -> Any:
        """The module's `analyze`, `visualize` or `summarize`, None when it has none."""
        return getattr(self.module, name, None)

    def config_json(self) -> Mapping[str, Any]:
        """The config as run, defaults filled in."""
        return self.config.model_dump(mode="json", by_alias=True)
