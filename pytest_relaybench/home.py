"""A home: the folder that holds configuration, results and everything that outlives a run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .config import HomeConfig
from .errors import ConfigError, Fault, HomeError, RecordError, reason_of
from .files import checked_name, may_be_there
from .reading import read_config
from .storage import Storage, storage_of

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
STAGES = ("precheck", "setup", "run", "analysis", "visualization", "summary")
VARIANTS_FOLDER = "variants"  # below setup_dir: TVM builds
FORMER_NAMES = {"rnn_cells": "gluon_rnns", "remote_device": "relay_to_vta"}  # experiment → the predecessor's
SENTINELS = "sentinels"  # the experiment of the built-in benchmarks: no module's
CONFIG = "config.json"
MANDATORY_KEYS = ("tmp_data_dir", "backup_dir", "setup_dir")


@dataclass(frozen=True)
class Home:
    """Where things lie in a home. `root` is absolute; the folders of the config are resolved against it."""

    root: Path
    config: HomeConfig

    @property
    def raw_samples(self) -> Storage:
        """Raw samples, one zip per run: `tmp_data_dir`."""
        return storage_of(self.config.tmp_data_dir, self.root)

    @property
    def backups(self) -> Storage:
        """Archives of the home: `backup_dir`."""
        return storage_of(self.config.backup_dir, self.root)

    @property
    def setup_dir(self) -> Path:
        """What set-up fixtures and variants built."""
        return self.root / self.config.setup_dir

    @property
    def results(self) -> Path:
        """Everything that runs have written."""
        return self.root / "results"

    @property
    def history_file(self) -> Path:
        """The derived table; may be deleted at any time."""
        return self.results / "history.duckdb"

    def exp_config_file(self, name: str) -> Path:
        """The file whose presence makes `name` an experiment of this home, or that of its former name instead."""
        file, former = self._exp_config(name), self.former_exp_config_file(name)
        return file if former is None or may_be_there(file) else former

    def former_exp_config_file(self, name: str) -> Path | None:
        """The config that this home has under the experiment's former name, None where there is none."""
        former = FORMER_NAMES.get(name)
        file = self._exp_config(former) if former else None
        return file if file is not None and may_be_there(file) else None

    def _exp_config(self, folder: str) -> Path:
        return self.root / "config" / "experiments" / folder / "config.json"

    def subsys_config_file(self, name: str) -> Path:
        """The file whose presence makes `name` a subsystem of this home."""
        return self.root / "config" / "subsystem" / name / "config.json"

    def exp_status_dir(self, name: str) -> Path:
        """One JSON file per stage, of the newest run that had the experiment."""
        return self.results / "experiments" / "status" / name

    def exp_data_dir(self, name: str) -> Path:
        """One `data_<run_id>.json` per run, kept for ever."""
        return self.results / "experiments" / "data" / name

    def exp_graph_dir(self, name: str) -> Path:
        """Graphs of the newest run that drew them."""
        return self.results / "experiments" / "graph" / name

    def exp_summary_dir(self, name: str) -> Path:
        """`summary.json` of the newest run that wrote one."""
        return self.results / "experiments" / "summary" / name

    def subsys_status_dir(self, name: str) -> Path:
        """`precheck.json` and `run.json` of the newest run."""
        return self.results / "subsystem" / "status" / name

    def subsys_output_dir(self, name: str) -> Path:
        """The subsystem's own; never cleaned by us."""
        return self.results / "subsystem" / "output" / name

    def run_dir(self, run_id: str) -> Path:
        """The journal of one run, and what that run left beside it."""
        return self.results / "runs" / run_id

    def artifact_file(self, artifact: str) -> Path:
        """What the built artifact of this hash is made of."""
        return self.results / "artifacts" / f"{artifact}.json"

    def data_file(self, name: str, run_id: str) -> Path:
        """The record of one experiment in one run; RecordError where one of them is no name but a way elsewhere."""
        try:
            return self.exp_data_dir(checked_name(name)) / f"data_{checked_name(run_id)}.json"
        except ValueError as error:
            raise RecordError(str(error)) from None

    def experiment_names(self) -> list[str]:
        """Names of the experiments this home configures, sorted; today's name of one that has a former."""
        names = _configured(self.root / "config" / "experiments")
        today = {former: name for name, former in FORMER_NAMES.items()}
        return sorted({today.get(name, name) for name in names})

    def former_names_used(self) -> list[str]:
        """A line for each experiment that is configured under its former name."""
        return [
            f"{self.shown(file)} configures {name}, which is the experiment's name now: its results go under that"
            for name in FORMER_NAMES
            if (file := self.former_exp_config_file(name)) is not None and file == self.exp_config_file(name)
        ]

    def subsystem_names(self) -> list[str]:
        """Names of the subsystems this home configures, sorted."""
        return _configured(self.root / "config" / "subsystem")

    def folders_without_config(self) -> list[Path]:
        """Folders that look like an experiment's or a subsystem's but hold no config.json, so that nothing runs."""
        kinds = (self.root / "config" / "experiments", self.root / "config" / "subsystem")
        folders = (folder for kind in kinds if kind.is_dir() for folder in sorted(kind.iterdir()) if folder.is_dir())
        return [folder for folder in folders if not may_be_there(folder / CONFIG)]

    def shown(self, path: Path) -> str:
        """`path` as messages name it: relative to the home where it lies inside."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def open_home(folder: Path) -> Home:
    """Read and check the home at `folder`; nothing is written.

    Raises HomeError when there is no such folder or it may not be read, ConfigError with every fault of its
    configuration.
    """
    try:
        root = Path(os.path.normpath(folder.expanduser().absolute()))
        if not root.is_dir():
            raise HomeError(f"{root}: the home does not exist (make one with `relaybench init {folder}`)")
        config = read_config(_config_file(root), HomeConfig, mandatory=MANDATORY_KEYS)
        faults = list(_name_faults(root))
    except OSError as error:
        raise HomeError(f"{error.filename or folder}: the home cannot be read: {reason_of(error)}") from None
    except RuntimeError as error:  # of expanduser: there is no such user
        raise HomeError(f"{folder}: the home cannot be found: {error}") from None
    if faults:
        raise ConfigError(faults)
    return Home(root, config)


def _config_file(root: Path) -> Path:
    """`H/config.json`, or the place that the predecessor's documentation named when it is the only one."""
    here, documented = root / "config.json", root / "config" / "config.json"
    if here.is_file() and documented.is_file():
        raise ConfigError([Fault(str(documented), "", "", f"a home has one config file, and {here} is there too")])
    return documented if documented.is_file() else here


def _configured(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    # also a link to nothing, or what is no file at all: then its experiment has a fault, and is not left out
    return sorted(path.name for path in folder.iterdir() if may_be_there(path / CONFIG))


def _name_faults(root: Path) -> list[Fault]:
    rule = "names are letters, digits, '_' and '-', and do not begin with a mark"
    return [
        Fault(str(root / "config" / kind / name), "", name, rule)
        for kind in ("experiments", "subsystem")
        for name in _configured(root / "config" / kind)
        if not NAME_PATTERN.fullmatch(name)
    ]
