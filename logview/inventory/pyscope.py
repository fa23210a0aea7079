"""Python names: which module, scope and expression a name leads to. Follows imports; runs nothing."""

from __future__ import annotations

import ast
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.inventory.model import Problem
from logview.inventory.pylibraries import KNOWN_PACKAGES
from logview.inventory.pynewer import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True, eq=False)
class Binding:
    """One place that gives a name its meaning."""

    kind: str
    """"value", "annotation", "import", "from", "def", "class", "param", "with", "other"."""
    node: ast.AST
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    index: int | None = None
    """Position in a tuple target: `a, b = x, y`."""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function body and the names bound in it."""

    unit: Unit
    node: ast.AST
    parent: Scope | None
    names: dict[str, list[Binding]] = field(default_factory=dict)
    attributes: dict[str, list[tuple[ast.expr, Scope]]] = field(default_factory=dict)
    """Class scopes only: `self.x = expression`, with the scope of the method it stands in."""
    self_name: str | None = None
    """Methods only: the name of the first parameter."""
    is_static: bool = False
    globals: frozenset[str] = frozenset()
    """Functions only: names its `global` statements give to the module."""

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, FunctionNode)

    def bind(self, name: str, binding: Binding) -> None:
        self.names.setdefault(name, []).append(binding)

    def find(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that binds the name, as Python looks it up: class bodies are skipped from inside functions."""
        at: Scope | None = self
        while at is not None:
            if name in at.names and (at is self or not at.is_class):
                return at, at.names[name]
            at = at.parent
        return None

    def owner(self) -> Scope | None:
        """The class scope whose method this code runs in; None outside methods."""
        at: Scope | None = self
        while at is not None and not at.is_class:
            at = at.parent
        return at

    def method(self) -> Scope | None:
        """The method's scope: the function directly inside the owner class."""
        at: Scope | None = self
        while at is not None:
            if at.parent is not None and at.parent.is_class:
                return at
            at = at.parent
        return None


@dataclass(slots=True, eq=False)
class Unit:
    """One parsed module."""

    path: str
    text: str
    tree: ast.Module
    scope: Scope = field(init=False)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    line_starts: list[int] = field(default_factory=list)
    is_entry: bool = False
    """It holds a `__main__` guard, or is `__main__.py`."""

    def __post_init__(self) -> None:
        self.scope = Scope(self, self.tree, None)
        self.scopes[self.tree] = self.scope
        starts, at = [0], 0
        for line in self.text.encode("utf-8", "surrogatepass").split(b"\n"):
            at += len(line) + 1
            starts.append(at)
        self.line_starts = starts
        Binder(self).run()
        self.is_entry = os.path.basename(self.path) == "__main__.py" or any(is_main_guard(s) for s in self.tree.body)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Byte offsets (start, end) of a node; ast columns are UTF-8 bytes already."""
        end_line = node.end_lineno or node.lineno
        return (
            self.line_starts[node.lineno - 1] + node.col_offset,
            self.line_starts[end_line - 1] + (node.end_col_offset or 0),
        )


def is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`, either way round."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = [statement.test.left, *statement.test.comparators]
    return any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides) and any(
        isinstance(s, ast.Constant) and s.value == "__main__" for s in sides
    )


class Binder:
    """Fills the scopes of one module."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def run(self) -> None:
        todo: list[tuple[ast.AST, Scope]] = [(node, self.unit.scope) for node in self.unit.tree.body]
        while todo:
            node, scope = todo.pop()
            todo.extend(self.bind(node, scope))

    def bind(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """Bind what this node binds; yield the nodes inside it, each with its scope."""
        if isinstance(node, FunctionNode | ast.ClassDef):
            yield from self.enter(node, scope)
            return
        match node:
            case ast.Assign():
                for target in node.targets:
                    self.target(target, node.value, None, scope)
            case ast.AnnAssign():
                self.target(node.target, node.value, node.annotation, scope)
            case ast.AugAssign():
                self.target(node.target, None, None, scope)
            case ast.NamedExpr():
                home = scope
                while home.parent is not None and isinstance(home.node, ast.Lambda):
                    home = home.parent
                self.target(node.target, node.value, None, home)
            case ast.Import():
                for alias in node.names:
                    scope.bind(alias.asname or alias.name.split(".")[0], Binding("import", alias))
            case ast.ImportFrom():
                for alias in node.names:
                    scope.bind(alias.asname or alias.name, Binding("from", node))
            case ast.For() | ast.AsyncFor():
                self.target(node.target, None, None, scope)
            case ast.comprehension():
                self.target(node.target, None, None, scope)
            case ast.withitem():
                if node.optional_vars is not None:
                    self.target(node.optional_vars, node.context_expr, None, scope)
            case ast.ExceptHandler():
                if node.name:
                    scope.bind(node.name, Binding("other", node))
            case ast.Global() | ast.Nonlocal():
                return
        for child in ast.iter_child_nodes(node):
            yield child, scope

    def enter(self, node: FunctionNode | ast.ClassDef, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        inner = Scope(self.unit, node, scope)
        self.unit.scopes[node] = inner
        if isinstance(node, ast.ClassDef):
            scope.bind(node.name, Binding("class", node))
            outside: list[ast.AST] = [*node.bases, *node.decorator_list, *(k.value for k in node.keywords)]
            inside: list[ast.AST] = [*node.body]
        else:
            outside = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            if isinstance(node, ast.Lambda):
                inside = [node.body]
            else:
                scope.bind(node.name, Binding("def", node))
                inner.globals = frozenset(n for s in node.body if isinstance(s, ast.Global) for n in s.names)
                outside += node.decorator_list
                inside = [*node.body]
            self.parameters(node, inner)
        yield from ((child, scope) for child in outside)
        yield from ((child, inner) for child in inside)

    def parameters(self, node: FunctionNode, inner: Scope) -> None:
        named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for argument in (*named, node.args.vararg, node.args.kwarg):
            if argument is not None:
                inner.bind(argument.arg, Binding("param", argument, annotation=argument.annotation))
        if inner.parent is not None and inner.parent.is_class and not isinstance(node, ast.Lambda):
            names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
            inner.is_static = "staticmethod" in names
            if named and not inner.is_static:
                inner.self_name = named[0].arg

    def target(self, target: ast.expr, value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> None:
        match target:
            case ast.Name():
                home = self.unit.scope if target.id in scope.globals else scope
                home.bind(target.id, Binding("value", target, value=value, annotation=annotation))
            case ast.Tuple() | ast.List():
                values = value.elts if isinstance(value, ast.Tuple | ast.List) else None
                for index, part in enumerate(target.elts):
                    if values is not None and len(values) == len(target.elts):
                        self.target(part, values[index], None, scope)
                    elif isinstance(part, ast.Name):
                        scope.bind(part.id, Binding("value", part, value=value, index=index))
            case ast.Attribute(value=ast.Name(id=name)):
                method = scope.method()
                owner = scope.owner()
                if owner is None or method is None:
                    return
                if name == method.self_name and value is not None:
                    owner.attributes.setdefault(target.attr, []).append((value, scope))
                elif name == method.self_name and annotation is not None:
                    owner.names.setdefault(target.attr, []).append(Binding("value", target, annotation=annotation))


class Project:
    """The modules of the project, found by path."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.units: dict[str, Unit | None] = {}
        self.problems: list[Problem] = []

    def unit(self, path: str) -> Unit | None:
        """The parsed module, or None when it cannot be read or parsed (then a Problem is noted)."""
        key = os.path.abspath(path)
        if key not in self.units:
            self.units[key] = None
            self.units[key] = self._parse(os.path.normpath(path))
        return self.units[key]

    def _parse(self, path: str) -> Unit | None:
        try:
            with open(path, "rb") as file:
                data = file.read()
            text = data.decode("utf-8-sig")
            return Unit(path, text, parse(text))
        except OSError as error:
            self.problems.append(Problem(path, 0, error.strerror or str(error)))
        except SyntaxError as error:
            text = f"no source that Python {sys.version_info[0]}.{sys.version_info[1]} can parse: {error.msg}"
            self.problems.append(Problem(path, error.lineno or 0, text))
        except (ValueError, RecursionError, MemoryError) as error:
            self.problems.append(Problem(path, 0, f"no Python source: {error}"))
        return None

    def find(self, dotted: str, level: int, importer: str) -> Unit | None:
        """The module an import names, seen from the importing file; None when it is none of the project's.

        Absolute names are tried below every folder from the importer's up to the one above the root, and below `src`
        there: which folder is on sys.path, the source does not say. Names of the standard library are never the
        project's; nor is a file of the importer's folder that is named like a library (Django's celery.py).
        """
        parts = dotted.split(".") if dotted else []
        folder = os.path.dirname(os.path.abspath(importer))
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._module(folder, parts)
        if not parts or parts[0] in sys.stdlib_module_names:
            return None
        top = os.path.dirname(os.path.abspath(self.root))
        while True:
            unit = self._module(folder, parts) or self._module(os.path.join(folder, "src"), parts)
            if unit is not None and not is_namesake(unit.path, parts, importer):
                return unit
            if folder == top or folder == os.path.dirname(folder):
                return None
            folder = os.path.dirname(folder)

    def _module(self, folder: str, parts: list[str]) -> Unit | None:
        base = os.path.join(folder, *parts)
        candidates = (
            (base + ".py", os.path.join(base, "__init__.py")) if parts else (os.path.join(base, "__init__.py"),)
        )
        for path in candidates:
            if os.path.isfile(path):
                return self.unit(path)
        return None


def is_namesake(found: str, parts: list[str], importer: str) -> bool:
    """The file is the importing one, or a module of a package that is only named like a library: app/celery.py."""
    if os.path.abspath(found) == os.path.abspath(importer):
        return True
    return parts == [parts[0]] and parts[0] in KNOWN_PACKAGES and not found.endswith("__init__.py")
