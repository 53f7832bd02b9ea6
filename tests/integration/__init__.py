"""Whole runs through the plugin."""
