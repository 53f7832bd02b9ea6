"""pytest inside a child: collect the experiment's module, run what the parent names, report what happened."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ..collection import SURROUNDINGS, CollectPlugin, Surroundings
from ..experiment import ConfigSource
from ..measure import fixtures
from ..measure.memory import peak_bytes, reset_peak, resident_bytes
from . import protocol
from .launch import Launch


def serve(launch: Launch, commands: BinaryIO, reports: int) -> int:
    """Run a pytest session that obeys `commands`; returns its exit status."""
    config = pytest.Config.fromdictargs(
        {**launch.options, "rootdir": launch.rootdir, "inifilename": launch.inifile}, [launch.module]
    )
    # marks a child of a distributed run: junitxml, cache and other reporters keep quiet
    config.workerinput = {"workerid": f"relaybench-{os.getpid()}"}  # type: ignore[attr-defined]
    config.stash[SURROUNDINGS] = Surroundings(Path(launch.setup_dir), launch.seed, launch.fresh_since)
    source = ConfigSource(launch.config_text, launch.config_path)
    config.pluginmanager.register(CollectPlugin(lambda _: source, shows_precheck=False), "relaybench-collect")
    config.pluginmanager.register(fixtures, "relaybench-fixtures")
    config.pluginmanager.register(Worker(commands, reports), "relaybench-worker")
    return int(config.hook.pytest_cmdline_main(config=config))


class Worker:
    """The hooks of a child."""

    def __init__(self, commands: BinaryIO, reports: int) -> None:
        self._commands = commands
        self._reports = reports
        self._config: pytest.Config | None = None
        self._peak_is_known = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep the config for serialising reports."""
        self._config = config

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that only this interpreter cannot collect is the error of its tests."""
        if report.failed:
            protocol.send(self._reports, protocol.FAILED, message=str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests that the parent names until it says stop or is gone."""
        items = {item.nodeid: item for item in session.items}
        protocol.send(self._reports, protocol.READY, pytest=pytest.__version__, nodeids=list(items))
        for line in self._commands:
            (command,) = protocol.Lines().feed(line)
            if command["kind"] == protocol.STOP:
                break
            item, following = items.get(command["nodeid"]), items.get(command["following"] or "")
            if item is None:
                protocol.send(
                    self._reports, protocol.FAILED, message=f"{command['nodeid']}: the child did not collect it"
                )
                continue
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            protocol.send(self._reports, protocol.DONE)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Peak memory is a test's own, its fixtures included."""
        self._peak_is_known = reset_peak()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Any:
        """Tell the memory that this interpreter needed; it holds nothing of the parent's."""
        report = yield
        measured = getattr(report, "relaybench", None)
        if measured is not None and self._peak_is_known:
            measured["peak_memory_bytes"] = peak_bytes()
            measured["resident_bytes"] = resident_bytes()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send the report, and how far this process's output had come, so that the parent can cut out the phase's."""
        with contextlib.suppress(OSError, ValueError):  # a test may have closed them
            sys.stdout.flush()
            sys.stderr.flush()
        assert self._config is not None
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        protocol.send(self._reports, protocol.REPORT, report=data, written=[_size(1), _size(2)])

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: tuple[str, int, str] | None
    ) -> None:
        """Pass a warning on."""
        protocol.send(
            self._reports,
            protocol.WARNING,
            message=str(warning_message.message),
            category=warning_message.category.__name__,
            filename=warning_message.filename,
            lineno=warning_message.lineno,
            when=when,
            nodeid=nodeid,
            location=location,
        )


def _size(descriptor: int) -> int:
    """Bytes written so far to the file behind a descriptor; 0 for a terminal or a pipe, and when a test closed it."""
    try:
        return os.fstat(descriptor).st_size
    except OSError:
        return 0
