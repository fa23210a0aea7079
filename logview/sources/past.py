"""What came and went beside a followed path between two looks: generations that nobody has read, in their order.

Rotation may have renamed a file, or copied and truncated it, several times each. What is found beside the path is
sorted by age, and the file that the path named last, unread since it was truncated, is sorted with it: what is older
than that file is its past, what is younger came after it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.sources.file import FileSource, Identity, identity
from logview.sources.generation import Generation, signature_of, state_of
from logview.sources.packed import PackedSource
from logview.sources.recover import Recovery, Unsteady, begin_alike, close_all, finger_of
from logview.sources.siblings import FINGER
from logview.sources.truncation import head_of

if TYPE_CHECKING:
    from logview.sources.generation import Reader
    from logview.sources.retire import Retired
    from logview.sources.siblings import Siblings
    from logview.sources.stream import LogicalSource

PATIENCE = 40
"""So many ticks in a row may find names on the move before it is taken as it is found."""


@dataclass(slots=True)
class Past:
    """Looks for what one path has named, or held, unread.

    generations  those that are read, the list itself; `retired`: those that are looked at now and then
    unsteady     ticks in a row that found names on the move
    """

    path: str
    stream: LogicalSource
    generations: list[Generation]
    retired: Retired
    siblings: Siblings
    recovery: Recovery
    unsteady: int = 0

    @property
    def is_impatient(self) -> bool:
        """Whether names were on the move for so long that they are taken as they are found."""
        return self.unsteady > PATIENCE

    def between(self, current: FileSource) -> list[Reader]:
        """Generations that nobody has read, oldest first, but for copies of `current`, which the path names.

        The file that the path named last, or what that was packed into, is among them if nothing of what it holds was
        read: see `place_in`.

        raises  Unsteady  while names are being moved
        """
        if self.is_impatient:
            return []
        readers = [*(generation.reader for generation in self._begun()), *self.retired.readers()]
        own = {reader.identity for reader in readers if isinstance(reader, FileSource | PackedSource)}
        last = self.generations[-1].reader if self.generations else None
        originals = [current, last] if isinstance(last, FileSource) else [current]
        return self.recovery.between(originals, own, self._texts, self._latest)

    def emptied(self, file: FileSource) -> list[Reader]:
        """Copies, oldest first, of what `file`, which the path names, held before it was truncated: nobody read them.

        raises  Unsteady  while names are being moved
        """
        between = self.between(file)
        if not between:
            return []
        at = place_in(between, file)
        if at is not None:
            # Renamed meanwhile: what is younger than it is found when the path is turned.
            close_all(*between[at:])
            return between[:at]
        # After the listing: what stands in the file now was copied from it, and is not its past; and when the path
        # was turned, what is new may be younger than the file.
        head, named = file.read(0, FINGER), self.named()
        past = []
        for reader in between:
            finger = finger_of(reader)
            # One that is still empty is a copy being made.
            if named == file.identity and finger and not begin_alike(finger, head, reader):
                past.append(reader)
        close_all(*(reader for reader in between if reader not in past))
        if named != file.identity and (named is not None or file.links()):
            raise Unsteady  # nothing may be settled: the next tick puts them before the file that is named now
        return past

    def copy_of(self, generation: Generation, file: FileSource) -> Reader | None:
        """What holds the generation's bytes since `file` was truncated; Unsteady while names are being moved."""
        return None if self.is_impatient else self.recovery.copy_of(generation, file)

    def heir(self, generation: Generation) -> Reader | None:
        """What holds a deleted generation's text, packed or copied before; Unsteady while names are being moved."""
        if generation.taken == 0 or self.is_impatient:
            return None
        return self.recovery.copy_of(generation, None)

    def is_copy(self, generation: Generation) -> bool:
        """Whether what was found beside the path, empty still, perhaps, is a copy of another generation after all."""
        if generation.reader is None or not generation.was_beside:
            return False
        finger = finger_of(generation.reader)
        texts = [g.signature.head for g in self.stream.generations()]
        texts += [head_of(g) for g in self.generations if g is not generation]
        return any(begin_alike(finger, text, generation.reader) for text in texts)

    def named(self) -> Identity | None:
        """What the path names at this moment; None when it is missing."""
        try:
            return identity(os.stat(self.path))
        except OSError:
            return None

    def still_names(self, file: FileSource) -> bool:
        """Whether the path names `file`, or nothing since it was deleted.

        One that was renamed meanwhile is not the last: what was found beside it may be younger. Nor is one that is
        deleted because it was packed.

        raises  Unsteady  while names are being moved
        """
        named = self.named()
        if named is not None or file.links():
            return named == file.identity
        return not self._stands_elsewhere(file)

    def _stands_elsewhere(self, file: FileSource) -> bool:
        size = file.size()
        copy = self.copy_of(Generation(None, signature_of(file, size)), file) if size else None
        close_all(copy)
        return copy is not None

    def _latest(self) -> str | None:
        """Where the file stands now that was read before all that nobody has read: a copy, if it was truncated."""
        last = self.generations[-1] if self.generations else None
        read = last if last is not None and last.taken else self.stream.last
        reader = None if read is None else read.reader
        return self.siblings.named(reader.identity) if isinstance(reader, FileSource) else None

    def _begun(self) -> list[Generation]:
        """All but the last one while nothing of it was read."""
        return [g for g in self.generations if g.taken or g is not self.generations[-1]]

    def _texts(self) -> list[bytes]:
        """Beginnings of all that was read; of a file that was not read far its own beginning, as far as that goes."""
        read = [generation.signature.head for generation in self.stream.generations()]
        return read + [head_of(generation) for generation in self._begun()]


def place_in(between: list[Reader], file: Reader | None) -> int | None:
    """Where `file`, or what it was packed into, stands among files that nobody has read; None: nowhere."""
    if not isinstance(file, FileSource):
        return None
    finger = finger_of(file)
    for at, reader in enumerate(between):
        if isinstance(reader, FileSource) and reader.identity == file.identity:
            return at
        if isinstance(reader, PackedSource) and begin_alike(finger_of(reader), finger, reader):
            return at
    return None


def is_longer(reader: Reader, generation: Generation) -> bool:
    """Whether a copy holds more than the generation's own file, which was deleted: the writer went on in the copy."""
    try:
        return generation.reader is None or reader.size() > state_of(generation.reader)[0]
    except OSError:
        return True


def is_rewritten(generation: Generation) -> bool:
    """Whether a generation's file holds something else by now than what was read of it."""
    file = generation.reader
    if not isinstance(file, FileSource) or generation.is_copy or generation.taken == 0:
        return False
    try:
        return file.size() < generation.taken or not generation.signature.holds(file)
    except OSError:
        return False
