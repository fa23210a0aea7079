"""LV801, LV812–LV819, LV821, LV822: what is wrong with a set-up, a server's start, an import, a line on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.model import HTTP_LOGGERS
from logview.inventory.pyconfig import has_zone
from logview.standard.rules.registry import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.inventory.model import Fact, Inventory, LoggerSetup

    SetupCheck = Callable[[LoggerSetup, Inventory], Iterator[Hit]]
    FactCheck = Callable[[Fact, Inventory], Iterator[Hit]]

SERVICE_KEYS = frozenset({"service", "service.name", "serviceName", "app", "name"})
BAD_TIMES = {"false": "no time is written", "nullTime": "no time is written", "unixTime": "the time is in seconds"}
HTTP = HTTP_LOGGERS - {"fastify"}
AT_IMPORT = frozenset({"basicConfig", "dictConfig", "fileConfig"})


def extra_logger_instance(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:
    if setup.kind in {"pino", "basicConfig"}:
        same = [
            other
            for other in inventory.setups
            if other.kind == setup.kind and other.service == setup.service and other.file not in inventory.tests
        ]
        # The one that most files import from is the service's logger; the others are the extra ones.
        first = min(same, key=lambda s: (-s.exported, s.file, s.start))
        alternative = first.choice is not None and (first.file, first.choice) == (setup.file, setup.choice)
        if first is not setup and not alternative:
            where = f"{first.file}:{first.line}"
            yield Hit(f"a second {setup.kind}() in {setup.service}; the first is at {where}", found=setup.kind)
            return
    if setup.kind in AT_IMPORT and setup.at_import:
        yield Hit(f"{setup.kind}() runs when the module is imported", found=setup.kind)


def level_not_configurable(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.level in {None, "env"} or setup.kind in {"dictConfig", "fileConfig"} or setup.parent is not None:
        return
    yield Hit(f"the level {setup.level!r} is fixed in the source", field="level", found=str(setup.level))


def no_redaction(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:
    if setup.kind == "pino":
        if setup.known and setup.redact is None:
            yield Hit("pino() without redact", found="pino")
    elif setup.kind in HTTP and setup.known and not setup.parent_open:
        chain = lineage(setup, inventory)
        if chain and "req" in chain[0].serializers:
            return
        if not any(redacts_headers(one) for one in chain):
            yield Hit(f"{setup.kind} logs request headers unredacted", found=setup.kind)


def lineage(setup: LoggerSetup, inventory: Inventory) -> list[LoggerSetup]:
    """The set-up and those whose loggers it was given, nearest first."""
    chain = [setup]
    while chain[-1].parent is not None and len(chain) < 8:
        above = next((s for s in inventory.setups if (s.file, s.line) == chain[-1].parent and s not in chain), None)
        if above is None:
            break
        chain.append(above)
    return chain


def redacts_headers(setup: LoggerSetup) -> bool:
    """The authorization header of requests is redacted; paths that cannot be read count."""
    if setup.redact is None:
        return not setup.known
    return setup.redact == () or any(
        path in {"*", "req"} or "authorization" in path.lower() or path.endswith(("headers", "headers.*", "headers[*]"))
        for path in setup.redact
    )


def pretty_in_production(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.pretty:
        yield Hit("pino-pretty is on whatever the environment", field="transport", found="pino-pretty")


def timestamp_config(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.timestamp in BAD_TIMES:
        yield Hit(
            f"{BAD_TIMES[setup.timestamp]}: timestamp is {setup.timestamp}", field="timestamp", found=setup.timestamp
        )
        return
    bare = next((text for text in setup.date_formats if not has_zone(text)), None)
    if bare is not None:
        yield Hit(f"the date format {bare!r} writes no zone", field="datefmt", found=bare)


def service_not_bound(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.kind != "pino" or not setup.known or setup.context_open:
        return
    if not SERVICE_KEYS & set(setup.context):
        yield Hit("records do not say which service wrote them", field="service", found="pino")


def http_level_default(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.kind in {"pino-http", "nestjs-pino"} and setup.known and "customLogLevel" not in setup.settings:
        yield Hit("failed requests are logged at info", field="customLogLevel", found="pino-http")


def existing_loggers_disabled(setup: LoggerSetup, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if setup.kind in {"dictConfig", "fileConfig"} and setup.known and setup.disable_existing is not False:
        yield Hit("loggers made before this call are disabled", field="disable_existing_loggers", found=setup.kind)


def no_console(fact: Fact, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if fact.section == "M" and fact.faulty:
        yield Hit(f"{fact.kind}() writes to the console", found=fact.text)


def deprecated_middleware(fact: Fact, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if fact.kind == "import express-pino-logger":
        yield Hit("express-pino-logger is deprecated", found=fact.text)


def server_logs_unrouted(fact: Fact, inventory: Inventory) -> Iterator[Hit]:
    if fact.section != "J" or not fact.faulty or fact.kind.startswith("import"):
        return
    if fact.kind == "celery worker" and any(
        other.service == fact.service
        and (other.kind in {"celery setup_logging", "celery worker_hijack_root_logger"} or "hijack" in other.text)
        for other in inventory.facts
    ):
        return
    yield Hit(f"{fact.kind} without a log configuration", field="log_config", found=fact.text)


def formatter_date(fact: Fact, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if fact.kind == "datefmt" and fact.faulty:
        yield Hit(f"the date format {fact.text!r} writes no zone", field="datefmt", found=fact.text)


SETUP_RULES: dict[str, SetupCheck] = {
    "LV812": extra_logger_instance,
    "LV813": level_not_configurable,
    "LV814": no_redaction,
    "LV815": pretty_in_production,
    "LV816": timestamp_config,
    "LV817": service_not_bound,
    "LV818": http_level_default,
    "LV821": existing_loggers_disabled,
}
FACT_RULES: dict[str, FactCheck] = {
    "LV801": no_console,
    "LV816": formatter_date,
    "LV819": deprecated_middleware,
    "LV822": server_logs_unrouted,
}
