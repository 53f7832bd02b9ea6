"""Takes results that were measured elsewhere, or long ago, into a home."""
