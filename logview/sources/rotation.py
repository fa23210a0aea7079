"""One followed path through rename, copy-and-truncate, delete, replace: every complete line once, in order, or told.

Each tick looks at the path first, then reads the generations oldest first up to sizes that were taken newest first:
what stands in a newer file when its size is asked was written after all that the older ones are then found to hold.
After every read the file's beginning and the bytes before the read are read again: they differ only if the file was
truncated or rewritten in between, and then what was read is thrown away.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from logview.sources.events import Event, Teller
from logview.sources.file import FileSource, Identity, identity
from logview.sources.generation import Generation, Reader, State, signature_of, state_from, state_of
from logview.sources.packed import PackedSource
from logview.sources.recover import Recovery, Unsteady, begin_alike, close_all, finger_of, names_of
from logview.sources.retire import Retired
from logview.sources.siblings import FINGER, Siblings
from logview.sources.stream import LogicalSource
from logview.sources.take import CHUNK, Taker, Took
from logview.sources.truncation import announced, head_of, is_same_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.sources.shared import Shared

PATIENCE = 40
"""So many ticks in a row may find names on the move before it is taken as it is found."""
MISSING_S = 1.0
"""A path may be missing so long before it is told: rotation renames first and creates afterwards."""


class FollowedFile:
    """A path, followed.

    generations  those read at every tick, oldest first; the last is the one the path named last
    is_missing   the path names nothing that can be read, and that has been told
    """

    def __init__(self, path: str, index: int, shared: Shared, *, name: str | None = None) -> None:
        self.stream = LogicalSource(name or path, path, shared.recent)
        self.generations: list[Generation] = []
        self.is_missing = False
        self._path = path
        self._shared = shared
        self._siblings = Siblings(path, shared.directories)
        self._teller = Teller(index, self.stream.notices, shared.clock)
        self._taker = Taker(self.stream, self._teller, self._is_first)
        self._recovery = Recovery(self.stream, self._siblings, shared.descriptors)
        self._retired = Retired(self.stream, self._siblings)
        self._identity: Identity | None = None
        self._state: State | None = None
        self._missing_since: float | None = None
        self._absence = ""
        self._has_past = False
        self._unsteady = 0

    def begin(self, *, at_end: bool) -> None:
        """Open what the path names now. `at_end`: its bytes belong to the stream already and are not told as Grew."""
        file = self._open()
        if file is None:
            return
        generation = self._name_current(file)
        size = file.size() if at_end else 0
        if size:
            generation.signature = signature_of(file, size)
            generation.line_start = size
            self.stream.append(generation, 0, size, None)
            self.stream.at_line_start = generation.signature.tail.endswith(b"\n")

    def tick(self) -> bool:
        """Look and read; True when there is more to read at once."""
        now = self._shared.clock()
        self._has_past = False
        try:
            self._look(now)
            self.generations[0:0] = self._retired.awoken(now)
            more = self._read(now)
        except Unsteady:
            # Nothing was taken and nothing is settled: the next tick finds the names at rest, or the one after it.
            self._unsteady += 1
            return True
        self._unsteady = 0
        self._retired.add(self.generations, now)
        return more

    def drain(self) -> list[Event]:
        """What there is to tell since the last call."""
        return self._teller.drain()

    def close(self) -> None:
        """Close every file."""
        self.stream.close()
        for generation in self.generations:
            if generation.reader is not None:
                generation.reader.close()

    # What the path names

    def _look(self, now: float) -> None:
        self._siblings.look()
        self._state = None
        try:
            found = os.stat(self._path)
        except (OSError, ValueError) as error:
            self._absent(error, now)
            return
        if self._identity == identity(found):
            current = self.generations[-1].reader if self.generations else None
            if isinstance(current, FileSource) and current.identity == self._identity:
                self._state = state_from(found)
            self._present()
        elif not stat.S_ISREG(found.st_mode):
            self._absent(OSError(errno.EINVAL, "It names no regular file"), now)
        else:
            self._turn()

    def _absent(self, error: OSError | ValueError, now: float) -> None:
        """The path cannot be opened; told once, after a second, since a rotation may be on its way."""
        self._missing_since = now if self._missing_since is None else self._missing_since
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        kind = "gone" if number in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL} else "error"
        kind = "denied" if number in {errno.EACCES, errno.EPERM} else kind
        if self._absence == kind or (self.generations and now - self._missing_since < MISSING_S):
            return
        self._absence = kind
        self.is_missing = True
        why = error.strerror if isinstance(error, OSError) else str(error)
        self._tell(kind, f"{why}; " + ("what is open is still read" if self.generations else "waiting for it"))

    def _present(self) -> None:
        if self._absence:
            self._tell("back", "it is there again")
        self._absence = ""
        self._missing_since = None
        self.is_missing = False

    def _open(self) -> FileSource | None:
        try:
            file = FileSource(self._path, name=self.stream.name, descriptors=self._shared.descriptors)
        except (OSError, ValueError) as error:
            self._absent(error, self._shared.clock())
            return None
        file.relocate = self._siblings.named
        return file

    def _name_current(self, file: FileSource) -> Generation:
        generation = Generation(file, grown_at=self._shared.clock())
        self.generations.append(generation)
        self._identity = file.identity
        self._shared.claims[file.identity] = (self, generation)
        return generation

    # The path names another file

    def _turn(self) -> None:
        """Put what came in between, and then the file that the path names now, behind what is being read."""
        last = self.generations[-1] if self.generations else None
        if last is not None and self._is_rewritten(last):
            # Truncated before it was renamed: what it holds now may be younger than what came in between.
            self._rewritten(last, is_named=False)
            last = self.generations[-1]
        file = self._open()
        for _ in range(5):
            if file is None:
                return
            moved_to = self._moved_to()
            try:
                between = self._between(file, latest=self._before_turn)
            except Unsteady:
                file.close()
                raise
            if self._still_names(file):
                break
            close_all((file, *between))
            file = self._open()
        if file is None:
            return
        at = None if last is None else _place_in(between, last.reader)
        if at is not None:
            # Unread: what is older comes before it. It has a reader already.
            self._read_between(len(self.generations) - 1, between[:at])
            between.pop(at).close()
            between = between[at:]
        claim = self._shared.claimant(file)
        if claim is not None:
            self._read_between(len(self.generations), between)
            self._turn_back(file, claim)
        else:
            self._turn_to(file, between, moved_to)
        self._siblings.moved()
        self._present()

    def _is_rewritten(self, last: Generation) -> bool:
        """Whether the file that the path named last holds something else than what was read of it."""
        file = last.reader
        if not isinstance(file, FileSource) or last.is_copy or last.taken == 0:
            return False
        try:
            return file.size() < last.taken or not last.signature.holds(file)
        except OSError:
            return False

    def _before_turn(self) -> str | None:
        """Where the file stands now that was read last: its copy, when nothing of what it holds now was read."""
        last = self.generations[-1] if self.generations else None
        if last is not None and last.taken == 0 and self.stream.last is not None:
            return self._place_of(self.stream.last.reader)
        return self._moved_to()

    def _still_names(self, file: FileSource) -> bool:
        """Whether the path names `file`, or nothing since it was deleted.

        One that was renamed meanwhile is not the last: what was found beside it may be younger.
        """
        named = self._named()
        return named == file.identity or (named is None and file.links() == 0)

    def _moved_to(self) -> str | None:
        """Where the file that the path named last stands now."""
        return self._siblings.named(self._identity) if self._identity is not None else None

    def _turn_to(self, file: FileSource, between: list[Reader], moved_to: str | None) -> None:
        old = self.generations[-1] if self.generations else None
        carried_on = old is not None and moved_to is None and not between and is_same_text(old, file)
        packed = None if old is None or moved_to is not None else self._packed(old)
        if old is not None and os.path.islink(self._path):
            self._tell("replaced", "the link names another file; what else it named in between is not known")
        elif moved_to is not None:
            self._tell("rotated", f"renamed to {os.path.basename(moved_to)}")
        elif packed is not None:
            self._tell("rotated", f"packed into {os.path.basename(packed)}")
        elif carried_on:
            self._tell("rotated", "replaced by a file that begins with the same text; read on from there")
        elif old is not None:
            self._tell("replaced", "deleted and created anew; what other files came in between is not known")
        self._read_between(len(self.generations), between)
        generation = self._name_current(file)
        if old is not None and old.reader is not None and carried_on:
            generation.signature, generation.line_start = old.signature, old.line_start
            # What is left of the old file stands in the new one too.
            old.signature = signature_of(old.reader, old.reader.size())

    def _turn_back(self, file: FileSource, claim: tuple[FollowedFile, Generation]) -> None:
        """The path names a file that was read before: by itself (a link turned back), or under another path."""
        claimant, generation = claim
        self._identity = file.identity
        if claimant is not self:
            # app.log.1 is followed too, and has just become what app.log was: those lines are there already.
            file.close()
            return
        if generation in self.generations:
            self.generations.remove(generation)
        self._retired.forget(generation)
        if isinstance(generation.reader, FileSource) and generation.reader.identity == file.identity:
            file.close()
        else:
            generation.reader = file
        self.generations.append(generation)

    def _packed(self, old: Generation) -> str | None:
        """The packed file that a deleted generation went into."""
        try:
            copy = self._recovery.copy_of(old, None) if old.taken else None
        except Unsteady:
            copy = None
        if copy is None:
            return None
        path = copy.path
        copy.close()
        return path

    def _between(self, current: FileSource, *, latest: Callable[[], str | None]) -> list[Reader]:
        """Generations that nobody has read, oldest first, but for copies of `current`, which the path names."""
        if self._unsteady > PATIENCE:
            return []
        readers = (generation.reader for generation in self._begun())
        own = {reader.identity for reader in readers if isinstance(reader, FileSource | PackedSource)}
        return self._recovery.between(current, own, self._texts, latest)

    def _begun(self) -> list[Generation]:
        """All but the last one while it is unread: then its place among the others shows which of them are older."""
        return [g for g in self.generations if g.taken or g is not self.generations[-1]]

    def _texts(self) -> list[bytes]:
        """Beginnings of all that was read; of a file that was not read far its own beginning, as far as that goes."""
        read = [generation.signature.head for generation in self.stream.generations()]
        return read + [head_of(generation) for generation in self._begun()]

    def _read_between(self, place: int, between: list[Reader]) -> None:
        """Put generations that came and went at `place` among those that are read."""
        now = self._shared.clock()
        fresh = [Generation(reader, grown_at=now, was_empty=not reader.size()) for reader in between]
        self.generations[place:place] = fresh
        for generation, reader in zip(fresh, between, strict=True):
            if isinstance(reader, FileSource):
                self._shared.claims[reader.identity] = (self, generation)
        if between:
            self._tell("rotated", f"came and went in between, read too: {names_of(between)}")

    # Reading

    def _read(self, now: float, rewrites: int = 0) -> bool:
        """Take what is new from every generation; True when there is more to take at once."""
        states = [(generation, self._state_of(generation)) for generation in reversed(self.generations)]
        room = CHUNK
        for generation, state in reversed(states):
            took = Took.PART
            is_unread = generation.taken == 0 and generation is self.generations[-1]
            if is_unread and state is not None and state[0] == 0 and self._is_refilled(generation):
                return True
            while took is Took.PART and room > 0:
                before = self.stream.size()
                took = self._take(generation, state, now, room)
                room -= self.stream.size() - before
            if self._has_past:
                return True
            if took is Took.PART:
                return True
            if took is Took.REWRITTEN and generation.taken == 0:
                # Nothing was taken of it, so nothing can be missing but what a copy holds: the next tick looks for it.
                return True
            if took is Took.REWRITTEN:
                self._rewritten(generation, is_named=generation is self.generations[-1])
                # A file that is rewritten all the time must not stop the tick.
                return rewrites >= 3 or self._read(now, rewrites + 1)
            if took is Took.HELD and generation is not self.generations[-1]:
                return False
        if self._missing_since is None:
            self._siblings.settle()
        return False

    def _is_refilled(self, generation: Generation) -> bool:
        """Whether an empty, unread file was filled, copied and truncated behind our back."""
        return self._siblings.has_news and not self._is_first(generation)

    def _is_first(self, generation: Generation) -> bool:
        """Whether the first bytes of a generation may be taken.

        Of the file that the path names: when no copies of earlier ones are unread. Asked after they were read and
        before they are taken, so that what was copied away meanwhile comes first.
        """
        file = generation.reader
        if generation is not self.generations[-1]:
            return not self._is_copy_after_all(generation)
        if not isinstance(file, FileSource):
            return True
        before = self.stream.last
        past = self._emptied(file, lambda: None if before is None else self._place_of(before.reader))
        self._read_between(self.generations.index(generation), past)
        self._has_past = bool(past)
        if past:
            generation.checked = (-1, 0, 0)
        return not past

    def _is_copy_after_all(self, generation: Generation) -> bool:
        """Whether what was still empty when it was found has become a copy of another generation; it is left out."""
        if generation.reader is None or not generation.was_empty:
            return False
        finger = finger_of(generation.reader)
        texts = [g.signature.head for g in self.stream.generations()]
        texts += [head_of(g) for g in self.generations if g is not generation]
        self._has_past = any(begin_alike(finger, text, generation.reader) for text in texts)
        if self._has_past:
            self.generations.remove(generation)
            generation.reader.close()
        return self._has_past

    def _place_of(self, reader: Reader | None) -> str | None:
        """Where a generation's file stands now."""
        return self._siblings.named(reader.identity) if isinstance(reader, FileSource) else None

    def _emptied(self, file: FileSource, latest: Callable[[], str | None]) -> list[Reader]:
        """Copies of what `file`, which the path names, held before it was truncated, and nobody has read."""
        between = self._between(file, latest=latest)
        if not between:
            return []
        at = _place_in(between, file)
        if at is not None:
            # Renamed meanwhile: what is younger than it is found when the path is turned.
            close_all(between[at:])
            return between[:at]
        # After the listing: what stands in the file now was copied from it, and is not its past; and when the path
        # was turned, what is new may be younger than the file.
        head, named = file.read(0, FINGER), self._named()
        past = []
        for reader in between:
            finger = finger_of(reader)
            # One that is still empty is a copy being made.
            if named == file.identity and finger and not begin_alike(finger, head, reader):
                past.append(reader)
        close_all(reader for reader in between if reader not in past)
        if named != file.identity and (named is not None or file.links()):
            raise Unsteady  # nothing may be settled: the next tick puts them before the file that is named now
        return past

    def _named(self) -> Identity | None:
        """What the path names at this moment; None when it is missing."""
        try:
            return identity(os.stat(self._path))
        except OSError:
            return None

    def _state_of(self, generation: Generation) -> State | None:
        """Size and times; those of the path, when they were just asked, spare the descriptor. None: they can't be."""
        reader = generation.reader
        if reader is None:
            return None
        is_current = generation is self.generations[-1] and isinstance(reader, FileSource)
        if self._state is not None and is_current:
            state, self._state = self._state, None
            return state
        try:
            return state_of(reader)
        except OSError as error:
            self._tell("error", f"read failed: {error.strerror}")
            return None

    def _take(self, generation: Generation, state: State | None, now: float, room: int) -> Took:
        if state is None:
            return Took.ALL
        try:
            return self._taker.take(generation, state, now, room)
        except OSError as error:
            self._tell("error", f"read failed: {error.strerror}")
            return Took.ALL

    # Truncation

    def _rewritten(self, generation: Generation, *, is_named: bool) -> None:
        """The file, which the path names or does not, has another content: find the old one, read the new one too."""
        file = generation.reader
        place = self.generations.index(generation)
        if generation.is_copy or not isinstance(file, FileSource):
            # The copy was read to its end before; only what is shown of it must be found elsewhere.
            try:
                generation.reader = self._recovery.copy_of(generation, None)
            except Unsteady:
                generation.reader = None
            self.generations.remove(generation)
            return
        copy = self._set_aside(generation, file)
        fresh = Generation(file, grown_at=self._shared.clock())
        try:
            between = self._emptied(file, lambda: self._place_of(copy)) if is_named else []
        except Unsteady:
            generation.reader = file
            if copy is not None:
                copy.close()
            raise
        self._moved_into(generation, copy)
        place = place if copy is None else place + 1
        self._shared.claims[file.identity] = (self, fresh)
        self.generations.insert(place, fresh)
        self._read_between(place, between)

    def _set_aside(self, generation: Generation, file: FileSource) -> Reader | None:
        """Read the generation from the copy of what `file` held before it was truncated, which is returned.

        `file` itself is not being read from now on, so that a listing finds it; the copy is.
        """
        generation.reader = copy = self._recovery.copy_of(generation, file) if self._unsteady <= PATIENCE else None
        return copy

    def _moved_into(self, generation: Generation, copy: Reader | None) -> None:
        """Settle that the generation's file was truncated, and tell."""
        generation.is_copy = True
        generation.why = f"{self.stream.name} was truncated"
        kind, text = announced(generation, copy)
        self._tell(kind, text, offset=self.stream.end_of(generation))
        if copy is None:
            self.generations.remove(generation)

    def _tell(self, kind: str, text: str, *, offset: int | None = None) -> None:
        self._teller.tell(kind, text, offset=self.stream.size() if offset is None else offset)


def _place_in(between: list[Reader], file: Reader | None) -> int | None:
    """Where `file` stands among files that nobody has read; None: nowhere."""
    for at, reader in enumerate(between):
        if isinstance(reader, FileSource) and isinstance(file, FileSource) and reader.identity == file.identity:
            return at
    return None
