"""Python annotations as values: what an annotated parameter, field or return value is, for logging."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logview.decode import literals
from logview.inventory.pylibraries import TYPES
from logview.inventory.values import Class, Lib, Logger, Value

if TYPE_CHECKING:
    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator


def typed(evaluator: Evaluator, annotation: ast.expr | None, scope: Scope) -> Value | None:
    """What a value of the annotated type is."""
    match annotation:
        case None:
            return None
        case ast.Constant(value=str(text)):
            try:
                return typed(evaluator, literals.parse_expression(text), scope)
            except SyntaxError:
                return None
        case ast.BinOp(op=ast.BitOr()):
            return typed(evaluator, annotation.left, scope) or typed(evaluator, annotation.right, scope)
        case ast.Subscript():
            outer = annotation.value
            name = outer.attr if isinstance(outer, ast.Attribute) else outer.id if isinstance(outer, ast.Name) else ""
            if name in {"Optional", "Annotated", "Final", "ClassVar", "Union", "LoggerAdapter"}:
                if name == "LoggerAdapter":
                    return Logger("logging")
                inner = annotation.slice
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return next((v for v in (typed(evaluator, p, scope) for p in parts) if v is not None), None)
            generic = evaluator.value(outer, scope)
            return evaluator.instance(generic) if isinstance(generic, Class) else None
        case ast.Name() | ast.Attribute():
            found = evaluator.value(annotation, scope)
            if isinstance(found, Lib):
                library = TYPES.get(found.path)
                return Logger(library) if library else None
            if isinstance(found, Class):
                return evaluator.instance(found)
            return found if isinstance(found, Logger) else None
        case _:
            return None


def is_any(annotation: ast.expr) -> bool:
    """The annotation says nothing: `Any`, `Any | None`, `Optional[Any]`."""
    return "Any" in ast.unparse(annotation).replace("'", "").replace("[", " ").replace("]", " ").split()
