"""A record as the rules see it: the same look-ups done once, whatever asks for them.

Knows the record, its stream's name and the standard's ids. Holds no state across records.
"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from logview.record import Level, TimeKind
from logview.standard.keys import ERROR_KEYS, LIBRARY_KEYS
from logview.standard.lazy import lazy
from logview.standard.template import MAX_CHARS, template_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.record import Record
    from logview.standard.model import SourceIndex, Standard
    from logview.standard.rules.ids import FoundId, IdKeys

Family = Literal["pino", "python"]

MAX_DEPTH = 32
"""Objects and lists nested deeper are not looked through."""
_ACCESS = re.compile(r'"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) \S+(?: HTTP/[\d.]+)?"?\s+(\d{3})\b')
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_NODE_FORMATS = ("pino", "bunyan", "winston", "fastify", "node", "express")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands, kept for hits that are found later."""

    file: str
    line: int
    offset: int
    size: int
    service: str
    logger: str | None
    message: str
    template: str
    family: Family


class Seen:
    """One record in one stream."""

    def __init__(  # noqa: PLR0917  made for every record: keywords cost a third more
        self,
        record: Record,
        file: str,
        service: str,
        standard: Standard,
        ids: IdKeys,
        index: SourceIndex | None = None,
        observed_ns: int | None = None,
    ) -> None:
        self.record = record
        self.file = file
        self.service = service
        """The record's own, or the one its stream is known by."""
        self.standard = standard
        self.id_keys = ids
        self.index = index
        """The call sites of the services whose source was read; None without."""
        self.observed_ns = observed_ns
        """When the line was read, nanoseconds; None when a file is checked."""
        self.level: Level | None = record.level
        self.is_plain = record.format == "plain"
        self.is_json = record.is_json and record.data is not None
        self.is_text = not self.is_plain and not self.is_json
        """A recognised text layout."""

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object; empty for text."""
        return self.record.data if self.is_json and self.record.data is not None else {}

    @lazy
    def message(self) -> str:
        """The message's text; "" when there is none."""
        return self.record.message or ""

    @lazy
    def texts(self) -> tuple[tuple[str | None, str, str], ...]:
        """(path, key, text) of every text in the record: fields at any depth, or the lines of a text layout."""
        if self.is_json:
            return tuple(texts_in(self.data))
        return ((None, "", self.record.text),) if self.is_text else ()

    @lazy
    def template(self) -> str:
        """The message with words that hold digits masked."""
        return template_of(self.message if self.record.message is not None else self.record.first)

    @lazy
    def family(self) -> Family:
        """Whose logger wrote it, as far as can be told: decides which fix is named."""
        known = self.standard.services.get(self.service)
        if known is not None and known.dialect in {"pino", "python"}:
            return "pino" if known.dialect == "pino" else "python"
        if self.record.format.startswith(_NODE_FORMATS):
            return "pino"
        if self.is_numeric_pino or ("process.pid" in self.data and "log.level" in self.data):
            return "pino"
        return "python"

    @property
    def is_numeric_pino(self) -> bool:
        """A JSON record with a number under `level`: what pino and bunyan write."""
        written = self.data.get("level")
        return isinstance(written, int) and not isinstance(written, bool)

    @lazy
    def own_time(self) -> TimeKind:
        """How the record's own time is written; NONE when only a wrapper has one."""
        return TimeKind.NONE if self.record.time_from_wrapper else self.record.time.kind

    @lazy
    def stream_family(self) -> Family | None:
        """Whose logger the stream's service has, when configuration says so; the line itself may be anybody's."""
        known = self.standard.services.get(self.service)
        return known.dialect if known is not None and known.dialect in {"pino", "python"} else None

    @lazy
    def user_fields(self) -> dict[str, Any]:
        """Top-level fields the user named, ids and nulls left out; those in the envelope of loguru, logstash or OTel too."""
        return {
            key: value
            for key, value in self.record.fields.items()
            if value is not None and key not in LIBRARY_KEYS and key[:1] != "@"
        }

    @lazy
    def ids(self) -> tuple[FoundId, ...]:
        """Every id in the record, aliases and nested places included, in the record's order; nulls left out."""
        return self.id_keys.find(self.record)

    def id_of(self, concept: str) -> str | None:
        """The record's first id of a concept ("job"), as text."""
        for found in self.ids:
            if found.concept == concept:
                return str(found.value)
        return None

    @lazy
    def status(self) -> int | None:
        """The HTTP status the record reports (res.statusCode, status_code, http.response.status_code, an access line)."""
        if not self.is_json:
            known = self.record.fields.get("status_code")
            if isinstance(known, int):
                return known
            found = _ACCESS.search(_ANSI.sub("", self.record.first)) if '"' in self.record.first else None
            return int(found[1]) if found else None
        for value in _status_values(self.data):
            if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
                return value
            if isinstance(value, str) and value.isdecimal() and 100 <= int(value) <= 599:
                return int(value)
        return None

    @lazy
    def errors(self) -> tuple[tuple[str, Any], ...]:
        """(path, value) of everything that may be an error, as written; nulls left out; `payload` looked through."""
        return tuple(_error_values(self.data))

    @lazy
    def has_error(self) -> bool:
        """Whether the record carries an error in any known shape: an object, a text, a traceback below the line.

        An empty object counts: that is an error that got lost (LV502), not one that was never passed.
        """
        if self.errors:
            return any(not isinstance(v, bool) and not isinstance(v, int | float) and v != "" for _, v in self.errors)
        return self.record.error is not None

    def place(self) -> Place:
        """Where this record stands."""
        record = self.record
        return Place(
            self.file, record.lineno, record.offset, record.size, self.service, record.logger, self.message[:MAX_CHARS],
            self.template, self.family,
        )  # fmt: skip


def texts_in(data: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str, str]]:
    """(path, key, text) of every text in an object, at any depth."""
    for key, value in data.items():
        path = f"{prefix}{key}"
        if isinstance(value, str):
            yield path, key, value
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from texts_in(value, f"{path}.", depth + 1)
        elif isinstance(value, list) and depth < MAX_DEPTH:
            for item in value:
                if isinstance(item, str):
                    yield path, key, item
                elif isinstance(item, dict):
                    yield from texts_in(item, f"{path}.", depth + 1)


def _status_values(data: dict[str, Any]) -> Iterator[Any]:
    response = data.get("res")
    if isinstance(response, dict):
        yield response.get("statusCode")
    yield data.get("statusCode")
    yield data.get("status_code")
    yield data.get("http.status_code")
    yield data.get("http.response.status_code")
    if "status" in data and _is_http(data):
        yield data["status"]
    http = data.get("http")
    if isinstance(http, dict):
        yield http.get("status_code")
        inner = http.get("response")
        if isinstance(inner, dict):
            yield inner.get("status_code")


def _is_http(data: dict[str, Any]) -> bool:
    """Whether a record is about a request, so that its `status` is HTTP's."""
    request = data.get("req")
    if isinstance(request, dict):
        return "method" in request or "url" in request
    return isinstance(data.get("method"), str) and any(isinstance(data.get(key), str) for key in ("path", "url"))


def _error_values(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ERROR_KEYS:
        value = data.get(key)
        if value is not None:
            yield key, value
    for key, value in data.items():
        if key.startswith(("error.", "exception.")) and value is not None:
            yield key, value
    payload = data.get("payload")
    if isinstance(payload, dict):
        for key in ERROR_KEYS:
            value = payload.get(key)
            if value is not None:
                yield f"payload.{key}", value
    record = data.get("record")
    if isinstance(record, dict) and record.get("exception") is not None:
        yield "record.exception", record["exception"]
