"""The doors for other plugins."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


@pytest.hookspec
def pytest_relaybench_subsystems(config: pytest.Config) -> Sequence[object]:  # type: ignore[empty-body]
    """Subsystems that an installed plugin brings: modules, or objects with the attributes of one.

    Each runs in the homes that have a `config/subsystem/NAME/config.json`, where NAME is its attribute `name`, or the
    last part of its `__name__`. What a subsystem is made of stands in docs/how-to-write-a-subsystem.md. For example::

        # in the plugin's module
        from . import matrix_room      # has Config, after, run(dashboard, config, output)

        def pytest_relaybench_subsystems(config):
            return [matrix_room]
    """
