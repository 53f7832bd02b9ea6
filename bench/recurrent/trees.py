"""Trees of several shapes, made by rule or from a seed; free of torch and TVM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NONE = -1  # where a node has no child, or no further sibling
ROOT = 0
RANDOM_SEED = 0  # the same random tree every night; only the inputs at its nodes vary

Indices = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Tree:
    """Nodes 0 (the root) to n - 1, each with its children in order; a child's number is above its parent's."""

    children: tuple[tuple[int, ...], ...]

    @property
    def arities(self) -> tuple[int, ...]:
        """Which numbers of children there are, ascending."""
        return tuple(sorted({len(nodes) for nodes in self.children}))

    @property
    def deepest(self) -> int:
        """A node that is as far from the root as any."""
        depths = [0] * len(self.children)
        for node, children in enumerate(self.children):  # parents come first
            for child in children:
                depths[child] = depths[node] + 1
        return depths.index(max(depths))

    def linearised(self) -> tuple[Indices, Indices]:
        """The tree as two int64 arrays of shape `(n,)`: each node's first child, and its next sibling; -1 for none."""
        first = np.full(len(self.children), NONE, dtype=np.int64)
        following = np.full(len(self.children), NONE, dtype=np.int64)
        for node, children in enumerate(self.children):
            if children:
                first[node] = children[0]
                following[list(children[:-1])] = children[1:]
        return first, following


def tree(shape: str, n_nodes: int) -> Tree:
    """The tree of `n_nodes` nodes, at least one, that has the shape named; raises KeyError for one not in SHAPES."""
    parents = [SHAPES[shape](node) for node in range(1, n_nodes)]
    children: list[list[int]] = [[] for _ in range(n_nodes)]
    for node, parent in enumerate(parents, 1):
        children[parent].append(node)
    return Tree(tuple(map(tuple, children)))


def _chain(node: int) -> int:
    return node - 1


def _balanced(node: int) -> int:
    return (node - 1) // 2


def _random(node: int) -> int:
    """Any earlier node, each as likely: a random recursive tree."""
    return int(np.random.default_rng([RANDOM_SEED, node]).integers(node))


def _wide(_: int) -> int:
    return ROOT


SHAPES: dict[str, Callable[[int], int]] = {"chain": _chain, "balanced": _balanced, "random": _random, "wide": _wide}
