"""A source's bytes → records: cut into lines, taken out of wrappers, joined to records, decoded.

`StreamDecoder.feed` finds where records are (Frames) and never looks at more than it must; `StreamDecoder.decode`
turns the exact bytes of one record into a Record and can be asked again at any time for the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from logview.decode import clock, frame, lines, wrapper
from logview.decode.assemble import Assembler, is_record
from logview.decode.envelope import may_be
from logview.decode.frame import Frame, Track
from logview.decode.hints import Hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from logview.decode.assemble import Glance
    from logview.decode.heads import Sight
    from logview.record import Record

HELD = 64
"""Lines held back at the beginning of a stream while it is open whether their `[name] ` is a wrapper's."""

_DEFAULT = Hints()


class _Held(NamedTuple):
    raw: bytes
    start: int
    size: int
    lineno: int


class StreamDecoder:
    """Decodes one source. Feed its bytes in order; decode any record any time."""

    def __init__(self, hints: Hints = _DEFAULT) -> None:
        self.hints = hints
        self._assembler = Assembler(hints)
        self._splitter = lines.Splitter()
        self._tracks: dict[str, Track] = {}
        self._bare = Track()
        self._tracks[""] = self._bare
        self._lineno = 0
        self._held: list[_Held] = []
        self._settled = False

    @property
    def pending(self) -> bool:
        """Whether complete lines are held back until it is clear if their prefix is a wrapper's; see `settle`."""
        return bool(self._held)

    @property
    def is_wrapped(self) -> bool:
        """Whether the stream has shown that another program stands around its lines."""
        return bool(self._assembler.seen.since)

    @property
    def encoding(self) -> str | None:
        """The stream's encoding; None while nothing was read."""
        return self._splitter.encoding

    @property
    def lines_read(self) -> int:
        """Whole lines fed so far: the next frame's `lineno` is one more."""
        return self._lineno

    @property
    def unfinished(self) -> int | None:
        """Offset of the line that is not complete yet, if only its first MiB is ever decoded; None: all may be."""
        return self._splitter.at if self._splitter.encoding == lines.UTF8 else None

    @property
    def framed_to(self) -> int:
        """Offset of the first byte that was fed and is in no frame yet."""
        return self._held[0].start if self._held else self._splitter.at

    def feed(self, data: bytes, offset: int) -> list[Frame]:
        """The frames of the lines that `data` completes.

        data    the bytes at `offset`, which is where the last feed ended; a partial last line is kept
        return  in order of `start`, adjoining: together with what is pending they cover every byte once
        """
        out: list[Frame] = []
        for raw, start, size in self._splitter.feed(data, offset):
            self._line(raw, start, size, out)
        self._assembler.encoding = self._splitter.encoding
        return out

    def finish(self) -> list[Frame]:
        """The frames of what is left at the end of the source: held lines and a last line without its end."""
        out: list[Frame] = []
        for raw, start, size in self._splitter.finish():
            self._line(raw, start, size, out)
        self._assembler.encoding = self._splitter.encoding
        self._release(out)
        return out

    def settle(self) -> list[Frame]:
        """The frames of held lines, taken as they stand; for a reader that has waited long enough for more."""
        out: list[Frame] = []
        self._release(out)
        return out

    def open_starts(self) -> set[int]:
        """Offsets of the records that may still grow: the last of each stream in the source."""
        return {track.start for track in self._tracks.values() if track.start >= 0}

    @property
    def is_single(self) -> bool:
        """Whether the source is one stream, and no wrapper is known, looked for or waited for."""
        return self._settled and not self._held and not self._assembler.seen.since and len(self._tracks) == 1

    @property
    def is_plain(self) -> bool:
        """Whether a line with a time or level in front begins a record now, and nothing but its text decides that.

        No wrapper is known or looked for, nothing is held back, no second stream is mixed in, and the one there stands
        in the middle of nothing that such a line could belong to.
        """
        track = self._bare
        return self.is_single and not track.partial and track.state in frame.FREE

    def decode(
        self, chunks: Sequence[bytes], *, near_ns: int | None = None, offset: int | None = None, lineno: int = 0
    ) -> Record:
        """The Record in the exact bytes of one record's runs, in order.

        near_ns  an instant close by, for times without year or date; None: `Hints.reference_ns`
        offset   where the record begins; None when unknown. What the stream showed later does not count before it
        return   the same bytes at the same offset give the same Record
        """
        return self._assembler.record(chunks, near_ns, offset, lineno)

    def glance(self, chunk: bytes, near_ns: int | None = None) -> Glance | None:
        """What the one line of a record says, as far as no Record has to be made for it; None: ask `decode`."""
        return self._assembler.glance(chunk, near_ns)

    @property
    def knows_heads(self) -> bool:
        """Whether text lines may be told by their heads."""
        return self._assembler.knows_heads

    def sight(self, chunk: bytes, near_ns: int | None = None) -> tuple[str, Sight] | None:
        """(text, what it says) of the one text line of a record, as far as its shape is known; None: ask `decode`."""
        return self._assembler.sight(chunk, near_ns)

    def _line(self, raw: bytes, start: int, size: int, out: list[Frame]) -> None:
        self._lineno += 1
        # The great majority: a JSON record by itself.
        if raw[:2] == b'{"' and raw[-1:] == b"}" and not may_be(raw) and not self._held:
            track = self._bare
            if track.state is frame.State.OPEN and not track.partial:
                track.start, track.state, track.braced = start, frame.State.OPEN, False
                compact = raw[:9] == b'{"level":' and raw[9:10] != b" "
                track.kind = frame.Kind.NODE_JSON if compact else _json_kind(raw)
                self._settled = True
                out.append(Frame(start, size, start, 1, self._lineno))
                return
        elif not self._held and not self._assembler.seen.since and wrapper.BARE_HEAD.match(raw) is not None:
            track = self._bare
            if track.state in frame.FREE and not track.partial:
                track.start, track.state, track.kind = start, frame.State.OPEN, frame.Kind.TEXT
                track.lines, track.chained, track.head = 0, False, raw[: frame.HEAD].decode("ascii", "replace")
                track.braced = raw.rstrip()[-1:] in b"{[("
                self._settled = True
                out.append(Frame(start, size, start, 1, self._lineno))
                return
        held = _Held(raw, start, size, self._lineno)
        if self._waits(raw, start):
            self._held.append(held)
            if len(self._held) > HELD:
                self._release(out)
                self._settled = True
            return
        if self._held:
            self._release(out)
        self._place(held, out)

    def _waits(self, raw: bytes, start: int) -> bool:
        """Whether a line must wait for later ones to tell if its prefix is a wrapper's."""
        if self._settled or self._assembler.seen.since:
            return False
        if self._lineno > HELD:
            self._settled = True
            return False
        text = raw.decode("utf-8", "surrogateescape")
        begins = self._assembler.begins(text)
        if begins or not wrapper.may_be_wrapped(text):
            self._settled = self._settled or begins or is_record(text)
            return False
        line = self._assembler.unwrap(raw, start)
        if line.proofs:
            # From here on the wrapper is known; what waited stood behind the same prefix.
            since = self._held[0].start if self._held else start
            for name in line.proofs:
                self._assembler.seen.since.setdefault(name, since)
            return False
        return not line.layers

    def _release(self, out: list[Frame]) -> None:
        held, self._held = self._held, []
        for line in held:
            self._place(line, out)

    def _place(self, held: _Held, out: list[Frame]) -> None:
        """Decide for one line whether it begins a record, and add it to the frames."""
        raw, start, size, lineno = held
        line = self._assembler.unwrap(raw, start)
        track = self._tracks.get(line.key)
        if track is None:
            track = self._tracks[line.key] = Track()
        begins = not track.partial and self._assembler.begins(line.text)
        belongs = not begins and (track.partial or frame.joins(line.text, track, is_record))
        if not belongs:
            frame.begin(line.text, raw, track, start)
        for name in line.proofs:
            # What a continuation proves counts for the record it continues: its lines are read alike.
            self._assembler.seen.since.setdefault(name, track.start)
        track.partial = line.partial
        for extra in line.more:
            frame.joins(extra, track, is_record)
        _append(out, Frame(start, size, track.start, 1, lineno))


def _json_kind(raw: bytes) -> frame.Kind:
    numeric = raw.find(b'"level":')
    node = (numeric >= 0 and raw[numeric + 8 : numeric + 9].isdigit()) or b'"hostname":"' in raw
    return frame.Kind.NODE_JSON if node else frame.Kind.PYTHON_JSON


def _append(out: list[Frame], new: Frame) -> None:
    """Add a frame, as part of the one before where that is the same record and adjoins."""
    if out and new.of != new.start:
        last = out[-1]
        if last.of == new.of and last.start + last.size == new.start:
            out[-1] = Frame(last.start, last.size + new.size, last.of, last.lines + new.lines, last.lineno)
            return
    out.append(new)


def decode_bytes(data: bytes, hints: Hints = _DEFAULT) -> list[Record]:
    """All records of a whole input, in order of their first lines."""
    return list(decode_blocks([data], hints))


PATIENCE = 4096
"""Records that may begin before an open one is given out; only streams multiplexed into one file need any."""


def join_run(runs: list[Frame], chunks: list[bytes], run: Frame, chunk: bytes) -> None:
    """Add further lines and their bytes to a record's: to its last run where they stand right behind that."""
    last = runs[-1]
    if last.start + last.size == run.start:
        runs[-1] = Frame(last.start, last.size + run.size, last.of, last.lines + run.lines, last.lineno)
        chunks[-1] += chunk
    else:
        runs.append(run)
        chunks.append(chunk)


def placed(record: Record, runs: list[Frame]) -> Record:
    """The record with its size and further runs as framed: of a line beyond 1 MiB not all was decoded."""
    if len(runs) == 1 and record.size == runs[0].size:
        return record
    return msgspec.structs.replace(record, size=runs[0].size, more=tuple((run.start, run.size) for run in runs[1:]))


def decode_blocks(blocks: Iterable[bytes], hints: Hints = _DEFAULT) -> Iterator[Record]:
    """The records of a stream of blocks, in order of their first lines; memory is bounded by blocks and records.

    A record is given out when its stream begins the next one, or when 4,096 later records have begun.
    """
    decoder = StreamDecoder(hints)
    window = lines.Window()
    waiting: dict[int, tuple[list[Frame], list[bytes]]] = {}
    near = hints.reference_ns
    offset = 0

    def close(runs: list[Frame], chunks: list[bytes]) -> Record:
        nonlocal near
        first = runs[0]
        made = placed(decoder.decode(chunks, near_ns=near, offset=first.start, lineno=first.lineno), runs)
        time = made.time
        if time.ns is not None and time.kind not in clock.GUESSED:
            near = time.ns
        return made

    def take(frames: list[Frame]) -> None:
        for run in frames:
            chunk = window.take(run.start, run.size)
            known = waiting.get(run.of)
            if known is None:
                waiting[run.start] = ([run], [chunk])
                continue
            join_run(*known, run, chunk)

    for block in blocks:
        window.add(block, offset)
        take(decoder.feed(block, offset))
        offset += len(block)
        if decoder.unfinished is not None:
            window.drop_middle(decoder.unfinished)
        live = decoder.open_starts()
        count = len(waiting)
        for start in list(waiting):
            if start in live and count <= PATIENCE:
                break
            count -= 1
            yield close(*waiting.pop(start))
    take(decoder.finish())
    for start in list(waiting):
        yield close(*waiting.pop(start))
