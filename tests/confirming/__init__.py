"""Tests of measuring again."""
