"""LV410–LV413: do values have a unit, a type and a shape?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logview.standard.keys import names_an_id, snake
from logview.standard.model import Options, Severity
from logview.standard.rules.registry import Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.rules.seen import Seen

QUANTITIES = frozenset({"duration", "elapsed", "latency", "timeout", "delay", "interval", "took"})
_WITH_UNIT = re.compile(r"\s*-?\d+(?:\.\d+)?\s*(?:[a-zµ]+|%)\s*", re.IGNORECASE)


def _has_quantity(seen: Seen) -> bool:
    # A number never names its unit: only of a text the answer depends on the value.
    return any(
        isinstance(value, str) and snake(key).rpartition("_")[2] in QUANTITIES
        for key, value in seen.user_fields.items()
    )


class Units(Options, frozen=True):
    """Options of LV410."""

    suffixes: tuple[str, ...] = ("_ms", "_s", "_us", "_ns", "_min", "_h", "_bytes", "_kb", "_mb", "_pct", "_count")
    allow: tuple[str, ...] = ("responseTime",)


@rule("LV410", "unit-suffix", Severity.WARN, options=Units, once=True, needs="head", varies=_has_quantity)
def unit_suffix(seen: Seen, options: Units) -> Iterator[Hit]:
    r"""A duration whose key does not say the unit.

    Why: pino-http counts milliseconds, Datadog nanoseconds, GitLab seconds: the sum of two services is nonsense (GitLab
    demands the suffix `_s`).

    Bad:
        {"level":30,"time":1748939760700,"duration":1.25,"msg":"solve finished"}

    Bad:
        {"level":30,"time":1748939762100,"elapsed":"1.25s","msg":"solve finished"}

    Good:
        {"level":30,"time":1748939764900,"duration_ms":12,"msg":"solve finished"}

    Options:
        suffixes  endings that name a unit
        allow  keys that are known without one

    Pino: put the unit into the key: `duration_ms`
    Python: put the unit into the key: `duration_ms`
    """
    if not seen.is_json:
        return
    for key, value in seen.user_fields.items():
        last = snake(key).rpartition("_")[2]
        if last not in QUANTITIES or key in options.allow or f"_{last}" in options.suffixes:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        if isinstance(value, str) and not _WITH_UNIT.fullmatch(value):
            continue
        message = f'the key "{key}" does not name the unit'
        yield Hit(
            message, field=key, found=str(value), want=f'rename "{key}" to "{snake(key)}_ms" and log milliseconds'
        )


_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = frozenset({"true", "false", "nan"})


@rule("LV411", "value-as-string", Severity.INFO, once=True, needs="head")
def value_as_string(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A number or boolean written as text.

    Why: It cannot be compared or summed, and an index that saw a number refuses it (GitLab, field types).

    Bad:
        {"level":30,"time":1748939773300,"cached":"true","msg":"solve finished"}

    Good:
        {"level":30,"time":1748939777500,"job_id":"12345","version":"1.2","cached":true,"msg":"solve finished"}

    Pino: log the value itself, not `String(value)` or a template literal
    Python: log the value itself, not `str(value)` or an f-string
    """
    if not seen.is_json:
        return
    for key, value in seen.user_fields.items():
        if not isinstance(value, str) or len(value) > 24 or not value:
            continue
        if value.lower() not in _WORDS and _DECIMAL.fullmatch(value) is None:
            continue
        if names_an_id(key) or seen.id_keys.concept_of(key) is not None or snake(key).endswith("version"):
            continue
        yield Hit(f'"{key}" holds {value!r} as text', field=key, found=value)


class Depth(Options, frozen=True):
    """Options of LV412."""

    max_depth: int = 4
    max_keys: int = 64


@rule("LV412", "too-deep", Severity.INFO, needs="head", options=Depth)
def too_deep(seen: Seen, options: Depth) -> Iterator[Hit]:
    r"""Objects nested too deep, or too many keys.

    Why: Every path is a field of the index, and an index has a limit (Elasticsearch `index.mapping.depth.limit`,
    `total_fields.limit`).

    Bad:
        {"level":30,"time":1748939808300,"plan":{"a":{"b":{"c":{"d":1}}}},"msg":"plan stored"}

    Good:
        {"level":30,"time":1748939810400,"plan":{"a":{"b":1}},"msg":"plan stored"}

    Options:
        max_depth  levels of objects, the record counted as the first
        max_keys  keys at the top level

    Pino: log a summary and an id, not the whole object
    Python: log a summary and an id, not the whole object
    """
    data = seen.data
    if len(data) > options.max_keys:
        yield Hit(f"the record has {len(data)} keys", found=f"{len(data)} keys")
        return
    for key, value in data.items():
        if isinstance(value, dict | list):
            depth = 1 + _depth(value, options.max_depth + 8)
            if depth > options.max_depth:
                yield Hit(f'"{key}" is nested {depth} levels deep', field=key, found=f"{depth} levels")
                return


def _depth(value: Any, limit: int) -> int:
    if limit <= 0:
        return 0
    if isinstance(value, dict):
        return 1 + max((_depth(v, limit - 1) for v in value.values() if isinstance(v, dict | list)), default=0)
    return max((_depth(v, limit - 1) for v in value if isinstance(v, dict | list)), default=0)


@rule("LV413", "list-mixed-types", Severity.INFO, needs="head")
def list_mixed_types(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""One list with values of several types.

    Why: An index keeps one type per field and drops the record (GitLab, lists).

    Bad:
        {"level":30,"time":1748939820900,"values":["foo",1,true],"msg":"read"}

    Good:
        {"level":30,"time":1748939823700,"values":[1,2.5,null],"msg":"read"}

    Pino: split the list by type, or log its length
    Python: split the list by type, or log its length
    """
    for key, value in seen.data.items():
        if key != "args" and isinstance(value, dict | list):
            found = _mixed(value, key, 0)
            if found is not None:
                yield Hit(f'the list "{found[0]}" mixes {found[1]}', field=found[0], found=found[1])
                return


_TYPE_NAMES = {str: "text", int: "numbers", float: "numbers", bool: "booleans", dict: "objects", list: "lists"}


def _mixed(value: Any, path: str, depth: int) -> tuple[str, str] | None:
    if depth > 16:
        return None
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list) and (found := _mixed(inner, f"{path}.{key}", depth + 1)):
                return found
        return None
    types = {_TYPE_NAMES.get(type(item), "values") for item in value if item is not None}
    if len(types) > 1:
        return path, " and ".join(sorted(types))
    for index, inner in enumerate(value[:64]):
        if isinstance(inner, dict | list) and (found := _mixed(inner, f"{path}.{index}", depth + 1)):
            return found
    return None
