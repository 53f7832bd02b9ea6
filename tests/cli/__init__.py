"""The `relaybench` command."""
