"""The JSON Schema of logview.toml, for editors: generated from the types that read the file.

`logview standard schema` prints it; `docs/logview.schema.json` is that output. Descriptions are the types' own
documentation strings.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from typing import TYPE_CHECKING, Any

import msgspec

from logview.standard import model
from logview.standard.load import preset_names, profile_names
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SEVERITIES = [severity.value for severity in model.Severity]


def schema(extra: dict[str, Any] | None = None, *, more: Iterable[type[msgspec.Struct]] = ()) -> dict[str, Any]:
    """The schema of the whole file.

    extra  further properties of the document, by key: what the configuration adds to the standard
    more   Structs those properties refer to
    """
    shapes: tuple[type[msgspec.Struct], ...] = (
        model.Service, model.Id, model.IdScope, model.Match, model.Lifecycle, model.Handoff, model.Party, model.Waiver,
        model.CheckSettings, *more,
    )  # fmt: skip
    _, components = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    for shape in shapes:
        _describe(components[shape.__name__], shape)
    names = preset_names()
    rules = {"$ref": "#/$defs/Rules"}
    components["CheckSettings"]["properties"]["budget"]["propertyNames"] = {"enum": list(RULES)}
    components["Service"]["properties"]["standard"] = {
        "enum": names,
        "description": "another standard for this service",
    }
    override = {
        "type": "object",
        "description": _doc(model.Override),
        "properties": {"match": {"$ref": "#/$defs/Match"}, "rules": rules},
        "required": ["match", "rules"],
        "additionalProperties": False,
    }
    properties: dict[str, Any] = {
        "standard": {"enum": names, "default": "default@1", "description": "the preset, with its version"},
        "profile": {"enum": profile_names(), "description": "names of keys: Elastic Common Schema or OpenTelemetry"},
        "services": _named("Service", "the services, by name"),
        "ids": _named("Id", "the ids that tie records together, by name; job, request, trace and span are built in"),
        "rules": rules,
        "overrides": {"type": "array", "items": override, "description": "the last match wins, rule by rule"},
        "lifecycle": _list("Lifecycle"),
        "handoff": _list("Handoff"),
        "waivers": _list("Waiver"),
        "check": {"$ref": "#/$defs/CheckSettings"},
        **(extra or {}),
    }
    components["Rules"] = _rules()
    return {
        "$schema": DRAFT,
        "title": "logview.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": dict(sorted(components.items())),
    }


def _rules() -> dict[str, Any]:
    """A property for each rule: a severity, or a table of severity and options."""
    properties: dict[str, Any] = {}
    for code, rule in RULES.items():
        _, components = msgspec.json.schema_components([rule.options])
        options = components[rule.options.__name__]
        for name, text in rule.doc.options.items():
            if name in options["properties"]:
                options["properties"][name]["description"] = text
        table = {
            "type": "object",
            "properties": {"severity": {"enum": SEVERITIES}, **options["properties"]},
            "additionalProperties": False,
        }
        described = f"{rule.name}: {rule.doc.what}" if rule.doc.what else rule.name
        properties[code] = {"description": described, "anyOf": [{"enum": SEVERITIES}, table]}
    named = {"anyOf": [{"enum": SEVERITIES}, {"type": "object"}]}
    globs = {"enum": SEVERITIES}
    return {
        "type": "object",
        "description": "settings by rule: its code, its name, or a glob of codes",
        "properties": properties | {rule.name: named for rule in RULES.values()},
        "patternProperties": {r"^LV\d*\*$": globs},
        "additionalProperties": False,
    }


def _named(shape: str, description: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{shape}"}, "description": description}


def _list(shape: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{shape}"}}


def _describe(component: dict[str, Any], shape: type) -> None:
    """Put documentation strings where an editor shows them."""
    component["description"] = _doc(shape)
    encoded = {field.name: field.encode_name for field in msgspec.structs.fields(shape)}
    for name, text in field_docs(inspect.getmodule(shape), shape.__name__).items():
        prop = component["properties"].get(encoded.get(name, name))
        if prop is not None and "$ref" in prop:
            prop.pop("default", None)
        if prop is not None and "$ref" not in prop:
            prop["description"] = text


def _doc(shape: type) -> str:
    return " ".join(inspect.cleandoc(shape.__doc__ or "").split())


def field_docs(module: ModuleType | None, name: str) -> dict[str, str]:
    """Field → the string that stands below it in a class, which Python itself does not keep."""
    if module is None:
        return {}
    tree = ast.parse(inspect.getsource(module))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    docs = {}
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            value = below.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                docs[field.target.id] = re.sub(r"\s+", " ", value.value)
    return docs
