"""The history for other programs."""
