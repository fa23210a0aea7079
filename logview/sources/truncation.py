"""What a truncated or replaced file is compared by, and how its end is announced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logview.sources.file import FileSource
from logview.sources.siblings import FINGER
from logview.sources.take import CHUNK

if TYPE_CHECKING:
    from logview.sources.generation import Generation, Reader


def announced(generation: Generation, copy: Reader | None) -> tuple[str, str]:
    """Kind and text of the notice for a truncated file whose copy was found, or was not."""
    if copy is None:
        return "truncated", "truncated; what was written after the last read may be lost"
    name = os.path.basename(copy.path or "")
    if copy.size() < generation.taken:
        return "truncated", f"copied to {name} and truncated; what was written between the two may be lost"
    return "rotated", f"copied to {name} and truncated; {copy.size() - generation.taken:,} bytes read from the copy"


def head_of(generation: Generation) -> bytes:
    """The first bytes: those that were read, or of a file that was not read far those that stand in it."""
    head, reader = generation.signature.head, generation.reader
    if len(head) >= FINGER or reader is None:
        return head
    try:
        return reader.read(0, FINGER)
    except OSError:
        return head


def is_same_text(old: Generation, file: FileSource) -> bool:
    """Whether a copy took the place of a deleted file: all that was read, and the same text after it."""
    reader = old.reader
    if not isinstance(reader, FileSource):
        return False
    try:
        found = reader.stat()
        is_long = FINGER <= found.st_size <= file.size() and old.taken <= found.st_size <= old.taken + CHUNK
        if found.st_nlink or not is_long or not old.signature.holds(file):
            return False
        rest = reader.read(old.taken, CHUNK)
        # A hole, or a block of NUL bytes, is no text by which a file could be known.
        is_text = any(part.strip(b"\0") for part in (old.signature.head, old.signature.tail, rest))
        return is_text and file.read(old.taken, len(rest)) == rest
    except OSError:
        return False
