"""What runs a model, each engine in the same form. Loads torch, so import it late."""

from .preparing import prepare
from .prepared import Prepared

__all__ = ["Prepared", "prepare"]
