"""How far outputs are from those of single precision, over several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_relaybench.measure.correctness import as_array

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Drift:
    """`max_error` in the outputs' own unit, `kl_divergence` in nat; errors and `top1_agreement` in percent.

    `scale` is the factor of the references that fits the outputs best, by least squares. `mean_answer_error` is the
    relative error of giving everything the mean of the other references.
    """

    max_error: float
    relative_error: float
    top1_agreement: float
    kl_divergence: float
    scale: float
    mean_answer_error: float
    rows: int


def drift_of(outputs: Sequence[Any], references: Sequence[Any]) -> Drift:
    """Compare outputs of shape `(batch, classes)` with their references, all inputs taken together.

    `relative_error` is the norm of the difference over the norm of the reference. `top1_agreement` is the share of
    rows whose largest output is the same one. `kl_divergence` is the mean over rows of the Kullback-Leibler divergence
    of the softmax of the output from that of the reference.
    """
    found, wanted = (
        np.concatenate([as_array(value).astype(float) for value in values]) for values in (outputs, references)
    )
    difference = np.abs(found - wanted)
    whole, rows = float(np.linalg.norm(wanted)), len(wanted)
    # of n rows, the mean is n / (n - 1) nearer to each than that of the others
    spread = float(np.linalg.norm(wanted - wanted.mean(axis=0))) * (rows / (rows - 1) if rows > 1 else 1.0)
    log_found, log_wanted = _log_softmax(found), _log_softmax(wanted)
    return Drift(
        max_error=float(difference.max()),
        relative_error=100 * float(np.linalg.norm(difference)) / whole,
        top1_agreement=100 * float((found.argmax(axis=-1) == wanted.argmax(axis=-1)).mean()),
        kl_divergence=max(0.0, float((np.exp(log_wanted) * (log_wanted - log_found)).sum(axis=-1).mean())),
        scale=float((found * wanted).sum()) / whole**2,
        mean_answer_error=100 * spread / whole,
        rows=rows,
    )


def _log_softmax(rows: Array) -> Array:
    shifted = rows - rows.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
