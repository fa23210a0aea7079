"""What a TypeScript expression stands for: a pino logger, a library's function, a class. By reading, not running.

Flow is ignored. A value is followed through imports, re-exports, wrappers' return values, classes' fields and types; a
parameter is what its type says, and without a type a parameter named `log` or `logger` is taken for a logger where the
service uses pino at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logview.inventory.tsscope import Binding, Scope, Unit, annotation
from logview.inventory.tstree import FUNCTIONS, TRANSPARENT, Node, arguments, inner, name_of, pairs, string
from logview.inventory.values import Class, Function, Instance, Lib, Literal, Logger, Module, Server, Value, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.inventory.tsmodules import Project

LIBRARIES = frozenset(
    "pino pino-http express-pino-logger pino-pretty fastify nestjs-pino koa-pino-logger hapi-pino pino-caller express "
    "async_hooks node:async_hooks process node:process console node:console".split()
)
ALIASES = {
    "pino.pino": "pino",
    "pino.default": "pino",
    "pino-http.default": "pino-http",
    "pino-http.pinoHttp": "pino-http",
    "express-pino-logger.default": "express-pino-logger",
    "koa-pino-logger.default": "koa-pino-logger",
    "pino-pretty.default": "pino-pretty",
    "fastify.default": "fastify",
    "fastify.fastify": "fastify",
    "node:async_hooks": "async_hooks",
    "node:process": "process",
    "node:console": "console",
    "process.default": "process",
    "console.default": "console",
}
MIDDLEWARE = {"pino-http": "pino-http", "express-pino-logger": "express-pino-logger", "koa-pino-logger": "pino-http"}
LOGGER_TYPES = frozenset(
    "pino.Logger pino.BaseLogger pino.P.Logger pino.P.BaseLogger fastify.FastifyBaseLogger fastify.FastifyLoggerInstance "
    "nestjs-pino.PinoLogger pino.LoggerExtras".split()
)
SERVER_TYPES = frozenset(
    "fastify.FastifyInstance fastify.FastifyRequest fastify.FastifyReply fastify.FastifyPluginCallback".split()
)
REQUEST_NAMES = frozenset({"req", "request", "reply", "ctx", "_req", "_request"})
APP_NAMES = frozenset({"fastify", "app", "server", "instance"})
PARAMETER_NAMES = frozenset({"log", "logger", "_log", "_logger"})
DEEPEST = 40


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
        self._open.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            found = self._value(node, scope)
        finally:
            self._depth -= 1
            self._open.discard(key)
        # Inside a cycle the answer depends on where it was entered: only the outermost answer is kept.
        if not self._open or found is not None or cuts == self._cuts:
            self._known[key] = found
        return found

    def _value(self, node: Node, scope: Scope) -> Value | None:
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                return self.name(node.text, scope)
            case "this":
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
            case "object":
                return Literal(node, scope)
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
            found = self._carried(owner, scope)
        return found

    def _carried(self, owner: Node, scope: Scope) -> Value | None:
        """`req.log`, which pino-http and fastify put there, and `app.log` of fastify; by name, where they are used."""
        name = owner.text.rpartition(".")[2]
        path = scope.unit.path
        if name in REQUEST_NAMES and any(self.uses(library, path) for library in (*MIDDLEWARE, "fastify", "hapi-pino")):
            return Logger("pino", bound=frozenset({"req"}))
        if name in APP_NAMES and self.uses("fastify", path):
            return Logger("pino")
        return None

    def name(self, name: str, scope: Scope) -> Value | None:
        """What a bare name stands for where it is used."""
        found = scope.find(name)
        if found is None:
            return Lib(name) if name in {"console", "process", "globalThis", "global", "window"} else None
        home, bindings = found
        return merged([v for v in (self.binding(b, home) for b in bindings) if v is not None])

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
        if module in LIBRARIES:
            return self.library(module if name in {"*", "default"} else f"{module}.{name}")
        return self._guess(name, module, unit)

    def _guess(self, name: str, module: str, unit: Unit) -> Value | None:
        """A logger from a module of the service that is not there to be read, by its name."""
        if self.project.is_external(module, unit.path):
            return None
        last = module.rpartition("/")[2].removesuffix(".js").removesuffix(".ts").lower()
        names = {"log", "logger"}
        if name in names or (name == "default" and last in names) or name.endswith("Logger") and name[0].islower():
            factory = name.startswith(("create", "get", "make", "build", "new"))
            return Lib("pino.unread") if factory else Logger("pino")
        return None

    def exported(self, unit: Unit, name: str, seen: frozenset[str] = frozenset()) -> Value | None:
        """What a file of the project exports under a name."""
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
                if name == "logger" and owner.library == "pino":
                    return owner
                return Function(name, None, owner) if name in {"child", "setBindings"} else None
            case _:
                return None

    def _property(self, node: Node, scope: Scope, name: str) -> Value | None:
        for key, value in pairs(node):
            if key == name:
                found = self.value(value, scope)
                is_getter = value.type == "method_definition" and value.text.startswith("get ")
                return self.returned(found) if is_getter and isinstance(found, Function) else found
            if key is None:
                found = self.member(self.value(value, scope), name)
                if found is not None:
                    return found
        return None

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
            if isinstance(value, Function) and binding.node.type == "method_definition":
                if binding.node.text.removeprefix("static ").lstrip().startswith("get "):
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
                    elif clause.type not in {"implements_clause"}:
                        yield self.value(clause, of.scope)

    def call(self, node: Node, scope: Scope) -> Value | None:
        """What a call returns."""
        function = inner(node.get("function"))
        if function is None:
            return None
        if function.type in {"identifier", "import"} and function.text in {"require", "import"}:
            if scope.find("require") is None or function.text == "import":
                module = string(arguments(node)[0]) if arguments(node) else None
                name = "*" if function.text == "import" else "="
                return self._required(module, name, scope.unit) if module else None
        callee = self.value(function, scope)
        match callee:
            case Lib("pino") if self.on_setup is not None:
                return self.on_setup(node, scope)
            case Lib("pino.unread"):
                return Logger("pino")
            case Lib(path) if path in MIDDLEWARE and self.on_setup is not None:
                return Server(path, self.on_setup(node, scope))
            case Lib("fastify"):
                return Server("fastify", self.on_setup(node, scope) if self.on_setup else Logger("pino"))
            case Function(receiver=Logger() as logger):
                return self._child(logger, node, scope)
            case Function():
                return self.returned(callee)
            case _:
                return None

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
            literal = self.literal(given[0], scope)
            for key, value in pairs(literal[0]) if literal else ():
                if key in {"module", "logger", "name", "component", "service"} and string(value):
                    child = replace(child, channel=string(value))
        if len(given) > 1:
            options = self.literal(given[1], scope)
            for key, value in pairs(options[0]) if options else ():
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
            return Logger("pino")
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

    def typed(self, node: Node | None, scope: Scope, depth: int = 0) -> Value | None:
        """What a value of the type is."""
        if node is None or depth > 10:
            return None
        match node.type:
            case "type_identifier" | "identifier" | "nested_type_identifier":
                return self._named_type(node, scope, depth)
            case "union_type" | "intersection_type" | "parenthesized_type" | "readonly_type":
                return next((v for v in (self.typed(k, scope, depth + 1) for k in node.kids) if v is not None), None)
            case "type_query":
                return self.value(node.kids[0], scope) if node.kids else None
            case "object_type" | "interface_body":
                return Class(node, scope, members_of(node, scope))
            case "generic_type":
                return self._generic(node, scope, depth)
            case _:
                return None

    def _named_type(self, node: Node, scope: Scope, depth: int) -> Value | None:
        if node.type == "nested_type_identifier":
            module = node.get("module")
            owner = self.name(module.text, scope) if module is not None else None
            member = node.get("name")
            found = self.member(owner, member.text) if member is not None else None
            return self._as_instance(found)
        found_scope = scope.find(node.text)
        if found_scope is None:
            return None
        home, bindings = found_scope
        for binding in bindings:
            if binding.kind == "type":
                return self._declared_type(binding.node, home, depth)
            value = self._as_instance(self.binding(binding, home))
            if value is None and binding.kind == "import":
                value = self._imported_type(binding, home.unit, depth)
            if value is not None:
                return value
        return None

    def _imported_type(self, binding: Binding, unit: Unit, depth: int) -> Value | None:
        source = self.project.find(binding.module, unit.path)
        if source is None:
            return None
        exported = source.exports.get(binding.imported)
        if exported is not None and exported.kind == "import":
            value = self._as_instance(self.binding(exported, source.scope))
            return value or self._imported_type(exported, source, depth + 1)
        local = exported.imported if exported is not None and exported.kind == "name" else binding.imported
        for found in source.scope.names.get(local, []):
            if found.kind == "type":
                return self._declared_type(found.node, source.scope, depth + 1)
            if found.kind == "import":
                return self._as_instance(self.binding(found, source.scope)) or self._imported_type(found, source, depth + 1)
        for module in source.stars:
            star = Binding("import", binding.node, module=module, imported=binding.imported)
            found_type = self._imported_type(star, source, depth + 1) if depth < 8 else None
            if found_type is not None:
                return found_type
        return None

    def _declared_type(self, node: Node, scope: Scope, depth: int) -> Value | None:
        if node.type == "type_alias_declaration":
            return self.typed(node.get("value"), scope, depth + 1)
        if node.type != "interface_declaration":
            return None
        for clause in node.kids:
            if clause.type == "extends_type_clause":
                for base in clause.kids:
                    found = self.typed(base, scope, depth + 1)
                    if isinstance(found, Logger):
                        return found
        body = node.get("body")
        return Class(node, scope, members_of(body, scope)) if body is not None else None

    def _generic(self, node: Node, scope: Scope, depth: int) -> Value | None:
        name, given = node.get("name"), node.get("type_arguments")
        if name is None or given is None or not given.kids:
            return None
        if name.text in {"Readonly", "Required", "Partial", "NonNullable", "Promise", "Awaited"}:
            return self.typed(given.kids[0], scope, depth + 1)
        if name.text == "ReturnType":
            found = self.typed(given.kids[0], scope, depth + 1)
            return self.returned(found) if isinstance(found, Function) else None
        return self.typed(name, scope, depth + 1)

    @staticmethod
    def _as_instance(found: Value | None) -> Value | None:
        if isinstance(found, Lib):
            if found.path in LOGGER_TYPES:
                return Logger("pino")
            return Server("fastify", Logger("pino")) if found.path in SERVER_TYPES else None
        if isinstance(found, Class):
            return Instance(found)
        return None

    def literal(self, node: Node | None, scope: Scope) -> tuple[Node, Scope] | None:
        """The object literal an expression is, or a name bound once to one stands for; with its scope."""
        found = self.expression(node, scope)
        return found if found is not None and found[0].type == "object" else None

    def expression(self, node: Node | None, scope: Scope) -> tuple[Node, Scope] | None:
        """The expression a name stands for, when it is bound exactly once; the expression itself otherwise."""
        node = inner(node)
        for _ in range(8):
            step = self._assigned(node, scope) if node is not None else None
            if step is None:
                break
            node, scope = step
        return (node, scope) if node is not None else None

    def _assigned(self, node: Node, scope: Scope) -> tuple[Node, Scope] | None:
        if node.type in {"identifier", "shorthand_property_identifier"}:
            found = scope.find(node.text)
            return self._sole(found[1], found[0]) if found is not None else None
        if node.type == "member_expression":
            owner, prop = node.get("object"), node.get("property")
            if owner is None or prop is None:
                return None
            literal = self.literal(owner, scope) if inner(owner) is not None else None
            for key, value in pairs(literal[0]) if literal else ():
                if key == prop.text and value.type != "method_definition":
                    found = inner(value)
                    return (found, literal[1]) if found is not None and literal else None
            unit = self.value(owner, scope)
            if isinstance(unit, Module) and prop.text in unit.unit.exports:
                return self._exported_expression(unit.unit, prop.text)
        return None

    def _sole(self, bindings: list[Binding], home: Scope) -> tuple[Node, Scope] | None:
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        if binding.kind == "import":
            unit = self.project.find(binding.module, home.unit.path)
            return self._exported_expression(unit, binding.imported) if unit is not None else None
        if binding.kind != "value" or binding.path or binding.value is None:
            return None
        found = inner(binding.value)
        return (found, home.unit.scope_at(binding.value)) if found is not None else None

    def _exported_expression(self, unit: Unit, name: str, depth: int = 0) -> tuple[Node, Scope] | None:
        binding = unit.exports.get(name)
        if binding is None or depth > 8:
            for module in unit.stars if binding is None else ():
                source = self.project.find(module, unit.path)
                found = self._exported_expression(source, name, depth + 1) if source is not None and depth < 8 else None
                if found is not None:
                    return found
            return None
        if binding.kind == "import":
            source = self.project.find(binding.module, unit.path)
            return self._exported_expression(source, binding.imported, depth + 1) if source is not None else None
        if binding.kind == "name":
            return self._sole(unit.scope.names.get(binding.imported, []), unit.scope)
        node = inner(binding.value)
        return (node, unit.scope_at(node)) if node is not None else None

    def text(self, node: Node | None, scope: Scope) -> str | None:
        """The string an expression, or a name bound once to a literal, holds."""
        found = self.expression(node, scope)
        return string(found[0]) if found is not None else None

    def keys(self, node: Node | None, scope: Scope) -> list[str]:
        """Literal keys of an object, spreads that can be read included."""
        found = self.literal(node, scope)
        out: list[str] = []
        for key, value in pairs(found[0]) if found else ():
            if key is None:
                out += self.keys(value, found[1]) if found else []
            elif key:
                out.append(key)
        return out


def members_of(body: Node, scope: Scope) -> Scope:
    """A scope with the members of an interface or an object type."""
    inside = Scope(scope.unit, body, scope)
    for kid in body.kids:
        name = kid.get("name")
        if kid.type == "property_signature" and name is not None:
            made = Binding("value", kid, annotation=annotation(kid.get("type")))
            inside.members.setdefault(name_of(name), []).append((made, scope))
    return inside


__all__ = ["LIBRARIES", "MIDDLEWARE", "TRANSPARENT", "Evaluator", "members_of"]
