"""Matrix products: how fast this machine multiplies, by size and number type. Needs nothing but NumPy.

The example of docs/how-to-write-an-experiment.md, and a yardstick: when it moves, look at the machine before the code.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pytest_relaybench import ExperimentConfig, axis, bars, lines

graphs = [bars("rate", x="size", hue="dtype"), lines("time", hue="dtype", per="size")]

ATOL = 1e-3  # of sums of up to 1024 products of about 1


class Config(ExperimentConfig):
    """Sizes of the square matrices, and types of their numbers."""

    sizes: list[int] = axis("size", [64, 256, 1024])
    dtypes: list[Literal["float32", "float64"]] = axis("dtype", ["float32", "float64"])


def test_matmul(size: int, dtype: str, bench: Any) -> None:
    """Time of one product, checked against the same in double precision."""
    matrix = np.random.default_rng(0).standard_normal((size, size)).astype(dtype)
    bench.reference(matrix.astype("float64") @ matrix.astype("float64"), atol=ATOL)
    bench(np.matmul, matrix, matrix)
    bench.record("operations", 2 * size**3, unit="FLOP", direction="neutral", deterministic=True)


def analyze(table: Any) -> list[dict[str, Any]]:
    """Operations per second of every product."""
    work = table[table["metric"] == "operations"].set_index("params")["value"]
    times = table[table["metric"] == "time"].itertuples()
    return [
        {
            "metric": "rate",
            "value": work[row.params] / row.value,
            "unit": "FLOP/s",
            "direction": "higher",
            "test": row.test,
            "params": row.params,
            "variant": row.variant,
        }
        for row in times
    ]
