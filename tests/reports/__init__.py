"""Tests of pytest_relaybench.reports."""
