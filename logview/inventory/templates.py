"""Message to call site: which logging calls may have written a record.

Literal messages are found in a dict. Other templates are literal pieces with holes between; they are kept under their
rarest whole word, so a message is tried against the few templates that share a word with it. A hole takes any text;
pieces are found left to right, so matching is linear whatever the message holds.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory.model import LEVELS, LogCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.record import Record

CACHE_SIZE = 20_000
WEAK_CHARS = 4
"""A template with fewer literal characters matches almost anything: it comes after all others."""

_WORD = re.compile(r"\w+")
_PERCENT = re.compile(
    r"%(?:%|\([^)]*\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?[a-zA-Z])"
)
_PINO = re.compile(r"%[%sdifjoOc]")

LIBRARY_TEXTS = frozenset(
    {
        # pino-http 11 (lib/logger.js), fastify 5 (lib/logger-pino.js, route.js, server.js, error-handler.js)
        "request completed",
        "request errored",
        "request aborted",
        "incoming request",
        "stream closed prematurely",
        "premature close",
        "fastify is closing",
        "all listeners removed",
        "client disconnected before response was sent",
        # uvicorn 0.54 (server.py, lifespan/on.py, supervisors/*)
        "Waiting for application startup.",
        "Application startup complete.",
        "Waiting for application shutdown.",
        "Application shutdown complete.",
        "Shutting down",
        "Waiting for connections to close. (CTRL+C to force quit)",
        "Waiting for background tasks to complete. (CTRL+C to force quit)",
        "Exception in ASGI application\n",
        "Exception in ASGI application",
        "ASGI 'lifespan' protocol appears unsupported.",
        "Invalid HTTP request received.",
        "Application startup failed. Exiting.",
        "Application shutdown failed. Exiting.",
        # celery 5.7 (apps/worker.py, worker/consumer)
        "mingle: searching for neighbors",
        "mingle: all alone",
        "worker: Warm shutdown (MainProcess)",
        # Django 5.2 (utils/autoreload.py, core/management/commands/runserver.py)
        "Watching for file changes with StatReloader",
    }
)
LIBRARY_FORMS = tuple(
    re.compile(form)
    for form in (
        r"Server listening at \S+",  # fastify
        r"Route \w+:\S* not found",  # fastify
        r"failed with status code \d{3}",  # pino-http
        r"(Started|Finished) (server|parent|reloader) process \[\d+\].*",  # uvicorn
        r"Uvicorn running on \S+ .*",
        r"Will watch for changes in these directories: .*",
        r'\S+ - "[A-Z]+ \S+ HTTP/[\d.]+" \d{3}.*',  # uvicorn.access
        r'\S+ - - \[[^\]]+\] "[A-Z]+ \S+ HTTP/[\d.]+" \d{3}.*',  # werkzeug, gunicorn.access
        r'"[A-Z]+ \S+ HTTP/[\d.]+" \d{3}.*',  # django.server
        r"(Starting gunicorn|Listening at:|Using worker:|Booting worker with pid:|Handling signal:|Worker exiting) .*",
        r"(Worker|Shutting down:) .*\(pid: ?\d+\).*|Shutting down: Master|Control server listening at .*",
        r"Task \S+\[[0-9a-f-]{36}\] (received|succeeded in .*|retry: .*|raised .*)",  # celery
        r"(Connected to|celery@\S+ ready\.?|mingle: sync .*).*",
        # django.request
        r"(Not Found|Forbidden|Bad Request|Internal Server Error|Unauthorized|Method Not Allowed): /\S*",
    )
)
"""What the libraries themselves log, so that it is no drift of the service's own source."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template as the pieces of text between its holes."""

    pieces: tuple[str, ...]
    calls: tuple[LogCall, ...]

    @property
    def weight(self) -> int:
        return sum(len(piece) for piece in self.pieces)

    def takes(self, message: str) -> bool:
        """The whole message has the pieces in order, something or nothing in each hole."""
        head, *middle, tail = self.pieces
        if not message.startswith(head) or not message.endswith(tail) or len(message) < len(head) + len(tail):
            return False
        at, end = len(head), len(message) - len(tail)
        for piece in middle:
            found = message.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


class SiteIndex:
    """The calls of one service, found by the records they write."""

    def __init__(self, calls: Iterable[LogCall]) -> None:
        self.calls = tuple(calls)
        self._literal: dict[str, list[LogCall]] = {}
        self._by_word: dict[str, list[Pattern]] = {}
        self._wordless: list[Pattern] = []
        self._dynamic: list[LogCall] = []
        self._cache: OrderedDict[str, tuple[LogCall, ...]] = OrderedDict()
        self._build()

    def _build(self) -> None:
        holed: dict[tuple[str, ...], list[LogCall]] = {}
        for call in self.calls:
            for text, kind in texts(call):
                split = pieces(text, kind, call)
                if len(split) == 1:
                    self._literal.setdefault(split[0], []).append(call)
                else:
                    holed.setdefault(split, []).append(call)
            if call.template is None:
                self._dynamic.append(call)
        counts = Counter(word for split in holed for word in set(whole_words(split)))
        for split, calls in holed.items():
            pattern = Pattern(split, tuple(calls))
            words = whole_words(split)
            if words:
                self._by_word.setdefault(min(words, key=lambda w: (counts[w], -len(w))), []).append(pattern)
            else:
                self._wordless.append(pattern)

    def matching(self, message: str) -> tuple[LogCall, ...]:
        """Calls whose template takes the whole message, the most literal first; computed messages not among them."""
        known = self._cache.get(message)
        if known is not None:
            self._cache.move_to_end(message)
            return known
        found = self._literal.get(message)
        calls = tuple(found) if found else self._by_pattern(message)
        self._cache[message] = calls
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return calls

    def _by_pattern(self, message: str) -> tuple[LogCall, ...]:
        tried = [p for word in set(_WORD.findall(message)) for p in self._by_word.get(word, ())]
        hits = [pattern for pattern in (*tried, *self._wordless) if pattern.takes(message)]
        strong = [pattern for pattern in hits if pattern.weight >= WEAK_CHARS] or hits
        strong.sort(key=lambda pattern: -pattern.weight)
        return tuple(dict.fromkeys(call for pattern in strong for call in pattern.calls))

    def sites(self, record: Record) -> tuple[LogCall, ...]:
        """The calls that may have written the record, likeliest first; several when nothing tells them apart.

        A record that says its function or line is held to it as far as any call agrees: where none does, the code that
        runs is not the code that was read, and the text alone decides.
        """
        if record.message is None:
            return ()
        found = self.matching(record.message)
        if not found:
            return tuple(call for call in self._dynamic if fits(call, record) == FITS_ALL)
        if len(found) == 1:
            return found
        scored = [(fits(call, record), position, call) for position, call in enumerate(found)]
        best = max(score for score, _, _ in scored)
        return tuple(call for score, _, call in scored if score == best)


FITS_ALL = 4


def fits(call: LogCall, record: Record) -> int:
    """How many of four things about a record agree with the call: place, level, keys, logger. Unknown agrees."""
    return sum((fits_place(call, record), fits_level(call, record), fits_keys(call, record), fits_logger(call, record)))


def fits_place(call: LogCall, record: Record) -> bool:
    if record.line is not None and record.file is not None:
        same = call.file.replace("\\", "/").endswith(record.file.replace("\\", "/").rpartition("/")[2])
        return same and call.line <= record.line <= call.line + 40
    if record.function is None or record.function == "<module>":
        return record.function is None or call.function is None
    mine = (call.function or "").rpartition(".")[2]
    return record.function.rpartition(".")[2] == mine


def fits_level(call: LogCall, record: Record) -> bool:
    return record.level is None or call.level not in LEVELS or record.level.text == call.level


def fits_keys(call: LogCall, record: Record) -> bool:
    """Every key of the call is in the record, under its name or lifted to a normalised one."""
    if record.data is None:
        return True
    present = record.data.keys()
    nested = [value.keys() for value in record.data.values() if isinstance(value, dict)]
    return all(key in present or any(key in keys for keys in nested) for key in call.keys)


def fits_logger(call: LogCall, record: Record) -> bool:
    """A logger named by a literal agrees with the record's; `__name__` agrees with the module's dotted path."""
    if record.logger is None:
        return True
    if call.channel is not None:
        return record.logger == call.channel or record.logger.startswith(call.channel + ".")
    if call.language != "python" or call.on_root:
        return call.on_root is (record.logger == "root")
    module = call.file.replace("\\", "/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return record.logger == "__main__" or module.endswith(record.logger.rpartition(".")[2])


def is_library(message: str) -> bool:
    """A message that pino-http, fastify, uvicorn, gunicorn, celery, werkzeug or Django writes."""
    return message in LIBRARY_TEXTS or any(form.fullmatch(message) for form in LIBRARY_FORMS)


def texts(call: LogCall) -> Iterator[tuple[str, str]]:
    """(text, kind) of every message a call may write."""
    if call.template is not None:
        yield call.template, call.kind
    for text in call.also:
        yield text, "template"


def pieces(text: str, kind: str, call: LogCall) -> tuple[str, ...]:
    """The literal pieces of a template, with the logger's prefix; one piece when it has no holes."""
    if kind == "static" or (kind == "printf" and not call.arguments and call.library != "loguru"):
        split = [text]
    elif call.language == "typescript":
        split = percent_pieces(text, _PINO) if kind == "printf" else brace_pieces(text, "${")
    elif kind == "printf" and call.library != "loguru":
        split = percent_pieces(text, _PERCENT)
    elif kind == "concat":
        split = brace_pieces(text, "{")
    else:
        split = [piece for part in brace_pieces(text, "{") for piece in [part]]
        if len(split) == 1:
            split = percent_pieces(text, _PERCENT)
    if call.prefix:
        split[0] = call.prefix + split[0]
    return tuple(split)


def percent_pieces(text: str, conversion: re.Pattern[str]) -> list[str]:
    """The text around printf conversions; `%%` is a percent sign."""
    split, at = [""], 0
    for found in conversion.finditer(text):
        split[-1] += text[at : found.start()]
        if found[0] == "%%":
            split[-1] += "%"
        else:
            split.append("")
        at = found.end()
    split[-1] += text[at:]
    return split


def brace_pieces(text: str, opening: str) -> list[str]:
    """The text around `${…}` or `{…}` holes, braces inside a hole balanced; `{{` and `}}` of Python are braces."""
    split, at = [""], 0
    while at < len(text):
        if opening == "{" and text[at : at + 2] in {"{{", "}}"}:
            split[-1] += text[at]
            at += 2
        elif text.startswith(opening, at):
            depth, at = 1, at + len(opening)
            while at < len(text) and depth:
                depth += (text[at] == "{") - (text[at] == "}")
                at += 1
            split.append("")
        else:
            split[-1] += text[at]
            at += 1
    return split


def whole_words(split: tuple[str, ...]) -> list[str]:
    """Words of the pieces that no hole can be part of: not those that touch one."""
    out = []
    last = len(split) - 1
    for position, piece in enumerate(split):
        for found in _WORD.finditer(piece):
            touches_left = found.start() == 0 and position > 0
            touches_right = found.end() == len(piece) and position < last
            if not touches_left and not touches_right:
                out.append(found[0])
    return out
