"""The two files that a child writes to: cut into phases, and kept small on disk however much it writes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ..errors import ChildError

LONGEST_OUTPUT_BYTES = 1 << 20  # of one phase, shown in a report
KEPT_BYTES = LONGEST_OUTPUT_BYTES // 2  # at either end of a flood
LEAST_FREED_BYTES = 8 << 20  # less is not worth a system call
MOST_UNFREED_BYTES = 1 << 30  # on a file system that cannot free the middle of a file
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2


class OutputFile:
    """A file that a child appends to, and its parent reads behind it.

    The child's writes go to the page cache as to any file, so that a crash loses none and nothing waits for the parent.
    What nobody will be shown is given back to the file system while the child goes on writing; sizes and places stay.
    """

    def __init__(self, path: Path) -> None:
        self.file: BinaryIO = path.open("a+b")
        self._shown = 0  # bytes that `take` has been past
        self._freed = 0

    def size(self) -> int:
        """Bytes written so far, those that were given back included."""
        return os.fstat(self.file.fileno()).st_size

    def take(self, end: int) -> str:
        """What was written since the last call, up to byte `end`, as text; the middle of a flood is left out."""
        start, self._shown = self._shown, max(end, self._shown)
        length = end - start
        if length <= 0:
            return ""
        if length <= LONGEST_OUTPUT_BYTES:
            return self._read(start, length)
        head, tail = self._read(start, KEPT_BYTES), self._read(end - KEPT_BYTES, KEPT_BYTES)
        return f"{head}\n[... {length - LONGEST_OUTPUT_BYTES} bytes left out ...]\n{tail}"

    def free(self, end: int) -> None:
        """Give back what no `take` will show, given that the phase under way has written all up to byte `end`.

        Raises ChildError when that is impossible here and the file has become too large.
        """
        self._give_back(self._freed, self._shown)
        self._give_back(max(self._shown + KEPT_BYTES, self._freed), end - KEPT_BYTES)

    def close(self) -> None:
        """Let go of the file; safe to call again."""
        self.file.close()

    def _read(self, start: int, length: int) -> str:
        return os.pread(self.file.fileno(), length, start).decode(errors="replace")

    def _give_back(self, start: int, end: int) -> None:
        if end - start < LEAST_FREED_BYTES:
            return
        if _punch(self.file.fileno(), start, end - start):
            self._freed = end
        elif end - start > MOST_UNFREED_BYTES:
            raise ChildError(f"it wrote {self.size()} bytes of output, which this file system cannot give back")


def _punch(descriptor: int, start: int, length: int) -> bool:
    """Free a part of a file without changing its size; False where kernel or file system cannot (Linux can)."""
    if sys.platform != "linux":
        return False
    mode = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
    fallocate = ctypes.CDLL(None, use_errno=True).fallocate
    return bool(fallocate(descriptor, mode, ctypes.c_int64(start), ctypes.c_int64(length)) == 0)


class ChildOutput:
    """Standard output and error of a child; both are empty when it writes where its parent does."""

    def __init__(self, folder: Path, *, shared: bool) -> None:
        self._files = [] if shared else [OutputFile(folder / name) for name in ("out", "err")]

    def streams(self) -> tuple[BinaryIO | None, BinaryIO | None]:
        """What the child is to be started with."""
        return (self._files[0].file, self._files[1].file) if self._files else (None, None)

    def sizes(self) -> list[int]:
        """Bytes written so far to each."""
        return [file.size() for file in self._files]

    def take(self, upto: list[int] | None = None) -> tuple[str, str]:
        """What came on each since the last call, up to the given sizes."""
        if not self._files:
            return "", ""
        # a test may have written the sizes, as it may write anything to our pipe
        is_sizes = upto and len(upto) == len(self._files) and all(isinstance(end, int) for end in upto)
        ends = upto if upto and is_sizes else self.sizes()
        out, err = (file.take(end) for file, end in zip(self._files, ends, strict=True))
        return out, err

    def free(self, sizes: list[int]) -> None:
        """Give back what nobody will see of the phase that has written up to these sizes; raises ChildError."""
        for file, end in zip(self._files, sizes, strict=True):
            file.free(end)

    def close(self) -> None:
        """Let go of the files; safe to call again."""
        for file in self._files:
            with contextlib.suppress(OSError):
                file.close()
