"""What a TypeScript expression stands for: a pino logger, a library's function, a class. By reading, not running.

Flow is ignored. A value is followed through imports, re-exports, wrappers' return values, classes' fields and types; a
parameter is what its type says, and without a type a parameter named `log` or `logger` is taken for a logger where the
service uses pino at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logview.inventory.tsguesses import carried, guessed
from logview.inventory.tslibraries import (
    ALIASES,
    LIBRARIES,
    LOGGER_TYPES,
    MIDDLEWARE,
    NEST_MODULE,
    PARAMETER_NAMES,
)  # fmt: skip
from logview.inventory.tsliterals import expression, spread
from logview.inventory.tsscope import Binding, Scope, Unit, annotation
from logview.inventory.tstree import FUNCTIONS, Node, arguments, inner, pairs, string
from logview.inventory.tstypes import typed
from logview.inventory.values import Class, Function, Instance, Lib, Literal, Logger, Module, Server, Value, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.inventory.tsmodules import Project

DEEPEST = 40
PATIENCE = 200
"""Steps of one question after which answers from inside a cycle are kept as they are."""


class Evaluator:
    """Answers what an expression stands for, each once."""

    def __init__(self, project: Project, uses: Callable[[str, str], bool]) -> None:
        """uses  (library, file): the service of that file imports the library somewhere"""
        self.project = project
        self.uses = uses
        self._known: dict[int, Value | None] = {}
        self._open: set[int] = set()
        self._classes: dict[int, Class] = {}
        self._depth = 0
        self._cuts = 0
        self._steps = 0
        self._names: dict[tuple[str, int], Value | None] = {}
        self._asked: set[tuple[str, int]] = set()
        self.on_setup: Callable[[Node, Scope], Logger] | None = None
        """Reads a pino() call's options; set by whoever knows them."""

    def value(self, node: Node | None, scope: Scope) -> Value | None:
        """What the expression stands for, or None when logging has no interest in it."""
        node = inner(node)
        if node is None:
            return None
        key = id(node)
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
        return found

    def _value(self, node: Node, scope: Scope) -> Value | None:
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                return self.name(node.text, scope)
            case "this" | "super":
                this = scope.this_class()
                return Instance(self.class_of(this)) if this is not None else None
            case "member_expression" | "subscript_expression":
                return self._member_expression(node, scope)
            case "call_expression":
                return self.call(node, scope)
            case "new_expression":
                return self._new(node, scope)
            case "ternary_expression":
                return self._either(node.get("consequence"), node.get("alternative"), scope)
            case "binary_expression" if node.operator in {"??", "||", "&&"}:
                return self._either(node.get("left"), node.get("right"), scope)
            case "assignment_expression":
                return self.value(node.get("right"), scope)
            case "object" | "array":
                return Literal(node, scope)
            case "sequence_expression":  # compiled code calls imports as `(0, log_1.make)()`
                return self.value(node.kids[-1], scope)
            case kind if kind in FUNCTIONS:
                return Function(node, scope)
            case "class":
                return self.class_of(scope.unit.scopes[id(node)])
            case _:
                return None

    def _either(self, first: Node | None, second: Node | None, scope: Scope) -> Value | None:
        return merged([v for v in (self.value(first, scope), self.value(second, scope)) if v is not None])

    def _member_expression(self, node: Node, scope: Scope) -> Value | None:
        owner = inner(node.get("object"))
        prop = node.get("property") or node.get("index")
        if owner is None or prop is None:
            return None
        name = prop.text if node.type == "member_expression" else string(prop)
        if name is None:
            return None
        found = self.member(self.value(owner, scope), name)
        if found is None and name in {"log", "logger"}:
            found = carried(self, owner, scope)
        return found

    def name(self, name: str, scope: Scope) -> Value | None:
        """What a bare name stands for where it is used."""
        found = scope.find(name)
        if found is None:
            return Lib(name) if name in {"console", "process", "globalThis", "global", "window"} else None
        home, bindings = found
        key = (name, id(home))
        if key in self._names:
            return self._names[key]
        if key in self._asked:
            self._cuts += 1
            return None
        self._asked.add(key)
        cuts = self._cuts
        value = merged([v for v in (self.binding(b, home) for b in bindings) if v is not None])
        self._asked.discard(key)
        if value is not None or cuts == self._cuts or not self._asked:
            self._names[key] = value
        return value

    def binding(self, binding: Binding, scope: Scope) -> Value | None:
        """What one binding gives its name."""
        match binding.kind:
            case "import":
                return self.imported(binding.module, binding.imported, scope.unit)
            case "function":
                return Function(binding.node, scope)
            case "class":
                return self.class_of(scope.unit.scopes[id(binding.node)])
            case "name":
                return self.name(binding.imported, scope)
            case "value" | "param":
                found = self._destructured(self.value(binding.value, self._scope(binding.value, scope)), binding)
                if found is not None:
                    return found
                if binding.annotation is not None:
                    return self._destructured(self.typed(binding.annotation, scope), binding)
                if binding.path[-1:] and binding.path[-1] in PARAMETER_NAMES and binding.value is not None:
                    return carried(self, binding.value, scope) if len(binding.path) == 1 else None
                named = binding.kind == "param" and binding.node.text in PARAMETER_NAMES
                if named and binding.value is None and self.uses("pino", scope.unit.path):
                    return Logger("pino")
                return None
            case _:
                return None

    @staticmethod
    def _scope(node: Node | None, scope: Scope) -> Scope:
        return scope.unit.scope_at(node) if node is not None else scope

    def _destructured(self, value: Value | None, binding: Binding) -> Value | None:
        for name in binding.path:
            value = self.member(value, name)
        return value

    def imported(self, module: str, name: str, unit: Unit) -> Value | None:
        """What `import { name } from module` gives in this file."""
        found = self.project.find(module, unit.path)
        if found is not None:
            return Module(found) if name == "*" else self.exported(found, name)
        if module == "@nestjs/common" and name == "Logger" and self.uses("nestjs-pino", unit.path):
            module = "nestjs-pino"  # `app.useLogger` makes Nest's own logger write through pino
        if module in LIBRARIES:
            return self.library(module if name in {"*", "default"} else f"{module}.{name}")
        return guessed(self, name, module, unit)

    def exported(self, unit: Unit, name: str, seen: frozenset[str] = frozenset()) -> Value | None:
        """What a file of the project exports under a name."""
        key = (f"export {name}", id(unit))
        if key in self._asked:
            return None
        self._asked.add(key)
        try:
            return self._exported(unit, name, seen)
        finally:
            self._asked.discard(key)

    def _exported(self, unit: Unit, name: str, seen: frozenset[str]) -> Value | None:
        binding = unit.exports.get(name)
        if binding is not None:
            return self._export_value(binding, unit)
        whole = unit.exports.get("=")
        if whole is not None:
            value = self._export_value(whole, unit)
            return value if name == "default" else self.member(value, name)
        if name == "default" and any(b.node.parent is not None for b in unit.exports.values()):
            # `import log from './log'` of a CommonJS file whose exports are set one by one.
            return Module(unit) if not unit.stars and "default" not in unit.exports else None
        for module in unit.stars:
            source = self.project.find(module, unit.path)
            if source is not None and source.path not in seen:
                found = self.exported(source, name, seen | {unit.path})
                if found is not None:
                    return found
        return None

    def _export_value(self, binding: Binding, unit: Unit) -> Value | None:
        return self.binding(binding, self._scope(binding.value, unit.scope) if binding.value else unit.scope)

    def library(self, path: str) -> Value | None:
        """A library's member by its dotted path."""
        path = ALIASES.get(path, path)
        head, _, rest = path.partition(".")
        if rest and head in ALIASES:
            return self.library(f"{ALIASES[head]}.{rest}")
        if rest and f"{head}.{rest.split('.')[0]}" in ALIASES:
            return self.library(".".join([ALIASES[f"{head}.{rest.split('.')[0]}"], *rest.split(".")[1:]]))
        return Lib(path)

    def member(self, owner: Value | None, name: str) -> Value | None:
        """What `owner.name` stands for."""
        match owner:
            case Lib(path) if path in {"globalThis", "global", "window"}:
                return Lib(name) if name in {"console", "process"} else None
            case Lib(path):
                return self.library(f"{path}.{name}")
            case Module(unit):
                return self.exported(unit, name)
            case Instance(of):
                return self.attribute(of, name)
            case Class():
                return self.attribute(owner, name)
            case Literal(node, scope):
                return self._property(node, scope, name)
            case Server(logger=logger) if name in {"log", "logger"}:
                return logger
            case Logger():
                if name == "logger" and owner.library != "logging":
                    return owner
                return Function(name, None, owner) if name in {"child", "setBindings"} else None
            case _:
                return None

    def _property(self, node: Node, scope: Scope, name: str) -> Value | None:
        if node.type == "array":
            at = int(name) if name.isdigit() else len(node.kids)
            return self.value(node.kids[at], scope) if at < len(node.kids) else None
        key = (f"property {name}", id(node))
        if key in self._asked:  # `options = { ...options }`
            return None
        self._asked.add(key)
        try:
            for written, value in pairs(node):
                if written == name:
                    found = self.value(value, scope)
                    return self.returned(found) if isinstance(found, Function) and is_getter(value) else found
                if written is None:
                    found = self.member(self.value(value, scope), name)
                    if found is not None:
                        return found
            return None
        finally:
            self._asked.discard(key)

    def class_of(self, inside: Scope) -> Class:
        """The class whose scope this is; one object per class."""
        key = id(inside.node)
        if key not in self._classes:
            self._classes[key] = Class(inside.node, inside.parent, inside)
        return self._classes[key]

    def attribute(self, of: Class, name: str, seen: frozenset[int] = frozenset()) -> Value | None:
        """A class's or its object's member, base classes included."""
        inside: Scope = of.inner
        values: list[Value] = []
        for binding, scope in inside.members.get(name, []):
            value = self.binding(binding, scope)
            if isinstance(value, Function) and is_getter(binding.node):
                value = self.returned(value)
            if value is not None:
                values.append(value)
        found = merged(values)
        if found is not None:
            return found
        for base in self.bases(of):
            if isinstance(base, Class) and id(base) not in seen:
                found = self.attribute(base, name, seen | {id(of)})
                if found is not None:
                    return found
        return None

    def bases(self, of: Class) -> Iterator[Value | None]:
        """What the class extends."""
        for heritage in of.node.kids:
            if heritage.type == "class_heritage":
                for clause in heritage.kids:
                    if clause.type == "extends_clause":
                        yield self.value(clause.get("value"), of.scope)
                    elif clause.type != "implements_clause":
                        yield self.value(clause, of.scope)

    def call(self, node: Node, scope: Scope) -> Value | None:
        """What a call returns."""
        function = inner(node.get("function"))
        if function is None:
            return None
        if function.text == "import" or (function.text == "require" and scope.find("require") is None):
            module = string(arguments(node)[0]) if arguments(node) else None
            name = "*" if function.text == "import" else "="
            return self._required(module, name, scope.unit) if module else None
        callee = self.value(function, scope)
        match callee:
            case Lib("pino") if self.on_setup is not None:
                return self.on_setup(node, scope)
            case Lib("pino.unread"):
                return Logger("pino")
            case Lib("unread"):
                return Logger("unknown")
            case Logger():  # `subsystemLogger("db")` of a module that cannot be read: named like one, it makes one
                return callee
            case Lib(path) if path in MIDDLEWARE and self.on_setup is not None:
                return Server(path, self.on_setup(node, scope))
            case Lib(path) if path in NEST_MODULE and self.on_setup is not None:
                return Server("nestjs-pino", self.on_setup(node, scope))
            case Lib("fastify"):
                return Server("fastify", self.on_setup(node, scope) if self.on_setup else Logger("pino"))
            case Function(receiver=Logger() as logger):
                return self._child(logger, node, scope)
            case Function():
                return self.returned(callee)
            case _:
                return self._injected(function, node, scope)

    def _injected(self, function: Node, node: Node, scope: Scope) -> Value | None:
        """`app.get(Logger)`, Nest's way to an object of a class."""
        prop = function.get("property") if function.type == "member_expression" else None
        given = arguments(node)
        if prop is None or prop.text not in {"get", "resolve"} or len(given) != 1 or given[0].type != "identifier":
            return None
        asked = self.value(given[0], scope)
        return Logger(LOGGER_TYPES[asked.path]) if isinstance(asked, Lib) and asked.path in LOGGER_TYPES else None

    def _required(self, module: str, name: str, unit: Unit) -> Value | None:
        found = self.project.find(module, unit.path)
        if found is None:
            return self.imported(module, "default", unit)
        if name == "=" and "=" in found.exports:
            return self._export_value(found.exports["="], found)
        return Module(found)

    def _child(self, logger: Logger, node: Node, scope: Scope) -> Logger:
        """`log.child({…}, { msgPrefix, serializers })`."""
        given = arguments(node)
        keys = frozenset(self.keys(given[0], scope)) if given else frozenset()
        child = logger.binding(keys)
        if given:
            bindings = self.literal(given[0], scope)
            for key, value in pairs(bindings[0]) if bindings else ():
                if key in {"module", "logger", "name", "component", "service"} and string(value):
                    child = replace(child, channel=string(value))
        options = self.literal(given[1], scope) if len(given) > 1 else None
        if options is None:
            return child
        for key, value in pairs(options[0]):
            if key == "msgPrefix":
                child = replace(child, prefix=child.prefix + (self.text(value, options[1]) or ""))
            elif key == "serializers":
                child = replace(child, serializers=child.serializers | frozenset(self.keys(value, options[1])))
        return child

    def _new(self, node: Node, scope: Scope) -> Value | None:
        made = self.value(node.get("constructor"), scope)
        if isinstance(made, Class):
            return Instance(made)
        if isinstance(made, Lib) and made.path in LOGGER_TYPES:
            return Logger(LOGGER_TYPES[made.path])
        if isinstance(made, Lib) and made.path == "async_hooks.AsyncLocalStorage":
            return Server("als")
        return None

    def returned(self, function: Function) -> Value | None:
        """What a function of the project returns: its return expressions, else its return type."""
        node: Node = function.node
        inside = function.scope.unit.scopes.get(id(node))
        if inside is None:
            return None
        body = node.get("body")
        values: list[Value] = []
        if body is not None and body.type != "statement_block":
            values = [v for v in [self.value(body, inside)] if v is not None]
        elif body is not None:
            for part in body.inside():
                if part.type == "return_statement" and part.kids:
                    value = self.value(part.kids[0], inside.unit.scope_at(part))
                    if value is not None:
                        values.append(value)
        found = merged(values)
        return found or self.typed(annotation(node.get("return_type")), function.scope)

    def typed(self, node: Node | None, scope: Scope) -> Value | None:
        """What a value of the type is."""
        return typed(self, node, scope)

    def literal(self, node: Node | None, scope: Scope) -> tuple[Node, Scope] | None:
        """The object literal an expression is, or a name bound once to one stands for; with its scope."""
        found = expression(self, node, scope)
        return found if found is not None and found[0].type == "object" else None

    def expression(self, node: Node | None, scope: Scope) -> tuple[Node, Scope] | None:
        """The expression a name stands for, when it is bound exactly once; the expression itself otherwise."""
        return expression(self, node, scope)

    def text(self, node: Node | None, scope: Scope) -> str | None:
        """The string an expression, or a name bound once to a literal, holds."""
        found = expression(self, node, scope)
        return string(found[0]) if found is not None else None

    def keys(self, node: Node | None, scope: Scope, seen: frozenset[int] = frozenset()) -> list[str]:
        """Literal keys of an object, spreads that can be read included."""
        out: list[str] = []
        for literal, home in spread(self, node, scope)[0]:
            if id(literal) in seen:
                continue
            for key, value in pairs(literal):
                if key is None:
                    out += self.keys(value, home, seen | {id(literal)})
                elif key:
                    out.append(key)
        return list(dict.fromkeys(out))


def is_getter(node: Node) -> bool:
    """A `get x()` of a class or object: read like a property."""
    if node.type != "method_definition":
        return False
    name = node.get("name")
    head = node.source[node.start : name.start if name is not None else node.end].decode("utf-8", "replace")
    return head.split()[-1:] == ["get"]
