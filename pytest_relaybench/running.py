"""How one test is run: in a child of its build, or in fresh children of two builds side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from .collection import ExperimentModule, experiment_of, params_of, test_name, threads_of, variant_of
from .comparing import Comparer, Pair
from .config import THREADS
from .errors import VariantError
from .experiment import Experiment
from .isolation.launch import Launch
from .isolation.pool import Crashed, Event, Pool
from .launching import launch_for, threads_here
from .measure.interleave import Side
from .state import Night, TestState
from .variants.installed import installed
from .variants.provision import Provided, Provisioner
from .variants.spec import Installed, Spec


class Runner:
    """Runs items in the children of a pool, on the builds that the provisioner has or makes."""

    def __init__(self, night: Night, config: pytest.Config, provisioner: Provisioner, pool: Pool) -> None:
        self._night = night
        self._config = config
        self._provisioner = provisioner
        self._pool = pool
        self._launches: dict[tuple[str, str | None, int], Launch] = {}

    def events(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[Event]:
        """What happens to the item; a build that could not be made is the failure of its set-up."""
        experiment = experiment_of_item(item)
        label = variant_of(item)
        try:
            if label is not None and self._night.chosen(experiment.config).compared:
                yield from self._comparer(item, experiment).events()
                return
            build = self.build_of(item)
        except VariantError as error:
            yield Crashed(str(error), "", "")
            return
        launch = self._launch(item, experiment, build)
        following = nextitem.nodeid if nextitem is not None and _share(item, nextitem) else None
        yield from self._pool.run(launch, item.nodeid, following, experiment.config.timeout_s)

    def _launch(self, item: pytest.Item, experiment: Experiment, build: Provided | None) -> Launch:
        """One for all tests that share a child: a config may have thousands of values, and its key is a hash of all."""
        threads = threads_of(item, experiment.config)
        tests_of = experiment.name, build.variant.label if build else None, threads
        if tests_of not in self._launches:
            self._launches[tests_of] = launch_for(self._night, self._config, experiment, build, threads=threads)
        return self._launches[tests_of]

    def build_of(self, item: pytest.Item) -> Provided | None:
        """The build that the item runs on, None when it uses none, has none, or compares two; raises VariantError."""
        label = variant_of(item)
        chosen = self._night.chosen(experiment_of_item(item).config)
        if label is None or chosen.compared:
            return None
        spec = chosen.spec_of(label)
        if isinstance(spec, Installed) and installed() is None:
            return None  # the fixture skips, with the reason
        return self._provisioner.provide(spec)

    def provide(self, items: list[pytest.Item]) -> None:
        """Make every build that these items need, before anything is measured, and let go of old ones."""
        users = [item for item in items if experiment_of(item) is not None and variant_of(item) is not None]
        for item in users:
            with contextlib.suppress(VariantError):  # told by each test that needs it
                for spec in self._specs_of(item):
                    self._provisioner.provide(spec)
        if users:
            with contextlib.suppress(OSError):  # another session prunes at the same time
                self._provisioner.prune()

    def _specs_of(self, item: pytest.Item) -> tuple[Spec, ...]:
        """The variants that the item itself needs: of an experiment's, a selection may have left some out."""
        chosen = self._night.chosen(experiment_of_item(item).config)
        return chosen.specs if chosen.compared else (chosen.spec_of(str(variant_of(item))),)

    def state_of(self, item: pytest.Item) -> TestState:
        """The item as a test that has not begun; without a build when it uses none, has two, or its build failed."""
        label, tvm_hash = variant_of(item), None
        try:
            build = self.build_of(item)
        except VariantError:
            pass
        else:
            label, tvm_hash = (build.variant.label, build.variant.tvm_hash) if build else (None, None)
        return TestState(item.nodeid, test_name(item), dict(params_of(item)), label, tvm_hash, self._compared(item))

    def _compared(self, item: pytest.Item) -> list[str | None]:
        """The hashes of the two builds that the item compares, none where it does not, or one cannot be made."""
        if variant_of(item) is None or not self._night.chosen(experiment_of_item(item).config).compared:
            return []
        try:
            return [self._provisioner.provide(spec).variant.tvm_hash for spec in self._specs_of(item)]
        except VariantError:
            return []

    def needs_child(self, item: pytest.Item) -> bool:
        """Whether the item cannot run in this process: it needs another TVM than is installed, or other threads."""
        if THREADS in params_of(item) and threads_here() != threads_of(item, experiment_of_item(item).config):
            return True
        if variant_of(item) is None:
            return False
        try:
            return not all(isinstance(spec, Installed) for spec in self._specs_of(item))
        except VariantError:
            return True  # whose events tell

    def _comparer(self, item: pytest.Item, experiment: Experiment) -> Comparer:
        base, candidate = self._night.chosen(experiment.config).specs
        builds: dict[Side, Provided] = {
            "base": self._provisioner.provide(base),
            "candidate": self._provisioner.provide(candidate),
        }
        settings = experiment.config
        threads = threads_of(item, settings)
        pair = Pair(builds, lambda build, turn: launch_for(self._night, self._config, experiment, build, turn, threads))
        return Comparer(
            self._pool,
            pair,
            item.nodeid,
            timeout_s=settings.timeout_s,
            budget_s=settings.compare_budget_s,
            times=self._night.times,
        )


def experiment_of_item(item: pytest.Item) -> Experiment:
    """The experiment that the item is a test of."""
    module = item.getparent(ExperimentModule)
    assert module is not None
    assert module.experiment is not None
    return module.experiment


def _share(item: pytest.Item, nextitem: pytest.Item) -> bool:
    """Whether two tests run in the same child."""
    if experiment_of(item) != experiment_of(nextitem) or variant_of(item) != variant_of(nextitem):
        return False
    config = experiment_of_item(item).config
    return threads_of(item, config) == threads_of(nextitem, config)
