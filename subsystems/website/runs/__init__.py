"""The pages that tell every run."""
