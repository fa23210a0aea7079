"""One JSON object from bytes, strictly first, leniently when that fails, and what was wrong with it.

orjson decides what is JSON. What it refuses or changes silently is looked at again: NaN, lone surrogates, raw control
characters and integers beyond 64 bits are read by the standard library; repeated keys are told apart; what neither
can read gives the complete pairs in front of the fault.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logview.decode import marks

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 1 << 20
"""Bytes of a line that are parsed whole; of a longer one the first 64 KiB."""

PREFIX = 1 << 16

_BLANK_BUT_DIGITS = bytes(48 if 48 <= code <= 57 else 32 for code in range(256))
_LONG_NUMBER = b"0" * 19  # 2^63 has 19 digits
# An open string reaches to the end, so that no text is scanned once for each of its quotes.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_STRING_OR_STRUCTURE = re.compile(_STRING.pattern + r"|[{}\[\],]", re.DOTALL)
_OPEN_TEXT = re.compile(r'\s*"(?:[^"\\]|\\.)*+"\s*:\s*"', re.DOTALL)
"""A key and the beginning of a text."""
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_LONE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)

_FAULTS = (
    ("trailing comma", re.compile(r",\s*[}\]]")),
    ("Python literal", re.compile(r"\b(?:True|False|None|nan|inf)\b")),
    ("leading zero", re.compile(r"(?<![\w.])-?0\d")),
    ("bare fraction", re.compile(r"(?<![\w.])\.\d|\d\.(?![\d])")),
)


class Parsed(NamedTuple):
    """data   the object; None when not even a part can be read
    marks  what was odd
    pairs  the top-level pairs as written, only when a key stands there twice
    whole  False when `data` holds only the readable part
    """

    data: dict[str, Any] | None
    marks: tuple[str, ...] = ()
    pairs: tuple[tuple[str, Any], ...] = ()
    whole: bool = True


def clean(line: bytes) -> dict[str, Any] | None:
    """The object in a line with nothing odd about it, by the shortest way; None when `parse` has to look."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(data) is not dict:
        return None
    if not has_each_key_once(line, data):
        return None
    if _LONG_NUMBER in line.translate(_BLANK_BUT_DIGITS):
        return None
    return data


def parse(line: bytes) -> Parsed:
    """The object in `line`, which starts with `{`, and whatever is wrong with it; never raises."""
    if len(line) > LONGEST:
        return cut(line[:PREFIX])
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _lenient(line)
    if type(data) is not dict:
        return Parsed(None)
    if not has_each_key_once(line, data):
        # A key stands there twice, or it is not clear.
        pairs = _pairs(line.decode("utf-8", "replace"))
        repeated = _repeated(pairs)
        if repeated:
            return Parsed(_exact(line, data), tuple(marks.mark(marks.DUPLICATE_KEY, key) for key in repeated), pairs)
    if _LONG_NUMBER in line.translate(_BLANK_BUT_DIGITS):
        data = _exact(line, data)
    return Parsed(data)


def has_each_key_once(line: bytes, data: dict[str, Any]) -> bool:
    """Whether no key of an object, or of one inside it, stands twice in its line; False also where that is not clear.

    In a text a quote stands behind a backslash, as it does elsewhere only at the end of what ends with one.
    """
    keys = line.count(b'":')
    if keys == len(data):
        return True
    keys += line.count(b'" :')
    if b"\\" in line and b'\\\\":' not in line and b'\\\\" :' not in line:
        keys -= line.count(b'\\":') + line.count(b'\\" :')
    return keys == nested_keys(data)


def nested_keys(value: Any) -> int:
    """How many keys all objects in a parsed value have together."""
    total = 0
    stack = [value]
    for item in stack:  # grows while it is walked: no recursion, no limit of depth
        members: Iterable[Any] = item
        if type(item) is dict:
            total += len(item)
            members = item.values()
        stack.extend([inner for inner in members if type(inner) is dict or type(inner) is list])
    return total


def _pairs(text: str) -> tuple[tuple[str, Any], ...]:
    """The top-level pairs in the order written, repeated keys included."""
    kept: list[tuple[str, Any]] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept[:] = pairs  # the outermost object closes last
        return dict(pairs)

    try:
        json.JSONDecoder(object_pairs_hook=keep, strict=False).decode(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(kept)


def _repeated(pairs: tuple[tuple[str, Any], ...]) -> list[str]:
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for key, _ in pairs:
        if key in seen:
            repeated[key] = None
        seen.add(key)
    return list(repeated)


def _exact(line: bytes, data: dict[str, Any]) -> dict[str, Any]:
    """The object with integers beyond 64 bits as integers; orjson makes floats of them."""
    try:
        exact = json.loads(line)
    except (ValueError, RecursionError):
        return data
    return exact if isinstance(exact, dict) else data


def _lenient(line: bytes) -> Parsed:
    """The object of a line that is not JSON, as far as it can be read."""
    found: list[str] = []
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = _BAD_BYTE.sub(_escaped, line.decode("utf-8", "surrogateescape"))
        found += [marks.BAD_UTF8, marks.mark(marks.NOT_JSON, "bad UTF-8")]
    try:
        data = json.loads(text, strict=False)
    except ValueError as error:
        return _broken(text, str(error), tuple(found))
    except RecursionError:
        return Parsed(None, (*found, marks.mark(marks.NOT_JSON, "nesting")), (), whole=False)
    if not isinstance(data, dict):
        return Parsed(None, tuple(found))
    if not found:
        found += [marks.mark(marks.NOT_JSON, detail) for detail in _readable_faults(text)]
    pairs = _pairs(text)
    repeated = _repeated(pairs)
    found += [marks.mark(marks.DUPLICATE_KEY, key) for key in repeated]
    return Parsed(data, tuple(found), pairs if repeated else ())


def _escaped(found: re.Match[str]) -> str:
    """A byte that is not UTF-8 as the text `\\xe9`, escaped once more because it stands in JSON."""
    return f"\\\\x{ord(found[0]) - 0xDC00:02x}"


def _readable_faults(text: str) -> list[str]:
    """Why orjson refused what the standard library reads."""
    bare = _STRING.sub('""', text)
    details = []
    if "NaN" in bare:
        details.append("NaN")
    if "Infinity" in bare:
        details.append("Infinity")
    if _LONE.search(text):
        details.append("lone surrogate")
    if any(char < " " and char not in "\t\r\n" for char in text) or _control_in_string(text):
        details.append("control character")
    return details or ["number"]


def _control_in_string(text: str) -> bool:
    return any("\t" in part or "\n" in part or "\r" in part for part in _STRING.findall(text))


def _broken(text: str, error: str, found: tuple[str, ...]) -> Parsed:
    """The readable part of a text no parser takes whole, and the reason."""
    if "integer string conversion" in error:
        return Parsed(_complete_pairs(text), (*found, marks.mark(marks.NOT_JSON, "number")), (), whole=False)
    try:
        first, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        first, end = None, 0
    if isinstance(first, dict):
        rest = text[end:].lstrip()
        reason = "two objects" if rest.startswith("{") else "syntax"
        return Parsed(first, (*found, marks.mark(marks.NOT_JSON, reason)), (), whole=False)
    return Parsed(_complete_pairs(text), (*found, marks.mark(marks.NOT_JSON, _reason(text))), (), whole=False)


def _reason(text: str) -> str:
    """What keeps `text` from being JSON, by what stands outside its strings."""
    bare = _STRING.sub('""', text)
    for reason, pattern in _FAULTS:
        if pattern.search(bare):
            return reason
    if '{""' in bare[bare.find("{") + 1 :] and re.search(r'[^:\s,\[]\s*\{""', bare[1:]):
        return "two objects"
    if bare.count("{") > bare.count("}") or bare.count('"') % 2:
        return "truncated"
    return "syntax"


def _complete_pairs(text: str) -> dict[str, Any] | None:
    """The top-level pairs that end before the fault: `{"a":1,"b":{"c` → {"a": 1}."""
    return _pairs_before(text)[0]


def _pairs_before(text: str) -> tuple[dict[str, Any] | None, int]:
    """(those pairs, where the comma behind the last of them stands)."""
    depth, commas = 0, []
    for token in _STRING_OR_STRUCTURE.finditer(text):
        char = token[0]
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
            if depth <= 0:
                break
        elif char == "," and depth == 1:
            commas.append(token.start())
    # What ends at a comma can be read up to the fault and nowhere behind it.
    readable = bisect_left(commas, True, key=lambda comma: _until(text, comma) is None)
    return (_until(text, commas[readable - 1]), commas[readable - 1]) if readable else (None, 0)


def _until(text: str, comma: int) -> dict[str, Any] | None:
    try:
        data = json.loads(text[:comma] + "}", strict=False)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def cut(head: bytes) -> Parsed:
    """The pairs at the beginning of a line too long to parse; of the last one, if it is a text, as much as there is."""
    text = head.decode("utf-8", "ignore")
    data, comma = _pairs_before(text)
    last = _cut_text(text[comma + 1 :])
    return Parsed({**(data or {}), **last} if last else data, (marks.LONG,), (), whole=True)


def _cut_text(text: str) -> dict[str, Any]:
    """The pair that `text` begins with, a key and a text without end; {} where it is no such pair."""
    if _OPEN_TEXT.match(text) is None:
        return {}
    # What is cut in the middle may be an escape, of six characters at most; two of them may be one character.
    for missing in range(12):
        try:
            found = json.loads("{" + text[: len(text) - missing] + '"}', strict=False)
        except ValueError:
            continue
        if all(value[-1:] < "\ud800" or value[-1:] > "\udfff" for value in found.values()):
            return dict(found)
    return {}
