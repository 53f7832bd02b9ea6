"""Messages over a pipe."""

from __future__ import annotations

import os

import pytest

from pytest_relaybench.errors import ChildError
from pytest_relaybench.isolation import protocol
from pytest_relaybench.isolation.protocol import Lines, restore_report


def test_messages_survive_any_cut() -> None:
    """However the pipe cuts the stream, the messages come out as they went in and in order."""
    sent = [{"kind": protocol.DONE, "text": text} for text in ("", "line\nbreak\u2028", "µ😀", "x" * 5000)]
    read, write = os.pipe()
    for message in sent:
        protocol.send(write, **message)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        stream = file.read()
    for size in (1, 2, 7, 4096, len(stream)):
        lines = Lines()
        found = [message for at in range(0, len(stream), size) for message in lines.feed(stream[at : at + size])]
        assert found == sent


def test_what_json_does_not_know_is_told_as_text() -> None:
    """An object in a report does not stop it from being sent."""
    read, write = os.pipe()
    protocol.send(write, protocol.DONE, value=range(3))
    (message,) = Lines().feed(os.read(read, 1000))
    assert message["value"] == "range(0, 3)"
    os.close(read)
    os.close(write)


@pytest.mark.parametrize(
    "line",
    [
        *(b"garbage", b"[]", b"{}", b'{"kind": "dance"}', b"\xff\xfe", b"[" * 100_000, b"null", b'{"kind": ["done"]}'),
        *(
            b'{"kind": "report"}',
            b'{"kind": "report", "report": [], "written": [0, 0]}',
            b'{"kind": "note", "text": 1}',
        ),
    ],
)
def test_what_is_no_message(line: bytes) -> None:
    """Anything else on the pipe is an error that shows its beginning."""
    with pytest.raises(ChildError, match="something else than a message") as caught:
        Lines().feed(line + b"\n")
    assert len(str(caught.value)) < 400


def test_message_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows without becoming a message is refused; one as long that ends is not."""
    monkeypatch.setattr(protocol, "LONGEST_MESSAGE_BYTES", 1000)
    lines = Lines()
    assert lines.feed(b"x" * 1000) == []
    assert lines.is_amid
    with pytest.raises(ChildError, match="a message without end came over the child's pipe: b'xxx"):
        lines.feed(b"x")
    lines = Lines()
    assert [message["text"] for message in lines.feed(protocol.encode(protocol.NOTE, text="x" * 2000))] == ["x" * 2000]
    assert not lines.is_amid


def test_half_a_character_is_replaced() -> None:
    """Text that is no valid Unicode, as names of files can be, arrives as text that can be written."""
    read, write = os.pipe()
    protocol.send(write, protocol.DONE, value="a\udcffb")
    (message,) = Lines().feed(os.read(read, 1000))
    assert message["value"] == "a?b"
    os.close(read)
    os.close(write)


def test_nobody_reads() -> None:
    """Writing to a reader that is gone raises at once."""
    read, write = os.pipe()
    os.close(read)
    with pytest.raises(BrokenPipeError):
        protocol.send(write, protocol.RUN)
    os.close(write)


def test_reports_get_their_tuples_back() -> None:
    """What JSON made lists of is tuples again where reporters unpack it."""
    found = restore_report(
        {
            "location": ["a", 1, "b"],
            "longrepr": ["f", 2, "why"],
            "sections": [["t", "x"]],
            "user_properties": [["k", 1]],
        }
    )
    assert found == {
        "location": ("a", 1, "b"),
        "longrepr": ("f", 2, "why"),
        "sections": [("t", "x")],
        "user_properties": [("k", 1)],
    }
    assert restore_report({"longrepr": None}) == {"longrepr": None, "sections": [], "user_properties": []}
