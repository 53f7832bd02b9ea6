"""A config's axes as parameters of the tests that name them, and the TVM builds beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

import pytest

from .config import ExperimentConfig, axis_values, without_tvm
from .errors import ConfigError, Fault

VARIANT = "tvm_variant"
INDIRECT = frozenset({"device"})  # fixtures of ours that take the value and check it
ONE_AXIS_WITHOUT_TVM = "at most one axis of a test may have values without_tvm"


def parametrize_axes(
    metafunc: pytest.Metafunc, config: ExperimentConfig, labels_of: Callable[[ExperimentConfig], Sequence[str]]
) -> None:
    """Give the test its builds and its axes; what its author has parametrized stays as it is.

    Raises ConfigError when two of its axes have values that use no TVM.
    """
    own = _own_parameters(metafunc)
    axes: dict[str, Sequence[Any]] = {
        parameter: values
        for parameter, values in axis_values(config).items()
        if parameter in metafunc.fixturenames and parameter not in own
    }
    if VARIANT in metafunc.fixturenames and VARIANT not in own:
        axes = _parametrize_variants(metafunc, list(labels_of(config)), axes, without_tvm(type(config)))
    for parameter, values in axes.items():
        indirect = [parameter] if parameter in INDIRECT else False
        metafunc.parametrize(parameter, values, indirect=indirect, ids=_id, scope=_scope_of(metafunc, parameter))


def _parametrize_variants(
    metafunc: pytest.Metafunc,
    labels: Sequence[str],
    axes: Mapping[str, Sequence[Any]],
    without: Mapping[str, Sequence[Any]],
) -> dict[str, Sequence[Any]]:
    """Make the builds a parameter, once for all values of an axis that use no TVM; returns the other axes."""
    shared = [parameter for parameter in axes if without.get(parameter)]
    if not shared:
        ids = labels if len(labels) > 1 else [pytest.HIDDEN_PARAM]
        metafunc.parametrize(VARIANT, labels, indirect=True, scope="session", ids=ids)
        return dict(axes)
    if len(shared) > 1:
        raise ConfigError([Fault(metafunc.definition.nodeid, f"axes {', '.join(shared)}", "", ONE_AXIS_WITHOUT_TVM)])
    parameter = shared[0]
    pairs: list[tuple[str | None, Any]] = []
    for value in axes[parameter]:
        pairs += [(None, value)] if value in without[parameter] else [(label, value) for label in labels]
    several = len(labels) > 1
    ids = [f"{label}-{_text(value)}" if several and label else _text(value) for label, value in pairs]
    indirect = [VARIANT, *INDIRECT.intersection([parameter])]
    metafunc.parametrize([VARIANT, parameter], pairs, indirect=indirect, scope="session", ids=ids)
    return {name: values for name, values in axes.items() if name != parameter}


def _scope_of(metafunc: pytest.Metafunc, parameter: str) -> Literal["session", "function"]:
    """The session's, so that a fixture of more than one test, which builds things, may take it; else the test's.

    pytest sorts tests by parameters of the session, and by several of them into no order that anybody would expect.
    """
    # pytest tells nobody which fixtures take a parameter; where this goes away, all axes are the session's again
    info = getattr(metafunc.definition, "_fixtureinfo", None)
    if info is None:
        return "session"
    fixtures = chain.from_iterable(info.name2fixturedefs.values())
    is_shared = any(fixture.scope != "function" and parameter in fixture.argnames for fixture in fixtures)
    return "session" if is_shared else "function"


def _own_parameters(metafunc: pytest.Metafunc) -> frozenset[str]:
    """Parameters that the author has set with `pytest.mark.parametrize`."""
    names: set[str] = set()
    for marker in metafunc.definition.iter_markers("parametrize"):
        given = marker.args[0] if marker.args else marker.kwargs.get("argnames", ())
        names.update(part.strip() for part in (given.split(",") if isinstance(given, str) else given))
    return frozenset(names)


def _id(value: Any) -> str | None:
    """A readable id for a list or object of JSON; pytest names the rest itself."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")) if isinstance(value, list | dict) else None


def _text(value: Any) -> str:
    return _id(value) or str(value)
