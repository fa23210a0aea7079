"""The head of a text line, read slot by slot: time, level, logger, process, thread, call site, then the message.

There is no list of layouts. A layout is whatever slots stand in front of the message, in any order, in brackets or
bare, parted by blanks, dashes, bars or colons; every slot is recognised by what it looks like. So
`%(asctime)s - %(name)s - %(levelname)s - %(message)s` and `[%(levelname)s] %(asctime)s %(name)s: %(message)s` and
those nobody has written yet are read by the same few rules. A line needs a time or a level to have a head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.decode import clock, levels
from logview.record import Level, Time

if TYPE_CHECKING:
    from logview.decode.clock import Near

SLOTS = 12
"""Slots a head may have."""

_UPPER = re.compile(
    r"(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARNING|WARN|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|ALERT|EMERG|EXCEPTION|"
    r"Level \d+)(?![\w.-])"
)
_LOWER = re.compile(
    r"(?i:trace|debug|verbose|info|notice|success|warning|warn|error|err|critical|crit|fatal|severe|alert|emerg|silly|dpanic|panic)"
    r"(?=\s*[\]|:)>]|\s{2,}|\t)"
)
_SEPARATOR = re.compile(
    r"(?P<before>[ \t]*)(?:(?P<mark>-{3}|[-–—|:,;/>»]|::)(?=[ \t\[(|]|$)|(?P<tight>[|;]|::?(?=[\w\[])|/(?=[A-Z])))?(?P<after>[ \t]*)"
)
_IDENT = r"[A-Za-z_][\w-]*"
_DOTTED = re.compile(rf"(?P<name>{_IDENT}(?:(?:\.|::(?=[a-z])){_IDENT})+)(?=$|[\s:|;\]>,]|\[\d)")
_PYTHON_DOTTED = re.compile(rf"(?P<name>{_IDENT}(?:\.{_IDENT})+)(?=$|[\s:|;\]>,])")
_COLUMN = re.compile(rf"(?P<name>{_IDENT}(?:\.{_IDENT})*) *(?P<mark>[-–—|;]|::?)")
_MODULE_FUNCTION = re.compile(r"(?P<module>[A-Za-z_]\w*) - (?P<function>[A-Za-z]\w*_\w+)(?=: )")
_LABELED = re.compile(r"(?P<what>pid|tid|thread|process|PID|TID)[=:](?P<value>\w+)(?=[\s,;|\]]|$)")
_NAME_FIRST = re.compile(rf"(?P<name>{_IDENT}(?:\.{_IDENT})*)(?P<mark> *[:|-] | {{2,}}|: *)")
_TORNADO = re.compile(r"(?P<level>[DIWECF]) (?=\d)")
_ID_KEY = r"(?:[A-Za-z]+[._-]?)*?(?:job|task|req|request|trace|span|correlation|corr|tenant|user|session|order|run|conn|client)(?:[._-]?[Ii][Dd])?"
_CONTEXT = re.compile(
    rf"(?P<words>(?:[A-Za-z_<][\w.<>-]* +){{0,2}})"
    rf"(?P<pairs>(?:{_ID_KEY}=[^\s:,;|]*(?::[^\s:,;|]+)*[ ,;]*)+)(?=: |:$| [-|] )"
)
_CONTEXT_PAIR = re.compile(r"([\w.-]+)=([^\s,;|]*?)(?=[\s,;|:]|$)")
_LETTERS = {"D": "debug", "I": "info", "W": "warning", "E": "error", "C": "critical", "F": "fatal"}
_NAME_PID = re.compile(rf"(?P<name>{_IDENT}(?:\.{_IDENT})*)\[(?P<pid>\d{{1,7}})\](?=[\s:])")
_THREAD = re.compile(
    r"(?:MainThread|MainProcess|Dummy-\d+|asyncio_\d+|AnyIO worker thread|uWSGI\w*|"
    r"(?:Thread|ThreadPoolExecutor|ForkPoolWorker|SpawnPoolWorker|PoolWorker|Process|SpawnProcess|ForkProcess|"
    r"QueueFeederThread|WorkerThread|waitress)-[\w:-]+)(?: \([^)]*\))?"
)
_NUMBER = re.compile(r"\d{1,20}(?![\w.:-])")
_SITE_FULL = re.compile(r"(?P<logger>[\w.$-]+):(?P<function><?[\w.<>$-]+>?):(?P<line>\d+)(?!\w)")
_SITE_FILE = re.compile(r"(?P<file>[\w./\\-]*\.(?:py|pyx|js|cjs|mjs|ts|tsx|go|rs|java|rb|php)):(?:(?P<function>[A-Za-z_<][\w.<>]*):)?(?P<line>\d+)(?:[:,]\d+)?(?!\w)(?: in (?P<inside>[\w<>.]+)(?:\(\))?)?")
_SITE_NAME = re.compile(r"(?P<dotted>[A-Za-z_][\w.]*(?:\.<?[\w]+>?)?|<module>):(?P<line>\d+)(?![\w.:])")
_CALL = re.compile(r"(?P<function>[A-Za-z_]\w*)\(\)(?=$|[\s:|\]-])")
_FUNCTION = re.compile(r"(?P<function>[A-Za-z]\w*_\w+|_\w+)(?=: )")
_IN_MODULE = re.compile(r"in (?P<name>[\w.]+): ")
_KNOWN = frozenset(
    ("root", "__main__", "uvicorn", "gunicorn", "celery", "django", "flask", "werkzeug", "asyncio", "urllib3", "requests",
     "sqlalchemy", "aiohttp", "httpx", "fastapi", "boto3", "botocore", "py", "app", "main", "kombu", "amqp", "paramiko")
)  # fmt: skip
# Words a message begins with in front of a colon; any other lower-case word there is the logger.
_SENTENCE = frozenset(
    ("failed", "failure", "error", "errors", "warning", "exception", "note", "info", "debug", "done", "ok", "result", "results",
     "status", "reason", "message", "response", "request", "usage", "hint", "cause", "caused", "got", "url", "path", "id", "ratio",
     "cost", "progress", "total", "summary", "config", "options", "args", "params", "expected", "received", "skipped", "retry",
     "retrying", "timeout", "missing", "invalid", "unknown", "todo", "stdout", "stderr", "output", "input", "version", "host", "port",
     "http", "https", "file", "step", "job", "task", "user", "payload", "data", "body", "headers", "query", "sql", "plan", "tick")
)  # fmt: skip
_NO_LOGGER = re.compile(r".*\.(?:py|js|ts|json|csv|txt|log|yml|yaml|toml|xml|html?|pdf|gz|zip|com|org|net|io|dev|local)", re.IGNORECASE)
_CLOSERS = {"[": "]", "(": ")", "<": ">", "{": "}"}


@dataclass(slots=True)
class Head:
    """What stood in front of the message."""

    time: Time | None = None
    level: Level | None = None
    level_written: str | None = None
    logger: str | None = None
    function: str | None = None
    file: str | None = None
    line: int | None = None
    pid: int | None = None
    thread: str | None = None
    label: str | None = None
    slots: int = 0
    message_at: int = 0
    bracketed_time: bool = False
    level_at: int = -1
    """Position of the level; -1 without one."""
    level_end: int = -1
    name_end: int = -1
    last_at: int = 0
    """Where the last slot began."""
    level_bracketed: bool = False
    final: bool = False
    """A colon has ended the head."""
    pairs: dict[str, str] = field(default_factory=dict)
    """`job=job-7f3a` and the like in front of the message."""
    marks: set[str] = field(default_factory=set)
    """The delimiters that parted slots so far."""


def read(text: str, near: Near) -> Head | None:
    """The head of a line (ANSI removed); None when it has neither a time nor a level where a head has one."""
    first = text[:1]
    if not (first.isalnum() or first in "[(<_ " or (first == "{" and text[1:2].isdigit())):
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
        at, stop = _separator(text, end, head)
        head.message_at = at
        if stop:
            break
    if head.time is None and (head.level_written is None or not _level_leads(text, head)):
        return None
    return head


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
        process = re.compile(r"[\w-]+").match(text, found.end())
        if process is None or end != head.level_end:
            return end, True
        head.thread = process[0]
        return _separator(text, process.end(), head)
    if mark is None:
        if "\t" in found[0]:
            head.marks.add("\t")
        return found.end(), False
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
        return _UPPER.match(text, at) is not None
    column = _COLUMN.match(text, at)
    return column is not None and head.logger is None and column["mark"] in (":", "::") and text[column.end() : column.end() + 1] != " "


def _slot(text: str, at: int, head: Head, near: Near) -> int | None:
    """The end of the slot at `at`, its value put into `head`; None when none stands there."""
    char = text[at]
    if char in _CLOSERS:
        return _bracketed(text, at, head, near)
    if char.isdigit():
        return _digits(text, at, head, near)
    if char == " ":
        return _padding(text, at, head)
    if not (char.isalpha() or char in "_/.\\"):
        return None
    return _word(text, at, head, near)


def _padding(text: str, at: int, head: Head) -> int | None:
    """Leading blanks are a slot of their own only in front of a level column (rich leaves a repeated time out)."""
    if at != 0:
        return None
    start = len(text) - len(text.lstrip(" "))
    found = _UPPER.match(text, start)
    if start < 6 or found is None or text[found.end() : found.end() + 1] not in ("", " "):
        return None
    return start


def _digits(text: str, at: int, head: Head, near: Near) -> int | None:
    if head.time is None:
        found = clock.scan(text, at, near)
        if found is not None:
            head.time = found[0]
            return found[1]
    number = _NUMBER.match(text, at)
    if number is None or head.slots == 0:
        return None
    # `pid thread message` (Django's verbose) or a pid in front of the level; a lone number begins a message.
    pair = re.compile(r"(\d{1,7}) (\d{9,20})(?= |$)").match(text, at)
    if pair is not None and head.pid is None:
        head.pid, head.thread = int(pair[1]), pair[2]
        return pair.end()
    behind = text[number.end() :]
    if head.pid is None and len(number[0]) <= 7 and _is_pid(behind, head):
        head.pid = int(number[0])
        return number.end()
    return None


def _is_pid(behind: str, head: Head) -> bool:
    """Whether a number is a pid: the level is still to come right behind it or its logger, or a delimiter follows."""
    if head.level_written is None:
        found = re.match(rf"[ \[|(-]*(?:{_IDENT}(?:\.{_IDENT})*[ \]|)-]+[\[(]?)?", behind)
        return _UPPER.match(behind, found.end() if found else 0) is not None or _UPPER.match(behind.lstrip(" [(|-")) is not None
    delimiter = re.match(r" *(-{3}|[-|]) ", behind)
    return delimiter is not None and (delimiter[1] == "---" or delimiter[1] in head.marks)


def _word(text: str, at: int, head: Head, near: Near) -> int | None:
    if head.time is None and (text[at] in "MTWFSJAOND"):
        found_time = clock.scan(text, at, near)
        if found_time is not None:
            head.time = found_time[0]
            return found_time[1]
    if head.level_written is None:
        level = _UPPER.match(text, at) or (_LOWER.match(text, at) if head.time is not None else None)
        if level is not None:
            head.level_written, head.level_at, head.level_end = level[0], at, level.end()
            head.level = levels.of_word(level[0])
            return level.end()
    else:
        inside = _IN_MODULE.match(text, at)
        if inside is not None and head.logger is None and head.time is not None:
            head.logger = inside["name"]
            return inside.end() - 2
    labeled = _LABELED.match(text, at) if head.slots else None
    if labeled is not None and head.pid is None and labeled["value"].isdecimal():
        if labeled["what"] in ("pid", "PID", "process"):
            head.pid = int(labeled["value"])
        return labeled.end()
    if head.level_written is not None and not head.pairs:
        context = _context(text, at, head)
        if context is not None:
            return context
    thread = _THREAD.match(text, at)
    if thread is not None and head.thread is None:
        head.thread = thread[0]
        return thread.end()
    site = _site(text, at, head)
    if site is not None:
        return site
    return _name(text, at, head)


def _context(text: str, at: int, head: Head) -> int | None:
    """`logger function job=job-7f3a`: ids as key=value right in front of the colon or dash that ends the head."""
    found = _CONTEXT.match(text, at)
    if found is None:
        return None
    words = found["words"].split()
    if len(words) > (head.logger is None) + (head.function is None):
        return None
    if words and head.logger is None:
        head.logger = words.pop(0)
    if words:
        head.function = words.pop(0)
    head.pairs = dict(_CONTEXT_PAIR.findall(found["pairs"]))
    return found.end()


def _site(text: str, at: int, head: Head) -> int | None:
    """A call site: `module:function:line`, `file.py:12`, `logger.function:12`, `function()`."""
    if head.line is None:
        found = _SITE_FILE.match(text, at)
        if found is not None:
            head.file, head.line = found["file"], int(found["line"])
            head.function = found["function"] or found["inside"] or head.function
            return found.end()
        found = _SITE_FULL.match(text, at)
        if found is not None:
            head.logger = head.logger or found["logger"]
            head.function, head.line = found["function"], int(found["line"])
            return found.end()
        found = _SITE_NAME.match(text, at)
        if found is not None and head.slots > 0 and not head.marks & {":", "::"}:
            owner, _, function = found["dotted"].rpartition(".")
            if owner and head.logger is None:
                # `name:line` and `name.function:line` look alike; packages have two names, so the third is a function.
                whole = "." not in owner and not owner.startswith("__")
                head.logger, head.function = (found["dotted"], None) if whole else (owner, function)
            elif owner:
                head.function = found["dotted"]
            elif head.logger is None and head.function is None and text[found.end() : found.end() + 1] in (" ", ":", "]"):
                head.function = function
            else:
                return None
            head.line = int(found["line"])
            return found.end()
    call = _CALL.match(text, at)
    if call is not None and head.function is None and head.slots > 0:
        head.function = call["function"]
        return call.end()
    return None


def _name(text: str, at: int, head: Head) -> int | None:
    """A logger, or behind one a function: dotted anywhere, a bare word only where a delimiter marks it as a column."""
    if head.slots == 0:
        return _name_first(text, at, head)
    with_pid = _NAME_PID.match(text, at)
    if with_pid is not None and head.logger is None and head.pid is None:
        head.logger, head.pid = with_pid["name"], int(with_pid["pid"])
        return with_pid.end()
    dotted = (_PYTHON_DOTTED if "::" in head.marks else _DOTTED).match(text, at)
    if dotted is not None and head.logger is None and not _NO_LOGGER.fullmatch(dotted["name"]):
        head.logger, head.name_end = dotted["name"], dotted.end()
        return dotted.end()
    pair = _MODULE_FUNCTION.match(text, at)
    if pair is not None and head.logger is None and head.function is None and head.level_written is not None:
        head.logger, head.function = pair["module"], pair["function"]
        return pair.end()
    column = _COLUMN.match(text, at)
    if column is not None and _is_column(text, column, head):
        if head.logger is None:
            head.logger, head.name_end = column["name"], at + len(column["name"])
        else:
            head.function = column["name"]
        return at + len(column["name"])
    if head.logger is None:
        word = re.compile(rf"({_IDENT})(?=\s|:\s|$)").match(text, at)
        if word is not None and _is_logger(text, word, head):
            head.logger, head.name_end = word[1], word.end()
            return word.end()
    elif head.function is None and head.slots >= 3 and text[head.last_at] in "[(":
        function = _FUNCTION.match(text, at)
        if function is not None:
            head.function = function["function"]
            return function.end()
    return None


def _name_first(text: str, at: int, head: Head) -> int | None:
    """A logger in front of everything needs the level right behind it and a delimiter, a dot or a name everyone knows."""
    found = _NAME_FIRST.match(text, at) or re.compile(rf"(?P<name>{_IDENT}(?:\.{_IDENT})*) (?P<mark>)").match(text, at)
    if found is None or levels.of_word(found["name"]) is not None or found["name"] in _LETTERS:
        return None
    behind = text[found.end() :].lstrip("[( ")
    if not _UPPER.match(behind) and clock.scan(behind) is None:
        return None
    name = found["name"]
    if not found["mark"] and "." not in name and name not in _KNOWN:
        return None
    if not _UPPER.match(behind) and "." not in name:
        return None
    head.logger, head.name_end = name, at + len(name)
    return head.name_end


def _is_column(text: str, column: re.Match[str], head: Head) -> bool:
    """Whether a word in front of a delimiter is a column and not the first word of a message that holds one.

    The delimiter must have parted slots before. In front of the level a word can only be a column; behind it a bare
    word is one when known, and as a function when it looks like one or columns touch (`|solve|`).
    """
    mark, name = column["mark"], column["name"]
    if mark not in head.marks or _ends_line(text, column.end()):
        return False
    tight = text[column.end() - len(mark) - 1 : column.end() + 1].strip() == text[column.end() - len(mark) - 1 : column.end() + 1]
    if mark in (":", "::") and not tight:
        return False
    if head.logger is None:
        return head.level_written is None or tight or name in _KNOWN
    return head.function is None and (tight or "_" in name) and mark not in (":", "::")


def _is_logger(text: str, word: re.Match[str], head: Head) -> bool:
    """Whether a bare word is a logger: a known one, one in front of the level, or `name: ` behind a bracketed level."""
    behind = text[word.end() : word.end() + 1]
    if word[1] in _KNOWN:
        return behind == ":" or head.level_written is None or word[1] in ("root", "__main__")
    if head.level_written is not None and (head.level_bracketed or head.time is not None) and behind == ":":
        return word[1].lower() not in _SENTENCE and text[word.end() : word.end() + 2] in (": ", ":") and word[1].islower()
    if head.level_written is None and head.time is not None:
        rest = text[word.end() :].lstrip(" :")
        level = _UPPER.match(rest)
        return level is not None or bool(re.match(r"\[\w+ *\]", rest) and _level_in(rest[1 : rest.find("]")]))
    # `LEVEL time module pid thread message`: a number pair behind it makes it a column.
    return bool(re.match(r" \d{1,7} \d{9,20}(?: |$)", text[word.end() :]))


def _level_in(text: str) -> bool:
    return levels.of_word(text.strip()) is not None


def _ends_line(text: str, at: int) -> bool:
    """Whether only a literal stands behind the separator: then the word is the message and that its extras."""
    rest = text[at:].lstrip(" |-")
    return not rest or (rest[0] == "{" and rest.endswith("}"))


def _bracketed(text: str, at: int, head: Head, near: Near) -> int | None:
    close = text.find(_CLOSERS[text[at]], at + 1, at + 100)
    if close < 0:
        return None
    inner = text[at + 1 : close].strip()
    end = close + 1
    if not inner or inner == "-":
        return end if head.slots else None
    if text[at] == "{" and not inner[:1].isdigit():
        return None
    if head.time is None:
        found = clock.scan(inner, 0, near)
        if found is not None:
            return _time_bracket(inner, found, head, end)
    if head.level_written is None:
        if len(inner) == 1 and inner in _LETTERS and head.time is not None:
            head.level_written, head.level, head.level_at = inner, levels.of_word(_LETTERS[inner]), at
            head.level_bracketed = True
            return end
        tornado = _TORNADO.match(inner)
        if tornado is not None and head.time is None:
            return _tornado(inner, tornado, head, end)
        if levels.of_word(inner) is not None:
            head.level_written, head.level, head.level_at = inner, levels.of_word(inner), at
            head.level_bracketed = True
            return end
        level, _, process = inner.partition("/")
        if process and levels.of_word(level) is not None:
            head.level_written, head.level, head.level_at = level, levels.of_word(level), at
            head.level_bracketed, head.thread = True, process
            return end
    return end if _bracket_slot(text, at, inner, end, head) else None


def _tornado(inner: str, found: re.Match[str], head: Head, end: int) -> int | None:
    """`[I 2026-11-23 08:54:07.410 ServerApp]`, tornado's `[W 261123 08:54:07 solve:17]`."""
    short = re.sub(r"^(\d\d)(\d\d)(\d\d) ", r"20\1-\2-\3 ", inner[found.end() :])
    time = clock.scan(short)
    if time is None:
        return None
    head.time, head.bracketed_time = time[0], True
    head.level_written, head.level_bracketed, head.level_at = found["level"], True, 1
    head.level = levels.of_word(_LETTERS[found["level"]])
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
            head.logger = name or head.logger
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
    if _THREAD.fullmatch(inner):
        head.thread = head.thread or inner
        return True
    if head.slots == 0 and text[at] != "[":
        return False
    probe = Head(slots=1, logger=head.logger, function=head.function)
    site = _site(inner, 0, probe)
    if site == len(inner) and head.line is None:
        head.logger, head.function, head.file, head.line = probe.logger, probe.function, probe.file, probe.line
        return True
    if head.logger is None and _DOTTED.fullmatch(inner) and head.slots > 0:
        head.logger = inner
        return True
    if re.fullmatch(r"[\w.:@ /-]{1,60}", inner) and (head.time is None or head.level_written is None):
        rest = text[end:]
        if _head_goes_on(rest, head):
            head.label = inner
            return True
    elif head.logger is None and head.time is not None and _names(inner):
        # `LEVEL [name] message` and a message that begins with a tag look alike: only a known name, or a column more.
        if inner in _KNOWN or re.match(r" ?\[[^\]]*:\d+\]", text[end:]):
            head.logger = inner
            return True
    return False


def _names(inner: str) -> bool:
    return re.fullmatch(rf"{_IDENT}(?:\.{_IDENT})*", inner) is not None


def _head_goes_on(rest: str, head: Head) -> bool:
    """Whether the missing time or level stands right behind."""
    rest = rest.lstrip(" -|:")
    if head.level_written is None:
        word = rest[1:] if rest[:1] == "[" else rest
        if _UPPER.match(word) or _LOWER.match(word):
            return True
    return head.time is None and clock.scan(rest.lstrip("[")) is not None
