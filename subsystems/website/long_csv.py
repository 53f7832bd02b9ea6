"""A CSV to take along: as it is while it is short, in a ZIP archive when it is long."""

from __future__ import annotations

import io
import zipfile

PLAIN_UP_TO = 1000  # rows, about 300 kB; more are compressed to a fifth, as the file is written anew each night
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the archive's time of its member: equal data, equal bytes


def packed_name(name: str, rows: int) -> str:
    """What the file `name` is called, which has so many rows."""
    return name if rows <= PLAIN_UP_TO else f"{name}.zip"


def packed(name: str, content: bytes, rows: int) -> bytes:
    """Its content; spreadsheets' users can open the archive, and pandas reads it as it is."""
    if rows <= PLAIN_UP_TO:
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo(name, LONG_AGO)
        archive.writestr(member, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()
