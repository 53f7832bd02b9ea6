"""Names from a character RNN: one for each first letter, by torch, by a compiled step, and by a loop inside Relax.

`docs/experiments/char_rnn.md` tells what is measured and how.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pytest
from pydantic import AfterValidator, Field, model_validator

from pytest_relaybench import axis, bars, lines

from .recurrent.char_weights import spell
from .recurrent.config import CELL, TORCH, Positive, RecurrentConfig, refuse_nothing_to_measure
from .recurrent.names import LANGUAGES
from .speedups import speedup_lines

if TYPE_CHECKING:
    from .engines import Prepared

SAMPLE_LETTER = "M"
TORCH_IS_A_CELL = f"{TORCH} loops over letters in Python, a call for each: see mode {CELL}"
TIMED = "a name for each first letter"
TITLE = f"char_rnn: time of {TIMED}"
Mode = Literal["cell", "loop", "unrolled"]

graphs = [
    bars(x="mode", hue="engine", per=("device", "hidden_size", "language"), title=TITLE),
    bars(
        x="hidden_size",
        hue="mode",
        per=("device", "engine", "language"),
        speedup_over={"engine": TORCH, "mode": CELL},
        log=True,
    ),
    lines(hue="engine", per=("device", "mode", "hidden_size", "language"), title=TITLE),
]


def _letter(text: str) -> str:
    if len(text) != 1 or text not in string.ascii_uppercase:  # the network has seen no name that begins otherwise
        raise ValueError("an input is one of the capital letters A to Z")
    return text


def _language(name: str) -> str:
    if name not in LANGUAGES:
        raise ValueError(f"the languages are {', '.join(LANGUAGES)}")
    return name


class Config(RecurrentConfig):
    """Which languages and sizes, by which engines in which modes; by default 16 units and every language."""

    engines: list[Literal["relax-bytecode", "relax-compiled", "torch-eager"]] = axis(
        "engine", ["relax-bytecode", "relax-compiled", "torch-eager"], without_tvm=[TORCH]
    )
    modes: list[Mode] = axis(
        "mode",
        ["cell", "loop"],
        description="cell: a compiled step for each letter, the loop in Python; loop: recursion in Relax; unrolled",
    )
    hidden_sizes: list[Positive] = axis("hidden_size", [16], description="units of the hidden state")
    languages: list[Annotated[str, AfterValidator(_language)]] = axis("language", LANGUAGES)
    inputs: list[Annotated[str, AfterValidator(_letter)]] = Field(
        default=list(string.ascii_uppercase), min_length=1, description="first letters; a call makes a name of each"
    )
    n_inputs: Literal[1] = Field(default=1, description="the letters are the inputs, and nothing is random")
    relay_configs: list[Literal["loop", "cell"]] | None = Field(
        default=None, exclude=True, description="the predecessor's word for `modes`"
    )

    def _renamed(self) -> list[tuple[str, str]]:
        return [*super()._renamed(), ("relay_configs", "modes")]

    def _words(self) -> dict[str, Any]:
        found = super()._words()
        if self.relay_configs is None:
            return found
        engines = found.get("engines", self.engines)
        if not self.relay_configs and engines != [TORCH]:
            raise ValueError("if relay is enabled, at least one of `relay_configs` must be named")
        return {**found, "modes": self.relay_configs or [CELL]}

    @model_validator(mode="after")
    def _torch_has_its_mode(self) -> Self:
        refuse_nothing_to_measure(self.engines, self.modes)
        return self


def test_names(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    language: str,
    hidden_size: int,
    device: str,  # noqa: ARG001, the CPU
    engine: str,
    mode: str,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
) -> None:
    """Time of a name for each first letter; the names must be torch's, letter by letter, before anything is timed."""
    if engine == TORCH and mode != CELL:
        pytest.skip(TORCH_IS_A_CELL)
    from .engines import time_prepared
    from .models.char_rnn import spelling_inputs

    inputs = spelling_inputs(language, experiment_config.inputs)
    names = prepare_names(TORCH, CELL, hidden_size).call(*inputs)
    bench.reference(names)
    prepared = prepare_names(engine, mode, hidden_size)
    time_prepared(bench, prepared, [inputs], experiment_config)
    bench.record("letters", sum(map(len, names)), unit="1", direction="neutral", deterministic=True)


@lru_cache(maxsize=64)  # one program serves all languages
def prepare_names(engine: str, mode: str, hidden_size: int) -> Prepared:
    """`call(category, *letters)` gives the names, a list of texts."""
    import torch

    from .engines import Prepared
    from .engines.threads import threads
    from .models import char_rnn

    cell = char_rnn.build_char_rnn(hidden_size)
    if engine == TORCH:
        torch.set_num_threads(threads())
        nothing = cell.nothing()
        return Prepared(
            lambda category, *letters: [char_rnn.spell(cell, category, letter, nothing) for letter in letters],
            mode=torch.inference_mode,
        )
    from .engines.exec_modes import EXEC_MODES
    from .models.char_programs import MODES
    from .models.executing import to_device

    _, name_of = MODES[mode](cell, EXEC_MODES[engine])
    return Prepared(
        lambda category, *letters: [name_of(category, letter) for letter in letters],
        lambda inputs: to_device(inputs, "cpu"),
    )


def summarize(table: Any) -> str:
    """Torch's time for each language and size, how many times as fast Relax is, and one of the names."""
    newest = table[(table["run_id"] == table["run_id"].max()) & (table["metric"] == "time")]
    told = speedup_lines(table, "Names from a character RNN", ("language", "hidden_size"), timed=TIMED)
    for row in newest[:1].itertuples():
        name = spell(row.language, SAMPLE_LETTER, int(row.hidden_size))
        told.append(f"{SAMPLE_LETTER} in {row.language}, {row.hidden_size} units: {name}")
    return "\n".join(told)
