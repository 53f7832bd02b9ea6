"""Where a board is: a server's own address, or a tracker that hands out servers by their key."""

from __future__ import annotations

import ipaddress
import socket
import warnings
from dataclasses import dataclass

OPEN_DOOR = (
    "{place} is reached over the network: TVM's RPC knows no password and no encryption, and whoever reaches the port "
    "runs what they like there; use it in a trusted network only"
)


@dataclass(frozen=True)
class Place:
    """A host and port, of a server or of a tracker; `key` is the kind of board, which both sides have to say."""

    host: str
    port: int
    key: str = ""
    is_tracker: bool = False
    is_own: bool = False  # started by us, with a key that is nobody's business

    def __str__(self) -> str:
        return f"{'tracker ' if self.is_tracker else ''}{self.host}:{self.port}"


def warn_of_open_door(place: Place) -> None:
    """Warn of what TVM's RPC is, unless the place can only be this machine."""
    if not is_loopback(place.host):
        warnings.warn(OPEN_DOOR.format(place=place), stacklevel=2)


def is_loopback(host: str) -> bool:
    """Whether the host, a name or an address, can only be this machine; False for a name that nobody knows."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0])).is_loopback for *_, address in found)
