"""LV204–LV206: do the words of the message and the level agree?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logview.record import Level
from logview.standard.keys import STATUS_KEYS, STATUS_VALUES
from logview.standard.model import Options, Severity
from logview.standard.rules.registry import Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.rules.seen import Seen

_START = r"(?<![A-Za-z0-9])"
_FAILURE = re.compile(
    _START
    + r"(?:failed|failures?|fail(?:s|ing)? to|unable to|could not|couldn['’]t|threw|thrown|crashed|panicked|refused"
    r"|unreachable|timed out|gave up|giving up|aborted|unhandled|uncaught|traceback)\b(?![-_])",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(
    r"(?:(?<![\w.])0|\b(?:no|not|zero|none|without|any|list of|count of|number of))(?:\s+\w+)?\s+$", re.IGNORECASE
)
_ZERO_AFTER = re.compile(r"\s*[=:]?\s*0(?![\w.])")
_RECOVERED = re.compile(
    r"\b(?:corrected|recovered|retry succeeded|succeeded after|completed after|succeeded on)\b", re.IGNORECASE
)
_FAILURE_HINT = (
    "fail", "unable", "could", "thr", "crash", "panic", "refus", "unreach", "timed", "gave", "giving", "abort", "unhandl",
    "uncaught", "traceback",
)  # fmt: skip


def failure_wording(message: str) -> str | None:
    """The words that report a failure in `message`; None when it reports none, a count of zero, or a recovery."""
    low = message.lower()
    if not any(hint in low for hint in _FAILURE_HINT) or _RECOVERED.search(message):
        return None
    for found in _FAILURE.finditer(message):
        if found[0].lower().startswith(("failed", "failure")):
            if _COUNT_BEFORE.search(message, max(0, found.start() - 40), found.start()):
                continue
            if _ZERO_AFTER.match(message, found.end()):
                continue
        return found[0]
    return None


class Words(Options, frozen=True):
    """Options of LV204: further words, further texts that excuse."""

    words: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


@rule("LV204", "failure-below-warn", Severity.WARN, needs="message", options=Words)
def failure_below_warn(seen: Seen, options: Words) -> Iterator[Hit]:
    r"""The message reports a failure, the level says that all is well.

    Why: Nobody finds it. Verb forms only, never the bare words error or timeout: on the levelled lines of 16 public
    data
    sets this list hits 2.1 % of the INFO lines, 9 of 10 templates real (logpai/loghub).

    Bad:
        {"level":30,"time":1748938866100,"msg":"failed to reach optimizer"}

    Bad:
        2025-06-03 08:21:43,200 INFO optimizer.solver solve failed

    Good:
        {"level":30,"time":1748938874500,"msg":"0 failed, 12 passed"}

    Good:
        {"level":40,"time":1748938880100,"msg":"failed to reach optimizer"}

    Options:
        words  further words that report a failure
        guards  words that excuse the whole message

    Pino: use `.warn` when the caller recovers, `.error` when the operation is lost
    Python: use `.warning` when the caller recovers, `.error` or `.exception` when the operation is lost
    """
    if seen.level is None or seen.level > Level.INFO or seen.is_plain or not seen.message:
        return
    found = failure_wording(seen.message)
    if found is None and options.words:
        low = seen.message.lower()
        found = next((word for word in options.words if word.lower() in low), None)
    if found is None or any(guard.lower() in seen.message.lower() for guard in options.guards):
        return
    yield Hit(f'"{found}" at {seen.level.text}', field=seen.record.message_key or "message", found=found)


_RETRYING = re.compile(_START + r"retrying\b", re.IGNORECASE)
_ATTEMPT = re.compile(_START + r"attempt #?(\d+)(?:\s*(?:of|/)\s*(\d+))?\b", re.IGNORECASE)
_FINAL = re.compile(_START + r"(?:giving|gave|gives?) up\b", re.IGNORECASE)
_OUTCOME = re.compile(
    r"\b(?:succeeded|completed|finished|stored|recovered)\b|\bafter \d+ retr(?:y|ies)\b", re.IGNORECASE
)
_ATTEMPT_KEYS = ("attempt", "retry", "attempt_number", "attemptNumber")
_COUNT_KEYS = ("retry_count", "retryCount")
_MAX_KEYS = ("max_attempts", "maxAttempts", "max_retries", "maxRetries", "attempts_max", "total_attempts")


def _number(fields: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


COUNTED_KEYS = frozenset((*_ATTEMPT_KEYS, *_COUNT_KEYS, *_MAX_KEYS))


class Retry(Options, frozen=True):
    """Options of LV205."""

    retry_words: tuple[str, ...] = ()
    final_words: tuple[str, ...] = ()


@rule(
    "LV205",
    "retry-level",
    Severity.WARN,
    options=Retry,
    needs="message",
    varies=lambda seen: not COUNTED_KEYS.isdisjoint(seen.data),
    reads=COUNTED_KEYS,
)
def retry_level(seen: Seen, options: Retry) -> Iterator[Hit]:
    r"""A retry at info or error, or a final attempt below error.

    Why: A retry is unexpected and handled: warn. Giving up is a lost operation: error (OpenTelemetry logs data model:
    WARN
    "is not an error but is likely more important than an informational event").

    Bad:
        {"level":50,"time":1748938920000,"attempt":2,"msg":"retrying optimizer call"}

    Bad:
        {"level":40,"time":1748938921400,"attempt":5,"max_attempts":5,"msg":"giving up after 5 attempts"}

    Good:
        {"level":40,"time":1748938924200,"attempt":2,"max_attempts":5,"msg":"retrying optimizer call"}

    Good:
        {"level":30,"time":1748938930500,"attempt":2,"msg":"optimizer call succeeded"}

    Options:
        retry_words  further words that announce a retry
        final_words  further words that give up

    Pino: log each retry with `.warn({ attempt, max_attempts, delay_ms })` and the last with `.error`
    Python: log each retry with `.warning` and the last with `.exception`
    """
    level, message = seen.level, seen.message
    if level is None or seen.is_plain:
        return
    fields = seen.record.fields
    attempt, most = _number(fields, _ATTEMPT_KEYS), _number(fields, _MAX_KEYS)
    counted = _number(fields, _COUNT_KEYS)
    worded = _ATTEMPT.search(message)
    low = message.lower()
    if _FINAL.search(message) or any(word.lower() in low for word in options.final_words):
        final = True
    else:
        final = attempt is not None and most is not None and attempt >= most > 1
        if worded and worded[2] is not None:
            final = final or int(worded[1]) >= int(worded[2]) > 1
    if _OUTCOME.search(message) and not _FINAL.search(message):
        return
    if final:
        if level < Level.ERROR:
            yield Hit(
                f"the last attempt failed at {level.text}; that is an error", field=seen.record.level_key, found=message
            )
        return
    retries = (
        _RETRYING.search(message) is not None
        or (worded is not None and int(worded[1]) >= 2)
        or (attempt is not None and attempt >= 2)
        or (counted is not None and counted >= 1)
        or any(word.lower() in low for word in options.retry_words)
    )
    if retries and (level is Level.INFO or level >= Level.ERROR):
        yield Hit(f"a retry at {level.text}; a retry is a warning", field=seen.record.level_key, found=message)


_SUCCESS = re.compile(_START + r"(?:succeeded|completed)\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not|never|cannot|can['’]?t|couldn['’]?t|hasn['’]?t|haven['’]?t|didn['’]?t|wasn['’]?t|isn['’]?t|won['’]?t"
    r"|incomplete|neither|nor|nothing|none)\b",
    re.IGNORECASE,
)


@rule(
    "LV206",
    "success-at-warn",
    Severity.INFO,
    options=Words,
    needs="message",
    varies=lambda seen: not STATUS_KEYS.isdisjoint(seen.data),
    reads=STATUS_VALUES,
)
def success_at_warn(seen: Seen, options: Words) -> Iterator[Hit]:
    r"""A success reported as a warning or an error.

    Why: Alert noise; who gets used to it misses the real one.

    Bad:
        {"level":40,"time":1748938940300,"msg":"job completed"}

    Good:
        {"level":40,"time":1748938943800,"msg":"job not completed in time"}

    Good:
        {"level":40,"time":1748938945900,"res":{"statusCode":404},"msg":"request completed"}

    Options:
        words  further words that report a success
        guards  words that excuse the whole message

    Pino: lower the level to `.info`
    Python: lower the level to `.info`
    """
    level, message = seen.level, seen.message
    if level is None or level < Level.WARN or seen.is_plain:
        return
    found = _SUCCESS.search(message)
    word = found[0] if found else next((w for w in options.words if w.lower() in message.lower()), None)
    if word is None or _NEGATED.search(message) or any(g.lower() in message.lower() for g in options.guards):
        return
    if seen.has_error or (seen.status is not None and seen.status >= 400):
        return
    yield Hit(f'"{word}" at {level.text}', field=seen.record.message_key or "message", found=word)
