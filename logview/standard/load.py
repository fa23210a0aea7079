"""`logview.toml`'s tables to a Standard: preset, key profile, then what the file says, each value checked.

Reads data, runs nothing: a configuration from a cloned repository can turn rules on and off and that is all.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from logview.errors import UsageError
from logview.standard import model
from logview.standard.convert import convert
from logview.standard.model import Match, Override, Service, Setting, Severity, Standard
from logview.standard.place import Path, Toml, suggestion
from logview.standard.rules import RULES

PRESETS = os.path.join(os.path.dirname(__file__), "presets")
TABLES = (
    "standard", "profile", "services", "ids", "rules", "overrides", "lifecycle", "handoff", "waivers",
    "check",
)  # fmt: skip
"""The keys at the document's root that this module reads."""

Tables = dict[str, Any]


def standard_of(toml: Toml) -> Standard:
    """The standard that a document describes; every table may be left out.

    raises ConfigError  with file, line and caret
    """
    data = toml.data
    name = convert(toml, ("standard",), data.get("standard", "default@1"), str)
    rules = _Settings(toml)
    rules.start(_preset(toml, ("standard",), name))
    ids = dict(model.BUILT_IN_IDS)
    if "profile" in data:
        profile = _profile(toml)
        ids = _ids(profile, ids)
        rules.add_from(profile)
    ids = _ids(toml, ids)
    rules.add(("rules",), _table(toml, ("rules",)))
    services = {
        key: convert(toml, ("services", key), value, Service) for key, value in _table(toml, ("services",)).items()
    }
    _check_services(toml, services)
    settings = rules.settings()
    return Standard(
        name=name,
        rules={code: setting for code, setting in settings.items() if setting.severity is not Severity.OFF},
        services=services,
        ids=ids,
        overrides=(*_service_presets(toml, services, rules), *_overrides(toml, rules)),
        lifecycle=_items(toml, "lifecycle", model.Lifecycle),
        handoff=_handoff(toml, services),
        waivers=_waivers(toml),
        check=_check(toml),
    )


def preset_names() -> list[str]:
    """The standards that come with logview: "default@1" …"""
    return sorted(name.removesuffix(".toml") for name in os.listdir(PRESETS) if "@" in name)


def profile_names() -> list[str]:
    """The key profiles that come with logview: "ecs", "otel"."""
    names = (name.removesuffix(".toml") for name in os.listdir(PRESETS))
    return sorted(name.removeprefix("profile-") for name in names if name.startswith("profile-"))


def _shipped(name: str) -> Toml:
    """One of our own files."""
    with open(os.path.join(PRESETS, name), encoding="utf-8") as stream:
        return Toml(stream.read(), file=name)


def preset(name: str) -> Standard:
    """The standard `name` as it comes: "default@1".

    raises UsageError  there is none of that name
    """
    if name not in preset_names():
        raise UsageError(f'"{name}" is no standard{_which(name)}')
    return standard_of(Toml(f'standard = "{name}"\n', file=name))


def rule_codes(text: str) -> list[str]:
    """The rules that a code, a name or a glob of codes means: "LV304", "id-only-in-message", "LV3*"; [] for none."""
    if text in RULES:
        return [text]
    named = [code for code, rule in RULES.items() if rule.name == text]
    return named or [code for code in RULES if fnmatch.fnmatchcase(code, text)]


def unknown_rule(text: str) -> str:
    """The sentence for a rule that does not exist, with the nearest one."""
    known = {name: code for code, rule in RULES.items() for name in (code, rule.name)}
    return f'rule "{text}" is not known{suggestion(text, known)}'


class _Settings:
    """Settings of rules while layers are put one over the other; options stay tables so that they merge by key."""

    def __init__(self, toml: Toml) -> None:
        self.toml = toml
        self.severity: dict[str, Severity | None] = {}
        self.options: dict[str, Tables] = {}

    def start(self, chosen: dict[str, Severity | None]) -> None:
        self.severity = dict(chosen)

    def copy(self) -> _Settings:
        other = _Settings(self.toml)
        other.severity = dict(self.severity)
        other.options = {code: dict(table) for code, table in self.options.items()}
        return other

    def add_from(self, toml: Toml) -> None:
        """Another document's [rules], under what this document says. Options only: what is off stays off."""
        for code, value in toml.data.get("rules", {}).items():
            self.options.setdefault(code, {}).update(value)

    def add(self, path: Path, table: Tables) -> list[str]:
        """Put a table of settings, which stands at `path`, on top; the codes it touched."""
        touched: list[str] = []
        for key, value in table.items():
            codes = rule_codes(key)
            if not codes:
                raise self.toml.error((*path, key), unknown_rule(key))
            for code in codes:
                self._set((*path, key), code, value)
            touched += codes
        return touched

    def _set(self, path: Path, code: str, value: Any) -> None:
        if isinstance(value, str):
            self.severity[code] = convert(self.toml, path, value, Severity)
            return
        if not isinstance(value, dict):
            raise self.toml.error(path, f'{path[-1]} must be "error", "warn", "info", "off" or a table', value=True)
        options = dict(value)
        if "severity" in options:
            self.severity[code] = convert(self.toml, (*path, "severity"), options.pop("severity"), Severity)
        elif self.severity.get(code, Severity.OFF) is Severity.OFF:
            self.severity[code] = None
        convert(self.toml, path, options, RULES[code].options)
        for name in _regex_options(RULES[code].options) & options.keys():
            for text in [options[name]] if isinstance(options[name], str) else options[name]:
                _check_regex(self.toml, (*path, name), text)
        self.options.setdefault(code, {}).update(options)

    def settings(self) -> dict[str, Setting]:
        """Every rule that some layer mentioned, the ones that are off included."""
        return {code: self.setting(code) for code in sorted(self.severity)}

    def setting(self, code: str) -> Setting:
        options = msgspec.convert(self.options.get(code, {}), RULES[code].options)
        return Setting(self.severity.get(code, Severity.OFF), options)


def _preset(toml: Toml, path: Path, name: str) -> dict[str, Severity | None]:
    """Code → severity of a preset; None where the rule itself says it, case by case."""
    if name not in preset_names():
        raise toml.error(path, f'"{name}" is no standard{_which(name)}', value=True)
    table = _shipped(f"{name}.toml").data["rules"]
    # A rule of another version of logview is left alone: its code may be gone or not yet known.
    return {code: None if word == "own" else Severity(word) for code, word in table.items() if code in RULES}


def _which(name: str) -> str:
    known = preset_names()
    if "@" not in name:
        newest = [one for one in known if one.startswith(f"{name}@")]
        if newest:
            return f'; name its version: "{newest[-1]}"'
    return suggestion(name, known) or "; there are " + ", ".join(f'"{one}"' for one in known)


def _profile(toml: Toml) -> Toml:
    name = convert(toml, ("profile",), toml.data["profile"], str)
    known = profile_names()
    if name not in known:
        hint = suggestion(name, known) or "; there are " + ", ".join(f'"{one}"' for one in known)
        raise toml.error(("profile",), f'"{name}" is no key profile{hint}', value=True)
    return _shipped(f"profile-{name}.toml")


def _table(toml: Toml, path: Path) -> Tables:
    value = toml.data.get(str(path[0]), {})
    if not isinstance(value, dict):
        raise toml.error(path, f"{path[0]} must be a table: [{path[0]}]")
    return value


def _items(toml: Toml, key: str, wanted: type[msgspec.Struct]) -> tuple[Any, ...]:
    value = toml.data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise toml.error((key,), f"{key} must be tables in a list: [[{key}]]")
    return tuple(convert(toml, (key, at), item, wanted) for at, item in enumerate(value))


def _ids(toml: Toml, ids: dict[str, model.Id]) -> dict[str, model.Id]:
    ids = dict(ids)
    for name, table in _table(toml, ("ids",)).items():
        path = ("ids", name)
        known = ids.get(name)
        if known is not None and isinstance(table, dict):
            # A table that says only what differs: the spellings and the key that are understood anyway stay aliases.
            table = {"key": known.key, **table}
            if "aliases" not in table:
                table["aliases"] = [one for one in (known.key, *known.aliases) if one != table["key"]]
            table.setdefault("scope", msgspec.to_builtins(known.scope))
            table.setdefault("pattern", known.pattern)
        ids[name] = convert(toml, path, table, model.Id)
        _check_regex(toml, (*path, "pattern"), ids[name].pattern)
        scope = ids[name].scope
        _check_regex(toml, (*path, "scope", "message"), scope.message if scope else None)
    return ids


def _check_regex(toml: Toml, path: Path, pattern: str | None) -> None:
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise toml.error(path, f"{path[-1]} is no regular expression: {error}", value=True) from None


@cache
def _regex_options(options: type[model.Options]) -> frozenset[str]:
    """The names of options that hold regular expressions."""
    hints = get_type_hints(options, include_extras=True)
    return frozenset(name for name, hint in hints.items() if model.Regex in (hint, *get_args(hint)))


def _check_services(toml: Toml, services: dict[str, Service]) -> None:
    for name, service in services.items():
        if service.zone is not None and not is_zone(service.zone):
            import zoneinfo

            hint = suggestion(service.zone, zoneinfo.available_timezones()) or '; write "Europe/Berlin" or "+02:00"'
            message = f'"{service.zone}" is no time zone{hint}'
            raise toml.error(("services", name, "zone"), message, value=True)


def is_zone(text: str) -> bool:
    """Whether a text names a time zone: IANA name or offset."""
    if re.fullmatch(r"[+-]([01]\d|2[0-3]):[0-5]\d", text):
        return True
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _service_presets(toml: Toml, services: dict[str, Service], base: _Settings) -> tuple[Override, ...]:
    """A service's own preset as an override that stands before the file's."""
    made = []
    for name, service in services.items():
        if service.standard is None:
            continue
        layer = base.copy()
        chosen = _preset(toml, ("services", name, "standard"), service.standard)
        layer.start({**dict.fromkeys(layer.severity, Severity.OFF), **chosen})
        layer.add(("rules",), _table(toml, ("rules",)))
        made.append(Override(Match(service=glob.escape(name)), layer.settings()))
    return tuple(made)


def _overrides(toml: Toml, base: _Settings) -> tuple[Override, ...]:
    made = []
    for at, table in enumerate(_raw_items(toml, "overrides")):
        path: Path = ("overrides", at)
        for key in table:
            if key not in {"match", "rules"}:
                hint = suggestion(key, ("match", "rules")) or '; an override has "match" and "rules"'
                raise toml.error((*path, key), f'"{key}" is not known here{hint}')
        if not table.get("match") or not table.get("rules"):
            raise toml.error(path, '[[overrides]] needs "match" and "rules"')
        layer = base.copy()
        touched = layer.add((*path, "rules"), table["rules"])
        match = convert(toml, (*path, "match"), table["match"], Match)
        made.append(Override(match, {code: layer.setting(code) for code in touched}))
    return tuple(made)


def _raw_items(toml: Toml, key: str) -> list[Tables]:
    value = toml.data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise toml.error((key,), f"{key} must be tables in a list: [[{key}]]")
    return value


def _handoff(toml: Toml, services: dict[str, Service]) -> tuple[model.Handoff, ...]:
    made: tuple[model.Handoff, ...] = _items(toml, "handoff", model.Handoff)
    for at, one in enumerate(made):
        for side, party in (("from", one.sender), ("to", one.receiver)):
            if services and party.service not in services:
                message = f'"{party.service}" is none of [services]{suggestion(party.service, services)}'
                raise toml.error(("handoff", at, side, "service"), message, value=True)
    return made


def _waivers(toml: Toml) -> tuple[model.Waiver, ...]:
    made: tuple[model.Waiver, ...] = _items(toml, "waivers", model.Waiver)
    for at, waiver in enumerate(made):
        codes = rule_codes(waiver.rule)
        if not codes:
            raise toml.error(("waivers", at, "rule"), unknown_rule(waiver.rule), value=True)
        for key in ("reason", "owner"):
            if not getattr(waiver, key).strip():
                raise toml.error(("waivers", at, key), f"a waiver needs a {key}")
    return tuple(
        waiver if "*" in waiver.rule or waiver.rule in RULES else msgspec.structs.replace(waiver, rule=codes[0])
        for waiver in made
        for codes in (rule_codes(waiver.rule),)
    )


def _check(toml: Toml) -> model.CheckSettings:
    settings = convert(toml, ("check",), _table(toml, ("check",)), model.CheckSettings)
    for code, allowed in settings.budget.items():
        if code not in RULES:
            raise toml.error(("check", "budget", code), unknown_rule(code))
        if allowed < 0:
            raise toml.error(("check", "budget", code), "a budget is 0 or more", value=True)
    return settings
