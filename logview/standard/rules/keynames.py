"""LV313–LV316: are the keys the user's own, spelled as the standard asks?"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from logview.standard.keys import RESERVED_KEYS, is_snake, snake
from logview.standard.model import Options, Severity
from logview.standard.rules.framing import duplicates
from logview.standard.rules.registry import Hit, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.rules.seen import Seen


class Reserved(Options, frozen=True):
    """Options of LV313."""

    keys: tuple[str, ...] = ()


@rule("LV313", "reserved-key", Severity.ERROR, needs="head", options=Reserved)
def reserved_key(seen: Seen, options: Reserved) -> Iterator[Hit]:
    r"""User data under a key that belongs to the logger.

    Why: The logger's own value is lost: `{"level":30,…,"level":99}` is a record of level 99 to most parsers (pino
    writes
    both; Python's `extra` raises KeyError; ruff G101).

    Bad:
        {"level":30,"time":1748939424000,"level":99,"msg":"floor reached"}

    Bad:
        {"level":30,"time":1748939425400,"pid":"proc-A","msg":"process found"}

    Good:
        {"level":30,"time":1748939427500,"req":{"hostname":"a","pid":"b"},"msg":"request seen"}

    Options:
        keys  further keys nobody may use

    Pino: rename the key: `floor_level` instead of `level`
    Python: rename the key: `extra={"floor_level": 99}`
    """
    if not seen.is_json:
        return
    for key, values in duplicates(seen).items():
        if key in RESERVED_KEYS and any(value != values[0] for value in values[1:]):
            yield Hit(f'the logger\'s own key "{key}" is written twice', field=key, found=str(values[-1]))
            return
    data = seen.data
    for key, fits in _TYPES.items():
        value = data.get(key)
        if value is not None and not fits(value):
            yield Hit(f'the logger\'s own key "{key}" holds {_kind(value)}', field=key, found=str(value))
            return
    for key in options.keys:
        if key in data:
            yield Hit(f'the key "{key}" is reserved', field=key, found=str(data[key]))
            return


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list | bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_TYPES = {
    "level": _is_scalar,
    "time": _is_scalar,
    "pid": _is_number,
    "hostname": _is_text,
}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "an array", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)


class Case(Options, frozen=True):
    """Options of LV314."""

    case: str = "snake"
    ignore: tuple[str, ...] = ()


@rule("LV314", "key-case", Severity.INFO, needs="head", options=Case, once=True)
def key_case(seen: Seen, options: Case) -> Iterator[Hit]:
    r"""A key of the user's that is not in snake case.

    Why: One spelling in all services; OpenTelemetry attributes, ECS and W3C names are snake case (sloglint
    key-naming-case). Id aliases are LV305.

    Bad:
        {"level":30,"time":1748939438700,"tenantId":42,"msg":"solve started"}

    Good:
        {"level":30,"time":1748939442900,"tenant_id":42,"http.request.method":"GET","msg":"solve started"}

    Options:
        case  "snake"
        ignore  keys (globs) that may be spelled otherwise

    Pino: rename the key
    Python: rename the key
    """
    if not seen.is_json:
        return
    for key in seen.user_fields:
        if is_snake(key) or seen.id_keys.concept_of(key) is not None:
            continue
        if any(fnmatchcase(key, glob) for glob in options.ignore):
            continue
        wanted = snake(key)
        yield Hit(f'the key "{key}" is not in snake case', field=key, found=key, want=f'rename "{key}" to "{wanted}"')


class Registry(Options, frozen=True):
    """Options of LV315."""

    fields: tuple[str, ...] = ()


@rule("LV315", "key-unknown", Severity.INFO, needs="head", options=Registry, once=True, presets=("strict",))
def key_unknown(seen: Seen, options: Registry) -> Iterator[Hit]:
    r"""A key that is not in the team's list of fields. Silent while the list is empty.

    Why: The list is what dashboards are built on (sloglint allowed-keys; OpenTelemetry Weaver, registry coverage).

    Config:
        [rules]
        LV315 = { severity = "info", fields = ["tenant_id"] }

    Bad:
        {"level":30,"time":1748939438700,"tenant":42,"msg":"solve started"}

    Good:
        {"level":30,"time":1748939438700,"tenant_id":42,"msg":"solve started"}

    Options:
        fields  keys (globs) the team agreed on

    Pino: use a key of the list, or add this one to it
    Python: use a key of the list, or add this one to it
    """
    if not seen.is_json or not options.fields:
        return
    for key in seen.user_fields:
        if seen.id_keys.concept_of(key) is None and not any(fnmatchcase(key, glob) for glob in options.fields):
            yield Hit(f'the key "{key}" is not in the list of fields', field=key, found=key)


class Deployment(Options, frozen=True):
    """Options of LV316."""

    keys: tuple[str, ...] = ("env", "version")


@rule("LV316", "env-version-missing", Severity.INFO, needs="head", options=Deployment, once=True, presets=("strict",))
def env_version_missing(seen: Seen, options: Deployment) -> Iterator[Hit]:
    r"""A record that does not say which deployment wrote it.

    Why: A fault that starts with a release is found by its version (Datadog unified service tagging: env, service,
    version).

    Config:
        [rules]
        LV316 = "info"

    Bad:
        {"level":30,"time":1748939438700,"service":"scheduler","msg":"solve started"}

    Good:
        {"level":30,"time":1748939438700,"service":"scheduler","env":"dev","version":"1.4.0","msg":"solve started"}

    Options:
        keys  keys every record must carry

    Pino: add them to `base`
    Python: add them to `static_fields` or a Filter
    """
    if not seen.is_json:
        return
    aliases = {"env": ("env", "environment", "deployment.environment"), "version": ("version", "service.version")}
    for key in options.keys:
        if not any(name in seen.data for name in aliases.get(key, (key,))):
            yield Hit(f'the record has no "{key}"', field=key)
