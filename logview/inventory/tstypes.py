"""TypeScript types as values: what an annotated parameter, field or return value is, as far as logging is concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.tslibraries import LOGGER_TYPES, SERVER_TYPES
from logview.inventory.tsscope import Binding, Scope, Unit, annotation
from logview.inventory.tstree import Node, name_of
from logview.inventory.values import Class, Function, Instance, Lib, Logger, Server, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.tsvalues import Evaluator


def typed(evaluator: Evaluator, node: Node | None, scope: Scope, depth: int = 0) -> Value | None:
    """What a value of the type is."""
    if node is None or depth > 10:
        return None
    match node.type:
        case "type_identifier" | "identifier" | "nested_type_identifier":
            return _named_type(evaluator, node, scope, depth)
        case "union_type" | "intersection_type" | "parenthesized_type" | "readonly_type":
            return next((v for v in (typed(evaluator, k, scope, depth + 1) for k in node.kids) if v is not None), None)
        case "type_query":
            return evaluator.value(node.kids[0], scope) if node.kids else None
        case "object_type" | "interface_body":
            return Class(node, scope, members_of(node, scope))
        case "generic_type":
            return _generic(evaluator, node, scope, depth)
        case _:
            return None


def _named_type(evaluator: Evaluator, node: Node, scope: Scope, depth: int) -> Value | None:
    if node.type == "nested_type_identifier":
        module = node.get("module")
        owner = evaluator.name(module.text, scope) if module is not None else None
        member = node.get("name")
        found = evaluator.member(owner, member.text) if member is not None else None
        return _as_instance(found)
    for home, binding in _type_bindings(node.text, scope):
        if binding.kind == "type":
            return _declared_type(evaluator, binding.node, home, depth)
        value = _as_instance(evaluator.binding(binding, home))
        if value is None and binding.kind == "import":
            value = _imported_type(evaluator, binding, home.unit, depth)
        if value is not None:
            return value
    return None


def _type_bindings(name: str, scope: Scope) -> Iterator[tuple[Scope, Binding]]:
    """What may give a type its name, nearest first; a parameter or variable of the same name does not."""
    at: Scope | None = scope
    while at is not None:
        for binding in at.names.get(name, ()):
            if binding.kind in {"type", "class", "import"}:
                yield at, binding
        at = at.parent


def _imported_type(evaluator: Evaluator, binding: Binding, unit: Unit, depth: int) -> Value | None:
    source = evaluator.project.find(binding.module, unit.path)
    if source is None:
        return Logger("pino") if binding.imported == "PinoLogger" else None
    exported = source.exports.get(binding.imported)
    if exported is not None and exported.kind == "import":
        value = _as_instance(evaluator.binding(exported, source.scope))
        return value or _imported_type(evaluator, exported, source, depth + 1)
    local = exported.imported if exported is not None and exported.kind == "name" else binding.imported
    for found in source.scope.names.get(local, []):
        if found.kind == "type":
            return _declared_type(evaluator, found.node, source.scope, depth + 1)
        if found.kind == "import":
            return _as_instance(evaluator.binding(found, source.scope)) or _imported_type(
                evaluator, found, source, depth + 1
            )
    for module in source.stars:
        star = Binding("import", binding.node, module=module, imported=binding.imported)
        found_type = _imported_type(evaluator, star, source, depth + 1) if depth < 8 else None
        if found_type is not None:
            return found_type
    return None


def _declared_type(evaluator: Evaluator, node: Node, scope: Scope, depth: int) -> Value | None:
    if node.type == "type_alias_declaration":
        return typed(evaluator, node.get("value"), scope, depth + 1)
    if node.type == "type_parameter":  # `<T extends { log: Logger }>`
        constraint = node.get("constraint")
        return typed(evaluator, constraint.kids[0], scope, depth + 1) if constraint is not None else None
    if node.type != "interface_declaration":
        return None
    for clause in node.kids:
        if clause.type == "extends_type_clause":
            for base in clause.kids:
                found = typed(evaluator, base, scope, depth + 1)
                if isinstance(found, Logger):
                    return found
    body = node.get("body")
    return Class(node, scope, members_of(body, scope)) if body is not None else None


def _generic(evaluator: Evaluator, node: Node, scope: Scope, depth: int) -> Value | None:
    name, given = node.get("name"), node.get("type_arguments")
    if name is None or given is None or not given.kids:
        return None
    if name.text in {"Readonly", "Required", "Partial", "NonNullable", "Promise", "Awaited"}:
        return typed(evaluator, given.kids[0], scope, depth + 1)
    if name.text == "ReturnType":
        found = typed(evaluator, given.kids[0], scope, depth + 1)
        return evaluator.returned(found) if isinstance(found, Function) else None
    return typed(evaluator, name, scope, depth + 1)


def _as_instance(found: Value | None) -> Value | None:
    if isinstance(found, Lib):
        if found.path in LOGGER_TYPES:
            return Logger(LOGGER_TYPES[found.path])
        return Server("fastify", Logger("pino")) if found.path in SERVER_TYPES else None
    if isinstance(found, Class):
        return Instance(found)
    return None


def members_of(body: Node, scope: Scope) -> Scope:
    """A scope with the members of an interface or an object type."""
    inside = Scope(scope.unit, body, scope)
    for kid in body.kids:
        name = kid.get("name")
        if kid.type == "property_signature" and name is not None:
            made = Binding("value", kid, annotation=annotation(kid.get("type")))
            inside.members.setdefault(name_of(name), []).append((made, scope))
    return inside
