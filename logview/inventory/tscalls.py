"""The logging calls of one TypeScript or JavaScript file: what each call says and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logview.inventory.model import LEVELS, LogCall
from logview.inventory.names import is_job_name, pino_conversions
from logview.inventory.tsliterals import spread
from logview.inventory.tsmessage import (
    carries_value,
    is_error,
    is_text,
    mentions,
    message,
    passed_names,
    receiver,
)  # fmt: skip
from logview.inventory.tstree import CLASSES, FUNCTIONS, Node, arguments, inner, name_of, pairs, string
from logview.inventory.values import Logger, Server
from logview.standard.mask import is_sensitive_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.inventory.model import LoggerSetup
    from logview.inventory.tsscope import Scope, Unit
    from logview.inventory.tsvalues import Evaluator

METHODS = frozenset(LEVELS)
NEST_METHODS = {"log": "info", "verbose": "trace"}
"""Methods of nestjs-pino's Logger, which has the interface of Nest's."""
ERROR_EVENTS = frozenset(
    {"error", "uncaughtException", "unhandledRejection", "uncaughtExceptionMonitor", "clientError"}
)
LISTENING = frozenset({"on", "once", "addListener", "prependListener"})


@dataclass(frozen=True, slots=True)
class Place:
    """What stands around a call."""

    function: str | None
    in_catch: bool
    handler: Node | None
    """The catch clause, or the function given to `.catch()`, whose body runs the call itself."""
    caught: frozenset[str]
    """Names that hold the caught error, or come from it."""
    ids: tuple[str, ...]
    bound: frozenset[str]


@dataclass(slots=True)
class Fields:
    """What the object in front of a message adds."""

    keys: list[str] = field(default_factory=list)
    open: bool = False
    computed: bool = False
    values: list[tuple[str, Node]] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    """Object literals already taken in."""


@dataclass(slots=True)
class Calls:
    """Reads the logging calls of one file."""

    unit: Unit
    evaluator: Evaluator
    service: str
    setup_at: Callable[[tuple[str, int]], LoggerSetup | None]

    def read(self, node: Node) -> LogCall | None:
        """The logging call a call expression is, or None."""
        function = inner(node.get("function"))
        scope = self.unit.scope_at(node)
        if function is not None and function.type == "identifier":
            return self.aliased(node, function, scope)
        if function is None or function.type not in {"member_expression", "subscript_expression"}:
            return None
        owner = inner(function.get("object"))
        method, computed = self.method(function, scope)
        if owner is None or (method is None and not computed):
            return None
        if method is not None and method not in METHODS and not method.isidentifier():
            return None
        logger = self.evaluator.value(owner, scope)
        if not isinstance(logger, Logger):
            return None
        setup = self.setup_at(logger.setup) if logger.setup else None
        custom = setup.custom_levels if setup is not None else ()
        method = NEST_METHODS.get(method or "", method) if logger.library == "nestjs-pino" else method
        if method is not None and method not in METHODS and method not in custom:
            return None
        return self.made(node, logger, method, owner, scope)

    def aliased(self, node: Node, function: Node, scope: Scope) -> LogCall | None:
        """A method kept under a name of its own: `const say = log.info.bind(log)`."""
        found = self.evaluator.expression(function, scope)
        at, home = found or (function, scope)
        if at.type == "call_expression":  # .bind(log)
            bound = inner(at.get("function"))
            prop = bound.get("property") if bound is not None else None
            if bound is None or prop is None or prop.text != "bind":
                return None
            at = inner(bound.get("object")) or at
        prop = at.get("property")
        if at.type != "member_expression" or prop is None or prop.text not in METHODS:
            return None
        logger = self.evaluator.value(at.get("object"), home)
        return self.made(node, logger, prop.text, function, scope) if isinstance(logger, Logger) else None

    def method(self, function: Node, scope: Scope) -> tuple[str | None, bool]:
        """(the method's name, whether it is computed): `log[level]` is a call at a level known only at run time."""
        if function.type == "member_expression":
            prop = function.get("property")
            return (prop.text if prop is not None else None), False
        name = self.evaluator.text(function.get("index"), scope)
        return name, name is None

    def made(self, node: Node, logger: Logger, method: str | None, owner: Node, scope: Scope) -> LogCall:
        place = self.place(node)
        given = arguments(node)
        fields, text_node, rest = self.split(given, place, scope)
        text = message(text_node, self.evaluator, scope)
        conversions = pino_conversions(text.template) if text.template is not None else None
        spread = any(part.type == "spread_element" for part in rest)
        kind = "printf" if text.kind == "static" and conversions and rest else text.kind
        return LogCall(
            file=self.unit.path, line=node.line, function=place.function, logger=receiver(owner), level=method,
            template=text.template, kind=kind, keys=tuple(dict.fromkeys(fields.keys)), in_catch=place.in_catch,
            language="typescript", library=logger.library, method=method or "", service=self.service,
            start=node.start, end=node.end,
            arguments=None if spread or logger.library != "pino" else len(rest), conversions=conversions,
            surplus=self.surplus(rest, conversions, place, scope) if logger.library == "pino" else None,
            has_error=self.passes_error(given, place, scope) or mentions(owner, place.caught),
            error_keys=tuple(
                key
                for key, value in fields.values
                if key not in logger.serializers and is_error(value, place.caught, scope, by_name=False)
            ),
            handler=place.handler.start if place.handler is not None else None,
            rethrown=is_rethrown(node), ids=place.ids, bound=tuple(sorted(logger.bound | place.bound)),
            open_keys=fields.open, computed_keys=fields.computed,
            exposed=exposed(fields, text_node, rest),
            setup=logger.setup, channel=logger.channel, prefix=logger.prefix, also=text.also,
        )  # fmt: skip

    def split(self, given: list[Node], place: Place, scope: Scope) -> tuple[Fields, Node | None, list[Node]]:
        """(fields, message, further arguments): pino takes `(object, message, …)` or `(message, …)`."""
        fields = Fields()
        if not given:
            return fields, None, []
        first = inner(given[0])
        assert first is not None
        if is_text(first, self.evaluator, scope):
            return fields, given[0], given[1:]
        literal = self.evaluator.literal(first, scope)
        if literal is not None:
            self.read_object(literal[0], literal[1], fields)
        elif is_error(first, place.caught, scope, by_name=True):
            fields.keys.append("err")
        elif first.type not in {"null", "undefined"}:
            if len(given) == 1:
                return fields, given[0], []
            fields.open = True
        return fields, (given[1] if len(given) > 1 else None), given[2:]

    def read_object(self, literal: Node, scope: Scope, fields: Fields) -> None:
        if id(literal) in fields.read:  # `ctx = { ...ctx }`
            return
        fields.read.add(id(literal))
        for key, value in pairs(literal):
            if key is None:
                self.read_spread(value, scope, fields)
            elif key == "":
                fields.computed = fields.open = True
            else:
                fields.keys.append(key)
                fields.values.append((key, value))

    def read_spread(self, value: Node, scope: Scope, fields: Fields) -> None:
        """`...ctx`, `...(x ? { a } : {})`, `...(x && { a })`."""
        literals, unclear = spread(self.evaluator, value, scope)
        fields.open = fields.open or unclear
        for literal, home in literals:
            self.read_object(literal, home, fields)

    def surplus(self, rest: list[Node], conversions: int | None, place: Place, scope: Scope) -> str | None:
        """What pino drops: an object or an error after a message that has no conversion for it."""
        if not rest or conversions != 0:
            return None
        if is_error(rest[0], place.caught, scope, by_name=True):
            return "error"
        return "object" if self.evaluator.literal(rest[0], scope) is not None else None

    @staticmethod
    def passes_error(given: list[Node], place: Place, scope: Scope) -> bool:
        return any(mentions(part, place.caught) or is_error(part, place.caught, scope, by_name=True) for part in given)

    def place(self, node: Node) -> Place:
        """What stands around the call, read from its ancestors."""
        in_catch, handler, inside = False, None, True
        caught: set[str] = set()
        ids: list[str] = []
        bound: set[str] = set()
        below, at = node, node.parent
        while at is not None:
            if at.type == "catch_clause" and at.get("body") is below:
                in_catch = True
                if inside and handler is None:
                    handler = at
                caught |= names_in(at.get("parameter"))
            elif at.type in FUNCTIONS:
                ids += [name for name in parameter_names(at) if is_job_name(name)]
                caught |= error_parameters(at)
                if inside and handler is None and is_rejection_handler(at):
                    handler = at
                inside = False
            elif at.type in CLASSES:
                members = self.unit.scopes[id(at)].members
                ids += [
                    n for n, found in members.items() if is_job_name(n) and any(b.kind == "param" for b, _ in found)
                ]
            elif at.type == "call_expression":
                bound |= self.stored(at)
            below, at = at, at.parent
        body = handler.get("body") if handler is not None else None
        if body is not None:
            caught = set(derived(body, frozenset(caught)))
        return Place(
            function_name(node), in_catch, handler, frozenset(caught), tuple(dict.fromkeys(ids)), frozenset(bound)
        )

    def stored(self, call: Node) -> set[str]:
        """Keys put into an AsyncLocalStorage for the code inside: `store.run({ jobId }, () => …)`."""
        function = inner(call.get("function"))
        if function is None or function.type != "member_expression" or not arguments(call):
            return set()
        prop = function.get("property")
        if prop is None or prop.text not in {"run", "enterWith"}:
            return set()
        owner = self.evaluator.value(function.get("object"), self.unit.scope_at(call))
        if not (isinstance(owner, Server) and owner.library == "als"):
            return set()
        return set(self.evaluator.keys(arguments(call)[0], self.unit.scope_at(call)))


def function_name(node: Node) -> str | None:
    """Nearest named function, method or assigned arrow, dotted with what is around it; None at module level."""
    names: list[str] = []
    found = False
    at = node.parent
    while at is not None:
        name = None
        if at.type in FUNCTIONS:
            name = own_name(at)
            found = found or name is not None
        elif at.type in CLASSES and found:
            name = own_name(at)
        if name is not None:
            names.append(name)
        at = at.parent
    return ".".join(reversed(names)) if found else None


def own_name(node: Node) -> str | None:
    """A function's or class's name: declared, or that of the variable, field, property or key it is assigned to."""
    name = node.get("name")
    if name is not None:
        return name_of(name)
    parent = node.parent
    while parent is not None and parent.type in {"parenthesized_expression", "as_expression", "satisfies_expression"}:
        parent = parent.parent
    if parent is None:
        return None
    if parent.type == "assignment_expression":
        left = parent.get("left")
        if left is None:
            return None
        prop = left.get("property") if left.type == "member_expression" else left
        return name_of(prop) if prop is not None and left.text != "module.exports" else None
    if parent.type in {"variable_declarator", "public_field_definition", "pair"}:
        given = parent.get("name") or parent.get("key")
        simple = given is not None and given.type in {"identifier", "property_identifier", "string"}
        return name_of(given) if given is not None and (simple or given.type == "private_property_identifier") else None
    return None


def parameter_names(function: Node) -> Iterator[str]:
    """Names of a function's parameters, destructured ones included."""
    single = function.get("parameter")
    if single is not None:
        yield from names_in(single)
    parameters = function.get("parameters")
    for parameter in parameters.kids if parameters is not None else []:
        yield from names_in(parameter.get("pattern") or parameter)


def names_in(pattern: Node | None) -> set[str]:
    """Names that a pattern binds."""
    if pattern is None:
        return set()
    kinds = {"identifier", "shorthand_property_identifier_pattern"}
    return {
        part.text
        for part in pattern.walk()
        if part.type in kinds and not (part.parent is not None and part.parent.get("right") is part)
    }


def receiving_call(function: Node) -> tuple[str, int, Node] | None:
    """(method, position, call) of the call a function literal is an argument of."""
    given = function.parent
    if given is None or given.type != "arguments" or given.parent is None:
        return None
    callee = inner(given.parent.get("function"))
    if callee is None or callee.type != "member_expression":
        return None
    prop = callee.get("property")
    return (prop.text, given.kids.index(function), given.parent) if prop is not None else None


def is_rejection_handler(function: Node) -> bool:
    """The function is given to `.catch()`, or is the second argument of `.then()`."""
    found = receiving_call(function)
    return found is not None and (found[:2] == ("catch", 0) or found[:2] == ("then", 1))


def error_parameters(function: Node) -> set[str]:
    """Names under which a function receives an error: of a promise's rejection, of an error event."""
    names = list(parameter_names(function))
    if not names:
        return set()
    if is_rejection_handler(function):
        return set(names)
    found = receiving_call(function)
    if found is not None and found[0] in LISTENING and string(arguments(found[2])[0]) in ERROR_EVENTS:
        return {names[0]}
    return set()


def derived(body: Node, names: frozenset[str]) -> frozenset[str]:
    """The names and those assigned from them in the block: `const reason = String(err)`."""
    for part in body.inside():
        if part.type == "variable_declarator":
            value = part.get("value")
            if value is not None and mentions(value, names):
                names |= names_in(part.get("name"))
        elif part.type == "assignment_expression":
            left, right = part.get("left"), part.get("right")
            if left is not None and left.type == "identifier" and right is not None and mentions(right, names):
                names |= {left.text}
    return names


def is_rethrown(node: Node) -> bool:
    """A throw follows the call's statement in the same block."""
    statement = node
    while statement.parent is not None and statement.parent.type in {
        "await_expression", "unary_expression", "parenthesized_expression", "expression_statement"
    }:  # fmt: skip
        statement = statement.parent
    block = statement.parent
    if statement.type != "expression_statement" or block is None:
        return False
    after = block.kids[block.kids.index(statement) + 1 :]
    return any(part.type == "throw_statement" for part in after)


def exposed(fields: Fields, text: Node | None, rest: list[Node]) -> tuple[str, ...]:
    """Sensitive-looking names whose values the call passes."""
    names: list[str] = []
    for key, value in fields.values:
        if carries_value(value):
            names.append(key)
        text_value = string(value)
        if text_value is None and carries_value(value):
            names += passed_names(value)
    for node in (text, *rest):
        names += passed_names(node)
    return tuple(dict.fromkeys(name for name in names if is_sensitive_key(name)))
