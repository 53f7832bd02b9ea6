"""The `relaybench` command: parse, do, and tell expected errors in one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import metadata

from ..errors import RelaybenchError
from ..visible import VisibleStream, visible_line
from . import (
    accept,
    ack,
    baseline,
    bisect,
    check,
    compare,
    export,
    import_results,
    incidents,
    init,
    merge,
    mute,
    reindex,
    restore,
    site,
)

COMMANDS = (
    init,
    check,
    site,
    compare,
    baseline,
    bisect,
    incidents,
    accept,
    ack,
    mute,
    import_results,
    export,
    merge,
    restore,
    reindex,
)
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit status: 0 done, 1 it failed, 2 wrong usage."""
    # the only way to the terminal: nothing in a name, a title or an error moves the cursor
    with redirect_stdout(VisibleStream(sys.stdout)), redirect_stderr(VisibleStream(sys.stderr)):
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except RelaybenchError as error:
        for line in str(error).splitlines():
            print(f"relaybench: error: {visible_line(line)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relaybench", description="Look after the homes of pytest-relaybench.")
    parser.add_argument("--version", action="version", version=metadata.version("pytest-relaybench"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
