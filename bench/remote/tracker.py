"""What a tracker knows: which keys have servers, and how many of them are free."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from tvm import rpc

from .place import Place


@dataclass(frozen=True)
class Servers:
    """The servers of one key."""

    free: int
    pending: int  # requests that wait for one


def servers(place: Place, timeout_s: float) -> dict[str, Servers]:
    """Key → its servers, of the keys that have some. Raises OSError where no tracker answers."""
    # TVM would ask a closed port again and again for a minute
    socket.create_connection((place.host, place.port), timeout=timeout_s).close()
    tracker = rpc.connect_tracker(place.host, place.port)
    summary = tracker.summary()
    tracker.close()
    keys = {info["key"].removeprefix("server:") for info in summary["server_info"]}
    queues = summary["queue_info"]
    return {key: Servers(queues[key]["free"], queues[key]["pending"]) for key in sorted(keys & set(queues))}
