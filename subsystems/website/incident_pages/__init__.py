"""A page of evidence for each incident: what was measured, what else changed, how to see it again."""

from .pages import incident_pages

__all__ = ["incident_pages"]
