"""Sending a report in every way that is set up, the late ones of earlier nights first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .message import Message
from .outbox import Outbox, Waiting
from .sending import Part, PartlyTakenError, RefusedError, Sender, UnreachableError


@dataclass
class Delivery:
    """What became of it, in words; `refused` is for a person to mend, `kept` mends itself or goes out of date."""

    sent: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it, what is to be mended first."""
        refused = [f"not everything could be sent: {'; '.join(self.refused)}"] if self.refused else []
        sent = [f"sent to {', '.join(self.sent)}"] if self.sent else []
        return "; ".join([*refused, *self.kept, *sent, *self.notes])


def deliver(message: Message | None, run_id: str, senders: Sequence[Sender], outbox: Outbox) -> Delivery:
    """Send the report, if there is one, and what still waits from earlier nights; pictures once all have the report.

    Everything is in the outbox before the first attempt, so that also a night that is killed loses nothing; a part may
    be sent twice, when the answer to it was lost. After a failure the rest for that target waits for the next night.
    """
    delivery = Delivery()
    if message is not None:
        for sender in senders:
            outbox.put(Waiting(sender.target, run_id, message.night, sender.parts(message)))
    for number, sender in enumerate(senders):
        sender.budget.share(len(senders) - number)
        _send_all(run_id, sender, outbox, delivery)
    takers = [sender for sender in senders if sender.target in delivery.sent]
    for number, sender in enumerate(takers):
        if message is not None and message.pictures:
            sender.budget.share(len(takers) - number)
            _send_pictures(message, sender, delivery)
    return delivery


def _send_all(run_id: str, sender: Sender, outbox: Outbox, delivery: Delivery) -> None:
    target = sender.target
    for waiting in outbox.waiting(target):
        is_late = waiting.run_id != run_id
        try:
            _send(waiting, sender, outbox, delivery, is_late=is_late)
        except UnreachableError as error:
            delivery.kept.append(f"not sent to {target} ({error}): {_what_becomes(outbox)}")
            return
        except RefusedError as error:
            if error.keep:
                delivery.refused.append(f"{target}: {error}")
                return
            becomes = "tried once more next night" if outbox.refused(waiting) else "refused twice and dropped"
            delivery.refused.append(f"{target}: {error}: {becomes}")
            continue
        if is_late:
            delivery.notes.append(f"the message of {waiting.night} reached {target} late")
        else:
            delivery.sent.append(target)


def _what_becomes(outbox: Outbox) -> str:
    return "lost, the outbox cannot be written" if outbox.problem else "kept, next night sends it"


def _send(waiting: Waiting, sender: Sender, outbox: Outbox, delivery: Delivery, *, is_late: bool) -> None:
    rest: Waiting | None = waiting
    first = True
    while rest is not None:
        part = sender.late(rest.parts[0], rest.night) if is_late and first else rest.parts[0]
        rest, first = outbox.sent(rest, _send_part(part, rest.thread, sender, delivery)), False


def _send_part(part: Part, thread: str, sender: Sender, delivery: Delivery) -> str:
    """Send it, as text alone where it is refused otherwise; returns the thread."""
    try:
        return sender.send(part, thread)
    except PartlyTakenError as error:
        delivery.refused.append(f"{sender.target}: {error}")
        return thread
    except RefusedError as error:
        simple = None if error.keep else sender.plain(part)
        if simple is None:
            raise
        thread = sender.send(simple, thread)
        delivery.notes.append(f"{sender.target} has a part as plain text only ({error})")
        return thread


def _send_pictures(message: Message, sender: Sender, delivery: Delivery) -> None:
    """Pictures are not kept: next night has newer ones in their place."""
    try:
        sender.send_pictures(message.pictures)
    except UnreachableError as error:
        delivery.notes.append(f"not all pictures were sent to {sender.target} ({error})")
    except RefusedError as error:
        delivery.refused.append(f"{sender.target}: pictures: {error}")
