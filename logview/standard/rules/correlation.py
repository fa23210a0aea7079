"""LV303–LV310: which job, request and trace is the record about?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logview.standard.model import BUILT_IN_IDS, Options, Regex, Severity
from logview.standard.pattern import Pattern, pattern
from logview.standard.rules.registry import Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logview.standard.model import Id, Standard
    from logview.standard.rules.seen import Seen

DEFAULT_SCOPE = r"\bjob\b"
_DEFAULT_SCOPE = re.compile(DEFAULT_SCOPE, re.IGNORECASE)
_COMPOUNDS = re.compile(
    r"\bjob[ -](?:queues?|runners?|stores?|pools?|workers?|registr(?:y|ies)|schedulers?|lists?|counts?|types?|apis?)\b"
    r"|\b(?:no|any|each|every|next|cron) job\b",
    re.IGNORECASE,
)
_DEFAULT_ID = re.compile(r"\bjob-[0-9a-f]{4,}\b")
_ZERO_UUID = "00000000-0000-0000-0000-000000000000"
PLACEHOLDERS = frozenset({"", "undefined", "null", "None", "[object Object]", _ZERO_UUID})
_UNDECIDED_ALIASES = frozenset({"job", "req.id", "trace.id", "span.id", "http.request.id"})
"""Names the libraries themselves write (pino-http, ECS): accepted without a word."""


class JobScope(Options, frozen=True):
    """Options of LV303."""

    exempt: tuple[str, ...] = ()


def _compiled(text: str) -> Pattern:
    return pattern(text, flags=re.IGNORECASE)


@lru_cache(maxsize=64)
def _id_pattern(text: str) -> Pattern:
    body = text.removeprefix("^").removesuffix("$")
    return Pattern(text, rf"(?<![\w-])(?:{body})(?![\w-])")


def id_in_text(ids: Mapping[str, Id], text: str) -> str | None:
    """A job id that stands in `text`: the team's pattern, else `job-` and four hexadecimal digits, one a decimal."""
    known = ids.get("job")
    own = known.pattern if known is not None else None
    if own is None and "job-" not in text:
        return None
    for found in _DEFAULT_ID.finditer(text) if own is None else _id_pattern(own).all(text):
        if any(char.isdigit() for char in found[0]):
            return found[0]
    return None


def _in_scope(seen: Seen, message: str) -> bool:
    known = seen.standard.ids.get("job")
    scope = known.scope if known is not None else None
    if scope is None:
        return "job" in message.lower() and _DEFAULT_SCOPE.search(_COMPOUNDS.sub(" ", message)) is not None
    if any(fnmatchcase(message, glob) for glob in scope.exempt):
        return False
    logger = seen.record.logger
    if logger is not None and any(fnmatchcase(logger, glob) for glob in scope.loggers):
        return True
    if scope.message is None:
        return False
    text = _COMPOUNDS.sub(" ", message) if scope.message == DEFAULT_SCOPE else message
    return _compiled(scope.message).search(text) is not None


@rule("LV303", "job-id-missing", Severity.ERROR, needs="message", options=JobScope)
def job_id_missing(seen: Seen, options: JobScope) -> Iterator[Hit]:
    r"""A record about a job that does not carry the job's id.

    Why: Following one job across services is what the logs are for (OWASP Logging Cheat Sheet: an interaction
    identifier in
    every event). When the id stands in the message, LV304 says so instead.

    Bad:
        {"level":30,"time":1748939229400,"service":"scheduler","msg":"job scheduled"}

    Bad:
        2025-06-03 08:27:10,800 INFO optimizer.solver job accepted

    Good:
        {"level":30,"time":1748939233600,"jobId":"job-7f3a","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939236400,"depth":3,"msg":"job queue depth sampled"}

    Options:
        exempt  message texts (globs) that need no id

    Pino: bind it once: `const log = logger.child({ job_id })`
    Python: bind it once: a contextvar and a Filter, or `extra={"job_id": …}`
    """
    if seen.is_plain or not _in_scope(seen, seen.message):
        return
    if any(found.concept == "job" for found in seen.ids) or seen.record.job_id is not None:
        return
    if id_in_text(seen.standard.ids, seen.message) is not None or any(
        fnmatchcase(seen.message, glob) for glob in options.exempt
    ):
        return
    yield Hit("a record about a job without the job's id", field=seen.id_keys.canonical["job"], found=seen.message)


class IdPatterns(Options, frozen=True):
    """Options of LV304."""

    id_patterns: tuple[Regex, ...] = ()


@rule("LV304", "id-only-in-message", Severity.WARN, needs="message", options=IdPatterns)
def id_only_in_message(seen: Seen, options: IdPatterns) -> Iterator[Hit]:
    r"""The job's id stands in the message and in no field.

    Why: A filter on the field misses the record (GitLab "Logging development guidelines", BAD: `"Job 1234 finished"`).

    Bad:
        {"level":30,"time":1748939264400,"msg":"job job-7f3a took 1234 ms"}

    Good:
        {"level":30,"time":1748939267900,"job_id":"job-7f3a","duration_ms":1234,"msg":"job finished"}

    Options:
        id_patterns  further regular expressions of ids

    Pino: pass it as a field: `log.info({ job_id }, 'job finished')`
    Python: pass it as a field: `extra={"job_id": job_id}`
    """
    if seen.is_plain or seen.record.job_id is not None or any(found.concept == "job" for found in seen.ids):
        return
    found = id_in_text(seen.standard.ids, seen.message)
    if found is None:
        for own in options.id_patterns:
            match = _compiled(own).search(seen.message)
            if match:
                found = match[0]
                break
    if found is not None:
        yield Hit(f"the id {found} stands only in the message", field=seen.record.message_key or "message", found=found)


@rule("LV305", "id-alias", Severity.INFO, needs="head", once=True)
def id_alias(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""An id under another name than the standard's.

    Why: One name per concept in all services; the aliases are the migration plan (GitLab labkit: generated field
    names and
    a map of deprecated ones; Datadog: standard attributes and aliasing).

    Bad:
        {"level":30,"time":1748939281900,"jobId":"job-1a2b","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939288200,"job_id":"job-1a2b","parentJobId":"job-1","msg":"job scheduled"}

    Pino: rename the key where it is bound, in `child()` or `mixin`
    Python: rename the key with `rename_fields`, or in `extra`
    """
    if not seen.is_json:
        return
    for found in seen.ids:
        if found.name not in _UNDECIDED_ALIASES and not seen.id_keys.is_canonical(found.name):
            wanted = seen.id_keys.canonical[found.concept]
            yield Hit(f'the key "{found.path}" is another name of "{wanted}"', field=found.path, found=found.name,
                      want=f'rename "{found.name}" to "{wanted}"')  # fmt: skip


@rule("LV306", "id-type", Severity.WARN, once=True, needs="head")
def id_type(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""An id written as a number.

    Why: JavaScript rounds integers above 2^53, many parsers those above 2^64, and an index that saw a number refuses
    the
    first text (GitLab: "implicit schema").

    Bad:
        {"level":30,"time":1748939294500,"job_id":12345,"msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939297300,"job_id":"12345","msg":"job scheduled"}

    Pino: write `String(id)`
    Python: write `str(id)`
    """
    if not seen.is_json:
        return
    for found in seen.ids:
        if found.name in ("req.id", "http.request.id") or found.concept not in ("job", "request", "trace", "span"):
            continue
        if isinstance(found.value, int | float) and not isinstance(found.value, bool):
            yield Hit(f'the id "{found.path}" is a number', field=found.path, found=str(found.value))


def is_placeholder(value: str) -> bool:
    """Whether a text only looks like an id."""
    return value in PLACEHOLDERS


@rule(
    "LV307",
    "id-pattern",
    Severity.WARN,
    needs="head",
    varies=lambda seen: any(known.pattern for known in seen.standard.ids.values()),
)
def id_pattern(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""An id that does not match the pattern of the configuration.

    Why: Ids of another form do not join.

    Config:
        [ids.job]
        key = "job_id"
        aliases = ["jobId"]
        pattern = '^job-[0-9a-f]{4,}$'

    Bad:
        {"level":30,"time":1748939302900,"job_id":"JOB-7F3A","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939302200,"job_id":"job-7f3a","msg":"job scheduled"}

    Pino: pass the id as it came, neither cut nor formatted
    Python: pass the id as it came, neither cut nor formatted
    """
    for found in seen.ids:
        known = seen.standard.ids.get(found.concept)
        if known is None or known.pattern is None or not isinstance(found.value, str) or is_placeholder(found.value):
            continue
        if pattern(known.pattern).refuses(found.value):
            yield Hit(f"the id does not match {known.pattern}", field=found.path, found=found.value)


@rule("LV308", "id-placeholder", Severity.ERROR, needs="head")
def id_placeholder(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""An id that stands for no id: empty, "undefined", "null", "None", "[object Object]", a UUID of zeros.

    Why: The record looks correlated and is not; all of them join with each other.

    Bad:
        {"level":30,"time":1748939344200,"job_id":"undefined","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939347700,"job_id":"none-such-1","msg":"job scheduled"}

    Pino: check that the id is there before binding it
    Python: check that the id is there before binding it
    """
    if not seen.is_json:
        return
    for found in seen.ids:
        if isinstance(found.value, str) and is_placeholder(found.value):
            shown = found.value or '""'
            yield Hit(f'the id "{found.path}" is {shown}', field=found.path, found=shown)


_TRACE = re.compile(r"[0-9a-f]{32}")
_SPAN = re.compile(r"[0-9a-f]{16}")
_ZEROS = re.compile(r"(?:0x)?0+")


def _trace_keys(standard: Standard) -> frozenset[str]:
    known = [*BUILT_IN_IDS.items(), *standard.ids.items()]
    return frozenset(name for concept, one in known if concept in ("trace", "span") for name in (one.key, *one.aliases))


@rule(
    "LV309",
    "trace-context-format",
    Severity.WARN,
    needs="head",
    varies=lambda seen: any(found.concept in ("trace", "span") for found in seen.ids),
    forms=_trace_keys,
)
def trace_context_format(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A trace id that is not 32, or a span id that is not 16 lower-case hexadecimal digits; or a span without its trace.

    Why: Tracing systems join by the exact text (W3C Trace Context, "trace-id"; OpenTelemetry logs data model: a
    SpanId needs
    a TraceId).

    Bad:
        {"level":30,"time":1748939361700,"trace_id":"4BF92F3577B34DA6A3CE929D0E0E4736","msg":"tick"}

    Bad:
        {"level":30,"time":1748939363100,"span_id":"00f067aa0ba902b7","msg":"tick"}

    Good:
        {"level":30,"time":1748939364500,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","msg":"tick"}

    Pino: take both from the active span in `mixin`, with @opentelemetry/instrumentation-pino
    Python: take both from the active span in a Filter, with opentelemetry-instrumentation-logging
    """
    if not seen.is_json:
        return
    traces, spans = [], []
    for found in seen.ids:
        # Datadog's own ids are decimal (docs.datadoghq.com, "Correlate logs and traces").
        if found.name.startswith("dd.") or not isinstance(found.value, str) or is_placeholder(found.value):
            continue
        if found.concept == "trace":
            traces.append(found)
        elif found.concept == "span":
            spans.append(found)
    for found, form, digits in [(f, _TRACE, 32) for f in traces] + [(f, _SPAN, 16) for f in spans]:
        if not form.fullmatch(found.value) and not _ZEROS.fullmatch(found.value):
            message = f"the {found.concept} id is not {digits} lower-case hexadecimal digits"
            yield Hit(message, field=found.path, found=found.value)
            return
    if spans and not traces and not _ZEROS.fullmatch(spans[0].value) and seen.record.trace_id is None:
        yield Hit("a span id without its trace id", field=spans[0].path, found=spans[0].value)


class RequestId(Options, frozen=True):
    """Options of LV310."""

    require_string: bool = True


@rule(
    "LV310",
    "request-id-missing",
    Severity.WARN,
    options=RequestId,
    needs="head",
    varies=lambda seen: "method" in seen.data,
    reads=frozenset(),
)
def request_id_missing(seen: Seen, options: RequestId) -> Iterator[Hit]:
    r"""An HTTP record without a request id, or with a counter for one.

    Why: pino-http counts requests per process: after a restart 1 is another request, and so it is in the next service.

    Bad:
        {"level":30,"time":1748939377100,"req":{"id":1,"method":"GET","url":"/jobs/1"},"msg":"request completed"}

    Good:
        {"level":30,"time":1748939379900,"req":{"id":"b7f2-11","method":"GET","url":"/jobs/1"},"msg":"request completed"}

    Options:
        require_string  a counter is no request id

    Pino: set `genReqId: (req) => req.headers['x-request-id'] ?? randomUUID()` in pino-http
    Python: take X-Request-ID in a middleware, keep it in a contextvar, and add it in a Filter
    """
    request = _http_request(seen.data)
    if request is None:
        return
    ids = [found for found in seen.ids if found.concept == "request"]
    if any(isinstance(found.value, str) and found.value for found in ids):
        return
    if ids and not options.require_string:
        return
    if ids:
        message = "the request id is a counter of this process"
        yield Hit(message, field=ids[0].path, found=str(ids[0].value))
    else:
        yield Hit("an HTTP record without a request id", field=seen.id_keys.canonical["request"], found=request)


def _http_request(data: dict[str, Any]) -> str | None:
    """ "GET /jobs/1" when the record reports an HTTP request; None when it does not."""
    for place in (data, data.get("payload")):
        request = place.get("req") if isinstance(place, dict) else None
        if isinstance(request, dict) and ("method" in request or "url" in request):
            return f"{request.get('method', '')} {request.get('url', '')}".strip()
    method, path = data.get("method"), data.get("path") or data.get("url")
    status = data.get("status_code", data.get("statusCode", data.get("status")))
    if isinstance(method, str) and isinstance(path, str) and status is not None:
        return f"{method} {path}"
    return None
