"""Source of a newer Python in the words of the one that runs here, each character where it was.

`ast` reads the syntax of its own Python. What came with 3.12 is replaced by something of the same length that an older
parser takes: type parameters by blanks, a `type` statement by `pass`, the strings inside the holes of an f-string by
names (PEP 695, PEP 701). tree-sitter finds those places; lines and columns stay true, and in the tree plain strings
come back. Nothing is written by such a tree: fixes leave the file alone.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.decode import literals

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_OWNERS = frozenset({"function_definition", "class_definition"})
_STRINGS = frozenset({"string", "concatenated_string"})
_PLAIN = re.compile(rb"(?P<quote>['\"])(?P<text>(?:(?!(?P=quote))[^\\])*)(?P=quote)")


def parse(text: str) -> ast.Module:
    """The syntax tree of a module, of a newer Python too.

    raises  SyntaxError, ValueError, RecursionError, as `literals.parse`
    """
    try:
        return literals.parse(text)
    except SyntaxError:
        source = text.encode("utf-8")
        root = _parser().parse(source).root_node
        older = _Older(source)
        if not root.has_error:
            older.rewrite(root)
        if older.text == source:
            raise
        tree = literals.parse(older.text.decode("utf-8"))
    return tree if not older.strings else _Restored(older.strings).visit(tree)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_python
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_python.language()))


class _Older:
    """The source being rewritten, and which name stands for which string."""

    def __init__(self, source: bytes) -> None:
        self.text = bytearray(source)
        self.strings: dict[str, str] = {}
        self._names: dict[bytes, bytes] = {}
        self._words = frozenset(re.findall(rb"\w+", source))

    def rewrite(self, root: Node) -> None:
        """Replace everything that an older parser refuses."""
        stack = [(root, False)]
        while stack:
            node, in_hole = stack.pop()
            if node.type == "type_alias_statement":
                self._put(node, b"pass", b" ")
            elif node.type == "type_parameter" and node.parent is not None and node.parent.type in _OWNERS:
                self._put(node, b"", b" ")
            elif in_hole and node.type in _STRINGS:
                self._put(node, self._name(bytes(self.text[node.start_byte : node.end_byte])), b"_")
            else:
                stack += [(child, in_hole or node.type == "interpolation") for child in node.children]

    def _put(self, node: Node, words: bytes, filler: bytes) -> None:
        """Write `words` in the node's place, and the filler up to its end; line ends stay."""
        for at in range(node.start_byte, node.end_byte):
            if self.text[at] not in b"\r\n":
                offset = at - node.start_byte
                self.text[at] = words[offset] if offset < len(words) else filler[0]

    def _name(self, written: bytes) -> bytes:
        """A name as long as the string that stands for it alone; b"" when the string need not come back."""
        plain = _PLAIN.fullmatch(written)
        if plain is None or written in self._names:
            return self._names.get(written, b"")
        width = len(written) - 1
        for number in range(min(10**width, 10_000)):
            name = b"_%0*d" % (width, number)
            if name not in self._words and name.decode() not in self.strings:
                self._names[written] = name
                self.strings[name.decode()] = plain["text"].decode("utf-8")
                return name
        return b""


class _Restored(ast.NodeTransformer):
    """The tree with the strings that names stand for."""

    def __init__(self, strings: dict[str, str]) -> None:
        self._strings = strings

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._strings.get(node.id)
        return node if value is None else ast.copy_location(ast.Constant(value), node)
