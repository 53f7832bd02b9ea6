"""Where a board is, and who can reach it."""

from __future__ import annotations

import pytest

from bench.remote.place import Place, is_loopback, warn_of_open_door

from .rpc import LOOPBACK


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("10.0.0.7", False), ("no.such.host.invalid", False)],
)
def test_loopback(host, expected):
    """Only what cannot be another machine is not warned of."""
    assert is_loopback(host) is expected


def test_open_door():
    """Whoever goes to another host is told, with its name, that anybody else can; loopback needs no word."""
    with pytest.warns(UserWarning, match=r"^tracker 192\.0\.2\.1:9190 .* no password and no encryption"):
        warn_of_open_door(Place("192.0.2.1", 9190, "pi", is_tracker=True))
    warn_of_open_door(Place(LOOPBACK, 9190))  # warnings are errors here
