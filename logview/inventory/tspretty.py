"""Where a pino logger writes: the transports an expression may set, and whether pino-pretty is on unconditionally."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.tstree import FUNCTIONS, Node, arguments, inner, pairs
from logview.inventory.values import Function, Lib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.tsscope import Scope
    from logview.inventory.tsvalues import Evaluator

PRETTY = "pino-pretty"
STREAMS = frozenset({"pino.transport", "pino.multistream"})


def targets(evaluator: Evaluator, node: Node | None, scope: Scope, depth: int = 0) -> Iterator[str]:
    """Names of the transports an expression may set."""
    for part, _ in branches(evaluator, node, scope, guarded=False, depth=depth):
        if part.type == "object":
            for key, value in pairs(part):
                if key == "target":
                    yield evaluator.text(value, scope) or "?"
                elif key in {"targets", "pipeline"}:
                    yield from targets(evaluator, value, scope, depth + 1)
        elif part.type == "call_expression":
            for argument in arguments(part):
                yield from targets(evaluator, argument, scope, depth + 1)


def is_pretty(
    evaluator: Evaluator, node: Node | None, scope: Scope, *, guarded: bool, key: str = "transport", depth: int = 0
) -> bool:
    """pino-pretty is switched on by this expression whatever the environment says."""
    if depth > 8:
        return False
    if key == "prettyPrint":
        at = inner(node)
        return at is not None and at.type in {"true", "object"} and not guarded
    for part, conditional in branches(evaluator, node, scope, guarded=guarded, depth=depth):
        where = part_scope(part, scope)
        if part.type == "call_expression":
            value = evaluator.value(part.get("function"), where)
            if isinstance(value, Lib) and value.path == PRETTY and not conditional:
                return True
            streams = arguments(part) if isinstance(value, Lib) and value.path in STREAMS else []
            if any(is_pretty(evaluator, a, where, guarded=conditional, depth=depth + 1) for a in streams):
                return True
        elif part.type == "object":
            for name, value_node in pairs(part):
                if name == "target" and evaluator.text(value_node, where) == PRETTY and not conditional:
                    return True
                inside = name in {"targets", "pipeline", "stream"}
                if inside and is_pretty(evaluator, value_node, where, guarded=conditional, depth=depth + 1):
                    return True
    return False


def branches(
    evaluator: Evaluator, node: Node | None, scope: Scope, *, guarded: bool, depth: int
) -> Iterator[tuple[Node, bool]]:
    """(object, call or array member, whether a condition decides about it) that an expression may come to."""
    at = inner(node)
    if at is None or depth > 8:
        return
    if at.type == "ternary_expression":
        for side in ("consequence", "alternative"):
            yield from branches(evaluator, at.get(side), scope, guarded=True, depth=depth + 1)
    elif at.type == "binary_expression":
        yield from branches(evaluator, at.get("right"), scope, guarded=True, depth=depth + 1)
        yield from branches(evaluator, at.get("left"), scope, guarded=True, depth=depth + 1)
    elif at.type == "array":
        for kid in at.kids:
            part = kid.kids[0] if kid.type == "spread_element" and kid.kids else kid
            yield from branches(evaluator, part, scope, guarded=guarded, depth=depth + 1)
    elif at.type in {"identifier", "shorthand_property_identifier", "member_expression"}:
        yield from named_branches(evaluator, at, scope, guarded=guarded, depth=depth)
    elif at.type == "call_expression":
        function = evaluator.value(at.get("function"), part_scope(at, scope))
        if isinstance(function, Function) and function.receiver is None:
            tested = any(
                n.type in {"if_statement", "ternary_expression", "switch_statement"} for n in function.node.walk()
            )
            for result in returned(function.node):
                where = function.scope.unit.scope_at(result)
                yield from branches(evaluator, result, where, guarded=guarded or tested, depth=depth + 1)
        else:
            yield at, guarded
    else:
        yield at, guarded


def named_branches(
    evaluator: Evaluator, at: Node, scope: Scope, *, guarded: bool, depth: int
) -> Iterator[tuple[Node, bool]]:
    found = scope.find(at.text) if at.type != "member_expression" else None
    if found is not None and len(found[1]) > 1:
        for binding in found[1]:
            if binding.value is not None:
                where = scope.unit.scope_at(binding.value)
                conditional = guarded or is_conditional(binding.value)
                yield from branches(evaluator, binding.value, where, guarded=conditional, depth=depth + 1)
        return
    step = evaluator.expression(at, scope)
    if step is not None and step[0] is not at:
        yield from branches(evaluator, step[0], step[1], guarded=guarded or is_conditional(step[0]), depth=depth + 1)


def part_scope(node: Node, scope: Scope) -> Scope:
    """The scope of a node that a name led to, which may be in another file."""
    return scope.unit.scope_at(node) if node.source is scope.unit.source else scope


def returned(function: Node) -> list[Node]:
    """Expressions that a function returns, conditionals opened."""
    body = function.get("body")
    if body is None:
        return []
    if body.type != "statement_block":
        found = [inner(body)]
    else:
        found = [inner(part.kids[0]) for part in body.inside() if part.type == "return_statement" and part.kids]
    return [node for node in found if node is not None]


def is_conditional(node: Node) -> bool:
    """A condition decides whether the expression is reached: `if`, `?:`, `&&`; up to the enclosing function."""
    return choice(node) is not None


def choice(node: Node) -> int | None:
    """Offset of the outermost condition that decides whether the expression is reached, within its function."""
    outermost = None
    below, at = node, node.parent
    while at is not None and at.type not in FUNCTIONS:
        tested = at.get("condition")
        right = at.type == "binary_expression" and at.operator in {"&&", "||", "??"} and at.get("right") is below
        if at.type in {"ternary_expression", "if_statement"} and tested is not below:
            outermost = at.start
        elif right or at.type in {"switch_case", "switch_default"}:
            outermost = at.start if at.parent is None or right else at.parent.start
        below, at = at, at.parent
    return outermost
