"""The lines of one record → Record: out of their wrappers, through the decoder that takes them, with all that is odd.

Works on exact bytes and keeps no state but what the stream has shown of its wrappers, so a record decoded while
streaming and decoded again when drawn is the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from logview.decode import blocks, clock, envelope, header, jsonline, lines, logfmt, marks, text, wrapper
from logview.decode.clean import strip_ansi
from logview.decode.heads import Heads
from logview.decode.jsonrecord import to_record
from logview.decode.shape import plans_for
from logview.record import Record, TimeKind, Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.decode.clock import Near
    from logview.decode.heads import Sight
    from logview.decode.hints import Hints
    from logview.decode.parts import Parts
    from logview.decode.ways import Way

_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOG_KEYS = re.compile(
    r'"(?:level|levelname|severity|msg|message|event|time|timestamp|@timestamp|ts|asctime|log\.level|body|record)": ?'
)
_HOUR = 3600 * clock.SECOND
_TIMES = frozenset(bytes((code,)) for code in b"[0123456789")
"""What a text line begins with whose shape may be known (heads.py)."""
_ODD = re.compile(rb"[\n\r\0\x1b]")
_HEADS = frozenset(("basic", "uvicorn", "winston-simple", "klog"))


class Glance(NamedTuple):
    """An object and how its parts are found; what `record` would make of it follows, but for the text."""

    data: dict[str, Any]
    way: Way
    near: Near


class Line(NamedTuple):
    """One physical line out of its wrappers."""

    text: str
    """Bytes that are no UTF-8 stand as lone surrogates U+DC80…, so that the bytes can be had back."""
    layers: list[Wrapper]
    key: str = ""
    """Names the stream inside the source: the wrappers' names and what they call the service."""
    partial: bool = False
    more: tuple[str, ...] = ()
    """Further lines, when an envelope holds several."""
    proofs: tuple[str, ...] = ()
    """The unsure wrappers that this line shows to be ones."""
    marks: tuple[str, ...] = ()


def is_record(visible: str) -> bool:
    """Whether a text is a record's first line by its shape alone: a JSON object with a log's keys, a time, a level."""
    if visible[:1] == "{":
        return visible[:2] == '{"' and _LOG_KEYS.search(visible) is not None
    return text.has_head(visible)


def is_spaced(line: bytes) -> bool:
    """Whether a JSON line has a blank behind its first key's colon."""
    colon = line.find(b'":')
    return line[colon + 2 : colon + 3] == b" "


def _shows_wrapper(visible: str) -> bool:
    """Whether what stands behind an unsure prefix proves it: JSON, a time, or a level the way servers write it."""
    if visible[:1] == "{":
        return is_record(visible) or envelope.may_be(visible.encode("utf-8", "replace"))
    head = header.read(visible, clock.HERE)
    if (head is not None and head.time is not None) or (
        logfmt.looks_like(visible) and logfmt.read(visible) is not None
    ):
        return True
    return any(decoder.name in _HEADS and decoder.read(visible, clock.HERE) is not None for decoder in text.DECODERS)


class Assembler:
    """Makes Records of one source's bytes."""

    def __init__(self, hints: Hints) -> None:
        self.hints = hints
        self.seen = wrapper.Seen()
        self._encoding: str | None = None
        self._plans = plans_for(hints.ids)
        self._heads = Heads()
        self._near = clock.Near(hints.zone, hints.reference_ns)
        self._around = self._near
        self._own: list[Callable[[str, Near], Parts | None]] = []
        if hints.format is not None or hints.formats:
            from logview.decode.pylog import compiled, reader

            if hints.format is not None:
                named = {made.name: made for made in hints.formats}.get(hints.format)
                self._own.append(reader(named) if named is not None else compiled(hints.format, hints.datefmt))
            self._own += [reader(made) for made in hints.formats]
        self._bare = not self._own
        """Whether a JSON line may be read the short way."""

    def near(self, ns: int | None) -> Near:
        """Zone and neighborhood for times that leave something out; to the hour, which is near enough."""
        if ns is None:
            return self._near
        hour = ns - ns % _HOUR
        if hour != self._around.ns:
            self._around = clock.Near(self.hints.zone, hour)
        return self._around

    def unwrap(self, raw: bytes, offset: int | None) -> Line:
        """One physical line out of its wrappers.

        raw     without its line feed; a CR in front of that, NULs around and a byte order mark are taken off
        offset  where it stands, for what the stream had shown by then; None for all it has shown
        """
        found: list[str] = []
        raw = _trimmed(raw, found)
        current = raw.decode("utf-8", "surrogateescape")
        if wrapper.is_bare(current) and not self.seen.knows("ts", offset):
            return Line(current, [], marks=tuple(found)) if found else Line(current, [])
        layers: list[Wrapper] = []
        key: list[str] = []
        partial = False
        proofs: list[str] = []
        more: list[str] = []
        for _ in range(wrapper.DEEPEST):
            opened = None
            if current[:1] == "{":
                octets = current.encode("utf-8", "surrogateescape")
                opened = envelope.open_envelope(octets, self._near) if envelope.may_be(octets) else None
                if opened is None:
                    break
                layers.append(opened.wrapper)
                partial = partial or opened.partial
                current, *inner = opened.text.split("\n")
                more = [*inner, *more]
            else:
                stripped, proved = wrapper.strip(
                    current,
                    self._near,
                    self.seen,
                    offset,
                    _shows_wrapper,
                    timed=any(one.name == "ts" for one in layers),
                )
                if stripped is None or (self._own and not stripped.sure and self.begins(current)):
                    break
                if proved is not None:
                    proofs.append(proved)
                layers.append(stripped.wrapper)
                partial = partial or stripped.partial
                current = stripped.rest
            layer = layers[-1]
            # A mere time in front tells no streams apart, and may be seen to be one only at a traceback.
            if layer.instance is not None or layer.stream is not None:
                key.append(f"{layer.name}/{layer.instance or ''}/{layer.stream or ''}")
        if layers and current[-1:] == "\r":
            current = current.rstrip("\r")
        return Line(current, layers, "|".join(key), partial, tuple(more), tuple(proofs), tuple(found))

    def begins(self, text_: str) -> bool:
        """Whether a line is the beginning of a record as a described format has it: more than a message is found."""
        if not self._own:
            return False
        visible = _readable(strip_ansi(text_))
        return any((parts := read(visible, self._near)) is not None and _tells(parts) for read in self._own)

    def record(
        self, chunks: Sequence[bytes], near_ns: int | None = None, offset: int | None = None, lineno: int = 0
    ) -> Record:
        """The Record of the exact bytes of one record's runs."""
        chunk = chunks[0] if chunks else b""
        if chunk[:2] == b'{"' and len(chunks) == 1 and self._bare:
            made = self._bare_json(chunk, near_ns, offset or 0, lineno)
            if made is not None:
                return made
        elif len(chunks) == 1 and self._bare and chunk[:1] in _TIMES:
            made = self._bare_text(chunk, near_ns, offset, lineno)
            if made is not None:
                return made
        return self._general(chunks, near_ns, offset, lineno)

    @property
    def encoding(self) -> str | None:
        """The source's encoding; None while nothing was read."""
        return self._encoding

    @encoding.setter
    def encoding(self, encoding: str | None) -> None:
        self._encoding = encoding
        self._bare = not self._own and encoding in (None, lines.UTF8)

    def glance(self, chunk: bytes, near_ns: int | None) -> Glance | None:
        """What a JSON line by itself says, where it can be read as one before it was; None: ask `record`."""
        if not self._bare or chunk[:2] != b'{"' or chunk[-2:] != b"}\n" or len(chunk) > jsonline.LONGEST:
            return None
        data = jsonline.clean(chunk) if chunk.find(b"\n") == len(chunk) - 1 else None
        if data is None:
            return None
        ways = self._plans.of(data).ways
        way = None if ways is None else ways.of(data, spaced=is_spaced(chunk))
        return None if way is None else Glance(data, way, self.near(near_ns))

    @property
    def knows_heads(self) -> bool:
        """Whether text lines may be told by their heads: no wrapper has been seen, the bytes are UTF-8."""
        return self._bare and not self.seen.knows("ts", None)

    def sight(self, chunk: bytes, near_ns: int | None) -> tuple[str, Sight] | None:
        """(text, what it says) of a text line by itself, where its shape is known; None: ask `record`."""
        if not self.knows_heads or chunk[:1] not in _TIMES or chunk.find(b"\n") != len(chunk) - 1:
            return None
        line = chunk[:-1]
        if len(line) > jsonline.LONGEST or _ODD.search(line) is not None:
            return None
        try:
            first = line.decode("utf-8")
        except UnicodeDecodeError:
            return None
        sight = self._heads.sight(first, self.near(near_ns)) if wrapper.is_bare(first) else None
        return None if sight is None else (first, sight)

    def _bare_json(self, chunk: bytes, near_ns: int | None, offset: int, lineno: int) -> Record | None:
        """The short way for a JSON line by itself; None when it is anything else."""
        line = chunk[:-1] if chunk[-1:] == b"\n" else chunk
        if line[-1:] != b"}" or len(line) > jsonline.LONGEST or b"\n" in line:
            return None
        found: tuple[str, ...] = ()
        pairs: tuple[tuple[str, Any], ...] = ()
        data = jsonline.clean(line)
        if data is None:
            data, found, pairs, whole = jsonline.parse(line)
            if data is None or not whole:
                return None
        first = line.decode("utf-8", "backslashreplace")
        place: dict[str, Any] = {"first": first, "offset": offset, "size": len(chunk), "lineno": lineno}
        shape, spaced, near = self._plans.of(data), is_spaced(line), self.near(near_ns)
        ways = None if found or pairs else shape.ways
        if ways is not None:
            way = ways.of(data, spaced=spaced)
            made = None if way is None else way.read(data, near, place)
            if made is not None:
                return made
        if not envelope.KEYS.isdisjoint(data):
            return None
        place["pairs"] = pairs
        made = to_record(data, spaced=spaced, near=near, plans=self._plans, extra_marks=found, place=place)
        if ways is not None:
            ways.learn(data, shape, made, spaced=spaced)
        return made

    def _bare_text(self, chunk: bytes, near_ns: int | None, offset: int | None, lineno: int) -> Record | None:
        """The short way for a text line by itself whose shape is known; None when it is anything else."""
        line = chunk[:-1] if chunk[-1:] == b"\n" else chunk
        if len(line) > jsonline.LONGEST or _ODD.search(line) is not None:
            return None
        try:
            first = line.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if not wrapper.is_bare(first) or self.seen.knows("ts", offset):
            return None
        near = self.near(near_ns)
        parts = self._heads.recall(first, near)
        if parts is None:
            return None
        values = {"first": first, "offset": offset or 0, "size": len(chunk), "lineno": lineno}
        return blocks.finished(parts, first, [], plans=self._plans, near=near, place=blocks.Place((), values))

    def _general(self, chunks: Sequence[bytes], near_ns: int | None, offset: int | None, lineno: int) -> Record:
        physical = [raw for chunk in chunks for raw in lines.split(chunk, self.encoding)]
        unwrapped = [self.unwrap(raw, offset) for raw in physical] or [Line("", [])]
        logical = _logical(unwrapped)
        layers = wrapper.joined(unwrapped[0].layers)
        near = self.near(near_ns)
        if layers is not None and layers.time is not None and layers.time.ns is not None:
            near = clock.Near(self.hints.zone, layers.time.ns)
        found = self._odd(unwrapped, logical)
        while len(logical) > 1 and not logical[-1].strip():
            logical.pop()
        values: dict[str, Any] = {
            "first": _readable(logical[0]),
            "rest": "\n".join([_readable(line) for line in logical[1:]]),
            "offset": offset or 0,
            "size": len(chunks[0]) if chunks else 0,
            "lines": len(physical),
            "lineno": lineno,
        }
        made = self._decoded(logical, near, blocks.Place(found, values))
        return made if layers is None else _wrapped(made, layers)

    def _odd(self, unwrapped: list[Line], logical: list[str]) -> tuple[str, ...]:
        """The marks of the bytes themselves."""
        found = [mark for line in unwrapped for mark in line.marks]
        if self.encoding not in (None, lines.UTF8):
            found.append(marks.UTF16)
        text_ = logical[0] if len(logical) == 1 else "\n".join(logical)
        if "\x1b" in text_:
            found.append(marks.ANSI)
        if "\r" in text_:
            found.append(marks.CARRIAGE_RETURN)
        if not text_.isascii() and _SURROGATE.search(text_):
            found.append(marks.BAD_UTF8)
        if unwrapped[-1].partial:
            found.append(marks.TRUNCATED)
        return tuple(dict.fromkeys(found)) if found else ()

    def _decoded(self, logical: list[str], near: Near, place: blocks.Place) -> Record:
        first = logical[0]
        visible = strip_ansi(first)
        for read in self._own:
            own = self._of_own(read, visible, logical, near, place)
            if own is not None:
                return own
        stripped = visible.strip()
        if stripped[:1] == "{" and (len(stripped) == 1 or stripped[1:].lstrip()[:1] in ('"', "}", "")):
            made = self._json(stripped, logical, near, place)
            if made is not None:
                return made
        visible = _readable(visible)
        pairs = logfmt.read(visible) if logfmt.looks_like(visible) else None
        if pairs is not None:
            made = to_record(
                dict(pairs), spaced=True, near=near, plans=self._plans, extra_marks=place.marks, place=place.values
            )
            return blocks.with_trace(msgspec.structs.replace(made, format="logfmt", is_json=False), logical[1:])
        parts = self._heads.recall(visible, near) or self._slowly(visible, near)
        return blocks.finished(parts, visible, logical[1:], plans=self._plans, near=near, place=place)

    def _slowly(self, visible: str, near: Near) -> Parts:
        """The Parts of a text line as the first decoder reads it that takes it."""
        # All but the last look for a colon or a bracket.
        for decoder in text.DECODERS if ":" in visible or "[" in visible else text.DECODERS[-1:]:
            parts = self._heads.read(visible, near) if decoder.name == "text" else decoder.read(visible, near)
            if parts is not None:
                return parts
        return text.plain(visible, near)

    def _of_own(
        self,
        read: Callable[[str, Near], Parts | None],
        visible: str,
        logical: list[str],
        near: Near,
        place: blocks.Place,
    ) -> Record | None:
        """The Record as a described format reads it: its first line, else (a message over several lines) all of it."""
        parts = read(_readable(visible), near)
        if parts is not None:
            return blocks.finished(parts, visible, logical[1:], plans=self._plans, near=near, place=place)
        if len(logical) > 1:
            parts = read("\n".join(_readable(strip_ansi(line)) for line in logical), near)
            if parts is not None:
                return blocks.finished(parts, visible, [], plans=self._plans, near=near, place=place)
        return None

    def _json(self, stripped: str, logical: list[str], near: Near, place: blocks.Place) -> Record | None:
        """The Record of a JSON object on one line or over several; of the readable part when it is broken."""
        body = stripped
        rest = logical[1:]
        if rest and not _closed(stripped):
            body, rest = "\n".join([stripped, *(strip_ansi(line) for line in rest)]).rstrip(), []
        octets = body.encode("utf-8", "surrogateescape" if _bad_bytes(body) else "surrogatepass")
        parsed = jsonline.cut(octets) if marks.LONG in place.marks else jsonline.parse(octets)
        if parsed.data is None and not parsed.marks:
            return None
        colon = octets.find(b'":')
        spaced = octets[colon + 2 : colon + 3] == b" "
        found = tuple(dict.fromkeys((*place.marks, *parsed.marks)))
        if parsed.whole and parsed.data is not None:
            values = {**place.values, "pairs": parsed.pairs}
            made = to_record(parsed.data, spaced=spaced, near=near, plans=self._plans, extra_marks=found, place=values)
            return blocks.with_trace(made, rest)
        if len(logical) > 1 and body is not stripped and not _log_like(body):
            return None
        found = (*found, marks.PLAIN)
        if parsed.data is None:
            return Record(message=_readable(stripped), format="plain", marks=found, **place.values)
        part = to_record(parsed.data, spaced=spaced, near=near, plans=self._plans, place=dict(place.values))
        message = part.message or _readable(stripped)
        return msgspec.structs.replace(part, format="plain", is_json=False, data=None, message=message, marks=found)


def _tells(parts: Parts) -> bool:
    """Whether a described format read more than a message: a level that is one, or else a time that is one."""
    if parts.level_written is not None:
        return parts.level is not None and parts.time.kind is not TimeKind.UNREADABLE
    return parts.time.kind not in (TimeKind.NONE, TimeKind.UNREADABLE)


def _log_like(body: str) -> bool:
    return _LOG_KEYS.search(body) is not None


def _closed(stripped: str) -> bool:
    return len(stripped) > 1 and stripped.endswith("}")


def _bad_bytes(body: str) -> bool:
    return re.search("[\udc80-\udcff]", body) is not None


def _trimmed(raw: bytes, found: list[str]) -> bytes:
    """The line without byte order mark, NULs around it and CRs at its end; only the beginning of a huge one."""
    if len(raw) > jsonline.LONGEST:
        raw = raw[: jsonline.PREFIX]
        found.append(marks.LONG)
    if raw[-1:] == b"\r":
        raw = raw.rstrip(b"\r")
    if raw[:1] == b"\0" or raw[-1:] == b"\0":
        raw = raw.strip(b"\0")
        found.append(marks.NUL)
    elif b"\0" in raw:
        found.append(marks.NUL)
    if raw[:3] == _BOM:
        raw = raw[3:]
        found.append(marks.BOM)
    return raw


def _logical(unwrapped: list[Line]) -> list[str]:
    """Lines with the parts that docker and CRI cut them into put together again."""
    out: list[str] = []
    open_line = False
    for line in unwrapped:
        if open_line:
            out[-1] += line.text
        else:
            out.append(line.text)
        out += line.more
        open_line = line.partial
    return out


def _readable(line: str) -> str:
    """The line with bytes that are no UTF-8 written as `\\xe9`."""
    if line.isascii() or not _SURROGATE.search(line):
        return line
    return line.encode("utf-8", "surrogateescape" if _bad_bytes(line) else "backslashreplace").decode(
        "utf-8", "backslashreplace"
    )


def _wrapped(made: Record, layers: Wrapper) -> Record:
    """The record with what its wrapper knows and it does not say."""
    change: dict[str, Any] = {"wrapper": layers}
    if made.service is None and layers.service is not None:
        change["service"], change["service_from"] = layers.service, "wrapper"
    if made.time.kind is TimeKind.NONE and layers.time is not None:
        change["time"], change["time_from_wrapper"] = layers.time, True
    if made.level is None and made.level_written is None and layers.level is not None:
        change["level"] = layers.level
    if made.pid is None and layers.pid is not None:
        change["pid"] = layers.pid
    if made.host is None and layers.host is not None:
        change["host"] = layers.host
    return msgspec.structs.replace(made, **change)
