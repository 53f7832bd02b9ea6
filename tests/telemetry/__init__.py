"""Tests of what watches the machine."""
