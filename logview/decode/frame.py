"""Where records begin: for each line whether it starts a record or belongs to the one before, per stream.

A multiplexed file holds several streams (one per service, or stdout and stderr of one); each has a Track, so a
traceback finds its record whatever stands between. A line is judged by its own text and by what its stream is in the
middle of: a traceback waiting for its exception line, a brace waiting to be closed, a crash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from logview.decode.clean import strip_ansi

if TYPE_CHECKING:
    from collections.abc import Callable


class Frame(NamedTuple):
    """A run of one record's lines: a new record, or more of an earlier one.

    start   byte offset of the run in the source; size its bytes, line ends included
    of      == start: a new record begins here; else the start of the record this run continues
    lines   physical lines in the run; lineno 1-based number of the first
    """

    start: int
    size: int
    of: int
    lines: int
    lineno: int


class State(Enum):
    """What a stream is in the middle of."""

    OPEN = auto()
    """Nothing: the last record may be followed by anything."""
    TRACE = auto()
    """Frames of a traceback: an exception line must come."""
    CHAIN = auto()
    """Behind an exception line: notes, or the next traceback of a chain."""
    BLOCK = auto()
    """Inside a brace-balanced block."""
    CRASH = auto()
    """Inside Node's report of an uncaught error, which ends with its version."""
    FAULT = auto()
    """Inside a `--- Logging error ---` block."""


FREE = frozenset((State.OPEN, State.TRACE, State.CHAIN))
"""States in which a line with a time or level in front begins a record whatever went before."""


class Kind(Enum):
    """What the last record of a stream is, as far as joining lines to it goes."""

    NONE = auto()
    TEXT = auto()
    PYTHON_JSON = auto()
    """A JSON line that a Python traceback may follow (a format string typed as JSON)."""
    NODE_JSON = auto()


@dataclass(slots=True)
class Track:
    """One stream's place: the record being written, and what it is in the middle of."""

    start: int = -1
    """Offset of the current record; -1 before the first."""
    state: State = State.OPEN
    kind: Kind = Kind.NONE
    depth: int = 0
    lines: int = 0
    """Lines since the state began."""
    braced: bool = False
    """A line of the record ended with an opening bracket."""
    chained: bool = False
    """A chain's header line has come: the next traceback belongs to this record."""
    partial: bool = False
    """The last line goes on in the next one."""
    head: str = ""
    """The beginning of the first line of a text record; whether it tells an error is looked at when that matters."""


TRACEBACK = re.compile(r"\s*(?:Traceback \(most recent call last\)|\+ Exception Group Traceback)")
_CHAIN = ("The above exception was the direct cause", "During handling of the above exception")
_NOTES = (
    "[SQL: ",
    "[parameters: ",
    "(Background on this error at",
    "For further information visit",
    '"""',
    "future: <",
)
_CONTEXT = re.compile(
    r"(?:future|handle|task|protocol|transport|socket|asyncgen|connector|client_session): <|connections: \[|"
    r"(?:source|handle)_traceback: |[\w.]*\b_?RemoteTraceback: ?$"
)
"""What asyncio's and aiohttp's exception handlers put below their message, one key a line (`call_exception_handler`),
and the cause that `concurrent.futures` and `multiprocessing` print in front of a remote exception."""
_NODE_ERROR = re.compile(
    r"(?:[A-Z]\w*)?(?:Error|Exception)(?: \[\w+\])?: \S|"
    r"(?:[A-Za-z_$][\w$]*\.)+[A-Z][\w$]*(?:Error|Exception|Throwable)(?:: |$)"
)
"""The line above the frames of a stack: V8's, and with the class's whole name the JVM's and .NET's."""
_ERRORS = ("ERROR", "error", "FATAL", "fatal", "CRITICAL", "ERR", "FTL")
_ERRING = re.compile(rf".{{0,80}}?\b(?:{'|'.join(_ERRORS)})\b")
HEAD = 120
"""Characters of a text record's first line that are kept."""
_STACK_INFO = "Stack (most recent call last):"
_BOX = "╭│╰├"
_RICH_ROW = re.compile(r" {6,}(?:DEBUG   |INFO    |WARNING |ERROR   |CRITICAL|NOTSET  ) \S")
_CRASH_SITE = re.compile(r"(?:file://)?(?:/|[A-Za-z]:[\\/]|node:|internal/|\[eval\]|\[stdin\]|evalmachine)[^\s]*:\d+$")
_NODE_VERSION = re.compile(r"Node\.js v\d+")
_NODE_JSON = re.compile(rb'"level":\d|"hostname":"')
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_FAULT_END = ("Arguments: ", "--- End of logging error ---", "Use the traceback above to help find the error")
_DUMP = ("Current thread 0x", "Thread 0x", "Extension modules:", "Python runtime state:")


def bearing(raw: bytes) -> tuple[bytes, bool, bool]:
    """What of a record's first line, besides its shape, decides whether later lines belong to it.

    return  the bracket it ends with, whether Node wrote it as JSON, whether it tells an error
    """
    last = raw.rstrip()[-1:]
    return last if last in b"{[(" else b"", b'"hostname":"' in raw, _is_erring(raw[:HEAD].decode("ascii", "replace"))


def _is_erring(head: str) -> bool:
    """Whether a first line tells an error. The words alone are looked for first: that is a tenth of the time."""
    return any(word in head for word in _ERRORS) and _ERRING.match(head) is not None


def joins(text: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    """Whether a line belongs to the track's current record; moves the track on.

    text      the line without wrapper and line end
    is_start  whether a line has the shape of a record's first line: a time or level, a JSON object
    """
    visible = strip_ansi(text)
    if not visible.strip():
        return track.start >= 0
    belongs = _belongs(visible, track, is_start)
    if belongs:
        track.lines += 1
        if track.state is State.OPEN and visible.rstrip()[-1] in "{[(":
            track.braced = True
    return belongs


def begin(text: str, raw: bytes, track: Track, start: int) -> None:
    """Make the line the first of a new record at offset `start`."""
    track.start, track.lines, track.depth, track.chained = start, 0, 0, False
    track.state = State.OPEN
    visible = strip_ansi(text).rstrip()
    track.braced = visible.endswith(("{", "[", "("))
    if visible[:2] == '{"' and visible.endswith("}"):
        track.kind = Kind.NODE_JSON if _NODE_JSON.search(raw) else Kind.PYTHON_JSON
        track.braced = False
        return
    track.kind, track.head = Kind.TEXT, visible[:HEAD]
    stripped = visible.strip()
    if stripped in ("{", "[", "[{") and visible[:1] in "{[":
        track.state, track.depth, track.braced = State.BLOCK, len(stripped), False
    elif TRACEBACK.match(visible):
        track.state = State.TRACE
    elif visible.startswith("--- Logging error"):
        track.state = State.FAULT
    elif _CRASH_SITE.fullmatch(visible):
        track.state = State.CRASH


def _belongs(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    if track.start < 0:
        return False
    if track.state is State.BLOCK:
        return _in_block(visible, track, is_start)
    if track.state is State.CRASH:
        return _in_crash(visible, track, is_start)
    if track.state is State.FAULT:
        return _in_fault(visible, track, is_start)
    if visible[0] in " \t":
        return _indented(visible, track, is_start)
    if track.state is State.TRACE:
        return _in_trace(visible, track, is_start)
    if track.state is State.CHAIN and (visible.startswith((*_CHAIN, *_NOTES)) or visible[0] in _BOX):
        track.chained = track.chained or not visible.startswith(_NOTES[:4])
        return True
    return _flush_left(visible, track)


def _takes_traceback(track: Track) -> bool:
    return track.kind in (Kind.TEXT, Kind.PYTHON_JSON)


def _flush_left(visible: str, track: Track) -> bool:
    """A line at the left edge, nothing being open: does it continue all the same?"""
    first = visible[0]
    if first == "T" and TRACEBACK.match(visible):
        if not _takes_traceback(track) or (track.state is State.CHAIN and not track.chained):
            return False
        track.state, track.chained = State.TRACE, False
        return True
    if first in "}])" and track.braced:
        track.braced = visible.rstrip()[-1] in "{[("
        return True
    if first in _BOX and _takes_traceback(track):
        if "Traceback" in visible or track.state in (State.TRACE, State.CHAIN):
            track.state = State.TRACE
            return True
        return track.lines > 0
    if track.kind is not Kind.TEXT:
        return False
    if visible.startswith((*_CHAIN, *_DUMP, _STACK_INFO)):
        return True
    if _CONTEXT.match(visible) is not None:
        if visible.rstrip().endswith("RemoteTraceback:"):
            track.state, track.chained = State.CHAIN, True  # the remote traceback follows, in quotes
        return True
    # The stack of an error that a logger of Node or Java printed: its first line stands at the left edge.
    if first == "C" and track.lines > 0 and visible.startswith("Caused by: "):
        return True
    return track.lines == 0 and first.isalpha() and _NODE_ERROR.match(visible) is not None and _is_erring(track.head)


def _indented(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    if _RICH_ROW.match(visible):
        return False
    stripped = visible.lstrip()
    if stripped[:2] == '{"' and track.state is State.OPEN and is_start(stripped):
        return False
    if (
        stripped.startswith('File "')
        and '", line ' in stripped
        and track.state is State.OPEN
        and _takes_traceback(track)
    ):
        track.state = State.TRACE
        return True
    if track.state in (State.TRACE, State.CHAIN):
        if TRACEBACK.match(visible):
            track.state, track.chained = State.CHAIN, True  # an indented traceback ends with an indented exception line
        return True
    return track.kind is Kind.TEXT


def _in_trace(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    """At the left edge inside a traceback: the exception line, a box, or the next record that came too early."""
    if visible[0] in _BOX or visible.startswith(('> File "', '"""', *_CHAIN)) or _CONTEXT.match(visible) is not None:
        return True
    if TRACEBACK.match(visible):
        return True
    if is_start(visible):
        track.state = State.OPEN
        return False
    track.state, track.chained = State.CHAIN, False
    return True


def _in_block(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    first = visible[0]
    if first not in " \t":
        indented = track.lines > 0 and track.braced
        if first in "}]" and (indented or track.depth + _balance(visible) <= 0):
            track.state, track.braced = State.OPEN, visible.rstrip()[-1] in "{[("
            return True
        if first not in '}]"{[' or (first == "{" and is_start(visible)):
            track.state = State.OPEN
            return False
    elif track.lines == 0:
        track.braced = True  # members are indented: the block ends with a bracket at the left edge
    track.depth += _balance(visible)
    if track.depth <= 0:
        track.state = State.OPEN
    return True


def _balance(visible: str) -> int:
    bare = _STRINGS.sub("", visible)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")


def _in_crash(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    """Node prints the place, the source line, carets, the error, its stack and its version."""
    if track.lines == 1 and set(visible.strip()) != {"^"}:
        track.state = State.OPEN
        return _belongs(visible, track, is_start)
    if visible[0] not in " \t" and track.lines > 0 and is_start(visible) and visible[0] in "{[0123456789":
        track.state = State.OPEN
        return False
    if _NODE_VERSION.match(visible):
        track.state = State.OPEN
    return True


def _in_fault(visible: str, track: Track, is_start: Callable[[str], bool]) -> bool:
    if visible.startswith(_FAULT_END):
        track.state = State.OPEN
        return True
    if visible[0] not in " \t" and visible[0] in "{[0123456789" and is_start(visible):
        track.state = State.OPEN
        return False
    return True
