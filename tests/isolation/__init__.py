"""Tests of child interpreters."""
