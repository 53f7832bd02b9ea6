"""What all senders have in common: the interface, the two ways to fail, and the time they may take."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..errors import RelaybenchError
from .message import Message, Pictures

Result = TypeVar("Result")
Part = Mapping[str, Any]  # JSON without secrets: it may be kept until the next night


class UnreachableError(RelaybenchError):
    """It could not be sent now and may be later: no connection, no answer in time, a server in trouble."""


class RefusedError(RelaybenchError):
    """It was not taken. With `keep` a person must mend what stops all messages; else it is this message's own fault."""

    def __init__(self, reason: str, *, keep: bool = True) -> None:
        super().__init__(reason)
        self.keep = keep


class PartlyTakenError(RelaybenchError):
    """It was taken, but not for everybody: to send it again would be to send it twice to the others."""


class Sender(Protocol):
    """One way out. `target` names it in messages and in the outbox, the same every night."""

    @property
    def target(self) -> str:
        """As in "Slack channel C1"."""

    @property
    def budget(self) -> Budget:
        """The time that it shares with the other senders."""

    def parts(self, message: Message) -> list[Part]:
        """The report as one or more messages, to be sent in this order."""

    def late(self, part: Part, night: str) -> Part:
        """The part with a word on its being of an earlier night."""

    def send(self, part: Part, thread: str) -> str:
        """Send one part, below `thread` where it is one; return the thread for what follows.

        Raises UnreachableError, RefusedError or PartlyTakenError.
        """

    def plain(self, part: Part) -> Part | None:
        """The part without anything that a server may not take, None where there is no simpler form."""

    def send_pictures(self, pictures: Sequence[Pictures]) -> None:
        """Send pictures, where this way takes any; raises UnreachableError or RefusedError."""


@dataclass
class Budget:
    """The seconds that all sending of a night may take together, so that a dead server never holds the night.

    Those who send one after the other take shares of it, so that a slow server takes nobody else's time.
    """

    total_s: float
    request_s: float
    began: float = field(default_factory=time.monotonic)
    _share_ends: float = math.inf

    def share(self, among: int) -> None:
        """From now on there is one part in `among` of what is left of the whole."""
        now = time.monotonic()
        self._share_ends = now + max(0.0, self.began + self.total_s - now) / among

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, min(self._share_ends, self.began + self.total_s) - time.monotonic())

    def request_timeout(self) -> int:
        """Whole seconds, one at least, that the next request may take."""
        return max(1, int(min(self.request_s, self.left_s)))

    def within(self, call: Callable[[], Result]) -> Result:
        """Do `call` in what is left of the time; raises what it raises, UnreachableError when the time is over.

        A server that answers a byte now and then passes every time-out of a socket, so the call has its own thread,
        which is left behind.
        """
        left_s = self.left_s
        if not left_s:
            raise UnreachableError(f"no time left of {self.total_s:g} s")
        results: list[Result] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                results.append(call())
            except BaseException as error:  # noqa: BLE001, raised again below
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True, name="relaybench sending")
        thread.start()
        thread.join(left_s)
        if errors:
            raise errors[0]
        if not results:
            raise UnreachableError(f"no answer within {left_s:.2g} s")
        return results[0]
