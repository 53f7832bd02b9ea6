"""The `relaybench` command, one file a subcommand."""
