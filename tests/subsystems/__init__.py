"""Tests of subsystems."""
