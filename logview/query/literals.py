"""Bytes that a record must hold for a term to be true: what a scan over raw blocks looks for.

A pattern found is a candidate, seldom proof; a pattern not found is proof that the term is false, for records whose
text is, line by line, in their bytes. Where JSON may have spelled a letter as `\\u0041`, such a spelling is a candidate
too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.query.fields import ALIASES, NORMALISED
from logview.query.model import Compare, Has, Node, Op, Search, Text
from logview.query.weight import fits

if TYPE_CHECKING:
    from logview.query.value import Value

_SAFE = re.compile(r"[A-Za-z0-9_.:@+\- ]{2,}")
"""Characters that stand in JSON, key=value pairs and text as they are, unless JSON spells them as \\u00XX."""
_SPELLED = rb"\\u(?:00[2-7][0-9a-fA-F]|212[aA]|017[fF])"
_UNSURE_FIELDS = frozenset({"error", "err", "exception", "exc_info"})
_STRINGS = frozenset({"job_id", "request_id", "trace_id", "span_id", "logger", "function", "file", "host"})
_ANCHORED = re.compile(r"\\[AzZGbB]|\(\?[!=<#]|\(\?[a-z]*x")
_IN_LINE = re.compile(
    r"(?:[^\\\[^$(\n\r]|\((?!\?)|\\[wdS.\\/+*?()\[\]{}|-]|\[(?!\^)(?:[^\]\\\n\r]|\\[wdS.\\/\]\[-])+\])+"
)
"""Patterns that match within one line only, wherever the text begins: no anchors, nothing that takes a line feed."""
_BETWEEN = rb"(?:[\"' \t]|\x1b\[[0-9;]*[A-Za-z])*[:=][ \t]*"
"""What stands between a key and its value: where keys are colored, the end of a color as well."""
SHORT = 4
"""A literal shorter than this is looked for once a line: it may stand in it dozens of times."""


@dataclass(frozen=True, slots=True)
class ByteTerm:
    """What hyperscan is to look for.

    patterns  bytes of C strings, hyperscan syntax, of which any may stand there. A literal alone is found three times
              as fast as one in an alternation, so each is to be looked for by itself
    sure      finding one in a record whose text is its bytes settles the term
    wide      the pattern is the user's own: a block with non-ASCII bytes must be scanned as UTF-8
    """

    patterns: tuple[bytes, ...]
    sure: bool = False
    wide: bool = False

    @property
    def pattern(self) -> bytes:
        """All of them as one."""
        return b"|".join(self.patterns)


def byte_term(node: Node) -> ByteTerm | None:
    """What a scan can look for on behalf of a term; None: nothing, every record must be asked."""
    match node:
        case Text(needle):
            return _text(needle)
        case Search(pattern):
            return _search(pattern)
        case Has(name):
            return _key(name)
        case Compare(name, op, values):
            return _compared(name, op, values)
    return None


def _text(needle: str) -> ByteTerm | None:
    if "\n" in needle or "\x00" in needle:
        return None
    if any(character.isupper() for character in needle):
        pattern = literal(needle)
    elif needle.isascii():
        pattern = b"(?i)" + literal(needle)
    else:
        return None
    if len(needle) < SHORT:
        pattern += rb"[^\n]*\n"
    return ByteTerm((pattern,), sure=True)


def _search(pattern: str) -> ByteTerm | None:
    # Anchors of the whole text mean another place in a block of many records; so do look-around and comments.
    if _ANCHORED.search(pattern) or not pattern.isascii() or "\x00" in pattern or not fits(pattern):
        return None
    return ByteTerm((b"(?m)" + pattern.encode(),), sure=_IN_LINE.fullmatch(pattern) is not None, wide=True)


def _compared(name: str, op: Op, values: tuple[Value, ...]) -> ByteTerm | None:
    if op in {Op.GT, Op.GE}:
        return _larger(name, values[0])
    if op is Op.EQ:
        literals = [_equal(name, value) for value in values]
    elif op is Op.GLOB:
        literals = [_globbed(value.text) for value in values]
    else:
        # "!=", "!~" and the orders need the field to be there, whatever its value.
        return _key(name)
    if name.partition(".")[0] in _UNSURE_FIELDS or name in {"level", "time", "service", "pid", "line"}:
        return None
    if any(one is None for one in literals):
        return _key(name)
    return ByteTerm((b"|".join(one for one in literals if one is not None), _SPELLED))


def _larger(name: str, value: Value) -> ByteTerm | None:
    """The key before digits of a number that is large enough, or before anything that is no plain number."""
    key, number = _key(name), value.number
    if key is None or number is None or value.moment is not None or not 0 <= number < 1e15:
        return key
    name_bytes = literal([part for part in name.split(".") if part and not part.isdecimal()][-1])
    value_bytes = rb"(?:[^0-9 :=\t]|0[0-9]|" + _digits_from(int(number)) + rb"|[0-9]*\.?[0-9]*[eE])"
    return ByteTerm((name_bytes + _BETWEEN + value_bytes, _SPELLED))


def _digits_from(least: int) -> bytes:
    """Beginnings of all whole numbers from `least` on, and of none below; written without leading zeros."""
    digits = str(least)
    larger = [
        f"{digits[:at]}[{int(digit) + 1}-9]" + "[0-9]" * (len(digits) - at - 1)
        for at, digit in enumerate(digits)
        if digit != "9"
    ]
    return "|".join([digits, *larger, "[0-9]" * (len(digits) + 1)]).encode()


def _equal(name: str, value: Value) -> bytes | None:
    # A number may be written in other digits (5, 5.0, 5e0), except where the value counts as text.
    is_text = name in _STRINGS and (value.number is None or value.text.isdecimal())
    if not _SAFE.fullmatch(value.text) or (value.number is not None and not is_text):
        return None
    return None if value.duration_ns is not None and name not in _STRINGS else literal(value.text)


def _globbed(glob: str) -> bytes | None:
    pieces = [piece for piece in re.split(r"[*?]+", glob) if _SAFE.fullmatch(piece)]
    return any_case(max(pieces, key=len)) if pieces else None


def is_own(name: str) -> bool:
    """Whether a field is the program's own: looked for under its name in the object, and nowhere else."""
    return name not in NORMALISED and name.lower() not in ALIASES and name.partition(".")[0] not in _UNSURE_FIELDS


def _key(name: str) -> ByteTerm | None:
    if not is_own(name):
        return None
    names = [part for part in name.split(".") if part and not part.isdecimal()]
    if not names or not _SAFE.fullmatch(names[-1]):
        return None
    return ByteTerm((literal(names[-1]), _SPELLED))


def literal(text: str) -> bytes:
    """`text` as a pattern that means exactly its bytes."""
    return b"".join(_byte(byte) for byte in text.encode("utf-8", "surrogatepass"))


def any_case(text: str) -> bytes:
    """ASCII `text` in any case, as `re.IGNORECASE` sees it: the Kelvin sign is a k, the long s an s."""
    return b"".join(_letter(character) for character in text)


def _letter(character: str) -> bytes:
    small, large = _byte(ord(character.lower())), _byte(ord(character.upper()))
    if small == large:
        return small
    other = {"k": rb"\xe2\x84\xaa", "s": rb"\xc5\xbf", "i": rb"\xc4[\xb0\xb1]"}.get(character.lower())
    return b"[" + small + large + b"]" if other is None else b"(?:[" + small + large + b"]|" + other + b")"


def _byte(byte: int) -> bytes:
    alphanumeric = 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122
    return bytes([byte]) if alphanumeric else b"\\x%02x" % byte
