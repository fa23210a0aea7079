"""LV6xx: does the record say what must not be written down? What is found is masked before it leaves here."""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from logview.standard.keys import names_an_id
from logview.standard.mask import (
    MASK,
    SENSITIVE_KEYS,
    SHORTEST_CARD,
    find_cards,
    find_emails,
    find_secrets,
    is_masked,
    is_sensitive_key,
    mask_text,
)
from logview.standard.model import Options, Regex, Severity
from logview.standard.pattern import pattern
from logview.standard.rules.registry import Hit, rule
from logview.standard.rules.seen import MAX_DEPTH, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.rules.seen import Seen

_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "set_cookie"})


def may_leak(seen: Seen) -> bool:
    """Whether the record has a key that names a secret, here or in the team's list."""
    if seen.record.data is None:
        return False
    names = sensitive_names(seen)
    return any(is_sensitive_key(key, names) for key in seen.record.data)


def sensitive_names(seen: Seen) -> tuple[str, ...]:
    """The names of secrets: those known here, and the team's."""
    setting = seen.standard.rules.get("LV601")
    more = setting.options.keys if setting is not None and isinstance(setting.options, SensitiveKeys) else ()
    return SENSITIVE_KEYS + more


class SensitiveKeys(Options, frozen=True):
    """Options of LV601."""

    keys: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()


@rule("LV601", "sensitive-key", Severity.ERROR, options=SensitiveKeys, needs="head", varies=may_leak)
def sensitive_key(seen: Seen, options: SensitiveKeys) -> Iterator[Hit]:
    r"""A value under a key that names a secret.

    Why: Logs are copied to more places and read by more people than the database (OWASP Logging Cheat Sheet "Data to
    exclude"; ASVS 5.0, 16.2.5; Instrumentation Score LOG-003).

    Bad:
        {"level":30,"time":1748939960200,"user":{"name":"a","password":"hunter2"},"msg":"login"}

    Good:
        {"level":30,"time":1748939963000,"password":"[Redacted]","token_count":512,"msg":"login"}

    Options:
        keys  further names, in snake case
        masks  further values that are masks

    Pino: add the path to `redact`
    Python: remove it in a Filter, or mask it where it is passed
    """
    data = seen.record.data
    if data is None:
        return
    names = SENSITIVE_KEYS + options.keys if options.keys else SENSITIVE_KEYS
    # Of logfmt, too, the pairs are known.
    for path, key, text in seen.texts if seen.is_json else texts_in(data):
        if not is_sensitive_key(key, names) or is_masked(text) or text in options.masks:
            continue
        if key.lower() in _HEADERS and ".headers." in f".{path}.":
            continue
        yield Hit(f'a secret stands under "{path}"', field=path, found=MASK)
        return


class Patterns(Options, frozen=True):
    """Options of LV602."""

    extra_patterns: tuple[Regex, ...] = ()
    allow: tuple[Regex, ...] = ()


def _has_own_patterns(seen: Seen) -> bool:
    """Whether the team looks for secrets of further forms, in whatever text they stand."""
    standard = seen.standard
    settings = (standard.rules.get("LV602"), *(override.rules.get("LV602") for override in standard.overrides))
    return any(one is not None and isinstance(one.options, Patterns) and one.options.extra_patterns for one in settings)


@rule("LV602", "secret-value", Severity.ERROR, options=Patterns, needs="head", varies=_has_own_patterns)
def secret_value(seen: Seen, options: Patterns) -> Iterator[Hit]:
    r"""A secret whose form is known: a token with a fixed prefix, a private key, credentials in a URL.

    Why: Whoever reads the log can use it (OWASP Logging Cheat Sheet "Data to exclude"; forms: the low-noise core of the
    gitleaks rules).

    Bad:
        {"level":30,"time":1748939987500,"dsn":"postgres://svc:s3cretpw@db.internal:5432/jobs","msg":"connect"}

    Bad:
        2025-06-03 08:39:49,600 INFO optimizer.solver dsn redis://svc:hunter22@cache:6379/0

    Good:
        {"level":30,"time":1748939995200,"dsn":"postgres://svc:***@db.internal/jobs","msg":"connect"}

    Options:
        extra_patterns  further regular expressions of secrets
        allow  regular expressions of values that are no secrets

    Pino: add the path to `redact`, and keep secrets out of the message
    Python: mask it in a Filter, and keep secrets out of the message
    """
    for path, _, text in seen.texts:
        for what, start, end in find_secrets(text):
            if not any(pattern(allowed).search(text[start:end]) for allowed in options.allow):
                yield Hit(f"{what} in {_where(path)}", field=path, found=_around(text, start, end))
                return
        for own in options.extra_patterns:
            found = pattern(own).search(text)
            if found and not is_masked(found[0]):
                yield Hit(f"a secret in {_where(path)}", field=path, found=_around(text, found.start(), found.end()))
                return


def _where(path: str | None) -> str:
    return "the text" if path is None else f'"{path}"'


def _around(text: str, start: int, end: int) -> str:
    """A masked excerpt: what was found is `***`, and so is anything else in it that must not be shown."""
    return mask_text(f"{text[max(0, start - 24) : start]}{MASK}{text[end : end + 16]}")


class Email(Options, frozen=True):
    """Options of LV603."""

    allow_domains: tuple[str, ...] = ()


@rule("LV603", "email", Severity.WARN, options=Email, needs="head")
def email(seen: Seen, options: Email) -> Iterator[Hit]:
    r"""An email address in the message or a field.

    Why: It names a person; erasing it from logs and their copies is hardly possible (GDPR article 17; Instrumentation
    Score
    LOG-003).

    Bad:
        {"level":30,"time":1748940014100,"msg":"user ann@example.com logged in"}

    Good:
        {"level":30,"time":1748940022500,"user_hash":"9f86d081","msg":"pkg@1.2.3 installed"}

    Options:
        allow_domains  domains whose addresses are fine, compared whole

    Pino: log the user's id or a hash instead
    Python: log the user's id or a hash instead
    """
    allowed = {domain.lower() for domain in options.allow_domains}
    for path, _, text in seen.texts:
        for start, end in find_emails(text, allowed):
            yield Hit(f"an email address in {_where(path)}", field=path, found=_around(text, start, end))
            return


@rule("LV604", "card-number", Severity.ERROR, needs="head")
def card_number(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""The number of a payment card.

    Why: PCI DSS 4.0, requirement 3.4: never readable where it is stored. The Luhn test leaves one of ten random
    numbers.

    Bad:
        {"level":30,"time":1748940033700,"msg":"card 4111111111111111 charged"}

    Good:
        {"level":30,"time":1748940039300,"order_id":"4111111111111111","card":"411111******1111","msg":"charged"}

    Pino: log the last four digits at most
    Python: log the last four digits at most
    """
    for path, key, text in seen.texts:
        if len(text) < SHORTEST_CARD or (key and names_an_id(key)):
            continue
        for start, end in find_cards(text):
            yield Hit(f"a card number in {_where(path)}", field=path, found=_around(text, start, end))
            return
    if seen.is_json:
        for path, key, number in _numbers_in(seen.data, "", 0):
            if not names_an_id(key) and any(find_cards(str(number))):
                yield Hit(f'a card number in "{path}"', field=path, found=MASK)
                return


def _numbers_in(data: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str, int]]:
    for key, value in data.items():
        if isinstance(value, int):
            if value >= 3 * 10**12:
                yield f"{prefix}{key}", key, value
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _numbers_in(value, f"{prefix}{key}.", depth + 1)


class NationalId(Options, frozen=True):
    """Options of LV605."""

    patterns: tuple[Regex, ...] = (r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b",)


@rule("LV605", "national-id", Severity.ERROR, needs="values", options=NationalId, presets=())
def national_id(seen: Seen, options: NationalId) -> Iterator[Hit]:
    r"""A national identity number. Off by default: the forms differ by country.

    Why: Personal data of the highest class (OWASP Logging Cheat Sheet "Data to exclude").

    Config:
        [rules]
        LV605 = "error"

    Bad:
        {"level":30,"time":1748940157600,"note":"078-05-1120","msg":"applicant stored"}

    Good:
        {"level":30,"time":1748940157600,"note":"000-05-1120","msg":"applicant stored"}

    Options:
        patterns  regular expressions; the default is the US social security number

    Pino: log a hash or nothing
    Python: log a hash or nothing
    """
    for path, _, text in seen.texts:
        for own in options.patterns:
            found = pattern(own).search(text)
            if found:
                yield Hit(
                    f"a national identity number in {_where(path)}", field=path, found=_around(text, *found.span())
                )
                return


class Entropy(Options, frozen=True):
    """Options of LV606."""

    min_entropy: float = 4.5
    min_length: int = 20


_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}")


@rule("LV606", "high-entropy", Severity.WARN, needs="values", options=Entropy, presets=("strict",))
def high_entropy(seen: Seen, options: Entropy) -> Iterator[Hit]:
    r"""A text that looks random, as keys and tokens do. Off by default: logs are full of ids and hashes.

    Why: Secrets without a known form (detect-secrets, high-entropy plugins).

    Config:
        [rules]
        LV606 = "warn"

    Bad:
        {"level":30,"time":1748940157600,"note":"q7Zt0VxR2mYb9LkHs4WcN8eJdPfAuG3T","msg":"stored"}

    Good:
        {"level":30,"time":1748940157600,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"queue depth sampled"}

    Options:
        min_entropy  bits per character (Shannon) from which it counts
        min_length  shorter words are not judged

    Pino: add the path to `redact` if it is a secret
    Python: mask it in a Filter if it is a secret
    """
    for path, key, text in seen.texts:
        if key and names_an_id(key):
            continue
        for found in _WORD.finditer(text):
            if len(found[0]) >= options.min_length and _entropy(found[0]) >= options.min_entropy:
                message = f"a text that looks random in {_where(path)}"
                yield Hit(message, field=path, found=_around(text, *found.span()))
                return


def _entropy(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


@rule("LV607", "auth-headers", Severity.ERROR, needs="head")
def auth_headers(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""Credentials in the headers of a logged request.

    Why: pino-http logs all request headers unless told otherwise (measured with pino-http 11): whoever reads the log is
    logged in.

    Bad:
        {"level":30,"time":1748940051900,"req":{"id":"r-1","method":"GET","url":"/","headers":{"authorization":"Bearer abc"}},"msg":"request completed"}

    Good:
        {"level":30,"time":1748940054700,"req":{"id":"r-1","method":"GET","url":"/","headers":{"authorization":"[Redacted]"}},"msg":"request completed"}

    Pino: set `redact: ['req.headers.authorization', 'req.headers.cookie']`
    Python: remove both headers before logging the request
    """
    data = seen.data
    payload = data.get("payload")
    http = data.get("http")
    places: list[tuple[str, Any]] = [("req", data.get("req")), ("request", data.get("request"))]
    if isinstance(payload, dict):
        places += [("payload.req", payload.get("req")), ("payload.request", payload.get("request"))]
    if isinstance(http, dict):
        places.append(("http.request", http.get("request")))
    for path, request in places:
        headers = request.get("headers") if isinstance(request, dict) else None
        if not isinstance(headers, dict):
            continue
        for name, value in headers.items():
            if name.lower() in ("authorization", "cookie") and _has_text(value):
                yield Hit(f"the header {name} in clear", field=f"{path}.headers.{name}", found=MASK)
                return


def _has_text(value: Any) -> bool:
    if isinstance(value, list):
        return any(_has_text(item) for item in value)
    return isinstance(value, str) and not is_masked(value)


_DIAGNOSE = re.compile(r"^[\s│|]*└ ", re.MULTILINE)


@rule("LV608", "locals-dump", Severity.WARN, needs="head")
def locals_dump(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""Values of variables in a traceback.

    Why: They are whatever the function held: passwords, rows, tokens (measured: loguru's `diagnose` printed
    `login('hunter2')`; structlog's dict tracebacks write `locals`).

    Bad:
        {"level":"error","time":"2025-06-03T08:15:00.000Z","event":"solve_failed","exception":[{"exc_type":"KeyError","exc_value":"'cost'","frames":[{"filename":"/srv/app/s.py","lineno":8,"name":"solve","locals":{"password":"'hunter2'"}}]}]}

    Good:
        {"level":"error","time":"2025-06-03T08:15:00.000Z","event":"solve_failed","exception":[{"exc_type":"KeyError","exc_value":"'cost'","frames":[{"filename":"/srv/app/s.py","lineno":8,"name":"solve","locals":null}]}]}

    Pino: do not attach variables to errors
    Python: set `diagnose=False` in loguru, `show_locals=False` in structlog and rich
    """
    if not seen.is_json:
        if seen.is_text and "└" in seen.record.rest and _DIAGNOSE.search(seen.record.rest):
            yield Hit("the traceback shows the values of variables", found=MASK)
        return
    for path, value in seen.data.items():
        if isinstance(value, dict | list):
            found = _locals_in(value, path, 0)
            if found is not None:
                yield Hit("the traceback holds the values of variables", field=found, found=MASK)
                return
        elif isinstance(value, str) and "└" in value and "Traceback" in value and _DIAGNOSE.search(value):
            yield Hit("the traceback shows the values of variables", field=path, found=MASK)
            return


def _locals_in(value: Any, path: str, depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list) and (found := _locals_in(item, path, depth + 1)):
                return found
        return None
    frames = value.get("frames")
    if isinstance(frames, list) and any(isinstance(f, dict) and f.get("locals") for f in frames):
        return f"{path}.frames.locals"
    for key, inner in value.items():
        if isinstance(inner, dict | list) and (found := _locals_in(inner, f"{path}.{key}", depth + 1)):
            return found
        if isinstance(inner, str) and "└" in inner and "Traceback" in inner and _DIAGNOSE.search(inner):
            return f"{path}.{key}"
    return None


PAYLOAD_KEYS = ("body", "payload", "data", "env", "config")


_PAYLOADS = frozenset(PAYLOAD_KEYS)


class Dump(Options, frozen=True):
    """Options of LV609."""

    max_bytes: int = 1_024


@rule(
    "LV609",
    "payload-dump",
    Severity.INFO,
    options=Dump,
    needs="head",
    varies=lambda seen: not _PAYLOADS.isdisjoint(seen.data),
    # Written anew, only a number with an exponent may be longer.
    spares=lambda options: options.max_bytes,
)
def payload_dump(seen: Seen, options: Dump) -> Iterator[Hit]:
    r"""A whole body, configuration or environment in the record.

    Why: Nobody has looked through what is in it (OWASP Logging Cheat Sheet); and it is most of the volume.

    Config:
        [rules]
        LV609 = { max_bytes = 40 }

    Bad:
        {"level":30,"time":1748940075700,"body":{"field_0":"vvvvvvvvvvvvvvvvvvvv","field_1":"vvvvvvvvvvvvvvvvvvvv"},"msg":"request read"}

    Good:
        {"level":30,"time":1748940077800,"body":{"a":1},"body_bytes":4096,"msg":"request read"}

    Options:
        max_bytes  bytes the value may have as JSON

    Pino: log ids and sizes, and leave the body to a serializer
    Python: log ids and sizes
    """
    data = seen.data
    places = [("", data)]
    places += [
        (f"{key}.", data[key]) for key in ("req", "request", "res", "response") if isinstance(data.get(key), dict)
    ]
    for prefix, place in places:
        for key in PAYLOAD_KEYS:
            value = place.get(key)
            size = _json_size(value, options.max_bytes)
            if size > options.max_bytes:
                path = prefix + key
                yield Hit(f'"{path}" holds {size:,} bytes', field=path, found=f"{size} bytes")
                return


def _json_size(value: Any, limit: int) -> int:
    if isinstance(value, str):
        # The JSON of an object, written as a text.
        return len(value.encode("utf-8", "surrogatepass")) if len(value) > limit // 4 and value[:1] in ("{", "[") else 0
    if not isinstance(value, dict | list):
        return 0
    import orjson

    try:
        return len(orjson.dumps(value))
    except (TypeError, ValueError):
        import json

        return len(json.dumps(value, separators=(",", ":")))
