"""LV301, LV302, LV311, LV312: which service, logger and function wrote the record?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.standard.model import Options, Severity
from logview.standard.rules.registry import Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.rules.seen import Seen


class ServiceKey(Options, frozen=True):
    """Options of LV301."""

    key: str = "service"


@rule("LV301", "service-missing", Severity.ERROR, needs="head", options=ServiceKey, once=True)
def service_missing(seen: Seen, options: ServiceKey) -> Iterator[Hit]:
    r"""A record that does not say which service wrote it, and no wrapper does.

    Why: Two services in one store cannot be told apart (OWASP Logging Cheat Sheet "where"; ECS `service.name`).

    Bad:
        {"level":30,"time":1748939176200,"pid":4711,"hostname":"devbox","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939183900,"service":"scheduler","msg":"job scheduled"}

    Good:
        scheduler-1  | {"level":30,"time":1748939187400,"msg":"job scheduled"}

    Options:
        key  the key asked for

    Pino: set `base: { service: 'scheduler' }`
    Python: add `static_fields={"service": "optimizer"}` to the JSON formatter, or a Filter that sets it
    """
    if not seen.is_plain and not seen.record.service:
        yield Hit("the record does not name its service", field=options.key, key="")


@rule("LV302", "service-unknown", Severity.WARN, once=True, needs="head")
def service_unknown(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A service that is not in the configuration's `[services]`.

    Why: A typing mistake in a name is a lost log.

    Config:
        [services.scheduler]

    Bad:
        {"level":30,"time":1748939190900,"service":"schedular","msg":"job scheduled"}

    Good:
        {"level":30,"time":1748939190200,"service":"scheduler","msg":"job scheduled"}

    Pino: correct the name in `base`, or add the service to `[services]`
    Python: correct the name in `static_fields`, or add the service to `[services]`
    """
    name, known = seen.record.service, seen.standard.services
    if name and known and not seen.is_plain and name not in known:
        yield Hit(f"the service {name!r} is not configured", field=seen.record.service_from, found=name, key=name)


class FunctionName(Options, frozen=True):
    """Options of LV311."""

    accept_source_match: bool = True


@rule("LV311", "function-missing", Severity.WARN, options=FunctionName, needs="message")
def function_missing(seen: Seen, options: FunctionName) -> Iterator[Hit]:
    r"""A JSON record that names no function, and no call site in the source is known for it.

    Why: From a record to the code that wrote it in one step (OWASP Logging Cheat Sheet "code location"). pino records
    are
    judged only where the service's source was read: pino-caller costs 23 × the throughput, the source index nothing.

    Bad:
        {"time": "2025-06-03T08:29:52.500Z", "level": "info", "service": "optimizer", "message": "solve started"}

    Good:
        {"time": "2025-06-03T08:29:53.900Z", "level": "info", "service": "optimizer", "function": "solve", "message": "solve started"}

    Good:
        {"level":30,"time":1748939396000,"msg":"pino without a source index"}

    Options:
        accept_source_match  a call site that is found in the source is enough

    Pino: bind it once per function: `logger.child({ function: 'dispatchJob' })`; not pino-caller
    Python: add `%(funcName)s` to the formatter's fields
    """
    if not seen.is_json or seen.record.function:
        return
    # Both name a place, which the decoder reads only where it is written as their libraries write it.
    if any(isinstance(value := seen.data.get(key), str) and value for key in ("caller", "location")):
        return
    index = seen.index
    covered = index is not None and index.covers(seen.service)
    known = seen.standard.services.get(seen.service)
    is_pino = seen.is_numeric_pino or (known is not None and known.dialect == "pino")
    if is_pino and not covered:
        return
    if covered and index is not None and options.accept_source_match and index.sites(seen.service, seen.record):
        return
    yield Hit("the record names no function", field="function")


@rule("LV312", "root-logger", Severity.INFO, once=True, needs="head")
def root_logger(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A record of the root logger, or of none.

    Why: Levels cannot be set per module, and nobody knows which part spoke (ruff LOG015).

    Bad:
        WARNING:root:solve started

    Bad:
        {"level":30,"time":1748939406500,"service":"scheduler","msg":"solve started"}

    Good:
        {"level":30,"time":1748939408600,"service":"scheduler","module":"dispatcher","msg":"solve started"}

    Pino: give each module its own child: `logger.child({ logger: 'dispatcher' })`
    Python: use `logging.getLogger(__name__)`
    """
    if seen.is_plain:
        return
    logger = seen.record.logger
    if not logger:
        yield Hit("the record names no logger", field="logger", key="")
    elif logger == "root":
        yield Hit("the record comes from the root logger", field="logger", found=logger, key="")
