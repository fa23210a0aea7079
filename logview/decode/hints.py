"""What a caller knows about a source before reading it, and the names ids go by. Knows no bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

    from logview.decode.pylog import Format


@dataclass(frozen=True, slots=True)
class IdAliases:
    """The keys each id goes by, best first; a dotted name also names a nested key (`job.id`)."""

    job: tuple[str, ...] = ("job_id", "jobId", "jobID", "job.id", "jobid", "job", "labels.job_id")
    request: tuple[str, ...] = (
        "request_id",
        "requestId",
        "requestID",
        "reqId",
        "req_id",
        "req.id",
        "correlation_id",
        "correlationId",
        "x_request_id",
        "x-request-id",
        "http.request.id",
    )
    trace: tuple[str, ...] = (
        "trace_id",
        "traceId",
        "traceID",
        "trace.id",
        "dd.trace_id",
        "otelTraceID",
        "logging.googleapis.com/trace",
    )
    span: tuple[str, ...] = (
        "span_id",
        "spanId",
        "spanID",
        "span.id",
        "dd.span_id",
        "otelSpanID",
        "logging.googleapis.com/spanId",
    )
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Further ids of the team, name → keys: (("tenant_id", ("tenantId", "tenant")),). Kept in `Record.fields`."""


DEFAULT_IDS = IdAliases()


@dataclass(frozen=True, slots=True)
class Hints:
    """What configuration says about a source; every part may be unknown.

    service       the service's name, used by readers when a record names none; decoding never needs it
    zone          zone of times that name none; None = the machine's local zone (TZ)
    format        a decoder's name, or a formatter string of logging, structlog or loguru that writes this source
    datefmt       strftime pattern of that formatter's asctime; None = the default `2026-11-23 08:57:32,311`
    formats       formats the team has described (`[[formats]]`, pylog.define); asked before the known ones
    reference_ns  when the source was last written, ns UTC: forms without year or date resolve near it
    ids           keys of the ids
    """

    service: str | None = None
    zone: tzinfo | None = None
    format: str | None = None
    datefmt: str | None = None
    formats: tuple[Format, ...] = ()
    reference_ns: int | None = None
    ids: IdAliases = field(default=DEFAULT_IDS)
