"""Which parts of a line violations quote, so that what a rule said of one line can be said of all with its skeleton.

It may quote the line's time, one part of the message, or one value. That it does so, and varies in nothing else,
mutants show.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.index.stamp import value_start
from logview.standard.mask import shorten
from logview.standard.model import Violation
from logview.standard.program import FOUND_CHARS, masked
from logview.standard.skeleton import DROPPED, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.standard.rules.registry import Hit
    from logview.standard.rules.seen import Seen
    from logview.standard.skeleton import Anatomy


class Anchor(NamedTuple):
    """A place in a line by a byte of its skeleton: the byte's number, and how far behind it."""

    byte: int
    behind: int


class TimeSpan(NamedTuple):
    """Where the time stands in a line, and in it the digit that may be any other."""

    at: int
    size: int
    last_digit: int


class Quote(NamedTuple):
    """A part of the line: the time, or what stands between two bytes of the skeleton, in the message or as a value."""

    is_time: bool
    begin: int = 0
    end: int = 0
    behind: int = 0
    """It begins so many bytes behind the first of them."""
    around: tuple[str, str] | None = None
    """What the sentence of the violation says before and behind the quote; None: it does not quote."""

    def span(self, block: Anatomy, row: int) -> tuple[int, int]:
        """(begin, end) in a line."""
        return block.place(row, self.begin) + self.behind, block.place(row, self.end)

    def filled(self, violation: Violation, text: str) -> Violation:
        """The violation of a line in which `text` is the quoted part."""
        found = text if self.is_time else shorten(masked(text[:400]), FOUND_CHARS)
        message = violation.message if self.around is None else masked(text.join(self.around))
        one = violation
        return Violation(one.rule, one.name, one.severity, one.field, found, one.want, message)


def quote_of(block: Anatomy, row: int, seen: Seen, hit: Hit, others: Iterable[tuple[Seen, Hit]]) -> Quote | None:
    """What of its line a hit quotes; None when it differs from the mutants' hits in any other way.

    others  the mutants, and what the rule says of them instead
    """
    others = tuple(others)
    if any(_rest(hit) != _rest(other) for _, other in others):
        return None
    if all(_quotes_time(one, said) for one, said in ((seen, hit), *others)):
        return Quote(is_time=True) if all(hit.message == other.message for _, other in others) else None
    value = _value_of(block, row, hit, others)
    if value is not None:
        return value
    at = seen.message.find(hit.found)
    if not hit.found or at < 0 or seen.message.find(hit.found, at + 1) >= 0:
        return None
    span = slice(at, at + len(hit.found))
    if any(mutant.message[span] != other.found for mutant, other in others):
        return None
    quote = _placed(block, row, seen, span)
    if quote is not None and any(hit.message != other.message for _, other in others):
        before, found, behind = hit.message.partition(hit.found)
        around = (before, behind)
        if not found or any(other.found.join(around) != other.message for _, other in others):
            return None
        return quote._replace(around=around)
    return quote


def _value_of(block: Anatomy, row: int, hit: Hit, others: Iterable[tuple[Seen, Hit]]) -> Quote | None:
    """The one value of the line that is quoted: a whole number, or all of a text."""
    line, found = block.lines.line(row), hit.found.encode("utf-8", "surrogatepass")
    spans = [match.span(1) for match in re.finditer(rb'[:\[,"] ?(' + re.escape(found) + rb')[\],}" ]', line)]
    if not found or len(spans) != 1:
        return None
    begin, stop = spans[0]
    is_text = line[begin - 1 : begin] == line[stop : stop + 1] == b'"'
    if not is_text and _WHOLE.fullmatch(found) is None:
        return None
    for mutant, other in others:
        text = mutant.record.text.encode("utf-8", "surrogatepass")[begin:stop]
        if text.decode("utf-8", "replace") != other.found or other.message != hit.message:
            return None
    start = int(block.lines.starts[row])
    first, last = anchor_of(block, row, start + begin), anchor_of(block, row, start + stop)
    if first is None or last is None or last.behind or first.behind != int(is_text):
        return None
    return Quote(is_time=False, begin=first.byte, end=last.byte, behind=first.behind)


def job_of(block: Anatomy, row: int, seen: Seen, mutants: Iterable[Seen]) -> Quote | None:
    """Where the line's job stands; None when only the record tells, or when its error is not the mutants', too."""
    ids = [found for found in seen.ids if found.concept == "job"]
    line, job = block.lines.line(row), seen.record.job_id
    if len(ids) != 1 or job is None or ids[0].path not in seen.data or seen.data[ids[0].path] != job:
        return None
    text = job.encode("utf-8", "surrogatepass")
    begin = value_start(line, ids[0].path) or 0
    stop = begin + len(text)
    if not begin or line[begin - 1 : stop + 1] != b'"' + text + b'"':
        return None
    for mutant in mutants:
        theirs = mutant.record.text.encode("utf-8", "surrogatepass")[begin:stop].decode("utf-8", "replace")
        if mutant.record.job_id != theirs or mutant.record.error != seen.record.error:
            return None
    start = int(block.lines.starts[row])
    first, last = anchor_of(block, row, start + begin), anchor_of(block, row, start + stop)
    if first is None or last is None or last.behind:
        return None
    return Quote(is_time=False, begin=first.byte, end=last.byte, behind=first.behind)


_WHOLE = re.compile(rb"-?\d{1,15}")


def _placed(block: Anatomy, row: int, seen: Seen, span: slice) -> Quote | None:
    """The part of the message by the skeleton; None when its ends are left out of that."""
    line, message = block.lines.line(row), seen.message.encode("utf-8", "surrogatepass")
    # A text line ends with its message; in a JSON line it must stand only once to be found.
    start = len(line) - len(message) if line.endswith(message) else line.find(b'"' + message + b'"') + 1
    if start <= 0 or (not line.endswith(message) and line.count(b'"' + message + b'"') != 1):
        return None
    begin = int(block.lines.starts[row]) + start + len(seen.message[: span.start].encode("utf-8", "surrogatepass"))
    stop = begin + len(seen.message[span].encode("utf-8", "surrogatepass"))
    first, last = anchor_of(block, row, begin), anchor_of(block, row, stop)
    if first is None or last is None or first.behind or last.behind:
        return None
    return Quote(is_time=False, begin=first.byte, end=last.byte)


def _quotes_time(seen: Seen, hit: Hit) -> bool:
    return bool(hit.found) and hit.found == str(seen.record.time.written)


def _rest(hit: Hit) -> tuple[object, ...]:
    return hit.field, hit.want, hit.severity, hit.key


def anchor_of(block: Anatomy, row: int, place: int) -> Anchor | None:
    """The place by a byte of the skeleton at or before it; None when other lines may differ in between."""
    first = int(block.firsts[row])
    at = int(np.searchsorted(block.kept, place, side="right")) - 1
    behind = place - int(block.kept[at])
    # Behind a quote everything may have been left out; in a number only its first digit tells where it is.
    return Anchor(at - first, behind) if at >= first and behind <= 1 else None


def mutants_of(block: Anatomy, row: int, time: TimeSpan | None) -> list[bytes]:
    """Lines like this one with other values: the same skeleton, another time, other texts and numbers."""
    return [_mutated(block, row, time, digits) for digits in ((b"7", b"8", b"3", b"4"), (b"9", b"6", b"8", b"5"))]


def _mutated(block: Anatomy, row: int, time: TimeSpan | None, digits: tuple[bytes, bytes, bytes, bytes]) -> bytes:
    """One mutant.

    digits  what a digit in a left out text becomes, and what instead where it is that; the same of numbers
    """
    start, end = int(block.lines.starts[row]), int(block.lines.ends[row])
    line = bytearray(block.lines.data[start:end])
    zones = block.zones[start:end]
    text, text_else, number, number_else = (ord(digit) for digit in digits)
    time_at, time_size = -1, 0
    if time is not None:
        time_at, time_size = time.at, time.size
        last = time_at + time.last_digit
        line[last] = ord("0") + (line[last] - ord("0") + number - ord("2")) % 10
    for at, byte in enumerate(line):
        if time_at <= at < time_at + time_size:
            continue
        is_digit = 48 <= byte <= 57
        if zones[at] == DROPPED:
            if is_digit or chr(byte).isalpha():
                line[at] = (
                    (text if byte != text else text_else) if is_digit else ord("q") if byte != ord("q") else ord("w")
                )
        elif is_digit and zones[at] in (0, TEXT):
            alone = not (48 <= line[at - 1] <= 57) and not line[at + 1 : at + 2].isdigit()
            # 0 and 1 by themselves mean something in texts; a leading digit must not become zero.
            if not (alone and byte <= ord("1") and zones[at] == TEXT):
                line[at] = number if byte != number else number_else
    return bytes(line)
