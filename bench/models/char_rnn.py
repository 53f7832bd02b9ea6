"""A character RNN that spells names, shaped as in the PyTorch tutorial "Generating Names with a Character-Level RNN".

Greedy: the likeliest letter is taken, so that every engine's names can be compared as text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..recurrent.char_weights import category_of, fitted
from ..recurrent.names import END, LANGUAGES, LETTERS, LONGEST, N_LETTERS, text_of

N_LANGUAGES = len(LANGUAGES)
INPUTS = N_LANGUAGES + N_LETTERS


class CharCell(nn.Module):
    """One letter: `(1, 18)` category, `(1,)` letter and `(1, hidden_size)` state to the next letter and state.

    The tutorial's dropout and log-softmax are left out: neither changes which letter is likeliest.
    """

    letters: Tensor

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.hidden = nn.Linear(INPUTS + hidden_size, hidden_size)
        self.output = nn.Linear(INPUTS + hidden_size, N_LETTERS)
        self.last = nn.Linear(hidden_size + N_LETTERS, N_LETTERS)
        self.register_buffer("letters", torch.arange(N_LETTERS))

    def forward(self, category: Tensor, letter: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """The next letter as a number, int64 of shape `(1,)`, and the next state."""
        # torch's one_hot is exported with two assertions, which the compiled program would check at every letter
        one_hot = torch.eq(self.letters, letter).to(torch.float32).reshape(1, N_LETTERS)
        combined = torch.cat([category, one_hot, hidden], dim=1)
        following = self.hidden(combined)
        scores = self.last(torch.cat([following, self.output(combined)], dim=1))
        return scores.argmax(dim=1), following

    def nothing(self) -> Tensor:
        """The state before the first letter."""
        return torch.zeros(1, self.hidden_size)


class Begin(nn.Module):
    """What a loop over letters begins with: state, text so far, and how many letters that is."""

    hidden: Tensor
    places: Tensor

    def __init__(self, cell: CharCell) -> None:
        super().__init__()
        self.register_buffer("hidden", cell.nothing())
        self.register_buffer("places", torch.arange(LONGEST))

    def forward(self, letter: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`(1,)` letter to `(1, hidden_size)` state, `(20,)` text that holds the letter alone, `(1,)` count."""
        text = torch.where(torch.eq(self.places, 0), letter, torch.full_like(self.places, END))
        return self.hidden.clone(), text, torch.ones_like(letter)


class Turn(nn.Module):
    """One turn of the loop: the next letter, written into the text, and whether another follows."""

    places: Tensor

    def __init__(self, cell: CharCell) -> None:
        super().__init__()
        self.cell = cell
        self.register_buffer("places", torch.arange(LONGEST))

    def forward(
        self, category: Tensor, letter: Tensor, hidden: Tensor, text: Tensor, count: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """All but the category to their next values; then `()` bool."""
        letter, hidden = self.cell(category, letter, hidden)
        text = torch.where(torch.eq(self.places, count), letter, text)
        count = count + 1
        return letter, hidden, text, count, ((letter != END) & (count < LONGEST)).reshape(())


class Unrolled(nn.Module):
    """All turns that there can be, one after the other: nothing is saved by a short name."""

    def __init__(self, cell: CharCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, category: Tensor, letter: Tensor) -> Tensor:
        """`(1, 18)` category and `(1,)` letter to `(20,)` text; letters after the end are ends."""
        letters, hidden, has_ended = [letter], self.cell.nothing(), torch.zeros(1, dtype=torch.bool)
        for _ in range(LONGEST - 1):
            letter, hidden = self.cell(category, letter, hidden)
            letter = torch.where(has_ended, torch.full_like(letter, END), letter)
            has_ended = torch.eq(letter, END)
            letters.append(letter)
        return torch.cat(letters)


def spell(step: Any, category: Any, letter: Any, hidden: Any) -> str:
    """The name that begins with the letter: `step(category, letter, hidden)` called from Python, letter by letter.

    Torch's tensors or TVM's; each letter is brought to Python, to see whether it is the last.
    """
    letters = [int(letter.numpy()[0])]
    while letters[-1] != END and len(letters) < LONGEST:
        letter, hidden = step(category, letter, hidden)
        letters.append(int(letter.numpy()[0]))
    return text_of(letters)


def build_char_rnn(hidden_size: int) -> CharCell:
    """The network in eval mode, its weights fitted to the names of `bench/recurrent/names.py`."""
    cell, weights = CharCell(hidden_size), fitted(hidden_size)
    state: dict[str, Any] = {
        "hidden.weight": weights.hidden,
        "output.weight": weights.output,
        "last.weight": weights.last,
    }
    state |= {"hidden.bias": np.zeros(hidden_size), "output.bias": np.zeros(N_LETTERS), "last.bias": weights.last_bias}
    tensors = {name: torch.from_numpy(values).to(torch.float32) for name, values in state.items()}
    cell.load_state_dict({**tensors, "letters": torch.arange(N_LETTERS)})
    return cell.eval().requires_grad_(requires_grad=False)


def spelling_inputs(language: str, letters: list[str]) -> tuple[Tensor, ...]:
    """The language as `(1, 18)` float32, then each first letter as `(1,)` int64."""
    category = torch.from_numpy(category_of(language)).to(torch.float32).reshape(1, N_LANGUAGES)
    return category, *(torch.tensor([LETTERS.index(letter)]) for letter in letters)
