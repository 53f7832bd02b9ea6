"""What experiments measure: torch networks, and how they become Relax modules. Loads torch, so import it late."""

from .registry import NETWORKS, Network, build, example_inputs

__all__ = ["NETWORKS", "Network", "build", "example_inputs"]
