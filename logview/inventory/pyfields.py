"""The fields a Python logging call adds, and which of what it passes is named like a secret."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.inventory.pymessage import carries_value, passed_names
from logview.standard.mask import is_sensitive_key

if TYPE_CHECKING:
    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator
    from logview.inventory.values import Logger


@dataclass(slots=True)
class Fields:
    """Keys read from `extra=` and keywords."""

    pairs: list[tuple[str, ast.expr]] = field(default_factory=list)
    open: bool = False
    computed: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for key, _ in self.pairs))

    @property
    def values(self) -> list[tuple[str, ast.expr]]:
        return self.pairs

    def read(self, node: ast.expr, evaluator: Evaluator, scope: Scope) -> None:
        pairs = evaluator.mapping(node, scope)
        if pairs is None:
            self.open = self.computed = True
            return
        self.pairs += pairs
        found = evaluator.expression(node, scope)
        literal = found[0] if found else node
        if isinstance(literal, ast.Dict):
            for key, value in zip(literal.keys, literal.values, strict=True):
                if key is None:
                    self.open = self.open or evaluator.mapping(value, scope) is None
                elif evaluator.text(key, scope) is None:
                    self.computed = self.open = True
        elif isinstance(literal, ast.Call):
            self.open = self.open or any(k.arg is None for k in literal.keywords)


def exposed(
    others: list[ast.expr],
    text: ast.expr | None,
    pairs: list[tuple[str, ast.expr]],
    keyword: dict[str, ast.expr],
    logger: Logger,
) -> tuple[str, ...]:
    """Sensitive-looking names whose values the call passes."""
    names = [key for key, value in pairs if carries_value(value)]
    for node in (*others, text):
        names += passed_names(node)
    if logger.library == "loguru":
        names += [name for name, value in keyword.items() if carries_value(value)]
    return tuple(dict.fromkeys(name for name in names if is_sensitive_key(name)))
