"""One followed path through rename, copy-and-truncate, delete, replace: every complete line once, in order, or told.

Each tick looks at the path first, and mostly that is all: what it names is as it was. If not, it reads the generations
oldest first up to sizes that were taken newest first: what stands in a newer file when its size is asked was written
after all that the older ones are then found to hold.
After every read the file's beginning and the bytes before the read are read again: they differ only if the file was
truncated or rewritten in between, and then what was read is thrown away.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.sources.events import Event, Teller
from logview.sources.file import FileSource, Identity, identity
from logview.sources.generation import Generation, Reader, State, signature_of, state_from, state_of
from logview.sources.past import Past, is_longer, is_rewritten, place_in
from logview.sources.presence import Presence
from logview.sources.recover import Recovery, Unsteady, close_all, names_of
from logview.sources.retire import Retired
from logview.sources.siblings import Siblings
from logview.sources.stream import LogicalSource
from logview.sources.take import CHECK_S, CHUNK, Taker, Took
from logview.sources.truncation import announced, is_same_text

if TYPE_CHECKING:
    from logview.sources.shared import Shared

TRIES = 5
"""Times in one tick that a path is looked at which names another file as soon as its siblings are known."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What was found when the path names another file.

    file         the one that it names now
    between      what came in between, oldest first
    renamed_to   where the file went that it named before
    heir         what holds its text, if it was deleted
    """

    file: FileSource
    between: list[Reader]
    renamed_to: str | None
    heir: Reader | None


class FollowedFile:
    """A path, followed.

    generations  those read at every tick, oldest first; the last is the one the path named last
    """

    def __init__(self, path: str, index: int, shared: Shared, *, name: str | None = None) -> None:
        self.stream = LogicalSource(name or path, path, shared.recent)
        self.generations: list[Generation] = []
        self._path = path
        self._shared = shared
        self._siblings = Siblings(path, shared.directories)
        self._teller = Teller(index, self.stream.notices, shared.clock)
        self._presence = Presence(self._tell)
        self._taker = Taker(self.stream, self._teller, self._may_begin)
        self._recovery = Recovery(self.stream, self._siblings, shared.descriptors)
        self._retired = Retired(self.stream, self._siblings)
        self._past = Past(path, self.stream, self.generations, self._retired, self._siblings, self._recovery)
        self._identity: Identity | None = None
        self._state: State | None = None
        self._is_reordered = False

    @property
    def is_missing(self) -> bool:
        """The path names nothing that can be read, and that has been told."""
        return self._presence.is_missing

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
        found = self._stat()
        if isinstance(found, os.stat_result) and self._rests(found, now):
            return False
        self._is_reordered = False
        try:
            self._look(found, now)
            self.generations[0:0] = self._retired.awoken(now)
            more = self._read(now)
        except Unsteady:
            # Nothing was taken and nothing is settled: the next tick finds the names at rest, or the one after it.
            self._past.unsteady += 1
            return True
        self._past.unsteady = 0
        self._retired.add(self.generations, now)
        return more

    def drain(self) -> list[Event]:
        """What there is to tell since the last call."""
        return self._teller.drain()

    def close(self) -> None:
        """Close every file."""
        self.stream.close()
        self._retired.close()
        for generation in self.generations:
            close_all(generation.reader)

    # What the path names

    def _stat(self) -> os.stat_result | OSError | ValueError:
        """What stands beside the path, then what it names now."""
        self._siblings.look()
        try:
            return os.stat(self._path)
        except (OSError, ValueError) as error:
            return error

    def _rests(self, found: os.stat_result, now: float) -> bool:
        """Whether reading would find nothing: the one file that is read is as it was, and so is what stands beside it.

        Asked twenty times a second as long as nothing happens, it is half of what following costs then.
        """
        if len(self.generations) != 1:
            return False
        generation = self.generations[0]
        reader = generation.reader
        return (
            found.st_size == generation.taken
            and state_from(found) == generation.checked
            and now - generation.checked_at < CHECK_S
            and isinstance(reader, FileSource)
            and identity(found) == self._identity == reader.identity
            and self._siblings.is_settled
            and self._presence.since is None
            and not self._past.unsteady
            and not self._retired.is_due(now)
        )

    def _look(self, found: os.stat_result | OSError | ValueError, now: float) -> None:
        self._state = None
        if not isinstance(found, os.stat_result):
            self._absent(found, now)
            return
        if self._identity == identity(found):
            current = self.generations[-1].reader if self.generations else None
            if isinstance(current, FileSource) and current.identity == self._identity:
                self._state = state_from(found)
            self._presence.present()
        elif not stat.S_ISREG(found.st_mode):
            self._absent(OSError(errno.EINVAL, "It names no regular file"), now)
        else:
            self._turn()

    def _absent(self, error: OSError | ValueError, now: float) -> None:
        self._presence.absent(error, now, is_open=bool(self.generations))

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
        if self.generations and is_rewritten(self.generations[-1]):
            # Truncated before it was renamed: what it holds now may be younger than what came in between.
            self._rewritten(self.generations[-1], is_named=False)
        found = self._found()
        if found is None:
            return
        between = found.between
        last = self.generations[-1] if self.generations else None
        at = None if last is None else place_in(between, last.reader)
        if at is not None:
            # Unread, and what is older than it comes before it.
            between.pop(at).close()
            self._read_between(len(self.generations) - 1, between[:at])
            del between[:at]
        claim = self._shared.claimant(found.file)
        if claim is not None:
            close_all(found.heir)
            self._read_between(len(self.generations), between)
            self._turn_back(found.file, claim)
        else:
            self._turn_to(found)
        self._siblings.moved()
        self._presence.present()

    def _found(self) -> Turned | None:
        """What the path names, and how that came about; None: nothing. Unsteady while names are being moved."""
        for _ in range(TRIES):
            file = self._open()
            if file is None:
                return None
            between: list[Reader] = []
            heir: Reader | None = None
            try:
                renamed_to = self._siblings.named(self._identity) if self._identity is not None else None
                between = self._past.between(file)
                is_gone = renamed_to is None and bool(self.generations)
                heir = self._past.heir(self.generations[-1]) if is_gone else None
                if heir is not None and (at := place_in(between, heir)) is not None:
                    close_all(between.pop(at))  # was empty when it was found, and is a copy now
                if self._past.still_names(file) or self._past.is_impatient:
                    return Turned(file, between, renamed_to, heir)
            except Unsteady:
                close_all(file, heir, *between)
                raise
            close_all(file, heir, *between)
        # What was found beside the path may be younger than the file that it named: nobody can say which came first.
        raise Unsteady

    def _turn_to(self, found: Turned) -> None:
        old = self.generations[-1] if self.generations else None
        is_alone = found.renamed_to is None and not found.between
        carried_on = old is not None and is_alone and is_same_text(old, found.file)
        if old is not None and os.path.islink(self._path):
            target = os.path.basename(os.path.realpath(self._path))
            self._tell("replaced", f"the link names {target} now; what else it named in between is not known")
        elif found.renamed_to is not None:
            self._tell("rotated", f"renamed to {os.path.basename(found.renamed_to)}")
        elif found.heir is not None:
            self._tell("rotated", f"deleted; its text stands in {os.path.basename(found.heir.path or '')}")
        elif carried_on:
            self._tell("rotated", "replaced by a file that begins with the same text; read on from there")
        elif old is not None:
            self._tell("replaced", "deleted and created anew; what other files came in between is not known")
        if self._identity is not None and found.renamed_to is None and not os.path.islink(self._path):
            # Deleted: the next file that has its inode is another one, and may well begin with the same text.
            self._shared.claims.pop(self._identity, None)
        if old is not None and found.heir is not None and not carried_on:
            self._inherit(old, found.heir)
        else:
            close_all(found.heir)
        self._read_between(len(self.generations), found.between)
        generation = self._name_current(found.file)
        if old is not None and old.reader is not None and carried_on:
            generation.signature, generation.line_start = old.signature, old.line_start
            # What is left of the old file stands in the new one too.
            old.signature = signature_of(old.reader, old.reader.size())

    def _inherit(self, old: Generation, heir: Reader) -> None:
        """The file that had taken a deleted one's place was rotated away itself: its writer may go on in it."""
        if is_longer(heir, old):
            close_all(old.reader)
            old.reader = heir
        elif isinstance(heir, FileSource) and isinstance(old.reader, FileSource) and heir.size() == old.reader.size():
            # Or in the deleted file: both are read on. What is left of that now stands in the heir too.
            generation = Generation(heir, old.signature, old.line_start, was_beside=True)
            generation.grown_at = self._shared.clock()
            old.signature = signature_of(old.reader, old.reader.size())
            self.generations.append(generation)
            self._shared.claims[heir.identity] = (self, generation)
        else:
            close_all(heir)

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

    def _read_between(self, place: int, between: list[Reader]) -> None:
        """Put generations that came and went at `place` among those that are read."""
        now = self._shared.clock()
        fresh = [Generation(reader, grown_at=now, was_beside=True) for reader in between]
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
            if self._is_reordered:
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
        if self._presence.since is None:
            self._siblings.settle()
        return False

    def _is_refilled(self, generation: Generation) -> bool:
        """Whether an empty, unread file was filled, copied and truncated behind our back."""
        return self._siblings.has_news and not self._may_begin(generation)

    def _may_begin(self, generation: Generation) -> bool:
        """Whether the first bytes of a generation may be taken; if not, the generations were put in order first.

        Asked after they were read and before they are taken, so that what was copied away meanwhile comes first.
        """
        file = generation.reader
        if generation is self.generations[-1]:
            past = self._past.emptied(file) if isinstance(file, FileSource) else []
            self._read_between(len(self.generations) - 1, past)
            self._is_reordered = bool(past)
            if past:
                generation.checked, generation.held = (-1, 0, 0), b""
        elif self._past.is_copy(generation):
            self.generations.remove(generation)
            close_all(file)
            self._is_reordered = True
        return not self._is_reordered

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
        # From now on the copy is being read, and a listing finds the file itself.
        generation.reader = copy = self._past.copy_of(generation, file)
        try:
            past = self._past.emptied(file) if is_named else []
        except Unsteady:
            generation.reader = file
            close_all(copy)
            raise
        generation.is_copy = True
        generation.why = f"{self.stream.name} was truncated"
        kind, text = announced(generation, copy)
        self._tell(kind, text, offset=self.stream.end_of(generation))
        if copy is None:
            self.generations.remove(generation)
        else:
            place += 1
        # What stands beside the path may be written over by a copy of what is read already.
        fresh = Generation(file, grown_at=self._shared.clock(), was_beside=generation.was_beside and not is_named)
        self._shared.claims[file.identity] = (self, fresh)
        self.generations.insert(place, fresh)
        self._read_between(place, past)

    def _tell(self, kind: str, text: str, *, offset: int | None = None) -> None:
        self._teller.tell(kind, text, offset=self.stream.size() if offset is None else offset)
