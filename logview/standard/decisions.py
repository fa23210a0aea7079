"""decisions.toml: what was decided about each rule, by whom, when and why. Entries are only ever added at the end."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  msgspec reads the annotations
import os
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from logview.errors import UsageError
from logview.standard.convert import convert
from logview.standard.load import rule_codes, unknown_rule
from logview.standard.place import Toml, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["accepted", "rejected", "waived", "deferred"]
FILE_NAME = "decisions.toml"


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """What was known when it was decided."""

    records: int
    hits: int
    commit: str | None = None


class Decision(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One `[[decision]]`: the last one about a rule holds."""

    rule: str
    status: Status
    by: str
    date: dt.date
    reason: str
    severity: Literal["error", "warn", "info", "off"] | None = None
    """What the rule is set to; None: as it comes."""
    ref: str | None = None
    """Where it was discussed: a pull request, minutes."""
    evidence: Basis | None = None
    review_by: dt.date | None = None
    """When it is looked at again; a waived rule needs it."""


def decisions_of(toml: Toml) -> tuple[Decision, ...]:
    """The decisions in a document, oldest first.

    raises ConfigError  an entry that does not hold, or that is older than the one above it
    """
    for key in toml.data:
        if key != "decision":
            raise toml.error((key,), f'"{key}" is not known here{suggestion(key, ("decision",))}')
    value = toml.data.get("decision", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise toml.error(("decision",), "decisions are tables in a list: [[decision]]")
    made: list[Decision] = []
    for at, item in enumerate(value):
        one = convert(toml, ("decision", at), item, Decision)
        if one.rule not in rule_codes(one.rule):
            raise toml.error(("decision", at, "rule"), unknown_rule(one.rule), value=True)
        if one.status == "waived" and one.review_by is None:
            raise toml.error(("decision", at), 'a waived rule needs "review_by", the day the waiver ends')
        if made and one.date < made[-1].date:
            message = f"{one.date} is before the entry above ({made[-1].date}); decisions are only added at the end"
            raise toml.error(("decision", at, "date"), message, value=True)
        made.append(one)
    return tuple(made)


def read(path: str) -> tuple[Decision, ...]:
    """The decisions in a file; none when it does not exist."""
    if not os.path.exists(path):
        return ()
    try:
        with open(path, encoding="utf-8") as stream:
            return decisions_of(Toml(stream.read(), file=path))
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def in_force(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Rule → the last decision about it."""
    return {one.rule: one for one in decisions}


def append(path: str, decision: Decision) -> None:
    """Add a decision at the end; what stands there is not touched, and the result is checked before it is written."""
    import tomlkit

    text = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    entry = tomlkit.table()
    for name, value in _shape(decision).items():
        if isinstance(value, dict):
            inline = tomlkit.inline_table()
            inline.update(value)
            entry.add(name, inline)
        else:
            entry.add(name, value)
    document = tomlkit.document()
    entries = tomlkit.aot()
    entries.append(entry)
    document.add("decision", entries)
    joint = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    result = text + joint + tomlkit.dumps(document)
    decisions_of(Toml(result, file=path))
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(result)


def _shape(decision: Decision) -> dict[str, Any]:
    order = ("rule", "status", "severity", "by", "date", "reason", "ref", "evidence", "review_by")
    values = {name: getattr(decision, name) for name in order}
    if decision.evidence is not None:
        values["evidence"] = {k: v for k, v in msgspec.structs.asdict(decision.evidence).items() if v is not None}
    return {name: value for name, value in values.items() if value is not None}


def schema() -> dict[str, Any]:
    """The JSON Schema of decisions.toml."""
    _, components = msgspec.json.schema_components([Decision], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "decisions.toml",
        "type": "object",
        "properties": {"decision": {"type": "array", "items": {"$ref": "#/$defs/Decision"}}},
        "additionalProperties": False,
        "$defs": dict(sorted(components.items())),
    }
