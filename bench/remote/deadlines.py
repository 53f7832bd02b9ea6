"""A deadline for what waits inside TVM's RPC, and an end for the connections that it leaves."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

AGAIN_S = 0.5  # the first signal may fall into a destructor, where Python only prints what is raised

_DESCRIPTORS = Path("/proc/self/fd")


class DeadlineError(Exception):
    """The time is up."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlineError in this block once so many seconds are over, also while TVM waits for the other side.

    TVM looks for Python's signals whenever one interrupts its waiting. For the main thread, which tests run in; a timer
    that somebody else has set (`signal.setitimer`) is lost.
    """

    def ring(*_: Any) -> None:
        raise DeadlineError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def no_connection_left() -> Iterator[None]:
    """Shut down every connection that this block has opened and not closed.

    A remote object tells the server when it dies and waits for the answer: for ever, if the server does not give one.
    On a connection that is shut down that fails at once. It also ends the server's session, so that the next one
    can begin, whoever still holds an object of it. Linux.
    """
    before = _sockets()
    try:
        yield
    finally:
        for descriptor in set(_sockets().items()) - set(before.items()):
            _shut_down(descriptor[0])


def _sockets() -> dict[int, int]:
    """The sockets of this process: descriptor → inode, since a number may come back."""
    found = {}
    for name in os.listdir(_DESCRIPTORS) if _DESCRIPTORS.is_dir() else ():
        with suppress(OSError):  # the one that listed the folder is gone
            status = os.fstat(int(name))
            if stat.S_ISSOCK(status.st_mode):
                found[int(name)] = status.st_ino
    return found


def _shut_down(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        if connection.family in {socket.AF_INET, socket.AF_INET6}:
            connection.shutdown(socket.SHUT_RDWR)
