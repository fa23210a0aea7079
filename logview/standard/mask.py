"""Values that must not be shown: found by key or by form, and replaced wherever text of a record leaves logview.

One place for the screen, reports, baselines and copies, and for the rules LV601–LV607 that report the same values.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logview.standard.keys import snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MASK = "***"
SHORTEST_CARD = 13
"""Digits of the shortest card number."""
SENSITIVE_KEYS = (
    "password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "authorization", "cookie", "set_cookie",
    "private_key", "client_secret", "session", "session_id", "ssn", "cvv", "passphrase",
)  # fmt: skip
"""In snake case; a key is sensitive when it equals one or ends in `_` and one (OWASP Logging Cheat Sheet, "Data to
exclude"; Instrumentation Score, LOG-003)."""

_MASKED = re.compile(
    r"(?:(?:bearer|basic)\s+)?(?:\[redacted\]|\[filtered\]|\[masked\]|<redacted>|redacted|\*+|%5bredacted%5d)",
    re.IGNORECASE,
)


def is_masked(value: str) -> bool:
    """Whether a value is a mask: `[Redacted]`, `[FILTERED]`, a run of `*`, also after Bearer or Basic."""
    return not value.strip() or _MASKED.fullmatch(value.strip()) is not None


@lru_cache(maxsize=8192)
def is_sensitive_key(key: str, keys: tuple[str, ...] = SENSITIVE_KEYS) -> bool:
    """Whether a key names a secret: `db_password` and `apiKey` do, `token_count` and `secret_name` do not."""
    spelled = snake(key)
    return any(spelled == name or spelled.endswith(f"_{name}") for name in keys)


_DIGIT_TOKEN = r"(?=[A-Za-z0-9._~+/=-]*\d)[A-Za-z0-9._~+/=-]{16,}"
SECRETS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    ("a JSON web token", ("eyJ",), re.compile(r"\beyJ[\w-]{4,}\.eyJ[\w-]{2,}\.[\w-]*")),
    ("an AWS access key", ("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
     re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})")),
    ("a Slack token", ("xox",), re.compile(r"\bxox[baprs]-[\w-]{10,}")),
    ("a Stripe key", ("k_live_",), re.compile(r"\b[rs]k_live_[A-Za-z0-9]{10,}")),
    ("a Google API key", ("AIza",), re.compile(r"\bAIza[\w-]{30,}")),
    ("an npm token", ("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{30,}")),
    ("a private key", ("PRIVATE KEY",),
     re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:[^-]*-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----)?")),
    ("an authorization header", ("earer ", "asic ", "EARER ", "ASIC "),
     re.compile(rf"\b(?:bearer|basic)\s+(?P<secret>{_DIGIT_TOKEN})", re.IGNORECASE)),
    ("credentials in a URL", ("://",),
     re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@?#\"']+:(?P<secret>[^\s@/\"']+)@[^\s/@]")),
    ("a key in a URL", ("?", "&"),
     re.compile(r"[?&](?:[\w.-]*(?:api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|secret)|token)"
                r"=(?P<secret>[^&\s\"'#]+)", re.IGNORECASE)),
)  # fmt: skip
"""(what it is, literals one of which must be there, pattern); a group `secret`, where there is one, is what is masked.
The low-noise core of gitleaks' rules: fixed prefixes only. A literal test first makes the search ten times as fast."""

_SECRET_HINTS = tuple(sorted({literal for _, literals, _ in SECRETS for literal in literals} - {"?", "&"} | {"="}))
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w%+-](?:[\w.%+-]*[\w%+-])?@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,})(?![\w-])"
)
_IMAGE_SUFFIX = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|js|ts|css|map)$", re.IGNORECASE)
_VERSION = re.compile(r"\d+\.\d+")
_URL_USER = re.compile(r"://[^\s/]*$")
_CARD = re.compile(
    r"(?<![\w.*-])(?:[3-6]\d{12,18}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{4,5})(?![\w*]|[.-]\d)"
)


def find_secrets(text: str) -> Iterator[tuple[str, int, int]]:
    """(what it is, start, end) of each secret with a known form; masked ones are none."""
    if not _has_one_of(text, _SECRET_HINTS):
        return
    for what, literals, pattern in SECRETS:
        if not _has_one_of(text, literals):
            continue
        for found in pattern.finditer(text):
            group = "secret" if "secret" in pattern.groupindex else 0
            if not is_masked(found[group]):
                yield what, found.start(group), found.end(group)


def _has_one_of(text: str, literals: tuple[str, ...]) -> bool:
    # A loop costs half of what `any` and a generator do.
    for literal in literals:  # noqa: SIM110
        if literal in text:
            return True
    return False


def find_emails(text: str, allow_domains: Iterable[str] = ()) -> Iterator[tuple[int, int]]:
    """(start, end) of each email address outside `allow_domains`; the user part of a URL is none."""
    if "@" not in text:
        return
    for found in _EMAIL.finditer(text):
        domain = found["domain"].lower()
        if domain in allow_domains or _VERSION.match(domain) or _IMAGE_SUFFIX.search(domain):
            continue
        # git@github.com:team/app is the address of a repository.
        if _URL_USER.search(text, max(0, found.start() - 200), found.start()) or found[0].startswith("git@"):
            continue
        yield found.start(), found.end()


def luhn(digits: str) -> bool:
    """Whether the check digit of ISO/IEC 7812-1 fits; nine of ten random numbers fail."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each payment card number: 13–19 digits, plain or grouped, first digit 3–6, check digit right."""
    if len(text) < SHORTEST_CARD:
        return
    for found in _CARD.finditer(text):
        digits = found[0].replace(" ", "").replace("-", "")
        if 13 <= len(digits) <= 19 and luhn(digits) and len(set(digits)) > 1:
            yield found.start(), found.end()


_JSON_PAIR = re.compile(r'(?P<head>"(?P<key>[\w.@-]{2,64})"\s*:\s*")(?P<value>(?:[^"\\]|\\.)*)')
_INNER_PAIR = re.compile(r'(?P<head>\\"(?P<key>[\w.@-]{2,64})\\"\s*:\s*\\")(?P<value>(?:[^"\\]|\\\\\\"|\\(?!"))*)')
"""A pair inside a JSON text: `{\\"password\\":\\"hunter2\\"}`."""
_TEXT_PAIR = re.compile(
    r"(?P<head>(?<![\w.-])['\"]?(?P<key>[A-Za-z][\w-]{1,63})['\"]?\s*(?:=|:\s)\s*)"
    r"(?:(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote)).)*)(?P=quote)|(?P<bare>[^\s,;'\"{}()\[\]&]+))"
)


def mask_text(text: str) -> str:
    """`text` with every secret, email address, card number and value under a sensitive key replaced by `***`.

    Any text: a raw line, a message, a traceback, JSON inside JSON. The rest is unchanged; lengths are not kept.
    """
    text = _mask_pairs(text)
    spans = [(start, end) for _, start, end in find_secrets(text)]
    spans += find_emails(text)
    spans += find_cards(text)
    return _replace(text, spans)


def _mask_pairs(text: str) -> str:
    if '":' in text or '" :' in text:
        text = _JSON_PAIR.sub(_mask_json_pair, text)
        text = _INNER_PAIR.sub(_mask_json_pair, text)
    if "=" in text or ": " in text:
        text = _TEXT_PAIR.sub(_mask_text_pair, text)
    return text


def _mask_json_pair(found: re.Match[str]) -> str:
    if not is_sensitive_key(found["key"]) or is_masked(found["value"]):
        return found[0]
    return found["head"] + MASK


def _mask_text_pair(found: re.Match[str]) -> str:
    value = found["quoted"] if found["quote"] else found["bare"]
    if not is_sensitive_key(found["key"]) or is_masked(value) or value in ("null", "None", "true", "false"):
        return found[0]
    if not found["quote"] and value.lower() in ("bearer", "basic"):
        return found[0]
    quote = found["quote"] or ""
    return f"{found['head']}{quote}{MASK}{quote}"


def _replace(text: str, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return text
    parts, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            parts += [text[at:start], MASK]
        at = max(at, end)
    parts.append(text[at:])
    return "".join(parts)


def mask_value(key: str | None, value: Any) -> Any:
    """A field's value with what must not be shown replaced; objects and lists are walked, other types kept.

    Strings under a sensitive key become `***`; card numbers under a key that ends in "id" are ids and stay.
    """
    if isinstance(value, str):
        if key is not None and is_sensitive_key(key) and not is_masked(value):
            return MASK
        return mask_text(value)
    if isinstance(value, dict):
        return {name: mask_value(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask_value(key, inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 10**12 and any(find_cards(str(value))):
        return MASK
    return value


def mask_fields(fields: dict[str, Any], *, also: Callable[[str], bool] | None = None) -> dict[str, Any]:
    """A record's fields, masked; `also(key)` names further keys to hide."""
    return {key: MASK if also is not None and also(key) else mask_value(key, value) for key, value in fields.items()}


def shorten(text: str, limit: int = 80) -> str:
    """At most `limit` characters, the cut shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
