"""What a logging standard is, as data: rules, settings, identities, and what a check says.

Shapes only: reading TOML is `load`, running rules is `check`, the rules themselves are `rules/`. Every type that comes
from `logview.toml` is a msgspec Struct shaped like its table, so that conversion, errors with a path and the published
JSON schema come from one place.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  msgspec reads the annotation
import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.record import Record

Duration = Annotated[
    str, Meta(pattern=r"^\d+(\.\d+)?(ms|s|m|h|d)$", description='a number and ms, s, m, h or d: "50ms"')
]
Regex = Annotated[str, Meta(description="a regular expression")]
"""An option of this type is compiled when it is read, so that a mistake is found with its place."""
Code = Annotated[str, Meta(pattern=r"^LV\d{3}$")]
Scope = Literal["R", "W", "S", "X", "C"]
"""R one record, W a window of records, S a whole stream, X across services, C source code."""

_UNIT_NS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


def duration_ns(text: str) -> int:
    """Nanoseconds of a Duration: "50ms" → 50,000,000."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    if found is None:
        raise ValueError(f"{text!r} is no duration; write a number and ms, s, m, h or d")
    return round(float(found[1]) * _UNIT_NS[found[2]])


class Severity(Enum):
    """How much a violation matters; `OFF` in a setting turns the rule off."""

    ERROR = "error"
    """The record cannot be parsed, placed in time or correlated, or is unsafe."""
    WARN = "warn"
    """It misleads the reader."""
    INFO = "info"
    """Style or consistency; reported once per stream and key."""
    OFF = "off"

    def __init__(self, word: str) -> None:
        self.rank = ("off", "info", "warn", "error").index(word)
        """0 for OFF to 3 for ERROR."""


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of a rule's options; a rule without options uses it as it is."""


class Doc(Struct, frozen=True):
    """A rule's page, parsed from its docstring."""

    what: str
    why: str
    bad: tuple[str, ...]
    """Each one example: the lines of a log; `== name.log ==` heads a file where an example needs several."""
    good: tuple[str, ...]
    config: str
    """TOML the examples need; "" for none."""
    options: dict[str, str]
    pino: str
    python: str


class Rule(Struct, frozen=True):
    """One rule: what it is called, how bad its violations are, what can be set."""

    code: str
    """"LV303"."""
    name: str
    """The fault it finds, so that "allow job-id-missing" reads as English."""
    family: str
    """"identity": the file it lives in."""
    scope: Scope
    severity: Severity
    """The rule's own; a setting may replace it."""
    doc: Doc
    options: type[Options] = Options
    since: str = "default@1"
    """The first standard that turns it on."""
    presets: tuple[str, ...] = ("default", "strict")
    """Presets that turn it on."""
    once: bool = False
    """Reported once per stream and key."""


class Setting(Struct, frozen=True):
    """What a standard says of one rule."""

    severity: Severity | None = None
    """None: the rule's own, which may differ by case (LV102: info or error). OFF: not run."""
    options: Options = Options()


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """Which records an override or waiver is about; absent means any. Values are globs, compared with case.

    `template` and `message` match the message: `template` after words with digits became `<*>`, or as it stands.
    """

    service: str | None = None
    logger: str | None = None
    template: str | None = None
    message: str | None = None
    field: str | None = None
    file: str | None = None


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[services.NAME]` table."""

    dialect: Literal["pino", "python", "other"] | None = None
    logs: tuple[str, ...] = ()
    """Files, directories or globs, relative to the configuration file."""
    source: tuple[str, ...] = ()
    """Source directories, likewise."""
    zone: str | None = None
    """IANA name or offset for times written without a zone."""
    format: str | None = None
    """A decoder's name or a formatter string."""
    standard: str | None = None
    """Another preset for this service alone: "strict@1"."""


class IdScope(Struct, frozen=True, forbid_unknown_fields=True):
    """Which records must carry an id: any of the loggers (globs), or the message pattern."""

    loggers: tuple[str, ...] = ()
    message: str | None = None
    exempt: tuple[str, ...] = ()
    """Message texts that never need the id (globs)."""


class Id(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[ids.NAME]` table: the key asked for, other spellings understood, the shape of a value."""

    key: str
    aliases: tuple[str, ...] = ()
    pattern: str | None = None
    scope: IdScope | None = None
    """None: the built-in scope where there is one (job), else no record must carry it."""


BUILT_IN_IDS: dict[str, Id] = {
    "job": Id("job_id", ("jobId", "jobID", "job.id", "jobid", "job")),
    "request": Id(
        "request_id",
        ("requestId", "reqId", "req.id", "correlation_id", "correlationId", "x_request_id", "x-request-id"),
    ),
    "trace": Id("trace_id", ("traceId", "traceID", "trace.id", "dd.trace_id")),
    "span": Id("span_id", ("spanId", "spanID", "span.id", "dd.span_id")),
}


class Override(Struct, frozen=True, forbid_unknown_fields=True):
    """Other settings for the records that match; of several overrides the last match wins, rule by rule."""

    match: Match
    rules: dict[str, Setting]


class Lifecycle(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit of work that starts with one record and ends with one; texts compare with the whole message."""

    name: str
    key: str
    start: str
    end: tuple[str, ...]
    timeout: Duration = "10m"
    service: str | None = None
    """Only in this service; None: in each service on its own."""


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """One side of a hand-off."""

    service: str
    message: str | None = None
    """The whole message; None: any record of the service that carries the key."""


class Handoff(Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from", "receiver": "to"}):
    """Work passed from one service to another, recognised by a key that both log."""

    name: str
    sender: Party
    receiver: Party
    key: str
    timeout: Duration = "30s"


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A violation that is allowed until a day, with a reason and somebody who answers for it."""

    rule: str
    """A code ("LV207") or a glob of codes ("LV2*")."""
    reason: str
    owner: str
    expires: dt.date
    """The last day it holds."""
    match: Match = Match()


class CheckSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The `[check]` table."""

    fail_on: Literal["error", "warn", "info", "never"] = "error"
    baseline: str | None = None
    budget: dict[str, int] = {}
    """Code → violations still allowed; may only go down."""


class Standard(Struct, frozen=True, kw_only=True):
    """A set of rules with settings, and what is known about the services they judge.

    `rules` holds a Setting for every rule that is on; a code that is absent is off.
    """

    name: str = "default@1"
    rules: dict[str, Setting] = {}
    services: dict[str, Service] = {}
    ids: dict[str, Id] = msgspec.field(default_factory=lambda: dict(BUILT_IN_IDS))
    overrides: tuple[Override, ...] = ()
    lifecycle: tuple[Lifecycle, ...] = ()
    handoff: tuple[Handoff, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    check: CheckSettings = CheckSettings()


class Site(Struct, frozen=True):
    """A logging call in source code; for a record that a library wrote, where the service sets the library up."""

    file: str
    """Empty when the set-up is not known."""
    line: int
    function: str | None = None
    template: str | None = None
    library: str | None = None
    """The library that wrote the record: "pino-http"."""


class SourceIndex(Protocol):
    """Where messages come from: made by the inventory, asked by the rules LV311 and LV716 and by every finding."""

    def covers(self, service: str) -> bool:
        """Whether the service's source code was read."""
        ...

    def sites(self, service: str, record: Record) -> Sequence[Site]:
        """The calls that may have written the record, likeliest first; empty when none does.

        A message of a known library (pino-http, fastify …) has the library's set-up, or an empty file and line 0.
        """
        ...


class Violation(Struct, frozen=True):
    """One fault of one record."""

    rule: str
    """"LV303"."""
    name: str
    severity: Severity
    field: str | None
    """The field at fault, as written, dotted; None: the record as a whole."""
    found: str
    """What was there, ≤ 80 characters; values of LV6xx masked. Not cleaned for a terminal."""
    want: str
    """What to write instead, as an instruction for the record's own logger."""
    message: str
    """One sentence: what is wrong."""


class Finding(Struct, frozen=True):
    """A violation and where it is."""

    violation: Violation
    file: str
    line: int
    """1-based first line of the record."""
    service: str
    template: str = ""
    offset: int = 0
    """Byte offset of the record in its source."""
    size: int = 0
    site: Site | None = None
