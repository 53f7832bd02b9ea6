"""Tests of the benchmarks that are built in."""
