"""The slots of a text line's head that stand bare: time, level, process, thread, call site, logger, ids.

Each function looks at one position, puts what it recognises into the Head and says where it ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.decode import clock, levels

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.record import Level, Time

UPPER = re.compile(
    r"(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARNING|WARNI|WARN|ERROR|ERR|CRITICAL|CRITI|CRIT|FATAL|SEVERE|ALERT|EMERG|"
    r"EXCEPTION|Level \d+)(?![\w.-])"
)
LOWER = re.compile(
    r"(?i:trace|debug|verbose|info|notice|success|warning|warn|error|err|critical|crit|fatal|severe|alert|emerg|silly|dpanic|panic)"
    r"(?=\s*[\]|:)>]|\s{2,}|\t)"
)
IDENT = r"[A-Za-z_][\w-]*"
DOTTED = re.compile(rf"(?P<name>{IDENT}(?:(?:\.|::(?=[a-z])){IDENT})+)(?=$|[\s:|;\]>,]|\[\d{{1,7}}\])")
_PYTHON_DOTTED = re.compile(rf"(?P<name>{IDENT}(?:\.{IDENT})+)(?=$|[\s:|;\]>,])")
COLUMN = re.compile(rf"(?P<name>{IDENT}(?:\.{IDENT})*) *(?P<mark>(?:-{{2,3}}|[-–—])(?=[ \t\[(|]|$)|[|;,]|::?)")
_TABBED = re.compile(r"(?P<name>[A-Za-z_<][\w.<>-]*)(?=\t[^{])")
_PADDED = re.compile(rf"(?P<name>{IDENT}) {{2,}}(?=\S+ +\S)")
_LAYOUTS = re.compile(r" (?:\[(?:-|req-[^\]]*)\]|-) ")
_TASK = re.compile(
    rf"(?P<name>{IDENT}(?:\.{IDENT})*)\[(?P<task>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\](?=: )"
)
"""celery's `get_task_logger`: the task's name and id where others have the logger."""
_MODULE_FUNCTION = re.compile(r"(?P<module>[A-Za-z_]\w*) - (?P<function>[A-Za-z]\w*_\w+)(?=: )")
_LABELED = re.compile(r"(?P<what>pid|tid|thread|process|PID|TID)[=:](?P<value>\w+)(?=[\s,;|\]]|$)")
_NAME_FIRST = re.compile(rf"(?P<name>{IDENT}(?:\.{IDENT})*)(?P<mark> *[:|-] | {{2,}}|: *)")
_NAME_BLANK = re.compile(rf"(?P<name>{IDENT}(?:\.{IDENT})*) (?P<mark>)")
_WORD = re.compile(rf"({IDENT})(?=\s|:\s|$)")
_PID_THREAD = re.compile(r"(\d{1,7}) (\d{9,20})(?= |$)")
_ID_KEY = (
    r"[\w.-]{0,24}?(?:job|task|req|request|trace|span|correlation|corr|tenant|user|session|order|run|conn|client)"
    r"(?:[._-]?[Ii][Dd])?"
)
_CONTEXT = re.compile(
    rf"(?P<words>(?:[A-Za-z_<][\w.<>-]* +){{0,2}})"
    rf"(?P<pairs>(?:{_ID_KEY}=[^\s:,;|]*(?::[^\s:,;|]+)*[ ,;]*)+)(?=: |:$| [-|] )"
)
CONTEXT_PAIR = re.compile(r"([\w.-]+)=([^\s,;|]*?)(?=[\s,;|:]|$)")
LETTER = re.compile(r"[DIWECF](?= [^\s=:-])(?! (?:am|was|will|have|had|can|could|would|do|did|think|guess|got) )")
"""`%(levelname).1s` behind a time, and no sentence of the first person."""
DASHES = frozenset({"-", "--", "---", "–", "—"})
LETTERS = {"D": "debug", "I": "info", "W": "warning", "E": "error", "C": "critical", "F": "fatal"}
_NAME_PID = re.compile(rf"(?P<name>{IDENT}(?:\.{IDENT})*)\[(?P<pid>\d{{1,7}})\](?=[\s:])")
THREAD = re.compile(
    r"(?:MainThread|MainProcess|Dummy-\d+|asyncio_\d+|AnyIO worker thread|uWSGI\w*|"
    r"(?:Thread|ThreadPoolExecutor|ForkPoolWorker|SpawnPoolWorker|PoolWorker|Process|SpawnProcess|ForkProcess|"
    r"QueueFeederThread|WorkerThread|waitress)-[\w:-]+|pool-\d+-thread-\d+|[\w-]+-exec-\d+|main(?=\]))"
    r"(?: \([^)]*\)|\(\d{1,7}\))?"
)
_LOG4JS = re.compile(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\] \[[A-Z]+\] (?P<name>[\w./@-]+) - (?=\S)")
"""log4js' basic layout, told by its time (a T, milliseconds, no zone): a category always stands in front."""
_NUMBER = re.compile(r"\d{1,20}(?![\w.:-])")
_SITE_FULL = re.compile(r"(?P<logger>[\w.$-]+):(?P<function><?[\w.<>$-]+>?):(?P<line>\d+)(?!\w)")
_SITE_FILE = re.compile(
    r"(?P<file>[\w./\\-]*\.(?:py|pyx|js|cjs|mjs|ts|tsx|go|rs|java|rb|php)):(?:(?P<function>[A-Za-z_<][\w.<>]*):)?"
    r"(?P<line>\d+)(?:[:,]\d+)?(?!\w)(?: in (?P<inside>[\w<>.]+)(?:\(\))?)?"
)
_SITE_NAME = re.compile(r"(?P<dotted>[A-Za-z_][\w.]*(?:\.<?[\w]+>?)?|<module>):(?P<line>\d+)(?![\w.:])")
_PAIR = re.compile(r" *[\w.]+=")
PLACED = re.compile(r"\S*=|\S.* {2,}[\w./<>-]+:\d+$")
"""What follows an event that structlog or rich pad: pairs, or the place at the right edge."""
_FILE_NAME = re.compile(r"[\w-]+\.(?:py|pyx|js|cjs|mjs|ts|tsx)")
_CALL = re.compile(r"(?P<function>[A-Za-z_]\w*)\(\)(?=$|[\s:|\]-])")
_FUNCTION = re.compile(r"(?P<function>[A-Za-z]\w*_\w+|_\w+)(?=: )")
_IN_MODULE = re.compile(r"in (?P<name>[\w.]+): ")
KNOWN = frozenset(
    (
     "root", "__main__", "uvicorn", "gunicorn", "celery", "django", "flask", "werkzeug", "asyncio", "urllib3",
     "requests", "sqlalchemy", "aiohttp", "httpx", "fastapi", "boto3", "botocore", "py", "app", "main", "kombu",
     "amqp", "paramiko",
    )
)  # fmt: skip
"""Loggers without a dot that everyone knows."""
_NO_WORDS = KNOWN - {"py", "app", "main", "requests", "django", "flask", "celery"}
"""Those no sentence is likely to begin with."""

# Words a message begins with in front of a colon; any other lower-case word there is the logger.
_SENTENCE = frozenset(
    (
     "failed", "failure", "error", "errors", "warning", "exception", "note", "info", "debug", "done", "ok", "result",
     "results", "status", "reason", "message", "response", "request", "usage", "hint", "cause", "caused", "got",
     "url", "path", "id", "ratio", "cost", "progress", "total", "summary", "config", "options", "args", "params",
     "expected", "received", "skipped", "retry", "retrying", "timeout", "missing", "invalid", "unknown", "todo",
     "stdout", "stderr", "output", "input", "version", "host", "port", "http", "https", "file", "step", "job",
     "task", "user", "payload", "data", "body", "headers", "query", "sql", "plan", "tick",
    )
)  # fmt: skip
_NO_LOGGER = re.compile(
    r".*\.(?:py|js|ts|json|csv|txt|log|yml|yaml|toml|xml|html?|pdf|gz|zip|com|org|net|io|dev|local)", re.IGNORECASE
)


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
    level_first: bool = False
    """The level stood in front of the time."""
    final: bool = False
    """A colon has ended the head."""
    padded: bool = False
    """Blanks behind the logger tell it from the message."""
    pairs: dict[str, str] = field(default_factory=dict)
    """`job=job-7f3a` and the like in front of the message."""
    marks: set[str] = field(default_factory=set)
    """The delimiters that parted slots so far."""


def digits(text: str, at: int, head: Head, near: Near) -> int | None:
    if head.time is None:
        found = clock.scan(text, at, near)
        if found is not None:
            head.time = found[0]
            return found[1]
    number = _NUMBER.match(text, at)
    if number is None or head.slots == 0:
        return None
    # `pid thread message` (Django's verbose) or a pid in front of the level; a lone number begins a message.
    if head.line is None and head.function is not None and text[number.end() : number.end() + 1] in ("\t", "|"):
        head.line = int(number[0]) if len(number[0]) <= 7 else None
        return number.end()
    pair = _PID_THREAD.match(text, at)
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
        found = re.match(rf"[ \[|(-]*(?:{IDENT}(?:\.{IDENT})*[ \]|)-]+[\[(]?)?", behind)
        return (
            UPPER.match(behind, found.end() if found else 0) is not None
            or UPPER.match(behind.lstrip(" [(|-")) is not None
        )
    delimiter = re.match(r" *(-{3}|[-|])(?: |(?<=\|)\S)", behind)
    return delimiter is not None and (delimiter[1] == "---" or delimiter[1] in head.marks)


def word(text: str, at: int, head: Head, near: Near) -> int | None:
    if head.time is None and (text[at] in "MTWFSJAOND"):
        found_time = clock.scan(text, at, near)
        if found_time is not None:
            head.time = found_time[0]
            return found_time[1]
    if head.level_written is None:
        level = UPPER.match(text, at) or (LOWER.match(text, at) if head.time is not None else None)
        if level is not None:
            head.level_written, head.level_at, head.level_end = level[0], at, level.end()
            head.level = levels.of_word(level[0])
            return level.end()
        letter = LETTER.match(text, at)
        if letter is not None and (head.time is not None or clock.scan(text, at + 2) is not None):
            head.level_written, head.level_at, head.level_end = letter[0], at, at + 1
            head.level = levels.of_word(LETTERS[letter[0]])
            return at + 1
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
    if head.level_written is not None and not head.pairs and "=" in text:
        context = _context(text, at, head)
        if context is not None:
            return context
    thread = THREAD.match(text, at)
    if thread is not None and (
        head.thread is None or (head.thread.startswith("MainProcess") and thread[0] != head.thread)
    ):
        head.thread = thread[0]
        if head.pid is None and thread[0][-1] == ")" and " (" not in thread[0]:  # `MainProcess(4711)`
            head.pid = int(thread[0].rpartition("(")[2][:-1])
        return thread.end()
    found = site(text, at, head)
    if found is not None:
        return found
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
    head.pairs = dict(CONTEXT_PAIR.findall(found["pairs"]))
    return found.end()


def site(text: str, at: int, head: Head) -> int | None:
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
            head.line = int(found["line"])
            if _FILE_NAME.fullmatch(found["function"]):  # pytest's `%(name)s:%(filename)s:%(lineno)d`
                head.file = found["function"]
            else:
                head.function = found["function"]
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
            elif head.function is None and _ends_site(text, found, head):
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


def _ends_site(text: str, found: re.Match[str], head: Head) -> bool:
    """Whether `function:line` is a call site; behind a logger `word:12` could begin the message."""
    behind = text[found.end() : found.end() + 1]
    if head.logger is None or "_" in found["dotted"] or "<" in found["dotted"]:
        return behind in (" ", ":", "]")
    return behind in (":", "]") or text[found.end() : found.end() + 3] in (" - ", " | ")


def _name(text: str, at: int, head: Head) -> int | None:
    """A logger, or behind one a function: dotted anywhere, a bare word only where a delimiter marks it as a column."""
    if head.slots == 0:
        return _name_first(text, at, head)
    with_pid = _NAME_PID.match(text, at)
    if with_pid is not None and head.logger is None and head.pid is None:
        head.logger, head.pid = with_pid["name"], int(with_pid["pid"])
        return with_pid.end()
    task = _TASK.match(text, at) if "-" in text and head.logger is None and head.level_written is not None else None
    if task is not None:
        head.logger, head.name_end, head.pairs = task["name"], task.end(), {"task_id": task["task"]}
        return task.end()
    if "\t" in head.marks:
        tabbed = _TABBED.match(text, at)
        if tabbed is not None and (head.logger is None or head.function is None):
            if head.logger is None:
                head.logger, head.name_end = tabbed["name"], tabbed.end()
            else:
                head.function = tabbed["name"]
            return tabbed.end()
    dotted = (_PYTHON_DOTTED if "::" in head.marks else DOTTED).match(text, at)
    if dotted is not None and head.logger is None and not _NO_LOGGER.fullmatch(dotted["name"]):
        head.logger, head.name_end = dotted["name"], dotted.end()
        return dotted.end()
    pair = _MODULE_FUNCTION.match(text, at)
    if pair is not None and head.logger is None and head.function is None and head.level_written is not None:
        head.logger, head.function = pair["module"], pair["function"]
        return pair.end()
    category = _LOG4JS.match(text) if head.slots == 2 and head.logger is None and text[0] == "[" else None
    if category is not None and category.start("name") == at:
        head.logger, head.name_end, head.final = category["name"], category.end("name"), True
        return head.name_end
    column = COLUMN.match(text, at)
    if column is not None and _is_column(text, column, head):
        if head.logger is None:
            head.logger, head.name_end = column["name"], at + len(column["name"])
        else:
            head.function = column["name"]
        return at + len(column["name"])
    if head.logger is None:
        word = _WORD.match(text, at)
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
    """A logger in front of everything needs the level right behind it and a delimiter, a dot or a known name."""
    found = _NAME_FIRST.match(text, at) or _NAME_BLANK.match(text, at)
    if found is None or levels.of_word(found["name"]) is not None or found["name"] in LETTERS:
        return None
    behind = text[found.end() :].lstrip("[( ")
    if not UPPER.match(behind) and clock.scan(behind) is None:
        return None
    name = found["name"]
    if not found["mark"] and "." not in name and name not in KNOWN:
        return None
    if not UPPER.match(behind) and "." not in name:
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
    tight = (
        text[column.end() - len(mark) - 1 : column.end() + 1].strip()
        == text[column.end() - len(mark) - 1 : column.end() + 1]
    )
    if mark in (":", "::") and not tight:
        return False
    if head.logger is None:
        # Bars part columns and hardly ever the words of a message; what they append to one are pairs.
        barred = mark == "|" and "_" not in name and _PAIR.match(text, column.end()) is None
        # A dash behind the level's own dash: `time - LEVEL - name - message`. A sentence seldom has one behind a word.
        word = name.islower() and len(name) > 1 and name not in _SENTENCE
        dashed = word and mark in DASHES and text[: column.start()].rstrip(" ").endswith(mark)
        return head.level_written is None or tight or name in KNOWN or barred or dashed
    return head.function is None and (tight or ("_" in name and mark != ",")) and mark not in (":", "::")


def _is_logger(text: str, word: re.Match[str], head: Head) -> bool:
    """Whether a bare word is a logger: a known one, one in front of the level, or `name: ` behind a bracketed level."""
    behind = text[word.end() : word.end() + 1]
    if word[1] in KNOWN and (behind == ":" or head.level_written is None or word[1] in ("root", "__main__")):
        return True
    if head.level_written is not None and word[1] in _NO_WORDS and re.match(r" [A-Z0-9<\"']", text[word.end() :]):
        return True  # `asyncio Task exception was never retrieved`
    if head.level_written is not None and (head.level_bracketed or head.time is not None) and behind == ":":
        return head.file is None and (
            word[1].lower() not in _SENTENCE and text[word.end() : word.end() + 2] in (": ", ":") and word[1].islower()
        )
    if head.level_written is None and head.time is not None:
        rest = text[word.end() :].lstrip(" :")
        level = UPPER.match(rest)
        return level is not None or bool(re.match(r"\[\w+ *\]", rest) and _level_in(rest[1 : rest.find("]")]))
    if head.level_written is not None and head.time is not None and not head.level_bracketed:
        padded = _PADDED.match(text, word.start())
        if padded is not None and not PLACED.match(text, padded.end()):
            head.padded = True  # `%(name)-15s`
            return True
    # oslo.log's `pid LEVEL name [request] message`, logback's `[thread] LEVEL name - message`.
    if head.level_written is not None and head.time is not None and _LAYOUTS.match(text, word.end()) is not None:
        return head.pid is not None if text[word.end() + 1] == "[" else head.thread is not None and word[1].islower()
    # `LEVEL time module pid thread message`: a number pair behind it makes it a column.
    return bool(re.match(r" \d{1,7} \d{9,20}(?: |$)", text[word.end() :]))


def _level_in(text: str) -> bool:
    return levels.of_word(text.strip()) is not None


def _ends_line(text: str, at: int) -> bool:
    """Whether only a literal stands behind the separator: then the word is the message and that its extras."""
    rest = text[at:].lstrip(" |-")
    return not rest or (rest[0] == "{" and rest.endswith("}"))
