"""Sending a report in every way that is set up, the late ones of earlier nights first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .message import Message
from .outbox import Outbox, Waiting
from .sending import RefusedError, Sender, UnreachableError


@dataclass
class Delivery:
    """What became of it, in words; `refused` is for a person to mend, `kept` mends itself or goes out of date."""

    sent: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        sent = [f"sent to {', '.join(self.sent)}"] if self.sent else []
        return "; ".join([*sent, *self.kept, *self.refused, *self.notes])


def deliver(message: Message | None, run_id: str, senders: Sequence[Sender], outbox: Outbox) -> Delivery:
    """Send the report, if there is one, and what still waits from earlier nights.

    Everything is in the outbox before the first attempt, so that also a night that is killed loses nothing; a part may
    be sent twice, when the answer to it was lost. After a failure the rest for that target waits for the next night.
    """
    delivery = Delivery()
    if message is not None:
        for sender in senders:
            outbox.put(Waiting(sender.target, run_id, message.night, sender.parts(message)))
    for sender in senders:
        try:
            _send_all(message, run_id, sender, outbox, delivery)
        except UnreachableError as error:
            waits = len(outbox.waiting(sender.target))
            kept = f"not sent to {sender.target} ({error}): kept, next night sends it" if waits else ""
            delivery.kept += [kept] if kept else [f"not all sent to {sender.target} ({error})"]
        except RefusedError as error:
            delivery.refused.append(f"{sender.target}: {error}")
    return delivery


def _send_all(message: Message | None, run_id: str, sender: Sender, outbox: Outbox, delivery: Delivery) -> None:
    for waiting in outbox.waiting(sender.target):
        try:
            _send(waiting, sender, outbox, is_late=waiting.run_id != run_id)
        except RefusedError as error:
            if error.keep:
                raise
            outbox.drop(waiting)
            delivery.refused.append(f"{sender.target}: {error}")
            continue
        if waiting.run_id == run_id:
            delivery.sent.append(sender.target)
        else:
            delivery.notes.append(f"the message of {waiting.night} reached {sender.target} late")
    if message is not None and message.pictures and sender.target in delivery.sent:
        _send_pictures(message, sender, delivery)


def _send(waiting: Waiting, sender: Sender, outbox: Outbox, *, is_late: bool) -> None:
    rest: Waiting | None = waiting
    first = True
    while rest is not None:
        part = rest.parts[0]
        thread = sender.send(sender.late(part, rest.night) if is_late and first else part, rest.thread)
        rest, first = outbox.sent(rest, thread), False


def _send_pictures(message: Message, sender: Sender, delivery: Delivery) -> None:
    """Pictures are not kept: next night has newer ones in their place."""
    try:
        sender.send_pictures(message.pictures)
    except UnreachableError as error:
        delivery.notes.append(f"not all pictures were sent to {sender.target} ({error})")
