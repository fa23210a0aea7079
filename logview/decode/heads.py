"""Heads of text lines remembered: the lines of one logging call are read slowly once, then by their spans.

What the slow reader (header.py) does with a line follows from the shape of its head: the characters with every digit
taken as 0, ids behind `=` as one sign. A line whose shape was read before needs its time, the slices that hold
digits, and its message; everything else is what it was. A head that no colon ends also depends on the first words of
its message, which then belong to the shape. Whatever could decide otherwise for a line of the same shape (a bracket
in front of the message, a time that does not exist, an access line) is left to the slow reader; that both give the
same Parts for every line is tested.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from logview.decode import access, clock, header, pretty, text
from logview.decode.parts import PLACEHOLDERS, Parts
from logview.decode.slots import CONTEXT_PAIR, PLACED

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.decode.slots import Head
    from logview.record import Level, Time

_MOST = 4096
"""Shapes remembered per source. Bounded: messages that never repeat are user data."""
_LONGEST_HEAD = 400

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_DIGIT = re.compile(r"[0-9]")
_LABELS = ("pid", "tid", "thread", "process", "PID", "TID")
_ID = re.compile(("=" + "".join(rf"(?<!\b{label}=)" for label in _LABELS) + r"[\w.-]+").encode("ascii"))
_NUMBERS = frozenset(("line", "pid"))
_LOOKED_INTO = frozenset(("rich", "structlog-console"))
"""Layouts that keep more than a message behind the head."""
_BEFORE_BRACE = frozenset("{ |-\t")
_TAME = frozenset("'\"/")
"""Signs a word of a message may begin with and no slot of a head does, or none that needs more words."""


class _Plan(NamedTuple):
    """How a line of a known shape is read.

    time    where the time ends; it begins at 0, or at 1 behind a bracket
    cuts    (name in Parts, start, end) of values with digits in them
    pairs   where the ids begin, which end with the head's colon; -1 without any
    final   a colon ends the head, and the shape with it
    """

    time: int
    cuts: tuple[tuple[str, int, int], ...]
    pairs: int
    final: bool
    message_at: int
    layout: str
    level: Level | None
    level_written: str | None
    logger: str | None
    function: str | None
    file: str | None
    format: str = "text"
    padded: bool = False
    """The logger is a word like any other, told by its padding: the rest of the line may deny it."""


class Sight(NamedTuple):
    """A text line of a known shape as far as its Parts are told from those of others of its kind.

    kind    what all lines with the same Parts share, but for time and values
    values  the ids in front of the message that are none of PLACEHOLDERS, in order; then the message
    plan    how lines of the shape are read; a kind belongs to one
    pairs   (start, end) of the ids in the line
    time    as written
    end     where the words end that make the shape; -1: with the line
    """

    kind: tuple[Any, ...]
    values: tuple[str, ...]
    plan: _Plan
    pairs: tuple[int, int]
    time: Time
    end: int


class Heads:
    """The shapes one source has shown. May be asked from several threads."""

    def __init__(self) -> None:
        self._plans: tuple[tuple[int, dict[tuple[bytes, bool, bool], _Plan]], ...] = ()
        """By the number of words that make the shape. Replaced, never changed: readers may be under way."""
        self._size = 0

    def recall(self, line: str, near: Near) -> Parts | None:
        """The Parts of a line whose shape is known; None when the slow readers must be asked."""
        known = self._find(line)
        return _read(line, known[0], known[1], near) if known is not None else None

    def sight(self, line: str, near: Near) -> Sight | None:
        """What tells a line of a known shape from others of its kind; None where its Parts have to be made."""
        known = self._find(line)
        return _sight(line, known[0], known[1], near) if known is not None else None

    def _find(self, line: str) -> tuple[int, _Plan] | None:
        """(where the line's shape ends, how lines of that shape are read)."""
        if not self._plans or not _may_recall(line):
            return None
        masked = _masked(line)
        closed = line[-1] == "}"
        for words, plans in self._plans:
            shape, end = _shape(masked, words)
            plan = plans.get((shape, end < 0, closed))
            if plan is not None:
                return end, plan
        return None

    def read(self, line: str, near: Near) -> Parts | None:
        """The Parts of a line as `text.layout` reads it; its shape is kept for the next one."""
        head = header.read(line, near)
        if head is None:
            return None
        learned = _plan(line, head, near) if _may_recall(line) else None
        parts = text.of_head(line, head)
        if learned is not None:
            words, plan = learned
            self._keep(line, words, plan._replace(format=parts.format))
        return parts

    def _keep(self, line: str, words: int, plan: _Plan) -> None:
        if self._size >= _MOST:
            self._plans, self._size = (), 0
        shape, end = _shape(_masked(line), words)
        if b"?" in shape:  # what is no ASCII looks alike there
            return
        known = dict(self._plans).get(words)
        if known is None:
            known = {}
            self._plans = (*self._plans, (words, known))
        known[shape, end < 0, line[-1] == "}"] = plan
        self._size += 1


def _masked(line: str) -> bytes:
    """The line with every digit as 0 and every character that is no ASCII as `?`, one byte each."""
    return line.encode("ascii", "replace").translate(_DIGITS)


def _may_recall(line: str) -> bool:
    """Whether a line begins like a time, bare or in a bracket: of the other readers only two take such."""
    return line[:1].isdecimal() or (line[:1] == "[" and line[1:2].isdecimal())


def _is_other(line: str, near: Near) -> bool:
    """Whether one of the two takes this line, whose answer depends on all of it."""
    if line[0] == "[" and pretty.read(line) is not None:
        return True
    return ('"' in line or " - - [" in line) and access.read(line, near) is not None


def _shape(masked: bytes, words: int) -> tuple[bytes, int]:
    """(the first words of a line, ids in them as one sign; where they end, -1 for the end of the line)."""
    end = -1
    for _ in range(words):
        end = masked.find(b" ", end + 1)
        if end < 0:
            break
    shape = masked if end < 0 else masked[:end]
    # A pair further on may turn the first words of the message into a head: with and without are two shapes.
    if b"=" in masked:
        return (_ID.sub(b"=*", shape) if b"=" in shape else shape) + b"=", end
    return shape, end


def _plan(line: str, head: Head, near: Near) -> tuple[int, _Plan] | None:
    """(words of the shape, how lines of that shape are read); None where more than the shape decides."""
    message_at = head.message_at
    found = clock.scan(line, 1 if line[0] == "[" else 0, near)
    if found is None or head.time != found[0] or not 0 < message_at <= _LONGEST_HEAD:
        return None
    if head.level_written is None or _DIGIT.search(head.level_written) or "\t" in head.marks:
        return None
    final = head.final and line[message_at - 2 : message_at] == ": "
    ahead = 0 if final else _words_ahead(line, message_at)
    if ahead is None or (final and not _may_follow(line, message_at)) or text.may_be_rich(head):
        return None
    pairs = -1
    if head.pairs or "=" in line[:message_at]:
        pairs = line.find(f"{next(iter(head.pairs), '')}=")
        if not final or "=" in line[:pairs] or dict(CONTEXT_PAIR.findall(line[pairs : message_at - 2])) != head.pairs:
            return None
    values = {
        "logger": head.logger if head.logger is not None else head.label,
        "function": head.function,
        "file": head.file,
    }
    cuts = []
    for name, value in (*values.items(), ("line", head.line), ("pid", head.pid)):
        if value is not None and (isinstance(value, int) or _DIGIT.search(value)):
            at = _only_place(line[: message_at if pairs < 0 else pairs], str(value), found[1])
            if at < 0:
                return None
            cuts.append((name, at, at + len(str(value))))
    return line.count(" ", 0, message_at) + ahead, _Plan(
        time=found[1],
        cuts=tuple(cuts),
        pairs=pairs,
        final=final,
        message_at=message_at,
        layout=header.layout_of(head),
        level=head.level,
        level_written=head.level_written,
        logger=values["logger"],
        function=values["function"],
        file=values["file"],
        padded=head.padded,
    )


def _may_follow(line: str, message_at: int) -> bool:
    """Whether a message behind a colon has no say in what stands before: it is more than a literal, and no blank."""
    return message_at < len(line) and line[message_at] not in _BEFORE_BRACE


def _words_ahead(line: str, message_at: int) -> int | None:
    """How many words of a message decide where it begins; None when more than three could."""
    words = line[message_at:].split(" ", 3)[:3]
    if not words[0] or not (words[0][0].isalnum() or words[0][0] in _TAME) or _may_hold_ids(line, message_at):
        return None
    if len(words) == 1:
        return 2
    # `module - function: ` and `module 12 140…` are heads: a second word of signs or digits needs the third.
    if words[1][:1].isdecimal():
        return 3 if len(words) < 3 or words[2][:1].isalpha() else None
    return 2 if words[1] and (words[1][0].isalpha() or words[1][0] in _TAME) else None


def _may_hold_ids(line: str, message_at: int) -> bool:
    """Whether `=` and later the end of a head stand in a message, which may make a head of its first words."""
    at = line.find("=", message_at)
    return at >= 0 and (
        line.find(": ", at) >= 0 or line[-1] == ":" or line.find(" - ", at) >= 0 or line.find(" | ", at) >= 0
    )


def _only_place(head: str, value: str, since: int) -> int:
    """Where a value stands, when it stands in one place only and its digits begin and end there; else -1."""
    at = head.find(value, since)
    if at < 0 or head.find(value, at + 1) >= 0:
        return -1
    end = at + len(value)
    return at if not head[at - 1 : at].isdecimal() and not head[end : end + 1].isdecimal() else -1


def with_ids(line: str, sight: Sight, ids: list[str]) -> str:
    """The line with other ids in front of its message; their number is that of its own."""
    low, high = sight.pairs
    left = iter(ids)

    def other(pair: re.Match[str]) -> str:
        return pair[0] if pair[2] in PLACEHOLDERS else f"{pair[1]}={next(left)}"

    return line[:low] + CONTEXT_PAIR.sub(other, line[low:high]) + line[high:]


def _message_at(line: str, end: int, plan: _Plan, near: Near) -> int:
    """Where the message of a line of a known shape begins; -1 when it needs the slow readers all the same."""
    message_at = plan.message_at
    if plan.final:
        # Behind ids of other lengths the message begins elsewhere.
        message_at = end + 1
        if end < 0 or not _may_follow(line, message_at):
            return -1
    elif _may_hold_ids(line, message_at):
        return -1
    if _is_other(line, near) or (plan.padded and PLACED.match(line, message_at) is not None):
        return -1
    return message_at


def _sight(line: str, end: int, plan: _Plan, near: Near) -> Sight | None:
    """None also where what `text.completed` looks for in a message may be there."""
    found = clock.scan(line, 1 if line[0] == "[" else 0, near)
    if found is None or found[1] != plan.time or plan.format in _LOOKED_INTO or line[-1] in "}])":
        return None
    message_at = _message_at(line, end, plan, near)
    message = line[message_at:].strip() if message_at >= 0 else ""
    if not message or ('"' in line and access.request(message) is not None):
        return None
    if plan.pairs < 0:
        return Sight((id(plan), line[plan.time : message_at]), (message,), plan, (0, 0), found[0], end)
    pairs = CONTEXT_PAIR.findall(line[plan.pairs : end - 1])
    values = [value for _, value in pairs if value not in PLACEHOLDERS]
    keys = [(key, value in PLACEHOLDERS) for key, value in pairs]
    kind = (id(plan), line[plan.time : plan.pairs], *keys)
    return Sight(kind, (*values, message), plan, (plan.pairs, end - 1), found[0], end)


def _read(line: str, end: int, plan: _Plan, near: Near) -> Parts | None:
    """The Parts of a line of a known shape, which ends at `end`; None when it needs the slow readers all the same."""
    found = clock.scan(line, 1 if line[0] == "[" else 0, near)
    if found is None or found[1] != plan.time:
        return None
    message_at = _message_at(line, end, plan, near)
    if message_at < 0:
        return None
    parts = Parts(
        plan.format,
        line[message_at:].strip() or None,
        found[0],
        plan.level,
        plan.level_written,
        layout=plan.layout,
        logger=plan.logger,
        function=plan.function,
        file=plan.file,
    )
    if plan.pairs >= 0:
        pairs = dict(CONTEXT_PAIR.findall(line[plan.pairs : end - 1]))
        parts.fields = {key: value for key, value in pairs.items() if value not in PLACEHOLDERS}
    for name, start, stop in plan.cuts:
        value = line[start:stop]
        setattr(parts, name, int(value) if name in _NUMBERS else value)
    return text.completed(parts)
