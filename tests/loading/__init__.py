"""Finding, ordering and running subsystems."""
