"""Finds what was rotated away before it was read: whole generations, and the copy made before a truncation.

Names and files change while they are looked at: each sibling is opened, and its identity compared with the listing's,
before it is believed; when one was renamed, packed or deleted in between, everything is looked at again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logview.errors import SourceError
from logview.sources.file import FileSource
from logview.sources.generation import Generation, Reader, Signature
from logview.sources.packed import PackedSource
from logview.sources.paths import PACKED
from logview.sources.siblings import FINGER, Sibling, Siblings, by_age

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from logview.sources.file import Descriptors, Identity
    from logview.sources.stream import LogicalSource

SURE = 64
"""Bytes that two files' beginnings must share before they are taken for one text."""
TRIES = 8
MOST_UNPACKED = 256 << 20
"""A packed copy is unpacked so far at most to see whether it is one."""


class Unsteady(Exception):  # noqa: N818 - no error: look again at the next tick
    """Files are being renamed so fast that what was found may not be true any more."""


class Recovery:
    """Looks for what one followed path has lost."""

    def __init__(self, stream: LogicalSource, siblings: Siblings, descriptors: Descriptors) -> None:
        self._stream = stream
        self._siblings = siblings
        self._descriptors = descriptors

    def between(
        self,
        originals: Sequence[FileSource],
        own: Collection[Identity],
        texts: Callable[[], list[bytes]],
        latest: Callable[[], str | None],
    ) -> list[Reader]:
        """Generations that nobody has read, oldest first: named as rotation names them and not there before.

        originals  what the path names, then what it named before: if they stand beside it, their copies are no news
                either; copies of the first one never are
        own     files that are being read: no news
        texts   beginnings of everything that was read, or is about to be; what begins so is a copy, packed perhaps.
                Asked after the listing: a text that stands in a file then is younger than all that was listed, while
                one asked for before may have been copied and truncated away since, and its copy would pass for known
        latest  tells where the generation before them stands now
        raises  Unsteady  while names are being moved
        """

        def find() -> list[Reader] | None:
            fresh = [s for s in self._siblings.unseen() if s.identity not in own]
            # What is packed stands beside its original until it is complete: the original is the one to read.
            known_by = {file.identity for file in originals}
            fresh.sort(key=lambda s: (s.identity not in known_by, PACKED.search(s.path) is not None))
            opened: dict[Sibling, Reader] = {}
            for sibling in fresh:
                reader = self.open(sibling)
                if reader is None:
                    close_all(*opened.values())
                    return None
                opened[sibling] = reader
            known = [*texts(), *(s.finger for s in self._siblings.seen.values())]
            if originals[0].identity not in {sibling.identity for sibling in opened}:
                known.append(finger_of(originals[0]))
            found: dict[Sibling, Reader] = {}
            for sibling, reader in opened.items():
                finger = finger_of(reader)
                if any(begin_alike(finger, text, reader) for text in known) or _is_unfinished(reader):
                    reader.close()
                    continue
                known.append(finger)
                found[sibling] = reader
            return [found[s] for s in by_age(list(found), latest())]

        return self._steadily(find)

    def copy_of(self, generation: Generation, file: FileSource | None) -> Reader | None:
        """A file that holds what was read of the generation and what was not read yet, or else most of it.

        raises  Unsteady  while names are being moved
        """

        def find() -> list[Reader] | None:
            copy, is_steady = self._copy_of(generation, file)
            if copy is None:
                return [] if is_steady else None
            if is_steady or copy.size() >= generation.taken:
                return [copy]
            copy.close()
            return None

        found = self._steadily(find)
        return found[0] if found else None

    def _steadily(self, find: Callable[[], list[Reader] | None]) -> list[Reader]:
        """What `find` gives when no name was moved while it looked."""
        for _ in range(TRIES):
            before = self._siblings.layout()
            found = find()
            if found is not None and self._siblings.layout() == before:
                return found
            close_all(*(found or []))
        raise Unsteady

    def open(self, sibling: Sibling) -> Reader | None:
        """The sibling's reader; None when its name belongs to another file by now, or to none."""
        from logview.sources import open_regular

        try:
            reader = open_regular(sibling.path, descriptors=self._descriptors)
        except SourceError:
            return None
        if isinstance(reader, FileSource):
            reader.relocate = self._siblings.named
            is_same = reader.identity == sibling.identity
        else:
            is_same = isinstance(reader, PackedSource) and reader.identity == sibling.identity
        if is_same:
            return reader
        reader.close()
        return None

    def _copy_of(self, generation: Generation, file: FileSource | None) -> tuple[Reader | None, bool]:
        taken = generation.taken
        shorter: Reader | None = None
        is_steady = True
        for sibling in self._siblings.copies(taken):
            if file is not None and sibling.identity == file.identity:
                continue
            reader = self.open(sibling)
            if reader is None:
                is_steady = False
                continue
            try:
                if generation.signature.head.startswith(finger_of(reader)[: len(generation.signature.head)]):
                    if _holds(generation.signature, reader) and not _is_unfinished(reader):
                        if shorter is not None:
                            shorter.close()
                        return reader, True
                    is_steady &= not _is_unfinished(reader)
                    if shorter is None and self._is_beginning(reader, generation):
                        shorter = reader
                        continue
            except OSError:
                is_steady = False
            reader.close()
        return shorter, is_steady

    def _is_beginning(self, reader: Reader, generation: Generation) -> bool:
        """Whether a shorter file is a copy made before the last lines were read."""
        size = reader.size()
        if not isinstance(reader, FileSource) or not FINGER <= size < generation.taken:
            return False
        end = self._stream.kept_of(generation, size - SURE, SURE)
        return end is not None and Signature(size, generation.signature.head[:size], end).holds(reader)


def _holds(signature: Signature, reader: Reader) -> bool:
    """Whether all that was read stands in `reader` too; a packed one is unpacked only as far as that needs."""
    if isinstance(reader, PackedSource):
        if signature.taken > MOST_UNPACKED:
            return False
        reader.read(0, signature.taken)
        return reader.unpacked() >= signature.taken and signature.holds(reader)
    return reader.size() >= signature.taken and signature.holds(reader)


def _is_unfinished(reader: Reader) -> bool:
    """Whether a packed file is still being written, or is broken: it ends in the middle, or has no head yet."""
    if not isinstance(reader, PackedSource):
        return PACKED.search(reader.path or "") is not None
    if reader.unpacked() <= MOST_UNPACKED:
        reader.advance(MOST_UNPACKED)
    return bool(reader.notices)


def finger_of(reader: Reader) -> bytes:
    """The first bytes, unpacked; b"" when they cannot be read."""
    try:
        return reader.read(0, FINGER)
    except OSError:
        return b""


def begin_alike(finger: bytes, text: bytes, reader: Reader) -> bool:
    """Whether two beginnings are of one text: the shorter begins the longer, and is long enough to be sure."""
    length = min(len(finger), len(text))
    if not finger.strip(b"\0"):
        return False  # a hole tells nothing
    if isinstance(reader, PackedSource) and length < SURE:
        return finger == text[:FINGER]
    return length >= SURE and finger[:length] == text[:length]


def close_all(*readers: Reader | None) -> None:
    """Close those that there are."""
    for reader in readers:
        if reader is not None:
            reader.close()


def names_of(readers: list[Reader]) -> str:
    """The readers' file names, for a notice."""
    return ", ".join(os.path.basename(reader.path or "") for reader in readers)
