"""Weights of the character RNN, fitted without training: the same ones on every machine, in a fraction of a second.

The recurrent part is drawn from a seed, and the last layer is a ridge regression of each name's next letter on what
the rest of the network computes (an echo state network: Jaeger, The "echo state" approach, 2001). In double precision,
so that rounding decides no letter; NumPy alone, so that a summary can spell a name without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .names import END, LANGUAGES, LETTERS, LONGEST, N_LETTERS, NAMES, text_of

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]

SEED = 10  # one with which the likeliest letter always leads by more than rounding, at all sizes configured here
ECHO = 0.8  # how much of the hidden state is kept from letter to letter
RIDGE = 1e-2  # holds the last layer small where names say little


@dataclass(frozen=True)
class CharWeights:
    """Three linear layers, outputs x inputs; their inputs are (category, letter, hidden) or (hidden, output)."""

    hidden: Matrix
    output: Matrix
    last: Matrix
    last_bias: Vector

    def step(self, category: Vector, letter: int, hidden: Vector) -> tuple[int, Vector]:
        """The next letter, and the hidden state after this one."""
        following, features = self.features(category, letter, hidden)
        return int(np.argmax(self.last @ features + self.last_bias)), following

    def features(self, category: Vector, letter: int, hidden: Vector) -> tuple[Vector, Vector]:
        """The next hidden state, and what the last layer sees."""
        combined = np.concatenate([category, _one_hot(letter, N_LETTERS), hidden])
        following = self.hidden @ combined
        return following, np.concatenate([following, self.output @ combined])


@lru_cache(maxsize=8)
def fitted(hidden_size: int) -> CharWeights:
    """The weights of a network with so many hidden units."""
    inputs = len(LANGUAGES) + N_LETTERS
    draw = np.random.default_rng([SEED, hidden_size])
    echo, _ = np.linalg.qr(draw.standard_normal((hidden_size, hidden_size)))
    entry = draw.standard_normal((hidden_size, inputs)) / np.sqrt(hidden_size)
    mixing = draw.standard_normal((N_LETTERS, len(LANGUAGES) + hidden_size)) / np.sqrt(hidden_size)
    output = np.hstack([mixing[:, : len(LANGUAGES)], np.eye(N_LETTERS), mixing[:, len(LANGUAGES) :]])
    empty = CharWeights(
        np.hstack([entry, ECHO * echo]), output, np.zeros((N_LETTERS, hidden_size + N_LETTERS)), np.zeros(N_LETTERS)
    )
    return _with_last_layer(empty, hidden_size)


def _with_last_layer(weights: CharWeights, hidden_size: int) -> CharWeights:
    seen, wanted = [], []
    for language, names in NAMES.items():
        for name in names:
            letters = [LETTERS.index(letter) for letter in name]
            hidden = np.zeros(hidden_size)
            for letter, following in zip(letters, [*letters[1:], END], strict=True):
                hidden, features = weights.features(category_of(language), letter, hidden)
                seen.append(np.append(features, 1.0))
                wanted.append(_one_hot(following, N_LETTERS))
    features, targets = np.array(seen), np.array(wanted)
    # as many unknowns as there are names' letters, or as there are features: whichever are fewer
    kernel = features @ features.T + RIDGE * np.eye(len(features))
    last = (features.T @ np.linalg.solve(kernel, targets)).T
    return CharWeights(weights.hidden, weights.output, last[:, :-1], last[:, -1])


def spell(language: str, first: str, hidden_size: int) -> str:
    """The name that the network makes up, greedily, of a first letter; that letter is part of it."""
    weights, category = fitted(hidden_size), category_of(language)
    letter, hidden, letters = LETTERS.index(first), np.zeros(hidden_size), [LETTERS.index(first)]
    while len(letters) < LONGEST and letter != END:
        letter, hidden = weights.step(category, letter, hidden)
        letters.append(letter)
    return text_of(letters)


def category_of(language: str) -> Vector:
    """The language as a one-hot vector."""
    return _one_hot(LANGUAGES.index(language), len(LANGUAGES))


def _one_hot(index: int, size: int) -> Vector:
    vector = np.zeros(size)
    vector[index] = 1.0
    return vector
