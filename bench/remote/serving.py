"""A server of `tvm.rpc` on loopback that lives as long as whoever started it.

Run as `python serving.py` in a session of its own (`start_new_session`). The first line of its standard input is its
key, which nobody else on this machine shall see in a list of processes. Prints its port once it can be reached, and
ends itself with all it has started when its standard input is closed, which the kernel does for whoever dies.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

from tvm import rpc

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 100


def main(key: str) -> None:
    """Serve until standard input ends; does not return."""
    first = _free_port()
    server = rpc.Server(LOOPBACK, first, first + PORTS_TRIED, key=key, silent=True)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.stdin.readline().strip())
