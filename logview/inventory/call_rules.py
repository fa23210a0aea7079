"""LV802–LV811, LV820, LV823, LV824: what is wrong with a logging call, told from the call alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logview.inventory.names import bare_conversions, is_job_key
from logview.standard.rules.registry import Hit
from logview.standard.rules.wording import failure_wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.inventory.model import Inventory, LogCall

    CallCheck = Callable[[LogCall, Inventory], Iterator[Hit]]

WRONG_ERROR_KEYS = frozenset({"error", "e", "ex", "exception"})
PINO_RESERVED = frozenset({"level", "time", "pid", "hostname"})
LOG_RECORD = frozenset(
    [
        "name",
        "msg",
        "args",
        "levelname",
        "levelno",
        "pathname",
        "filename",
        "module",
        "exc_info",
        "exc_text",
        "stack_info",
        "lineno",
        "funcName",
        "created",
        "msecs",
        "relativeCreated",
        "thread",
        "threadName",
        "processName",
        "process",
        "taskName",
        "message",
        "asctime",
    ]
)
"""Attributes of logging.LogRecord, and the two that makeRecord refuses by name (Python documentation)."""
LOUD = frozenset({"warn", "error", "fatal"})
QUIET = frozenset({"trace", "debug", "info"})

_RETRY = re.compile(r"(?<![A-Za-z0-9])retrying\b|(?<![A-Za-z0-9])attempt #?(?:[2-9]|\d\d+)\b", re.IGNORECASE)
_FINAL = re.compile(r"(?<![A-Za-z0-9])(?:giving|gave|gives?) up\b", re.IGNORECASE)
_OUTCOME = re.compile(
    r"\b(?:succeeded|completed|finished|stored|recovered)\b|\bafter \S+ retr(?:y|ies)\b", re.IGNORECASE
)
_HOLE = re.compile(r"\$\{[^}]*\}|\{[^}]*\}|%\([^)]*\)[a-z]|%[-#0 +]*\d*(?:\.\d+)?[sdifrjoOcxXeEgG]")


def root_logger_call(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.on_root:
        yield Hit(f"{call.logger}.{call.method}() logs as root", found=f"{call.logger}.{call.method}")


def dynamic_message(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.kind in {"template", "concat"}:
        yield Hit("the message is put together before the call", found=call.template or "")


def object_after_message(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.surplus == "object":
        yield Hit("pino drops the object after the message", found=call.template or "")


def error_after_message(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.surplus == "error":
        yield Hit("pino drops the error after the message", found=call.template or "")


def error_wrong_key(call: LogCall, inventory: Inventory) -> Iterator[Hit]:
    if call.library != "pino":
        return
    served = serialized_keys(call, inventory)
    for key in call.error_keys:
        if key in WRONG_ERROR_KEYS and key not in served:
            yield Hit(f"pino has no serializer for {key!r} and writes {{}}", field=key, found=call.template or "")
            return


def serialized_keys(call: LogCall, inventory: Inventory) -> set[str]:
    """Keys that the logger's set-up serializes as errors; of any pino of the service when the logger's is not known."""
    setups = [s for s in inventory.setups if call.setup == (s.file, s.line)]
    if not setups:
        setups = [s for s in inventory.setups if s.service == call.service and s.kind == "pino"]
    keys = {key for setup in setups for key in setup.serializers}
    return keys | {setup.error_key for setup in setups if setup.error_key}


def catch_without_error(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.handler is not None and not call.has_error:
        yield Hit("the error that was caught is not passed", found=call.template or "")


def log_and_rethrow(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.rethrown and call.handler is not None and call.level in LOUD:
        yield Hit("the error is logged here and thrown on", found=call.template or "")


def context_not_passed(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if not call.ids or call.open_keys:
        return
    if not any(is_job_key(key) for key in (*call.keys, *call.bound)):
        name = call.ids[0]
        yield Hit(f"{name} is at hand and not passed", field=name, found=call.template or "")


def reserved_extra(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.library == "pino":
        taken = [key for key in call.keys if key in PINO_RESERVED]
        if "msg" in call.keys and call.kind != "dynamic":
            taken.append("msg")
        why = "pino writes it as well, and parsers keep only the last"
    elif call.library == "logging":
        taken = [key for key in call.keys if key in LOG_RECORD]
        why = "it is an attribute of LogRecord, and logging raises KeyError"
    else:
        return
    if taken:
        yield Hit(f"{taken[0]!r} is reserved: {why}", field=taken[0], found=call.template or "")


def arg_count(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.conversions is None or call.arguments is None or call.surplus is not None:
        return
    if call.kind not in {"static", "printf"} or call.conversions == call.arguments:
        return
    wanted = call.conversions
    if not call.arguments:
        # Nothing is formatted then: "100% of" is meant, "%d" is not.
        wanted = bare_conversions(call.template or "") if call.library != "loguru" else 0
    if wanted != call.arguments:
        yield Hit(
            f"{counted(wanted, 'conversion')} and {counted(call.arguments, 'argument')}", found=call.template or ""
        )


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sensitive_argument(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.exposed:
        name = call.exposed[0]
        yield Hit(f"{name!r} is named like a secret and passed", field=name, found=call.template or "")


def non_literal_key(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    if call.computed_keys:
        yield Hit("field keys are computed at run time", found=call.template or "")


def level_wording(call: LogCall, inventory: Inventory) -> Iterator[Hit]:  # noqa: ARG001
    text = wording(call.template)
    if text is None:
        return
    if call.level in QUIET:
        word = failure_wording(text)
        if word is not None and not is_count(call.template or "", word):
            yield Hit(f'"{word}" at {call.level}', found=call.template or "")
            return
    if _FINAL.search(text):
        if call.level in QUIET or call.level == "warn":
            yield Hit(f"giving up at {call.level}; that is an error", found=call.template or "")
    elif _RETRY.search(text) and not _OUTCOME.search(text) and call.level in {"info", "error", "fatal"}:
        yield Hit(f"a retry at {call.level}; a retry is a warning", found=call.template or "")


def wording(template: str | None) -> str | None:
    """The literal words of a template; holes become a word that says nothing."""
    return None if template is None else _HOLE.sub("…", template)


def is_count(template: str, word: str) -> bool:
    """A number decides what the word means: "%d failed", "failed: ${n}" may well be none."""
    if not word.lower().startswith("fail"):
        return False
    number = r"(?:%d|%i|\$?\{[^}]*(?:count|num|total|failures?|failed|len|length|size|n)[^}]*\})"
    return bool(
        re.search(rf"{number}\s+(?:\w+\s+)?{re.escape(word)}", template, re.IGNORECASE)
        or re.search(rf"{re.escape(word)}\s*[=:]?\s*{number}", template, re.IGNORECASE)
    )


CALL_RULES: dict[str, CallCheck] = {
    "LV802": root_logger_call,
    "LV803": dynamic_message,
    "LV804": object_after_message,
    "LV805": error_after_message,
    "LV806": error_wrong_key,
    "LV807": catch_without_error,
    "LV808": log_and_rethrow,
    "LV809": context_not_passed,
    "LV810": reserved_extra,
    "LV811": arg_count,
    "LV820": sensitive_argument,
    "LV823": non_literal_key,
    "LV824": level_wording,
}
