"""The head of a text line, read slot by slot: time, level, logger, process, thread, call site, then the message.

There is no list of layouts. A layout is whatever slots stand in front of the message, in any order, in brackets or
bare, parted by blanks, dashes, bars or colons; every slot is recognised by what it looks like (slots.py). So
`%(asctime)s - %(name)s - %(levelname)s - %(message)s` and `[%(levelname)s] %(asctime)s %(name)s: %(message)s` and
those nobody has written yet are read by the same few rules. A line needs a time or a level to have a head.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logview.decode import clock, levels, slots
from logview.decode.slots import COLUMN, DOTTED, IDENT, LETTERS, LOWER, THREAD, UPPER, Head

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.record import Time

SLOTS = 12
"""Slots a head may have."""

_SEPARATOR = re.compile(
    r"[ \t]*(?:(?P<mark>-{2,3}|[-–—|:,;/>»]|::)(?=[ \t\[(|]|$)|(?P<tight>[|;]|::?(?=[\w\[])|/(?=[A-Z])|,(?=[\w\[])))?"
    r"[ \t]*"
)
_PROCESS = re.compile(r"[\w-]+")
_BRACED = re.compile(r"[\w./-]+\.py:\d+|[A-Za-z_]\w*(?:\.\w+)+")
"""Airflow's `{file.py:12}`, and a logger in braces."""
_TORNADO = re.compile(r"(?P<level>[DIWECF]) (?=\d)")
_CLOSERS = {"[": "]", "(": ")", "<": ">", "{": "}"}


_LEVELS = (
    r"(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARNING|WARNI?|ERROR|ERR|CRITICAL|CRITI?|FATAL|SEVERE|ALERT|EMERG|"
    r"EXCEPTION|Level)"
)
_DAY_OR_MONTH = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MAY_BEGIN = re.compile(
    rf"[\[(<{{\d ]|{_LEVELS}\b|[DIWECF] \d|{_DAY_OR_MONTH}[a-z]*,? |"
    rf"[A-Za-z_][\w.-]* *(?:[:|-] *)?[\[(]?(?:{_LEVELS}\b|\d{{4}}[-/]|\d\d:\d\d|\d{{10}})"
)
"""What a head can begin with: one match turns most plain lines away."""


def read(text: str, near: Near) -> Head | None:
    """The head of a line (ANSI removed); None when it has neither a time nor a level where a head has one."""
    if _MAY_BEGIN.match(text) is None or (text[0] == "{" and not text[1:2].isdigit()):
        return None
    head = Head()
    at = 0
    while head.slots < SLOTS and at < len(text):
        end = _slot(text, at, head, near)
        if end is None:
            break
        if text[at] == " ":
            at = end
            continue
        head.slots += 1
        head.last_at = at
        if head.time is None and head.level_written is not None:
            head.level_first = True
        at, stop = _separator(text, end, head)
        head.message_at = at
        if stop:
            break
    if head.time is None and (head.level_written is None or not _level_leads(text, head)):
        return None
    return head


def layout_of(head: Head) -> str:
    """`[T] [L]`, `L T`, `T-L`: time and level in their order with their brackets and the delimiter of the columns.

    Only what every line of a formatter has: a logger or job id may be missing from one.
    """
    time = ("[T]" if head.bracketed_time else "T") if head.time is not None else ""
    level = ("[L]" if head.level_bracketed else "L") if head.level_written is not None else ""
    parts = (level, time) if head.level_first else (time, level)
    delimiter = next((mark for mark in "|;\t—-" if mark in head.marks), " ")
    return delimiter.join(part for part in parts if part)


def _level_leads(text: str, head: Head) -> bool:
    """Whether a level without a time stands as a layout writes it, not as the first word of a sentence."""
    if head.level_bracketed or head.slots > 1:
        return True
    written = head.level_written or ""
    return written.isupper() and (head.level_at == 0 or not text[: head.level_at].strip())


def _separator(text: str, end: int, head: Head) -> tuple[int, bool]:
    """(where the next slot or the message starts, whether the head ends here)."""
    found = _SEPARATOR.match(text, end)
    if found is None or found.end() == end:
        if text[end : end + 1] == ":" and end in (head.level_end, head.name_end) and head.marks & {":", "::"}:
            return end + 2 if text[end : end + 2] == "::" else end + 1, True
        # Slots may touch when the next one is bracketed: `[INFO][app]`, `name[123]`.
        return end, text[end : end + 1] not in "[("
    mark = found["mark"] or found["tight"]
    if found["tight"] == "/":
        # `WARNING/MainProcess`, celery's way.
        process = _PROCESS.match(text, found.end())
        if process is None or end != head.level_end:
            return end, True
        head.thread = process[0]
        return _separator(text, process.end(), head)
    if mark is None:
        if "\t" in found[0]:
            head.marks.add("\t")
        return found.end(), False
    if found["tight"] == "," and "," not in head.marks and UPPER.match(text, found.end()) is None:
        return end, True
    if found["tight"] in (":", "::") and not _tight_goes_on(text, found.end(), head):
        return (found.end(), True) if end in (head.level_end, head.name_end) else (end, True)
    head.marks.add(mark)
    if mark == "/":
        return end, True
    if mark == ":" and found["tight"] is None and head.level_written is not None:
        # A colon behind the level or logger ends the head, unless the time is still to come.
        head.final = head.time is not None or clock.scan(text, found.end()) is None
    return found.end(), head.final


def _tight_goes_on(text: str, at: int, head: Head) -> bool:
    """Whether a slot stands behind a colon without blanks: `time:LEVEL:name:message`."""
    if head.level_written is None:
        return UPPER.match(text, at) is not None
    column = COLUMN.match(text, at)
    return (
        column is not None
        and head.logger is None
        and column["mark"] in (":", "::")
        and text[column.end() : column.end() + 1] != " "
    )


def _slot(text: str, at: int, head: Head, near: Near) -> int | None:
    """The end of the slot at `at`, its value put into `head`; None when none stands there."""
    char = text[at]
    if char in _CLOSERS:
        return _bracketed(text, at, head, near)
    if char.isdigit():
        return slots.digits(text, at, head, near)
    if char == " ":
        return _padding(text, at)
    if not (char.isalpha() or char in "_/.\\"):
        return None
    return slots.word(text, at, head, near)


def _padding(text: str, at: int) -> int | None:
    """Leading blanks are a slot of their own only in front of a level column (rich leaves a repeated time out)."""
    if at != 0:
        return None
    start = len(text) - len(text.lstrip(" "))
    found = UPPER.match(text, start)
    if start < 6 or found is None or text[found.end() : found.end() + 1] not in ("", " "):
        return None
    return start


def _bracketed(text: str, at: int, head: Head, near: Near) -> int | None:
    close = text.find(_CLOSERS[text[at]], at + 1, at + 100)
    if close < 0:
        return None
    inner = text[at + 1 : close].strip()
    end = close + 1
    if not inner or inner == "-":
        return end if head.slots else None
    if text[at : at + 2] == "{{" and text[close : close + 2] == "}}":
        inner, end = inner[1:].strip(), close + 2
    if text[at] == "{" and not inner[:1].isdigit() and not _BRACED.fullmatch(inner):
        return None
    if text[at] == "<" and head.logger is not None and head.function is None and inner in ("module", "lambda"):
        head.function = text[at:end]
        return end
    if head.time is None:
        found = clock.scan(inner, 0, near)
        if found is not None:
            return _time_bracket(inner, found, head, end)
    if head.level_written is None:
        if len(inner) == 1 and inner in LETTERS and (head.time is not None or (at == 0 and text[end : end + 1] == " ")):
            head.level_written, head.level, head.level_at = inner, levels.of_word(LETTERS[inner]), at
            head.level_bracketed = True
            return end
        tornado = _TORNADO.match(inner)
        if tornado is not None and head.time is None:
            return _tornado(inner, tornado, head, end)
        if levels.of_word(inner) is not None:
            head.level_written, head.level, head.level_at = inner, levels.of_word(inner), at
            head.level_bracketed = True
            return end
        if ":" in inner and _named_level(inner, at, head):
            return end
        level, _, process = inner.partition("/")
        if process and levels.of_word(level) is not None:
            head.level_written, head.level, head.level_at = level, levels.of_word(level), at
            head.level_bracketed, head.thread = True, process
            return end
    return end if _bracket_slot(text, at, inner, end, head) else None


def _named_level(inner: str, at: int, head: Head) -> bool:
    """`[name:LEVEL]` and `[LEVEL:name]`."""
    for level, name in (inner.rpartition(":")[::-2], inner.partition(":")[::2]):
        if UPPER.fullmatch(level) and _names(name) and head.logger is None:
            head.level_written, head.level, head.level_at = level, levels.of_word(level), at
            head.level_bracketed, head.logger = True, name
            return True
    return False


def _tornado(inner: str, found: re.Match[str], head: Head, end: int) -> int | None:
    """`[I 2026-11-23 08:54:07.410 ServerApp]`, tornado's `[W 261123 08:54:07 solve:17]`."""
    short = re.sub(r"^(\d\d)(\d\d)(\d\d) ", r"20\1-\2-\3 ", inner[found.end() :])
    time = clock.scan(short)
    if time is None:
        return None
    head.time, head.bracketed_time = time[0], True
    head.level_written, head.level_bracketed, head.level_at = found["level"], True, 1
    head.level = levels.of_word(LETTERS[found["level"]])
    rest = short[time[1] :].strip()
    name, _, line = rest.partition(":")
    head.logger = name or None
    head.line = int(line) if line.isdecimal() else None
    return end


def _time_bracket(inner: str, found: tuple[Time, int], head: Head, end: int) -> int | None:
    """`[time]`, celery's `[time: LEVEL/Process]`, `[time LEVEL]`, `[time LEVEL name]`."""
    rest = inner[found[1] :].lstrip(" :,-|")
    if rest:
        level, _, process = rest.partition("/")
        word, _, name = level.partition(" ")
        if levels.of_word(word) is None:
            if not re.fullmatch(r"[\w./-]+", rest):
                return None
            head.label = rest
        else:
            head.level_written, head.level, head.level_at = word, levels.of_word(word), 0
            head.level_bracketed = True
            head.thread = process or head.thread
            head.logger = name.strip() or head.logger
    head.time, head.bracketed_time = found[0], True
    return end


def _bracket_slot(text: str, at: int, inner: str, end: int, head: Head) -> bool:
    """Pid, thread, call site or name in brackets; anything else only where time or level are still to come."""
    if inner.isdecimal():
        if len(inner) <= 7 and head.pid is None:
            head.pid = int(inner)
            return True
        return len(inner) > 7 and head.slots > 0
    pid, _, thread = inner.partition(":")
    if thread and pid.isdecimal() and len(pid) <= 7 and head.pid is None and not thread.isdecimal():
        head.pid, head.thread = int(pid), thread
        return True
    if "---" in head.marks and head.thread is None and text[at - 4 : at] == "--- " and text[end : end + 2] == " [":
        return True  # Spring Boot's application in front of the thread
    if THREAD.fullmatch(inner) or inner == "main":
        head.thread = head.thread or inner
        return True
    if head.slots == 0 and text[at] != "[":
        return False
    probe = Head(slots=1, logger=head.logger, function=head.function)
    end_of_site = slots.site(inner, 0, probe)
    if end_of_site == len(inner) and head.line is None:
        head.logger, head.function, head.file, head.line = probe.logger, probe.function, probe.file, probe.line
        return True
    if head.logger is None and DOTTED.fullmatch(inner) and head.slots > 0:
        head.logger = inner
        return True
    if re.fullmatch(r"[\w.:@ /-]{1,60}", inner) and (head.time is None or head.level_written is None):
        goes_on = _head_goes_on(text[end:], head)
        head.label = inner if goes_on else head.label
        return goes_on
    if head.logger is None and head.time is not None and _names(inner):
        # `LEVEL [name] message` and a message that begins with a tag look alike: only a known name, or a column more.
        # Home Assistant's `LEVEL (thread) [name]` has its thread in parentheses right before.
        behind_thread = head.thread is not None and text[head.last_at] == "("
        named = behind_thread or inner in slots.KNOWN or re.match(r" ?\[[^\]]*:\d+\]", text[end:]) is not None
        head.logger = inner if named else None
        return named
    return False


def _names(inner: str) -> bool:
    return re.fullmatch(rf"{IDENT}(?:\.{IDENT})*", inner) is not None


def _head_goes_on(rest: str, head: Head) -> bool:
    """Whether the missing time or level stands right behind."""
    rest = rest.lstrip(" -|:")
    if head.level_written is None:
        word = rest[1:] if rest[:1] == "[" else rest
        if UPPER.match(word) or LOWER.match(word):
            return True
    return head.time is None and clock.scan(rest.lstrip("[")) is not None
