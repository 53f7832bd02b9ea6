"""The overview: is everything in order, what changed, since when, why do we believe it, who should look."""

from .page import overview

__all__ = ["overview"]
