"""The fixture `tune`, for experiments whose config is a NetworkConfig: import it where `database` is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from .network_names import NetworkConfig

if TYPE_CHECKING:
    from .models.tuning import Tuned

Tune = Callable[[], "Tuned"]


# of a test, not of the session: pytest would sort tests by its parameters, so that networks do not follow each other;
# a database that is there costs nothing
@pytest.fixture(name="tune")
def network_tuning(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    tvm_variant: Any,
    experiment_config: NetworkConfig,
    setup_cache: Any,
    tell: Callable[[str], None],
) -> Tune:
    """`tune()` gives the tuning database of the test's network, made tonight or earlier."""

    def tune() -> Tuned:
        from .engines.tuned_networks import tuned_network  # loads TVM, without which other engines are measured

        return tuned_network(network, batch_size, device, experiment_config, tvm_variant, setup_cache, tell)

    return tune
