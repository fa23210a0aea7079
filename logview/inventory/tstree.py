"""A TypeScript or JavaScript file as a tree of plain nodes, made by tree-sitter and then free of it.

JavaScript is parsed with the TSX grammar, which takes it whole; `.ts` files with the TypeScript grammar, where `<T>x`
is a cast. Comments are dropped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Parser

FUNCTIONS = frozenset(
    [
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    ]
)
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
TRANSPARENT = frozenset(
    [
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "await_expression",
        "type_assertion",
        "instantiation_expression",
    ]
)
"""Expressions whose value is that of the expression inside."""


class Node:
    """One node: named children without comments, fields by name, the byte range."""

    __slots__ = (
        "end",
        "fields",
        "has_error",
        "is_default",
        "kids",
        "line",
        "operator",
        "parent",
        "source",
        "start",
        "type",
    )

    def __init__(  # noqa: PLR0917  made in one place
        self, kind: str, start: int, end: int, line: int, parent: Node | None, source: bytes
    ) -> None:
        self.type = kind
        self.start = start
        self.end = end
        self.line = line
        self.parent = parent
        self.source = source
        self.kids: list[Node] = []
        self.fields: dict[str, Node] = {}
        self.operator = ""
        self.is_default = False
        self.has_error = False

    @property
    def text(self) -> str:
        return self.source[self.start : self.end].decode("utf-8", "replace")

    def get(self, field: str) -> Node | None:
        return self.fields.get(field)

    def walk(self) -> Iterator[Node]:
        """The node and all below it, in source order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.kids))

    def inside(self) -> Iterator[Node]:
        """As `walk`, without entering functions and classes below the node."""
        stack = list(reversed(self.kids))
        while stack:
            node = stack.pop()
            yield node
            if node.type not in FUNCTIONS and node.type not in CLASSES:
                stack.extend(reversed(node.kids))


@lru_cache(maxsize=2)
def parser(grammar: str) -> Parser:
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    made = tree_sitter_typescript.language_typescript if grammar == "ts" else tree_sitter_typescript.language_tsx
    return Parser(Language(made()))


def parse(source: bytes, path: str) -> Node:
    """The tree of a whole file; where the text is no program, the nodes around the errors are still there."""
    tree = parser("ts" if path.endswith((".ts", ".mts", ".cts")) else "tsx").parse(source)
    cursor = tree.walk()
    root = Node("program", 0, len(source), 1, None, source)
    root.has_error = tree.root_node.has_error
    at = root
    if not cursor.goto_first_child():
        return root
    while True:
        found = cursor.node
        assert found is not None
        field = cursor.field_name
        node: Node | None = None
        if found.is_named and found.type not in {"comment", "hash_bang_line", "html_comment"}:
            node = Node(found.type, found.start_byte, found.end_byte, found.start_point[0] + 1, at, source)
            at.kids.append(node)
            if field is not None:
                at.fields.setdefault(field, node)
        elif field == "operator":
            at.operator = found.type
        elif found.type == "default":
            at.is_default = True
        if node is not None and cursor.goto_first_child():
            at = node
            continue
        while not cursor.goto_next_sibling():
            if at.parent is None:
                return root
            cursor.goto_parent()
            at = at.parent


def inner(node: Node | None) -> Node | None:
    """The expression without parentheses, casts, `!` and `await` around it."""
    while node is not None and node.type in TRANSPARENT and node.kids:
        node = node.kids[-1] if node.type == "type_assertion" else node.kids[0]
    return node


def string(node: Node | None) -> str | None:
    """The value of a string literal or of a template without holes; None for anything else."""
    node = inner(node)
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if any(kid.type == "template_substitution" for kid in node.kids):
        return None
    return "".join(fragment(kid) for kid in node.kids)


def fragment(node: Node) -> str:
    """The text a piece of a string literal stands for."""
    if node.type != "escape_sequence":
        return node.text
    body = node.text[1:]
    simple = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
    if body in simple:
        return simple[body]
    if body[0] in "xu":
        try:
            return chr(int(body[1:].strip("{}"), 16))
        except (ValueError, OverflowError):
            return node.text
    return body


def arguments(call: Node) -> list[Node]:
    """The argument expressions of a call."""
    found = call.get("arguments")
    return found.kids if found is not None and found.type == "arguments" else []


def name_of(node: Node) -> str:
    """The written name of a property, key or identifier, quotes removed."""
    if node.type == "string":
        return string(node) or ""
    return node.text


def pairs(literal: Node) -> Iterator[tuple[str | None, Node]]:
    """(key, value) of an object literal; key None for a spread, "" for a computed key that is no literal.

    A method's value is its definition; a shorthand's the identifier itself.
    """
    for kid in literal.kids:
        if kid.type == "pair":
            key, value = kid.get("key"), kid.get("value")
            if key is not None and value is not None:
                if key.type == "computed_property_name":
                    yield (string(key.kids[0]) if key.kids else None) or "", value
                else:
                    yield name_of(key), value
        elif kid.type == "shorthand_property_identifier":
            yield kid.text, kid
        elif kid.type == "method_definition":
            name = kid.get("name")
            if name is not None:
                yield name_of(name), kid
        elif kid.type == "spread_element" and kid.kids:
            yield None, kid.kids[0]
