"""A session with a board: one at a time on every server, and never longer than its deadline."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from tvm import rpc

from .deadlines import DeadlineError, deadline, no_connection_left
from .place import Place
from .tracker import servers

Result = TypeVar("Result")

LONGEST = 200  # letters of what TVM says
_CHECK = re.compile(r"Check failed: \(.*?\) is false: ?")  # begins errors of C++, and tells its source


class BoardError(Exception):
    """The board could not be used; one line that names host and port."""


def in_session(place: Place, timeout_s: float, work: Callable[[Any], Result]) -> Result:
    """What `work(session)` gives, in a session of `tvm.rpc` that is over after `timeout_s` seconds.

    `work` keeps no remote object. Getting the session is part of the time: a server serves one session, and the others
    wait. The server is told the time too, so that it does not serve a client that is gone. Raises BoardError.
    """
    stage = "connecting to"
    try:
        with no_connection_left(), deadline(timeout_s):
            session = _connect(place, timeout_s)
            stage = "working with"
            return work(session)
    except DeadlineError:
        told = "is busy, or does not answer" if stage == "connecting to" else "has not finished"
        raise BoardError(f"{place}{_kind(place)} {told}: {timeout_s:g} s are over") from None
    except (OSError, RuntimeError, AttributeError) as error:  # TVM's own are RuntimeErrors
        raise BoardError(f"{stage} {place}{_kind(place)}: {_in_one_line(error)}") from error


def _connect(place: Place, timeout_s: float) -> Any:
    session_s = math.ceil(timeout_s)
    if not place.is_tracker:
        return rpc.connect(place.host, place.port, place.key, session_timeout=session_s)
    known = servers(place, timeout_s)
    if place.key not in known:
        raise RuntimeError(f"no server has this key; there are {', '.join(known) or 'none at all'}")
    tracker = rpc.connect_tracker(place.host, place.port)
    # a server that has died meanwhile is still handed out: ask again, until the deadline ends it
    return tracker.request(place.key, session_timeout=session_s, max_retry=3)


def _kind(place: Place) -> str:
    return f" (key {place.key})" if place.key and not place.is_own else ""


def _in_one_line(error: Exception) -> str:
    """What TVM says, without its stack."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(("File ", "Stack trace", "Traceback", "at "))]
    text = _CHECK.sub("", " ".join(said)) or type(error).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
