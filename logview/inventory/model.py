"""What the source code says about logging: call sites, logger set-ups, further facts. Data only.

Every fact carries the file and line it was read from. The front ends (`python.py`, `typescript.py`) make these, the
rules, the tables and the message index read them. Nothing here knows a syntax tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")

SETUP_KINDS = frozenset(
    {"pino", "pino-http", "express-pino-logger", "basicConfig", "dictConfig", "fileConfig", "structlog.configure"}
    | {"loguru.add"}
)
"""Kinds listed under "setups"; server and framework settings are listed under "middleware"."""

HTTP_LOGGERS = frozenset({"pino-http", "express-pino-logger", "koa-pino-logger", "fastify", "nestjs-pino"})
"""Kinds whose library logs each request."""


@dataclass(frozen=True, slots=True)
class LogCall:
    """One logging call.

    The first block is what the inventory prints; the second is what the rules need to know.
    """

    file: str
    line: int
    """1-based, first line of the call."""
    function: str | None
    """Nearest named function, dotted with its class or outer function; None at module level."""
    logger: str
    """The receiver as written, without `?.` and with call arguments left out: "log.child()"."""
    level: str | None
    """One of LEVELS, a custom level's name, or None when it is computed at run time."""
    template: str | None
    """The message's text; holes as written (`${x}`, `{x}`, `%s`), None when nothing of it is literal."""
    kind: str
    """"static", "template", "concat", "printf" or "dynamic"."""
    keys: tuple[str, ...]
    in_catch: bool
    """Lexically inside a catch or except body. A function given to `.catch()` is none: it is a function of its own,
    with a name and a place in the table as any other; what it owes the error is `handler`'s to say."""

    language: str
    """"typescript" or "python"."""
    library: str
    """"pino", "logging", "structlog" or "loguru"."""
    method: str
    service: str
    start: int
    """Byte offset of the call's first byte in its file; `end` is the byte after its last."""
    end: int
    arguments: int | None = 0
    """Arguments after the message; None when a spread hides their number."""
    conversions: int | None = 0
    """printf conversions (`{}` fields for loguru) of the template; None when they cannot be counted."""
    surplus: str | None = None
    """What follows a message without conversions: "object" (a literal) or "error"."""
    has_error: bool = False
    """The caught error, or any error, is passed somehow: as field, argument, text, exc_info."""
    error_keys: tuple[str, ...] = ()
    """Keys that hold the caught error itself."""
    handler: int | None = None
    """Offset of the catch or except body that runs this call; None outside, and inside a function made there."""
    rethrown: bool = False
    """A throw or raise follows in the same block."""
    ids: tuple[str, ...] = ()
    """Identifier parameters in scope, as written: "jobId"."""
    bound: tuple[str, ...] = ()
    """Keys bound to the logger by child(), bind(), LoggerAdapter or a context variable."""
    open_keys: bool = False
    """A spread or a variable adds keys that cannot be read."""
    computed_keys: bool = False
    exposed: tuple[str, ...] = ()
    """Names of keys, identifiers and properties whose value, not a mask, is passed."""
    setup: tuple[str, int] | None = None
    """(file, line) of the set-up the logger comes from, where known."""
    on_root: bool = False
    """A function of the logging module itself: `logging.info()`."""
    channel: str | None = None
    """The logger's name as far as it is literal: getLogger("optimizer.core"), child({module: "x"})."""
    prefix: str = ""
    """pino's msgPrefix, parent first."""
    also: tuple[str, ...] = ()
    """Further texts the message may be: the other branch of a conditional."""


@dataclass(frozen=True, slots=True)
class LoggerSetup:
    """One call that configures logging, with its settings as far as they can be read."""

    file: str
    line: int
    kind: str
    options: tuple[str, ...]
    """Keys; with "=value" for level, transport, timestamp, base, serializers and file."""
    language: str
    service: str
    start: int = 0
    end: int = 0
    known: bool = True
    """All options could be read; False silences the rules that look for what is not there."""
    settings: dict[str, str] = field(default_factory=dict)
    """Option → its source text or resolved value, for the tables."""
    level: str | None = None
    """A literal level; "env" when read from the environment; None when absent or computed."""
    redact: tuple[str, ...] | None = None
    """Redacted paths; () when configured but not readable, None when absent."""
    context: tuple[str, ...] = ()
    """Keys of base, mixin and formatters.bindings."""
    context_open: bool = False
    """A mixin or base whose keys cannot be read."""
    serializers: tuple[str, ...] = ()
    error_key: str | None = None
    timestamp: str | None = None
    """"isoTime", "unixTime", "false" …"""
    pretty: bool = False
    """pino-pretty is switched on, whatever the environment."""
    parent: tuple[str, int] | None = None
    """(file, line) of the set-up whose logger is passed in as `logger`."""
    parent_open: bool = False
    """A logger is passed in whose set-up cannot be found."""
    date_formats: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    """Formatter strings, of the handlers in use first."""
    disable_existing: bool | None = None
    """dictConfig's and fileConfig's disable_existing_loggers; None when absent."""
    custom_levels: tuple[str, ...] = ()
    choice: int | None = None
    """Offset of the outermost `if` or conditional that decides whether the call runs; alternatives share it."""
    at_import: bool = False
    """At module level of a module that is no entry point."""
    exported: int = 0
    """How many other modules import from the module that holds it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Anything else an inventory table lists: a handler, a filter, a redirected stream, an unrouted server."""

    section: str
    """The table it belongs to, "A" … "M"."""
    kind: str
    """What it is: "handler", "filter", "contextvar", "print", "uvicorn.run" …"""
    text: str
    """As it stands in the source, cut to one line."""
    file: str
    line: int
    service: str
    language: str
    function: str | None = None
    start: int = 0
    end: int = 0
    faulty: bool = False
    """The rule that watches this kind holds it to be at fault: print() to the console, a server without log config."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read as source code."""

    file: str
    line: int
    text: str


@dataclass(slots=True)
class Inventory:
    """Everything read from a set of source folders, in order of file and line."""

    calls: list[LogCall] = field(default_factory=list)
    setups: list[LoggerSetup] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """File → service."""
    tests: set[str] = field(default_factory=set)
    """Files that hold tests: what they print and set up is not the service's."""

    def services(self) -> list[str]:
        """Service names in order of first file."""
        return list(dict.fromkeys(self.files.values()))

    def of(self, service: str) -> Inventory:
        """The part that belongs to one service."""
        return Inventory(
            calls=[call for call in self.calls if call.service == service],
            setups=[setup for setup in self.setups if setup.service == service],
            facts=[fact for fact in self.facts if fact.service == service],
            problems=[problem for problem in self.problems if self.files.get(problem.file) == service],
            files={file: name for file, name in self.files.items() if name == service},
            tests=self.tests,
        )

    def sort(self) -> None:
        """Order by file and line, as every output shows it."""
        for entries in (self.calls, self.setups, self.facts):
            entries.sort(key=lambda entry: (entry.file, entry.line, entry.start))
        self.problems.sort(key=lambda entry: (entry.file, entry.line))
