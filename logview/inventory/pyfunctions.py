"""What a function definition shows of itself: a parameter's default, what it returns, whether it is a property."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def parameter_default(node: ast.AST, name: str) -> ast.expr | None:
    """The default value of a parameter."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return None
    plain = [*node.args.posonlyargs, *node.args.args]
    for argument, default in zip(reversed(plain), reversed(node.args.defaults), strict=False):
        if argument.arg == name:
            return default
    for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if argument.arg == name:
            return value
    return None


def is_property(node: ast.AST) -> bool:
    """The function is read like an attribute."""
    names = {"property", "cached_property", "classproperty"}
    return any(
        (isinstance(d, ast.Name) and d.id in names) or (isinstance(d, ast.Attribute) and d.attr in names)
        for d in getattr(node, "decorator_list", [])
    )


def returns(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Expressions a function returns or yields; functions inside it left out."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        at = todo.pop(0)
        if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(at, ast.Return | ast.Yield) and at.value is not None:
            yield at.value
        todo.extend(ast.iter_child_nodes(at))
