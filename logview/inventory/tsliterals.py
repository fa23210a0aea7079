"""TypeScript expressions as written: through names, members and imports to the one expression they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.tstree import Node, inner, pairs
from logview.inventory.values import Module

if TYPE_CHECKING:
    from logview.inventory.tsscope import Binding, Scope, Unit
    from logview.inventory.tsvalues import Evaluator


def expression(evaluator: Evaluator, node: Node | None, scope: Scope) -> tuple[Node, Scope] | None:
    """The expression a name stands for, when it is bound exactly once; the expression itself otherwise."""
    node = inner(node)
    for _ in range(8):
        step = _assigned(evaluator, node, scope) if node is not None else None
        if step is None:
            break
        node, scope = step
    return (node, scope) if node is not None else None


def spread(evaluator: Evaluator, node: Node | None, scope: Scope) -> tuple[list[tuple[Node, Scope]], bool]:
    """The object literals that `...node` may add, and whether it may add more than them.

    `...ctx`, `...(x ? { a } : {})`, `...(x && { a })`.
    """
    at = inner(node)
    if at is not None and at.type == "ternary_expression":
        sides = [spread(evaluator, at.get(side), scope) for side in ("consequence", "alternative")]
        return [literal for side in sides for literal in side[0]], any(side[1] for side in sides)
    if at is not None and at.type == "binary_expression" and at.operator in {"&&", "||", "??"}:
        return spread(evaluator, at.get("right"), scope)
    found = evaluator.literal(at, scope)
    return ([found], False) if found is not None else ([], at is None or at.type not in {"null", "undefined"})


def _assigned(evaluator: Evaluator, node: Node, scope: Scope) -> tuple[Node, Scope] | None:
    if node.type in {"identifier", "shorthand_property_identifier"}:
        found = scope.find(node.text)
        return _sole(evaluator, found[1], found[0]) if found is not None else None
    if node.type == "member_expression":
        owner, prop = node.get("object"), node.get("property")
        if owner is None or prop is None:
            return None
        literal = evaluator.literal(owner, scope) if inner(owner) is not None else None
        for key, value in pairs(literal[0]) if literal else ():
            if key == prop.text and value.type != "method_definition":
                member = inner(value)
                return (member, literal[1]) if member is not None and literal else None
        unit = evaluator.value(owner, scope)
        if isinstance(unit, Module) and prop.text in unit.unit.exports:
            return _exported_expression(evaluator, unit.unit, prop.text)
    return None


def _sole(evaluator: Evaluator, bindings: list[Binding], home: Scope) -> tuple[Node, Scope] | None:
    if len(bindings) != 1:
        return None
    binding = bindings[0]
    if binding.kind == "import":
        unit = evaluator.project.find(binding.module, home.unit.path)
        return _exported_expression(evaluator, unit, binding.imported) if unit is not None else None
    if binding.kind != "value" or binding.path or binding.value is None:
        return None
    found = inner(binding.value)
    return (found, home.unit.scope_at(binding.value)) if found is not None else None


def _exported_expression(evaluator: Evaluator, unit: Unit, name: str, depth: int = 0) -> tuple[Node, Scope] | None:
    binding = unit.exports.get(name)
    if binding is None or depth > 8:
        for module in unit.stars if binding is None else ():
            source = evaluator.project.find(module, unit.path)
            found = (
                _exported_expression(evaluator, source, name, depth + 1) if source is not None and depth < 8 else None
            )
            if found is not None:
                return found
        return None
    if binding.kind == "import":
        source = evaluator.project.find(binding.module, unit.path)
        return _exported_expression(evaluator, source, binding.imported, depth + 1) if source is not None else None
    if binding.kind == "name":
        return _sole(evaluator, unit.scope.names.get(binding.imported, []), unit.scope)
    node = inner(binding.value)
    return (node, unit.scope_at(node)) if node is not None else None
