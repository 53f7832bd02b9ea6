"""Confirm before alert: what looks changed tonight is measured again tonight, in fresh processes."""
