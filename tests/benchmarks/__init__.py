"""Tests of the benchmarks of this software."""
