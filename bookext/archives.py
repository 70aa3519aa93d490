"""Zip archives that are the same, byte for byte, whenever they are made from the same content."""

from __future__ import annotations

import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def add(
    archive: zipfile.ZipFile, name: str, content: bytes, *, stored: bool = False, level: int = 6
) -> None:
    """Add a file that anybody may read, without the time of its making.

    Args:
        archive: an archive that is open for writing.
        name: the file's path in it.
        content: what the file holds.
        stored: leave it uncompressed.
        level: how hard to compress it, from 0 to 9.
    """
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, compresslevel=level)
