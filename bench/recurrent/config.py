"""The config that the three experiments on recurrent networks have in common, and the predecessor's words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pytest_relaybench import TrialConfig, axis

TORCH = "torch-eager"
CELL = "cell"  # the mode in which Python calls for each step
RELAX = ("relax-bytecode", "relax-compiled")
METHODS = {"intp": "relax-bytecode", "aot": "relax-compiled"}  # of Relay, and what they are in Relax
FRAMEWORKS = {"pt", "relay"}
GONE = frozenset({"mxnet", "tf", "keras"})

RelaxMode = Literal["relax-bytecode", "relax-compiled"]
Positive = Annotated[int, Field(ge=1)]


def _framework(name: str) -> str:
    if name in GONE:
        raise ValueError(f"{name} is not measured any more: {TORCH} takes its place")
    if name not in FRAMEWORKS:
        raise ValueError('the predecessor\'s frameworks are "pt" and "relay"; today\'s key is `engines`')
    return name


class RecurrentConfig(TrialConfig):
    """Devices, counts, and the predecessor's `frameworks`, `relay_methods` and `n_times`, which become today's keys.

    A model that derives from it has an axis `engines`.
    """

    devices: list[Literal["cpu"]] = axis("device", ["cpu"], description="the CPU alone, as in the predecessor")
    n_inputs: int = Field(default=1, ge=1, description="different random inputs")
    n_times_per_input: int = Field(default=100, ge=1, description="timed calls per input")
    frameworks: list[Annotated[str, AfterValidator(_framework)]] | None = Field(
        default=None, exclude=True, description='the predecessor\'s: "pt" is torch-eager, "relay" both Relax engines'
    )
    relay_methods: list[Literal["intp", "aot"]] | None = Field(
        default=None, exclude=True, description='the predecessor\'s: "intp" is relax-bytecode, "aot" relax-compiled'
    )
    n_times: Positive | None = Field(default=None, exclude=True, description="the predecessor's n_times_per_input")

    @model_validator(mode="after")
    def _in_modern_words(self) -> Self:
        words = self._words()
        for old, new in self._renamed():
            if new in self.model_fields_set and new in words:
                raise ValueError(f"`{new}` and the predecessor's {old} say the same: leave out the latter")
        return self.model_copy(update=words) if words else self

    def _renamed(self) -> list[tuple[str, str]]:
        """Old keys and the new one that each stands for."""
        return [("frameworks or relay_methods", "engines"), ("n_times", "n_times_per_input")]

    def _words(self) -> dict[str, Any]:
        """What the old keys say, by the names of the new ones."""
        found: dict[str, Any] = {}
        if self.frameworks is not None or self.relay_methods is not None:
            found["engines"] = self._engines()
        if self.n_times is not None:
            found["n_times_per_input"] = self.n_times
        return found

    def _engines(self) -> list[str]:
        frameworks = ["pt", "relay"] if self.frameworks is None else self.frameworks
        methods = [*METHODS] if self.relay_methods is None else self.relay_methods
        if "relay" in frameworks and not methods:
            raise ValueError("if relay is enabled, at least one of `relay_methods` must be named")
        if not frameworks:
            raise ValueError("`frameworks` names none")
        engines = [TORCH] if "pt" in frameworks else []
        return [*engines, *(METHODS[name] for name in methods if "relay" in frameworks)]


def refuse_nothing_to_measure(engines: Sequence[str], modes: Sequence[str]) -> None:
    """Raises ValueError where torch is the only engine and its one mode, a call for each step, is not named."""
    if list(engines) == [TORCH] and CELL not in modes:
        raise ValueError(f'nothing would be measured: {TORCH} has only the mode "{CELL}"')
