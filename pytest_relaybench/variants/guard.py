"""The process that stands between this program and a build: when this program dies, however, the build dies too.

A build that outlives its night would use the CPUs that the next one measures on, and write where the next one builds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _end_with_parent() -> None:
    """Wait for the end of standard input, which is when the parent is gone or has had enough."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)  # this one included: it leads its own group


def main(command: list[str]) -> int:
    """Run the command to its end; the exit status, negative for a signal."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return subprocess.call(command, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    # not sys.exit, which would wait for whoever holds standard output
    os._exit(status if status >= 0 else 128 - status)
