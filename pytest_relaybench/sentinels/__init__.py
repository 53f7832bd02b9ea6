"""Built-in benchmarks of the machine: when they move, it is the machine that did."""

from .nightly import Sentinels

__all__ = ["Sentinels"]
