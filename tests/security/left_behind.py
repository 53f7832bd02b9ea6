"""Everything that a run leaves in a folder, unpacked."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pytest_relaybench.zstandard import zstd


def left_behind(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file below the folder; of what is packed, of its members instead, however deep."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield from _contents(str(path.relative_to(folder)), path.read_bytes())


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if name.endswith(".tar.zst"):
        with tarfile.open(fileobj=io.BytesIO(zstd.decompress(content))) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is not None:
                    yield from _contents(f"{name}/{member.name}", file.read())
    elif name.endswith((".zip", ".npz")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield from _contents(f"{name}/{inner}", archive.read(inner))
    elif name.endswith(".gz"):
        yield from _contents(name.removesuffix(".gz"), gzip.decompress(content))
    else:
        yield name, content
