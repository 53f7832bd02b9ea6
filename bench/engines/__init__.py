"""What runs a model, each engine in the same form. Loads torch, so import it late."""

from .prepared import Prepared
from .preparing import prepare
from .timing import time_prepared

__all__ = ["Prepared", "prepare", "time_prepared"]
