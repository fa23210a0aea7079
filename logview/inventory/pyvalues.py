"""What a Python expression stands for: a logger, a library's function, a class of the project. By reading, not running.

Flow is ignored: a name that is ever a logger is one. Parameters are what their annotation says; without annotation a
parameter named `logger` or `log` is taken for a standard logger.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from logview.inventory.pyfunctions import is_property, parameter_default, returns
from logview.inventory.pylibraries import (
    APPS,
    FACTORY_NAME,
    KNOWN_PACKAGES,
    LOGGER_NAME,
    LOGGERS,
    OBJECTS,
    PARAMETER_NAMES,
    REBINDING,
    TYPES,
)  # fmt: skip
from logview.inventory.pyliterals import expression, mapping
from logview.inventory.pytypes import is_any, typed
from logview.inventory.values import Class, Function, Instance, Lib, Literal, Logger, Module, Server, Value, merged

if TYPE_CHECKING:
    from logview.inventory.pyscope import Binding, Project, Scope, Unit

DEEPEST = 40
"""Names that lead to names: more steps than this are a cycle through calls."""
PATIENCE = 200
"""Steps of one question after which answers from inside a cycle are kept as they are."""


class Evaluator:
    """Answers what an expression stands for, each once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[int, int], Value | None] = {}
        self._open: set[tuple[int, int]] = set()
        self._keep: list[ast.AST] = []
        self._depth = 0
        self._cuts = 0
        self._steps = 0
        self._names: dict[tuple[str, int], Value | None] = {}
        self._asked: set[tuple[str, int]] = set()

    def value(self, node: ast.expr | None, scope: Scope) -> Value | None:
        """What the expression stands for, or None when logging has no interest in it."""
        if node is None:
            return None
        key = (id(node), id(scope))
        if key in self._known:
            return self._known[key]
        if key in self._open or self._depth >= DEEPEST:
            self._cuts += 1
            return None
        self._steps = self._steps + 1 if self._open else 0
        self._open.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            found = self._value(node, scope)
        finally:
            self._depth -= 1
            self._open.discard(key)
        # Inside a cycle the answer depends on where it was entered: only the outermost answer is kept, unless the
        # cycle is so wide that asking again would cost more than the answer is worth.
        if not self._open or found is not None or cuts == self._cuts or self._steps > PATIENCE:
            self._known[key] = found
            self._keep.append(node)
        return found

    def _value(self, node: ast.expr, scope: Scope) -> Value | None:
        match node:
            case ast.Name():
                return self.name(node.id, scope)
            case ast.Attribute():
                return self.member(self.value(node.value, scope), node.attr)
            case ast.Call():
                return self.call(node, scope)
            case ast.IfExp():
                return merged([v for v in (self.value(node.body, scope), self.value(node.orelse, scope)) if v])
            case ast.BoolOp():
                return merged([v for v in (self.value(part, scope) for part in node.values) if v])
            case ast.NamedExpr() | ast.Await():
                return self.value(node.value, scope)
            case ast.Dict():
                return Literal(node, scope)
            case ast.Subscript(value=ast.Dict()):
                return None
            case ast.Subscript():
                return self.item(node, scope)
            case _:
                return None

    def name(self, name: str, scope: Scope) -> Value | None:
        """What a bare name stands for where it is used."""
        method = scope.method()
        if method is not None and name == method.self_name:
            owner = scope.owner()
            if owner is not None and self._is_bound_by(name, scope, method):
                return Instance(self.class_of(owner))
        found = scope.find(name)
        if found is None:
            return Lib("builtins." + name)
        home, bindings = found
        key = (name, id(home))
        if key in self._names:
            return self._names[key]
        if key in self._asked:
            self._cuts += 1
            return None
        self._asked.add(key)
        cuts = self._cuts
        value = merged([v for v in (self.binding(name, b, home) for b in bindings) if v is not None])
        self._asked.discard(key)
        if value is not None or cuts == self._cuts or not self._asked:
            self._names[key] = value
        return value

    @staticmethod
    def _is_bound_by(name: str, scope: Scope, method: Scope) -> bool:
        found = scope.find(name)
        return found is not None and found[0] is method

    def class_of(self, inner: Scope) -> Class:
        """The class whose body scope this is; one object per class."""
        key = (id(inner.node), 0)
        known = self._known.get(key)
        if not isinstance(known, Class):
            known = Class(inner.node, inner.parent, inner)
            self._known[key] = known
        return known

    def binding(self, name: str, binding: Binding, scope: Scope) -> Value | None:
        """What one binding gives the name."""
        node = binding.node
        match binding.kind:
            case "import":
                assert isinstance(node, ast.alias)
                return self._import(node, scope.unit)
            case "from":
                assert isinstance(node, ast.ImportFrom)
                return self._from(name, node, scope.unit)
            case "def":
                return Function(node, scope)
            case "class":
                return self.class_of(scope.unit.scopes[node])
            case "param":
                return self._parameter(name, binding, scope)
            case "value":
                found = self.value(binding.value, scope) if binding.index is None else None
                return found if found is not None else self.typed(binding.annotation, scope)
            case "with":
                return self.value(binding.value, scope)
            case _:
                return None

    def _import(self, alias: ast.alias, unit: Unit) -> Value | None:
        if alias.asname:
            found = self.project.find(alias.name, 0, unit.path)
            return Module(found) if found is not None else Lib(alias.name)
        top = alias.name.split(".")[0]
        found = self.project.find(top, 0, unit.path)
        return Module(found) if found is not None else Lib(top)

    def _from(self, name: str, node: ast.ImportFrom, unit: Unit) -> Value | None:
        original = next((a.name for a in node.names if (a.asname or a.name) == name), name)
        source = node.module or ""
        found = self.project.find(source, node.level, unit.path)
        if found is not None:
            value = self.exported(found, original)
            if value is not None:
                return value
        inner = self.project.find(f"{source}.{original}" if source else original, node.level, unit.path)
        if inner is not None and inner.path != unit.path:
            return Module(inner)
        if found is not None:
            return None
        if node.level == 0:
            value = self.library(f"{source}.{original}")
            if value != Lib(f"{source}.{original}") or source.split(".")[0] in KNOWN_PACKAGES:
                return value
        return self._guess(original, relative=node.level > 0) or Lib(f"{source}.{original}")

    @staticmethod
    def _guess(name: str, *, relative: bool) -> Value | None:
        """A logger imported from a package that is not there to be read, by its name."""
        if FACTORY_NAME.match(name):
            return Lib("logging.getLogger")
        named = LOGGER_NAME.match(name) is not None and (name[:1].islower() or name.isupper() or name[:1] == "_")
        return Logger("logging") if named or (relative and name == "log") else None

    def exported(self, unit: Unit, name: str) -> Value | None:
        """What `from unit import name` gives."""
        if name in unit.scope.names:
            return self.name(name, unit.scope)
        for statement in unit.tree.body:
            if isinstance(statement, ast.ImportFrom) and any(a.name == "*" for a in statement.names):
                source = self.project.find(statement.module or "", statement.level, unit.path)
                if source is not None and source is not unit:
                    value = self.exported(source, name)
                    if value is not None:
                        return value
        return None

    def _parameter(self, name: str, binding: Binding, scope: Scope) -> Value | None:
        if binding.annotation is not None and not is_any(binding.annotation):
            return self.typed(binding.annotation, scope.parent or scope)
        default = parameter_default(scope.node, name)
        if default is not None and not (isinstance(default, ast.Constant) and default.value is None):
            return self.value(default, scope.parent or scope)
        return Logger("logging") if name in PARAMETER_NAMES else None

    def typed(self, annotation: ast.expr | None, scope: Scope) -> Value | None:
        """What a value of the annotated type is."""
        return typed(self, annotation, scope)

    def member(self, owner: Value | None, name: str) -> Value | None:
        """What `owner.name` stands for."""
        match owner:
            case Lib(path):
                return self.library(f"{path}.{name}")
            case Module(unit):
                value = self.exported(unit, name)
                if value is None:
                    stem = unit.path.removesuffix("__init__.py") if unit.path.endswith("__init__.py") else None
                    inner = self.project.find(name, 1, unit.path) if stem is not None else None
                    return Module(inner) if inner is not None else None
                return value
            case Instance(of):
                return of if name == "__class__" else self.attribute(of, name)
            case Class():
                return self.attribute(owner, name)
            case Server(logger=logger) if name in {"logger", "log"}:
                return logger
            case Logger():
                return Function(name, None, owner) if name in REBINDING else None
            case _:
                return None

    @staticmethod
    def library(path: str) -> Value | None:
        """A library's member by its dotted path."""
        if path in OBJECTS:
            return OBJECTS[path]
        return Lib(path)

    def attribute(self, of: Class, name: str, seen: frozenset[int] = frozenset()) -> Value | None:
        """A class's or its instance's attribute, base classes included."""
        inner: Scope = of.inner
        values: list[Value] = []
        for binding in inner.names.get(name, []):
            value = self.binding(name, binding, inner)
            if isinstance(value, Function) and is_property(binding.node):
                value = self.returned(value)
            if value is not None:
                values.append(value)
        for assigned, scope in inner.attributes.get(name, []):
            value = self.value(assigned, scope)
            if value is not None:
                values.append(value)
        found = merged(values)
        if found is not None:
            return found
        for base in of.node.bases:
            above = self.value(base, of.scope)
            if isinstance(above, Class) and id(above) not in seen:
                found = self.attribute(above, name, seen | {id(of)})
                if found is not None:
                    return found
            # A base of a library may bring its logger along: `self.log` of Airflow's LoggingMixin and operators.
            if isinstance(above, Lib) and name in PARAMETER_NAMES and not above.path.startswith("builtins."):
                return Logger("logging")
        return None

    def instance(self, of: Class, seen: frozenset[int] = frozenset()) -> Value:
        """An object of the class: a logger when the class derives from one."""
        for base in of.node.bases:
            above = self.value(base, of.scope)
            if isinstance(above, Lib) and above.path in TYPES:
                return Logger(TYPES[above.path])
            # A class may be named like its base, and then seems to be its own.
            if isinstance(above, Class) and id(above) not in seen:
                made = self.instance(above, seen | {id(of)})
                if isinstance(made, Logger):
                    return made
        return Instance(of)

    def call(self, node: ast.Call, scope: Scope) -> Value | None:
        """What a call returns."""
        callee = self.value(node.func, scope)
        match callee:
            case Lib(path) if path in LOGGERS:
                return self._made(path, node)
            case Lib("logging.LoggerAdapter"):
                return self._adapter(node, scope)
            case Lib("builtins.type") if len(node.args) == 1:
                made = self.value(node.args[0], scope)
                return made.of if isinstance(made, Instance) else None
            case Lib(path) if path in APPS:
                return Server(APPS[path], Logger("logging", channel="app"))
            case Function(receiver=Logger() as logger):
                return self._rebound(logger, callee.node, node)
            case Function():
                return self._named_by_call(self.returned(callee), callee, node)
            case Class():
                made = self.instance(callee)
                if isinstance(made, Logger):
                    return made.binding(self._mapping_keys(node, scope))
                return made
            case _:
                return None

    @staticmethod
    def _made(path: str, node: ast.Call) -> Logger:
        library = LOGGERS[path]
        name = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "name"), None)
        channel = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
        bound = frozenset(k.arg for k in node.keywords if k.arg) if library == "structlog" else frozenset()
        if library == "powertools":
            bound, library = frozenset({"service"}), "logging"
        named_by = name.id if isinstance(name, ast.Name) else None
        return Logger(library, bound=bound, channel=channel, named_by=named_by)

    @staticmethod
    def _named_by_call(found: Value | None, function: Function, node: ast.Call) -> Value | None:
        """A logger whose name is a parameter of the service's own factory has the name that the call gives."""
        if not isinstance(found, Logger) or found.named_by is None or isinstance(function.node, ast.Lambda):
            return found
        names = [argument.arg for argument in (*function.node.args.posonlyargs, *function.node.args.args)]
        if names[:1] in (["self"], ["cls"]):
            del names[0]
        given = dict(zip(names, node.args, strict=False)) | {k.arg: k.value for k in node.keywords if k.arg}
        value = given.get(found.named_by)
        literal = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
        return replace(found, channel=literal, named_by=value.id if isinstance(value, ast.Name) else None)

    def _adapter(self, node: ast.Call, scope: Scope) -> Logger:
        inner = self.value(node.args[0], scope) if node.args else None
        base = inner if isinstance(inner, Logger) else Logger("logging")
        return base.binding(self._mapping_keys(node, scope))

    def _mapping_keys(self, node: ast.Call, scope: Scope) -> frozenset[str]:
        """Keys of the `extra` mapping of an adapter."""
        extra = next((k.value for k in node.keywords if k.arg == "extra"), node.args[1] if len(node.args) > 1 else None)
        return frozenset(key for key, _ in self.mapping(extra, scope) or [])

    @staticmethod
    def _rebound(logger: Logger, method: str, node: ast.Call) -> Logger:
        keys = frozenset(k.arg for k in node.keywords if k.arg)
        if method == "opt":
            raised = next((k.value for k in node.keywords if k.arg == "exception"), None)
            off = raised is None or (isinstance(raised, ast.Constant) and not raised.value)
            return replace(logger, passes_error=not off)
        if method in {"unbind", "try_unbind", "patch", "getChild"}:
            return logger
        return logger.binding(keys)

    def returned(self, function: Function) -> Value | None:
        """What a function of the project returns: its annotation when that is a logger, else its return expressions."""
        node = function.node
        inner = function.scope.unit.scopes.get(node)
        if inner is None:
            return None
        if isinstance(node, ast.Lambda):
            return self.value(node.body, inner)
        found = merged([v for v in (self.value(r, inner) for r in returns(node)) if v is not None])
        if isinstance(found, Logger | Instance):
            return found
        return self.typed(node.returns, function.scope) or found

    def item(self, node: ast.Subscript, scope: Scope) -> Value | None:
        """A member of a literal dict: LOGGERS["core"]; a generic class with its parameters: Runner[Job]."""
        owner = self.value(node.value, scope)
        if isinstance(owner, Class):
            return owner
        if isinstance(owner, Literal) and isinstance(node.slice, ast.Constant):
            for key, value in zip(owner.node.keys, owner.node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return self.value(value, owner.scope)
        return None

    def expression(self, node: ast.expr | None, scope: Scope) -> tuple[ast.expr, Scope] | None:
        """The expression a name stands for, when it is bound exactly once; the expression itself otherwise."""
        return expression(self, node, scope)

    def mapping(self, node: ast.expr | None, scope: Scope) -> list[tuple[str, ast.expr]] | None:
        """Literal keys and values of a dict display or `dict(…)` call, through names; None when unreadable."""
        return mapping(self, node, scope)

    def text(self, node: ast.expr | None, scope: Scope) -> str | None:
        """The string a literal, or a name bound once to one, holds."""
        found = expression(self, node, scope)
        if found is not None and isinstance(found[0], ast.Constant) and isinstance(found[0].value, str):
            return found[0].value
        return None
