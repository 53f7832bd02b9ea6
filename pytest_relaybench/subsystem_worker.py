"""The child in which subsystems run: it loads and calls what its parent names, one after the other.

Started as `python -u -m pytest_relaybench.subsystem_worker COMMANDS REPORTS PARENT`, two pipe descriptors and a process
number; the first line it reads is its launch.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .config import HomeConfig
from .dashboard import Dashboard
from .errors import RelaybenchError
from .history.table import Table
from .home import Home
from .isolation import protocol
from .isolation.worker import leave, settle
from .reading import parse_config
from .subsystem_call import Called, call
from .subsystem_origin import Origin, error_line
from .subsystems import subsystem_of


@dataclass(frozen=True)
class SubsystemLaunch:
    """What the child needs to see the same home as its parent, and to find the same modules."""

    root: str
    home_config: str
    run_id: str
    problems: tuple[str, ...] = ()  # of the table
    path: tuple[str, ...] = ()  # sys.path
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line that the child reads back with `SubsystemLaunch(**json.loads(line))`."""
        return json.dumps(asdict(self))

    def key(self) -> str:
        """All subsystems of a run share one child."""
        return self.run_id

    def dashboard(self) -> Dashboard:
        """The home after the experiments, as the parent sees it; the table is opened only to be read."""
        home = Home(Path(self.root), HomeConfig.model_validate_json(self.home_config))
        table = Table(home)
        table.problems = [*self.problems]
        return Dashboard(home, self.run_id, table)


@dataclass(frozen=True)
class Job:
    """One subsystem to run: its code, and its config as it was when it was checked."""

    name: str
    origin: Mapping[str, str]
    source: str
    config_text: str

    def run(self, dashboard: Dashboard) -> Called:
        """Load and call it."""
        try:
            loaded = Origin(**self.origin).load()
            subsystem = subsystem_of(self.name, self.source, loaded)
            shown = dashboard.home.shown(dashboard.home.subsys_config_file(self.name))
            config = parse_config(self.config_text, subsystem.config_model, name=shown)
        except RelaybenchError as error:
            return Called(success=False, message=str(error).splitlines()[0])
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001, its code may raise anything: its own loss
            return Called(success=False, message=error_line(error, self.source))
        return call(subsystem, dashboard, config, dashboard.home.subsys_output_dir(self.name))


def main() -> int:
    """Serve until the parent says stop or is gone."""
    commands, reports, parent = map(int, sys.argv[1:4])
    stream = settle(commands, reports, parent)
    launch = SubsystemLaunch(**json.loads(stream.readline()))
    sys.path[:] = launch.path
    dashboard = launch.dashboard()
    protocol.send(reports, protocol.READY)
    pid = os.getpid()
    for line in stream:
        (command,) = protocol.Lines().feed(line)
        if command["kind"] == protocol.STOP:
            break
        called = _run(Job(**command["job"]), dashboard)
        if os.getpid() != pid:  # a subsystem has forked, and its copy must not speak for it
            os._exit(1)
        protocol.send(reports, protocol.DONE, **called.to_message())
    return leave(reports, 0)


def _run(job: Job, dashboard: Dashboard) -> Called:
    with _surroundings_kept():
        called = job.run(dashboard)
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it may have closed or replaced them
        sys.stdout.flush()
        sys.stderr.flush()
    return called


@contextlib.contextmanager
def _surroundings_kept() -> Iterator[None]:
    """What one subsystem does to folder, environment and path is nothing for the next one."""
    folder, environment, path = Path.cwd(), dict(os.environ), [*sys.path]
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path


if __name__ == "__main__":
    sys.exit(main())
