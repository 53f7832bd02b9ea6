"""Relax passes by name: pipelines made of a list of them, and the time that each takes."""
