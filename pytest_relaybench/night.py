"""The hooks of a session that has experiments, each handing over to the part whose job it is."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from .beginning import begin, begin_experiment, new_night, number
from .choosing import check_compare
from .collection import SURROUNDINGS, CollectPlugin, PrecheckItem, Surroundings, experiment_of
from .confirming.confirmer import Confirmer
from .current_folder import CurrentFolder
from .ending import end, end_experiment
from .errors import ConfigError, HomeError
from .experiment import NOT_CONFIGURED, ConfigSource, name_of, read_source
from .files import may_be_there
from .gate import read_baseline
from .gate_telling import junit_file, nothing_ran, tell_gate
from .gating import place_of
from .home import VARIANTS_FOLDER
from .isolation.pool import Pool
from .isolation.replay import replay
from .lock import HomeLock
from .measure import fixtures
from .options import Options, read_options
from .ordering import arrange, missing_modules
from .recognition import is_experiment
from .recorder import Recorder
from .resuming import adopt, find_unfinished, take_up
from .running import Runner
from .state import NIGHT, ExperimentNight, Night
from .subsystems import make_plan
from .terminal import Progress, write_summary
from .times import utc_now
from .variants.provision import Provisioner


def start(config: pytest.Config) -> CollectPlugin:
    """Make this session a night; raises pytest.UsageError when it cannot be one."""
    options = read_options(config)
    lock = HomeLock(options.home or config.rootpath)
    try:
        night = _night_of(config, options)
        if not config.option.collectonly:  # which writes nothing, and locks nothing
            night = _take_house(config, night, lock)
        plugin = NightPlugin(night, config, lock)
    except BaseException as error:
        lock.release()
        if isinstance(error, HomeError | ConfigError):
            raise pytest.UsageError(str(error)) from None
        raise
    config.stash[NIGHT] = night
    fresh_since = night.began.timestamp() if night.options.rerun_setup else None
    config.stash[SURROUNDINGS] = Surroundings(
        night.setup_dir,
        night.seed,
        fresh_since,
        labels_of=lambda model: night.chosen(model).labels,
        tell=Progress(config).line,
    )
    collect = CollectPlugin(lambda path: _source(night, path), shows_precheck=night.config_home is not None)
    config.pluginmanager.register(collect, "relaybench-collect")
    config.pluginmanager.register(fixtures, "relaybench-fixtures")
    config.pluginmanager.register(plugin, "relaybench-night")
    config.pluginmanager.register(CurrentFolder(config.invocation_params.dir, night.notes.append))
    return collect


def _night_of(config: pytest.Config, options: Options) -> Night:
    """The session's night, as what it reads says now; raises HomeError or ConfigError where that is wrong."""
    night = new_night(options, config.rootpath, times=not config.getoption("benchmark_disable"))
    _check_compare(night)
    if options.gate.is_on and options.gate.baseline is not None:
        night.baseline = read_baseline(options.gate.baseline)
    if night.keeps_house and not config.option.collectonly:
        brought = config.hook.pytest_relaybench_subsystems(config=config)
        night.plan = make_plan(night.home, options.subsystem_folders, brought)
    return night


def _take_house(config: pytest.Config, night: Night, lock: HomeLock) -> Night:
    """Lock the night's home, where it has one, and begin in it, or go on; raises HomeError where that cannot be."""
    options = night.options
    if not night.keeps_house:
        if options.resume and options.home:
            raise HomeError("--resume: results of this run stay at the desk, and there is no night to go on with")
        return night
    if lock.acquire(wait_s=options.wait_s, tell=_tell):
        night = _night_of(config, options)  # the one that was waited for may have changed what it reads
    if options.resume:
        adopt(night, find_unfinished(night.home))
    else:
        number(night, utc_now())
    night.left_by = "" if lock.left_by == night.run_id else lock.left_by
    lock.name_run(night.run_id)
    return night


def _tell(line: str) -> None:
    """On the terminal at once, where pytest has no reporter yet."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _check_compare(night: Night) -> None:
    try:
        check_compare(night.options, night.settings.config)
    except ValueError as error:
        raise pytest.UsageError(f"--compare: {error}") from None


def _source(night: Night, module_path: Path) -> ConfigSource | ConfigError | None:
    """The config of a module: the home's file, or the defaults at a desk; None for what is no experiment."""
    home = night.config_home
    if home is None:
        return ConfigSource() if is_experiment(module_path) else None
    name = name_of(module_path)
    if not may_be_there(home.exp_config_file(name)):
        return _unconfigured(night, module_path) if is_experiment(module_path) else None
    try:
        return read_source(home, name)
    except ConfigError as error:
        return error


def _unconfigured(night: Night, module_path: Path) -> ConfigSource:
    """A module that is an experiment, but none of this home's: nothing of it is collected, and a note says so."""
    night.unconfigured.append(module_path.name)
    return NOT_CONFIGURED


def provisioner_of(night: Night, note: Callable[[str], None]) -> Provisioner:
    """What provides the night's TVM builds, told by the settings of its home."""
    settings, folder = night.settings.config, night.setup_dir / VARIANTS_FOLDER
    return Provisioner(
        folder, build=night.options.build, jobs=settings.build_jobs, keep=settings.builds_kept, note=note
    )


class NightPlugin:
    """One night's hooks."""

    def __init__(self, night: Night, config: pytest.Config, lock: HomeLock) -> None:
        self._night = night
        self._config = config
        self._lock = lock
        self._recorder = Recorder()
        self._progress = Progress(config)
        self._pool = Pool(shares_output=config.getoption("capture") == "no")
        self._runner = Runner(night, config, provisioner_of(night, self._progress.line), self._pool)
        self._current: ExperimentNight | None = None
        self._former_handler: Any = None
        self._was_interrupted = False
        self._session: pytest.Session | None = None
        if night.keeps_house and not config.option.collectonly:
            self._former_handler = signal.getsignal(signal.SIGTERM)
            # as Ctrl-C: whoever ends the night politely gets its results kept and its children ended
            signal.signal(signal.SIGTERM, signal.default_int_handler)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Put the night in order when everybody else has chosen and shuffled."""
        seen = [name for name in map(experiment_of, items) if name is not None]
        yield
        items += missing_modules(self._night, session, seen)
        arrange(self._night, config, items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Begin the night when there is something to run and nothing forbids it; afterwards look into its suspects."""
        self._session = session
        broken = session.testsfailed and not session.config.option.continue_on_collection_errors
        if self._night.experiments and not self._config.option.collectonly and not broken:
            self._begin()
            self._night.places = {item.nodeid: place_of(item) for item in session.items}
            self._runner.provide(session.items)
            if self._night.unfinished:
                self._resume(session)
            for line in self._night.notes:
                self._progress.line(f"note: {line}")
        has_run = yield
        items = [*session.items, *(self._night.resumed or ())]
        Confirmer(self._night, self._config, self._runner, self._pool, self._progress.line).run(items)
        return has_run

    def _resume(self, session: pytest.Session) -> None:
        """Leave out the tests whose results are there."""
        try:
            kept = take_up(self._night, session.items, self._runner.state_of)
        except HomeError as error:
            self._night.journal = None  # which does not end: the next run recovers what can be read
            raise pytest.UsageError(str(error)) from None
        except OSError as error:
            self._stop(error)
            return
        self._config.hook.pytest_deselected(items=kept)
        known = set(map(id, kept))
        session.items[:] = [item for item in session.items if id(item) not in known]
        session.testscollected -= len(kept)  # of which the terminal tells how many per cent have run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run an experiment's test in its child; leave every other item to pytest."""
        name = experiment_of(item)
        if name is None or isinstance(item, PrecheckItem):
            return None
        self._current = entry = self._night.experiments[name]
        if not entry.clock.is_running and entry.ended is None:
            try:
                begin_experiment(self._night, name)
            except OSError as error:
                self._stop(error)
                return True
            self._progress.experiment(self._night, entry)
        self._recorder.begin(self._runner.state_of(item))
        if self._night.options.isolation == "none" and not self._runner.needs_child(item):
            return None
        self._run_in_child(item, nextitem)
        return True

    def _run_in_child(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        if hasattr(self._config.hook, "pytest_timeout_cancel_timer"):  # the deadline is ours: theirs ends the session
            self._config.hook.pytest_timeout_cancel_timer(item=item)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        replay(item, self._runner.events(item, nextitem), self._progress.line)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Follow the test under way."""
        self._recorder.take(report)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test has ended: keep its result before anything else happens."""
        if self._current is None or self._night.journal is None or not self._recorder.follows(nodeid):
            return
        try:
            self._recorder.commit(self._current, self._night.journal)
        except OSError as error:
            self._stop(error)
            return
        if not self._current.is_interrupted:
            end_experiment(self._night, self._current)

    def _begin(self) -> None:
        try:
            begin(self._night)
        except HomeError as error:
            raise pytest.UsageError(str(error)) from None

    def _stop(self, error: OSError) -> None:
        """Run no more tests, whose results could not be kept either; what follows the tests goes on."""
        assert self._session is not None
        self._session.shouldfail = self._night.stop(error)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Leave no child behind when somebody is waiting at the keyboard."""
        # also by pytest.exit, whatever status that asks for; not by --sw, which has seen enough
        self._was_interrupted = not issubclass(excinfo.type, pytest.Session.Interrupted)
        self._pool.close(at_once=True)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the night, and let the exit status tell."""
        self._pool.close()
        if self._night.journal is None:
            if not self._config.option.collectonly:
                session.exitstatus = nothing_ran(self._night, int(exitstatus))
            return
        interrupted = self._was_interrupted or exitstatus == pytest.ExitCode.INTERNAL_ERROR
        session.exitstatus = end(
            self._night, interrupted=interrupted, exit_status=int(exitstatus), note=self._progress.note
        )
        # pytest has written its JUnit file by now: this hook comes last
        self._night.notes += tell_gate(self._night, junit=junit_file(self._config))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the closing table."""
        if self._night.journal is not None or self._night.notes or self._night.gate:
            write_summary(terminalreporter, self._night)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Let go of the home."""
        self._pool.close(at_once=True)
        for entry in self._night.experiments.values():
            if entry.watch is not None:  # the night broke off before the experiment's end
                entry.watch.stop()
        if self._former_handler is not None:
            signal.signal(signal.SIGTERM, self._former_handler)
        self._lock.release()
