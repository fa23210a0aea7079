"""What a Python logging call says: message text and kind, names that are passed, whether the error is."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory.names import HARMLESS_CALLS
from logview.standard.mask import is_masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator


@dataclass(frozen=True, slots=True)
class Message:
    """The text of a message argument."""

    template: str | None
    kind: str
    also: tuple[str, ...] = ()


def message(node: ast.expr | None, evaluator: Evaluator, scope: Scope) -> Message:
    """The template of a message argument and how it is made; a name bound once to a literal counts as the literal."""
    match node:
        case None:
            return Message(None, "dynamic")
        case ast.Constant(value=str(text)):
            return Message(text, "static")
        case ast.JoinedStr():
            holes = any(isinstance(part, ast.FormattedValue) for part in node.values)
            return Message(fstring(node), "template" if holes else "static")
        case ast.BinOp(op=ast.Add()):
            parts = [message(part, evaluator, scope) for part in addends(node)]
            if all(part.kind == "dynamic" for part in parts):
                return Message(None, "dynamic")
            static = all(part.kind == "static" for part in parts)
            text = "".join("{}" if part.template is None else part.template for part in parts)
            return Message(text, "static" if static else "concat")
        case ast.BinOp(op=ast.Mod()):
            left = message(node.left, evaluator, scope)
            return Message(left.template, "template" if left.template is not None else "dynamic")
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            left = message(inner, evaluator, scope)
            return Message(left.template, "template" if left.template is not None else "dynamic")
        case ast.IfExp():
            first, second = message(node.body, evaluator, scope), message(node.orelse, evaluator, scope)
            texts = [part.template for part in (first, second) if part.template is not None]
            return Message(None, "dynamic", also=tuple(texts))
        case ast.Name() | ast.Attribute():
            constant = evaluator.text(node, scope)
            return Message(constant, "static") if constant is not None else Message(None, "dynamic")
        case _:
            return Message(None, "dynamic")


def fstring(node: ast.JoinedStr) -> str:
    """The f-string's text with its holes as written."""
    out = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            conversion = f"!{chr(part.conversion)}" if part.conversion > 0 else ""
            spec = f":{fstring(part.format_spec)}" if isinstance(part.format_spec, ast.JoinedStr) else ""
            out.append("{" + ast.unparse(part.value) + conversion + spec + "}")
        elif isinstance(part, ast.Constant):
            out.append(str(part.value))
    return "".join(out)


def addends(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of `a + b + c`, in order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from addends(node.left)
        yield from addends(node.right)
    else:
        yield node


def passed_names(node: ast.expr | None) -> Iterator[str]:
    """Last names of the identifiers, properties and keys whose values reach the log through this expression.

    What only tells about a value (its length, whether it is there, a mask of it) passes nothing.
    """
    match node:
        case ast.Name():
            yield node.id
        case ast.Attribute():
            yield node.attr
        case ast.Subscript():
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                yield node.slice.value
            else:
                yield from passed_names(node.value)
        case ast.Call():
            name = called_name(node)
            if HARMLESS_CALLS.search(name):
                return
            if isinstance(node.func, ast.Attribute):
                yield from passed_names(node.func.value)
            key = node.args[0] if node.args else None
            if name in {"get", "getenv", "pop"} and isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from passed_names(argument)
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and carries_value(value):
                    yield key.value
                yield from passed_names(value)
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return
        case ast.IfExp():
            yield from passed_names(node.body)
            yield from passed_names(node.orelse)
        case None | ast.Lambda() | ast.Constant():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from passed_names(child)


def called_name(node: ast.Call) -> str:
    """The last name of what is called."""
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def carries_value(node: ast.expr) -> bool:
    """A key with this value may hold a secret: not for masks, None, booleans, numbers and what only tells about one."""
    match node:
        case ast.Constant(value=str(text)):
            return not is_masked(text)
        case ast.Constant() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return False
        case ast.Call():
            return not HARMLESS_CALLS.search(called_name(node))
        case _:
            return True


def mentions(node: ast.AST, names: frozenset[str]) -> bool:
    """Any of the names is used in the expression."""
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))


def tells_of_exception(node: ast.AST) -> bool:
    """The expression asks for the exception being handled: traceback.format_exc(), sys.exc_info()."""
    return any(
        isinstance(n, ast.Call) and called_name(n) in {"format_exc", "exc_info", "print_exc", "exception"}
        for n in ast.walk(node)
    )
