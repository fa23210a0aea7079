"""What a pino call says: message text and kind, names that are passed, whether something is an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logview.inventory.names import HARMLESS_CALLS
from logview.inventory.pymessage import Message
from logview.inventory.tstree import Node, arguments, inner, name_of, pairs, string
from logview.standard.mask import is_masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.inventory.tsscope import Scope
    from logview.inventory.tsvalues import Evaluator

ERROR_NAME = re.compile(r"^_?(err|error|exception)$|(Err|Error|Exception)$")
ERROR_CLASS = re.compile(r"(Error|Exception|Failure|Fault)$")
TEXT_CALLS = frozenset(
    [
        "toString",
        "join",
        "stringify",
        "String",
        "format",
        "sprintf",
        "concat",
        "trim",
        "repeat",
        "inspect",
        "toUpperCase",
    ]
)
HARMLESS_PROPERTIES = frozenset({"length", "size", "name", "type", "kind", "id", "expiresAt", "expires"})


def message(node: Node | None, evaluator: Evaluator, scope: Scope) -> Message:
    """The template of a message argument and how it is made; a name bound once to a literal counts as the literal."""
    node = inner(node)
    if node is None:
        return Message(None, "dynamic")
    literal = string(node)
    if literal is not None:
        return Message(literal, "static")
    if node.type == "template_string":
        return Message("".join(template_part(kid) for kid in node.kids), "template")
    if node.type == "binary_expression" and node.operator == "+":
        parts = [message(part, evaluator, scope) for part in addends(node)]
        if all(part.template is None for part in parts):
            return Message(None, "dynamic")
        static = all(part.kind == "static" for part in parts)
        text = "".join("${}" if part.template is None else part.template for part in parts)
        return Message(text, "static" if static else "concat")
    if node.type == "ternary_expression":
        branches = [message(node.get(field), evaluator, scope) for field in ("consequence", "alternative")]
        return Message(None, "dynamic", also=tuple(b.template for b in branches if b.template is not None))
    if node.type in {"identifier", "member_expression"}:
        constant = evaluator.text(node, scope)
        return Message(constant, "static") if constant is not None else Message(None, "dynamic")
    return Message(None, "dynamic")


def template_part(node: Node) -> str:
    """A piece of a template literal: text as it is meant, a hole as it is written."""
    if node.type == "template_substitution":
        return node.text
    if node.type == "escape_sequence":
        from logview.inventory.tstree import fragment

        return fragment(node)
    return node.text


def addends(node: Node) -> Iterator[Node]:
    """The parts of `a + b + c`, in order."""
    todo = [node]
    while todo:
        at = inner(todo.pop())
        if at is None:
            continue
        if at.type == "binary_expression" and at.operator == "+":
            left, right = at.get("left"), at.get("right")
            todo += [part for part in (right, left) if part is not None]
        else:
            yield at


def is_text(node: Node, evaluator: Evaluator, scope: Scope) -> bool:
    """The expression is a string by its form: a literal, a template, a concatenation, `String(x)`."""
    at = inner(node)
    if at is None:
        return False
    if at.type in {"string", "template_string"}:
        return True
    if at.type == "binary_expression":
        return at.operator == "+" or any(
            is_text(side, evaluator, scope) for f in ("left", "right") if (side := at.get(f)) and at.operator != "==="
        )
    if at.type == "ternary_expression":
        return any(is_text(side, evaluator, scope) for f in ("consequence", "alternative") if (side := at.get(f)))
    if at.type == "call_expression":
        function = at.get("function")
        return function is not None and function.text.rpartition(".")[2] in TEXT_CALLS
    if at.type in {"identifier", "member_expression"}:
        if evaluator.text(at, scope) is not None:
            return True
        return at.type == "member_expression" and at.text.endswith((".message", ".msg"))
    return False


def is_error(node: Node | None, caught: frozenset[str], scope: Scope, *, by_name: bool) -> bool:
    """The expression is an error: the caught one, `new XError(…)`, something typed Error.

    by_name  take `err`, `error`, `lastError` for errors as well
    """
    at = inner(node)
    if at is None:
        return False
    if at.type in {"identifier", "shorthand_property_identifier"}:
        if at.text in caught:
            return True
        found = scope.find(at.text)
        for binding in found[1] if found else ():
            if binding.annotation is not None and ERROR_CLASS.search(binding.annotation.text):
                return True
            made = inner(binding.value)
            if made is not None and made.type == "new_expression" and not binding.path:
                return is_error(made, caught, scope, by_name=by_name)
        return by_name and ERROR_NAME.search(at.text) is not None
    if at.type in {"new_expression", "call_expression"}:
        made = at.get("constructor") or at.get("function")
        return made is not None and ERROR_CLASS.search(made.text.rpartition(".")[2]) is not None
    if at.type == "member_expression":
        prop = at.get("property")
        return by_name and prop is not None and ERROR_NAME.search(prop.text) is not None
    if at.type == "binary_expression" and at.operator in {"??", "||"}:
        return is_error(at.get("left"), caught, scope, by_name=by_name)
    return False


def passed_names(node: Node | None) -> Iterator[str]:
    """Last names of the identifiers, properties and keys whose values reach the log through this expression.

    What only tells about a value (its length, whether it is there, a mask of it) passes nothing.
    """
    at = inner(node)
    if at is None:
        return
    match at.type:
        case "identifier" | "shorthand_property_identifier":
            yield at.text
        case "member_expression":
            prop = at.get("property")
            if prop is not None and prop.text not in HARMLESS_PROPERTIES:
                yield prop.text
        case "subscript_expression":
            key = string(at.get("index"))
            if key is not None:
                yield key
            else:
                yield from passed_names(at.get("object"))
        case "call_expression":
            yield from called_names(at)
        case "object":
            for key, value in pairs(at):
                if key and carries_value(value):
                    yield key
                yield from passed_names(value)
        case (
            "template_string"
            | "template_substitution"
            | "array"
            | "spread_element"
            | "arguments"
            | "sequence_expression"
        ):
            for kid in at.kids:
                yield from passed_names(kid)
        case "binary_expression":
            if at.operator in {"+", "??", "||", "&&"}:
                yield from passed_names(at.get("left"))
                yield from passed_names(at.get("right"))
        case "ternary_expression":
            yield from passed_names(at.get("consequence"))
            yield from passed_names(at.get("alternative"))


def called_names(node: Node) -> Iterator[str]:
    """`passed_names` of a call: its receiver's and arguments', unless the function hides them."""
    function = inner(node.get("function"))
    if function is None or HARMLESS_CALLS.search(function.text.rpartition(".")[2]):
        return
    if function.type == "member_expression":
        yield from passed_names(function.get("object"))
    for argument in arguments(node):
        yield from passed_names(argument)


def carries_value(node: Node) -> bool:
    """A key with this value may hold a secret: not for masks, null, booleans, numbers and what only tells about one."""
    at = inner(node)
    if at is None or at.type in {
        "null",
        "undefined",
        "true",
        "false",
        "number",
        "unary_expression",
        "method_definition",
    }:
        return False
    text = string(at)
    if text is not None:
        return not is_masked(text)
    if at.type == "call_expression":
        function = at.get("function")
        return function is None or not HARMLESS_CALLS.search(function.text.rpartition(".")[2])
    if at.type == "binary_expression":
        return at.operator in {"+", "??", "||", "&&"}
    if at.type == "member_expression":
        prop = at.get("property")
        return prop is None or prop.text not in HARMLESS_PROPERTIES
    return True


def mentions(node: Node, names: frozenset[str]) -> bool:
    """Any of the names is used in the expression."""
    kinds = {"identifier", "shorthand_property_identifier"}
    return bool(names) and any(part.type in kinds and part.text in names for part in node.walk())


def receiver(node: Node | None) -> str:
    """The receiver as written, without `?.`, `!` and call arguments: "log.child()"."""
    at = inner(node)
    if at is None:
        return ""
    if at.type == "call_expression":
        return receiver(at.get("function")) + "()"
    if at.type == "member_expression":
        prop = at.get("property")
        return f"{receiver(at.get('object'))}.{name_of(prop) if prop is not None else ''}"
    if at.type == "subscript_expression":
        index = at.get("index")
        return f"{receiver(at.get('object'))}[{index.text if index is not None else ''}]"
    return " ".join(at.text.replace("?.", ".").split())
