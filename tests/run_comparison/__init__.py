"""Tests of comparisons of runs."""
