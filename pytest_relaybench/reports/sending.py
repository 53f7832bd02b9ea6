"""What all senders have in common: the interface, the two ways to fail, and the time they may take."""

from __future__ import annotations

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
    """It was not taken, for a reason that a person must mend; `keep` says whether it may be sent once that is done."""

    def __init__(self, reason: str, *, keep: bool = True) -> None:
        super().__init__(reason)
        self.keep = keep


class Sender(Protocol):
    """One way out. `target` names it in messages and in the outbox, the same every night."""

    @property
    def target(self) -> str:
        """As in "Slack channel C1"."""

    def parts(self, message: Message) -> list[Part]:
        """The report as one or more messages, to be sent in this order."""

    def late(self, part: Part, night: str) -> Part:
        """The part with a word on its being of an earlier night."""

    def send(self, part: Part, thread: str) -> str:
        """Send one part, below `thread` where it is one; return the thread for what follows.

        Raises UnreachableError or RefusedError.
        """

    def send_pictures(self, pictures: Sequence[Pictures]) -> None:
        """Send pictures, where this way takes any; raises UnreachableError or RefusedError."""


@dataclass(frozen=True)
class Budget:
    """The seconds that all sending of a night may take together, so that a dead server never holds the night."""

    total_s: float
    request_s: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.began + self.total_s - time.monotonic())

    def request_timeout(self) -> int:
        """Whole seconds, one at least, that the next request may take."""
        return max(1, int(min(self.request_s, self.left_s)))

    def within(self, call: Callable[[], Result]) -> Result:
        """Do `call` in what is left of the time; raises what it raises, UnreachableError when the time is over.

        A server that answers a byte now and then passes every time-out of a socket, so the call has its own thread,
        which is left behind.
        """
        if not self.left_s:
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
        thread.join(self.left_s)
        if errors:
            raise errors[0]
        if not results:
            raise UnreachableError(f"no answer within {self.total_s:g} s")
        return results[0]
