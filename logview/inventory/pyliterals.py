"""Python expressions as written: through names to the one expression they stand for, dict displays to their keys."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logview.inventory.values import Class, Instance, Lib, Module

if TYPE_CHECKING:
    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator


def expression(evaluator: Evaluator, node: ast.expr | None, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """The expression a name stands for, when it is bound exactly once; the expression itself otherwise."""
    for _ in range(8):
        if not isinstance(node, ast.Name | ast.Attribute):
            break
        step = _assigned(evaluator, node, scope)
        if step is None:
            break
        node, scope = step
    return (node, scope) if node is not None else None


def _assigned(evaluator: Evaluator, node: ast.expr, scope: Scope) -> tuple[ast.expr, Scope] | None:
    if isinstance(node, ast.Attribute):
        owner = evaluator.value(node.value, scope)
        if isinstance(owner, Module):
            return _sole(evaluator, node.attr, owner.unit.scope)
        if isinstance(owner, Instance | Class):
            inner = owner.of.inner if isinstance(owner, Instance) else owner.inner
            return _sole(evaluator, node.attr, inner) if node.attr in inner.names else None
        return None
    if not isinstance(node, ast.Name):
        return None
    found = scope.find(node.id)
    return _sole(evaluator, node.id, found[0]) if found else None


def _sole(evaluator: Evaluator, name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    bindings = scope.names.get(name, [])
    if len(bindings) != 1:
        return None
    binding = bindings[0]
    if binding.kind == "from" and isinstance(binding.node, ast.ImportFrom):
        unit = evaluator.project.find(binding.node.module or "", binding.node.level, scope.unit.path)
        original = next((a.name for a in binding.node.names if (a.asname or a.name) == name), name)
        return _sole(evaluator, original, unit.scope) if unit is not None and unit is not scope.unit else None
    if binding.kind == "value" and binding.index is None and binding.value is not None:
        return binding.value, scope
    return None


def mapping(
    evaluator: Evaluator, node: ast.expr | None, scope: Scope, seen: frozenset[int] = frozenset()
) -> list[tuple[str, ast.expr]] | None:
    """The literal keys and their values of a dict display or `dict(…)` call, through names; None when unreadable.

    Keys that are computed, and the contents of `**spreads` that cannot be read, are left out.
    """
    found = expression(evaluator, node, scope)
    if found is None or id(found[0]) in seen:  # `base = {**base}`
        return None
    node, scope = found
    seen |= {id(node)}
    if isinstance(node, ast.Call) and evaluator.value(node.func, scope) == Lib("builtins.dict"):
        pairs = [(k.arg, k.value) for k in node.keywords if k.arg is not None]
        for argument in node.args:
            pairs = [*(mapping(evaluator, argument, scope, seen) or []), *pairs]
        return pairs
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = (mapping(evaluator, side, scope, seen) for side in (node.left, node.right))
        return [pair for side in sides for pair in side or []]
    if not isinstance(node, ast.Dict):
        return None
    pairs = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            pairs += mapping(evaluator, value, scope, seen) or []
            continue
        literal = evaluator.text(key, scope)
        if literal is not None:
            pairs.append((literal, value))
    return pairs
