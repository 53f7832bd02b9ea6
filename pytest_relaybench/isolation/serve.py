"""pytest inside a child: collect the experiment's module, run what the parent names, report what happened."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ..collection import SURROUNDINGS, CollectPlugin, PrecheckItem, Surroundings
from ..experiment import ConfigSource
from ..measure import fixtures
from ..measure.memory import PEAK, resident_bytes
from ..variants.installed import variant_from
from . import protocol
from .bounds import LONGEST_LINE, Allowance, fit, shortened
from .launch import Launch
from .limits import reopen_closed, worn_out


def serve(launch: Launch, commands: BinaryIO, reports: int) -> int:
    """Run a pytest session that obeys `commands`; returns its exit status."""
    config = pytest.Config.fromdictargs(
        {**launch.options, "rootdir": launch.rootdir, "inifilename": launch.inifile},
        [_argument(launch.collected_from or launch.module)],
    )
    # marks a child of a distributed run: junitxml, cache and other reporters keep quiet
    config.workerinput = {"workerid": f"relaybench-{os.getpid()}"}  # type: ignore[attr-defined]
    worker = Worker(commands, reports, Path(launch.module))
    config.stash[SURROUNDINGS] = surroundings_of(launch, worker.tell)
    source = ConfigSource(launch.config_text, launch.config_path)
    config.pluginmanager.register(CollectPlugin(lambda _: source, shows_precheck=False), "relaybench-collect")
    config.pluginmanager.register(fixtures, "relaybench-fixtures")
    config.pluginmanager.register(worker, "relaybench-worker")
    return int(config.hook.pytest_cmdline_main(config=config))


def _argument(path: str) -> str:
    """The path so that pytest takes all of it for one: from a `[` on it would be the parameters of a test."""
    return os.path.relpath(path) if "[" in path else path


def surroundings_of(launch: Launch, tell: Callable[[str], None]) -> Surroundings:
    """What the tests of this child need to know."""
    return Surroundings(
        Path(launch.setup_dir),
        launch.seed,
        launch.fresh_since,
        labels_of=lambda _: launch.labels,
        variant=variant_from(launch.variant) if launch.variant else None,
        tell=tell,
    )


class Worker:
    """The hooks of a child."""

    def __init__(self, commands: BinaryIO, reports: int, module: Path) -> None:
        self._commands = commands
        self._module = module
        self._reports = reports
        self._config: pytest.Config | None = None
        self._problem = "the child did not collect it"
        self._pid = os.getpid()
        self._allowance = Allowance()
        # our own, since a test may close or redirect the process's
        self._outputs = [os.dup(1), os.dup(2)]

    def tell(self, text: str) -> None:
        """Have a line of progress told at once, unless this test has told too many."""
        if self._allowance.admits_line():
            protocol.send(self._reports, protocol.NOTE, text=shortened(str(text), LONGEST_LINE))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep the config for serialising reports."""
        self._config = config

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Of the folder that was handed to pytest, only the experiment's module."""
        leads_there = collection_path == self._module or collection_path in self._module.parents
        return None if leads_there else True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What only this interpreter cannot collect is the error of its tests."""
        if report.failed:
            self._problem = str(report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests that the parent names until it says stop or is gone."""
        items = {item.nodeid: item for item in session.items}
        for item in items.values():
            if isinstance(item, PrecheckItem):
                self._problem = item.problem or self._problem
        gc.collect()
        gc.freeze()  # what is alive now stays: searching it again would cost each test some 30 ms
        protocol.send(self._reports, protocol.READY, pytest=pytest.__version__)
        for line in self._commands:
            (command,) = protocol.Lines().feed(line)
            if command["kind"] == protocol.STOP:
                break
            self._run(items.get(command["nodeid"]), items.get(command["following"] or ""))
        return True

    def _run(self, item: pytest.Item | None, following: pytest.Item | None) -> None:
        if item is None:
            protocol.send(self._reports, protocol.FAILED, message=self._problem)
            return
        reopen_closed(self._outputs)
        self._allowance.restart()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        for told in self._allowance.left_out():
            protocol.send(self._reports, protocol.WARNING, **_warning_of(item, told))
        protocol.send(self._reports, protocol.DONE, worn=worn_out())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Any:
        """Within pytest's own record of warnings, so that a million of them is not kept."""
        with self._allowance.of_warnings():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Peak memory is a test's own, its fixtures included."""
        PEAK.restart()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Any:
        """Tell the memory that this interpreter needed; it holds nothing of the parent's."""
        report = yield
        measured = getattr(report, "relaybench", None)
        if measured is not None:
            measured["peak_memory_bytes"] = PEAK.read_bytes()
            measured["resident_bytes"] = resident_bytes()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send the report, and how far this process's output had come, so that the parent can cut out the phase's."""
        if os.getpid() != self._pid:  # a test has forked, and its copy must not speak for it
            os._exit(1)
        with contextlib.suppress(OSError, ValueError, AttributeError):  # a test may have closed or replaced them
            sys.stdout.flush()
            sys.stderr.flush()
        assert self._config is not None
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        protocol.send(self._reports, protocol.REPORT, report=fit(data), written=[*map(_size, self._outputs)])

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: tuple[str, int, str] | None
    ) -> None:
        """Pass on what a test warned of; the parent has collected the module itself."""
        if when != "runtest":
            return
        protocol.send(
            self._reports,
            protocol.WARNING,
            message=shortened(str(warning_message.message), LONGEST_LINE),
            category=warning_message.category.__name__,
            filename=warning_message.filename,
            lineno=warning_message.lineno,
            when=when,
            nodeid=nodeid,
            location=location,
        )


def _size(descriptor: int) -> int:
    """Bytes written so far to the file behind a descriptor; 0 for a terminal or a pipe."""
    return os.fstat(descriptor).st_size


def _warning_of(item: pytest.Item, message: str) -> dict[str, Any]:
    path, line, _ = item.location
    content = {"message": message, "category": "PytestWarning", "filename": path, "lineno": (line or 0) + 1}
    return {**content, "when": "runtest", "nodeid": item.nodeid, "location": None}
