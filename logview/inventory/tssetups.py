"""pino set-ups: what a `pino(…)`, `pinoHttp(…)` or `fastify({ logger })` call configures, read from its options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logview.inventory.model import LoggerSetup
from logview.inventory.pysetups import one_line
from logview.inventory.tslibraries import NEST_MODULE
from logview.inventory.tsliterals import spread
from logview.inventory.tspretty import PRETTY, choice, is_conditional, is_pretty, returned, targets
from logview.inventory.tstree import Node, arguments, inner, pairs, string
from logview.inventory.values import Function, Lib, Logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.inventory.tsscope import Scope
    from logview.inventory.tsvalues import Evaluator

KINDS = {
    "pino": "pino",
    "pino-http": "pino-http",
    "koa-pino-logger": "koa-pino-logger",
    "express-pino-logger": "express-pino-logger",
    "fastify": "fastify",
    **dict.fromkeys(NEST_MODULE, "nestjs-pino"),
}
SHOWN = frozenset({"level", "transport", "timestamp", "base", "serializers"})
"""Options printed with their value."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option as written."""

    key: str
    value: Node
    scope: Scope
    guarded: bool
    """Only set when a condition holds."""


@dataclass(slots=True)
class Read:
    """Options being read."""

    options: list[Option] = field(default_factory=list)
    known: bool = True
    seen: set[int] = field(default_factory=set)
    """Object literals being read."""


@dataclass(slots=True)
class Setups:
    """Reads each set-up call once and hands out the logger it makes."""

    evaluator: Evaluator
    service_of: Callable[[str], str]
    setups: dict[tuple[str, int], LoggerSetup] = field(default_factory=dict)
    """(file, byte offset) → set-up."""
    loggers: dict[int, Logger] = field(default_factory=dict)

    def logger(self, node: Node, scope: Scope) -> Logger:
        """The logger a set-up call makes; the set-up is noted on the way."""
        known = self.loggers.get(id(node))
        if known is None:
            # Options may lead back to the logger itself (a mixin that logs): a plain logger answers meanwhile.
            self.loggers[id(node)] = Logger("pino", setup=(scope.unit.path, node.line))
            known = self.loggers[id(node)] = self.read(node, scope)
        return known

    def at(self, place: tuple[str, int]) -> LoggerSetup | None:
        """The set-up on a line of a file."""
        return next((s for (file, _), s in self.setups.items() if (file, s.line) == place), None)

    def read(self, node: Node, scope: Scope) -> Logger:
        callee = self.evaluator.value(node.get("function"), scope)
        kind = KINDS[callee.path] if isinstance(callee, Lib) else "pino"
        found = Read()
        streams = []
        given = arguments(node)
        for index, argument in enumerate(given):
            if index == 0 and self.is_options(argument, scope):
                self.flatten(argument, scope, found, guarded=False)
            else:
                streams.append(argument)
        if kind == "fastify":
            found = self.fastify_options(found)
        elif kind == "nestjs-pino":
            found = self.nest_options(found)
        setup = self.described(node, scope, kind, found)
        pretty = setup.pretty or any(is_pretty(self.evaluator, s, scope, guarded=is_conditional(node)) for s in streams)
        setup = replace(setup, pretty=pretty)
        self.setups[(scope.unit.path, node.start)] = setup
        parent = self.parent_logger(found)
        made = parent or Logger("pino", setup=(scope.unit.path, node.line))
        prefix = next((string(o.value) for o in found.options if o.key == "msgPrefix"), None)
        return replace(made, bound=made.bound | frozenset(setup.context), prefix=made.prefix + (prefix or ""))

    def is_options(self, node: Node, scope: Scope) -> bool:
        """The first argument is an options object, not a stream to write to."""
        at = inner(node)
        if at is None or at.type in {"null", "undefined", "string"}:
            return False
        if at.type == "call_expression":
            value = self.evaluator.value(at.get("function"), scope)
            return not (isinstance(value, Lib) and value.path.split(".")[0] in {"pino", PRETTY, "fs"})
        if at.type == "identifier":
            found = self.evaluator.expression(at, scope)
            if found is not None and found[0] is not at and found[0].type == "call_expression":
                return self.is_options(found[0], found[1])
            return "stream" not in at.text.lower() and "dest" not in at.text.lower() and "transport" not in at.text
        return True

    def flatten(self, node: Node | None, scope: Scope, into: Read, *, guarded: bool) -> None:
        """The options of an object expression: through names, spreads and conditionals."""
        at = inner(node)
        if at is None:
            return
        found = self.evaluator.literal(at, scope)
        if found is not None and id(found[0]) in into.seen:  # `options = { ...options }`
            into.known = False
            return
        if found is not None:
            into.seen.add(id(found[0]))
            for key, value in pairs(found[0]):
                if key is None:
                    self.flatten(value, found[1], into, guarded=guarded)
                elif key:
                    into.options.append(Option(key, value, found[1], guarded))
            return
        if at.type == "ternary_expression":
            self.flatten(at.get("consequence"), scope, into, guarded=True)
            self.flatten(at.get("alternative"), scope, into, guarded=True)
        elif at.type == "binary_expression" and at.operator in {"&&", "||", "??"}:
            for side in ("left", "right"):
                part = inner(at.get(side))
                if part is not None and (part.type == "object" or side == "right"):
                    self.flatten(part, scope, into, guarded=True)
        elif at.type not in {"true", "false", "null", "undefined"}:
            returned = self.returned_object(at, scope)
            if returned is not None:
                self.flatten(returned[0], returned[1], into, guarded=guarded)
            else:
                into.known = False

    def returned_object(self, node: Node, scope: Scope) -> tuple[Node, Scope] | None:
        """The object literal a call to a function of the project returns, when it returns just one."""
        if node.type != "call_expression":
            return None
        function = self.evaluator.value(node.get("function"), scope)
        if not isinstance(function, Function) or function.receiver is not None:
            return None
        objects = [r for r in returned(function.node) if r.type == "object"]
        unit = function.scope.unit
        return (objects[0], unit.scope_at(objects[0])) if len(objects) == 1 else None

    def fastify_options(self, found: Read) -> Read:
        """fastify's logger options stand under `logger`; `logger: true` is pino with its defaults."""
        chosen = next((o for o in found.options if o.key in {"logger", "loggerInstance"}), None)
        out = Read(known=found.known)
        if chosen is not None:
            out.options.append(chosen)
            if self.evaluator.literal(chosen.value, chosen.scope) is not None:
                self.flatten(chosen.value, chosen.scope, out, guarded=chosen.guarded)
        return out

    def nest_options(self, found: Read) -> Read:
        """nestjs-pino's options for pino-http stand under `pinoHttp`, or in what `useFactory` returns."""
        factory = next((o for o in found.options if o.key == "useFactory"), None)
        made = self.evaluator.value(factory.value, factory.scope) if factory is not None else None
        if factory is not None:
            found = Read(known=found.known)
            objects = [r for r in returned(made.node) if r.type == "object"] if isinstance(made, Function) else []
            if len(objects) == 1 and isinstance(made, Function):
                self.flatten(objects[0], made.scope.unit.scope_at(objects[0]), found, guarded=False)
            else:
                found.known = False
        chosen = next((o for o in found.options if o.key == "pinoHttp"), None)
        out = Read(known=found.known)
        if chosen is not None:
            at = inner(chosen.value)
            options = at.kids[0] if at is not None and at.type == "array" and at.kids else chosen.value
            self.flatten(options, chosen.scope, out, guarded=chosen.guarded)
        return out

    def parent_logger(self, found: Read) -> Logger | None:
        option = next((o for o in found.options if o.key in {"logger", "loggerInstance"}), None)
        value = self.evaluator.value(option.value, option.scope) if option is not None else None
        return value if isinstance(value, Logger) else None

    def described(self, node: Node, scope: Scope, kind: str, found: Read) -> LoggerSetup:
        """The set-up with what its options say."""
        by_key = {option.key: option for option in found.options}
        parent = self.parent_logger(found)
        context, context_open = self.context(by_key)
        pretty = [o for o in found.options if o.key in {"transport", "prettyPrint", "stream"}]
        decided = choice(node)
        return LoggerSetup(
            file=scope.unit.path, line=node.line, kind=kind, language="typescript",
            service=self.service_of(scope.unit.path), start=node.start, end=node.end, known=found.known, choice=decided,
            options=tuple(dict.fromkeys(self.shown(option) for option in found.options)),
            settings={o.key: one_line(o.value.text) for o in found.options},
            level=self.level(by_key.get("level")), redact=self.redact(by_key.get("redact")),
            context=(*context, *chained_keys(node, scope, self.evaluator)), context_open=context_open,
            serializers=tuple(self.option_keys(by_key.get("serializers"))),
            error_key=self.option_text(by_key.get("errorKey")),
            timestamp=self.timestamp(by_key.get("timestamp")),
            pretty=any(
                is_pretty(self.evaluator, o.value, o.scope, guarded=o.guarded or decided is not None, key=o.key)
                for o in pretty
            ),
            parent=parent.setup if parent is not None else None,
            parent_open=("logger" in by_key and kind != "fastify" and (parent is None or parent.setup is None)),
            custom_levels=tuple(self.option_keys(by_key.get("customLevels"))),
        )  # fmt: skip

    def option_keys(self, option: Option | None) -> list[str]:
        return self.evaluator.keys(option.value, option.scope) if option is not None else []

    def option_text(self, option: Option | None) -> str | None:
        return self.evaluator.text(option.value, option.scope) if option is not None else None

    def shown(self, option: Option) -> str:
        """The option as the inventory prints it."""
        if option.key not in SHOWN:
            return option.key
        value: str | None = None
        if option.key == "level":
            value = self.level(option)
        elif option.key == "timestamp":
            value = self.timestamp(option)
        elif option.key == "transport":
            value = ",".join(dict.fromkeys(targets(self.evaluator, option.value, option.scope)))
        elif option.value.text in {"null", "undefined"}:
            value = option.value.text
        else:
            value = ",".join(self.option_keys(option))
        return f"{option.key}={value}" if value else option.key

    def level(self, option: Option | None) -> str | None:
        if option is None:
            return None
        if self.reads_environment(option.value, option.scope):
            return "env"
        return self.evaluator.text(option.value, option.scope)

    def reads_environment(self, node: Node | None, scope: Scope, depth: int = 0) -> bool:
        """The expression reads an environment variable, itself or through names."""
        if node is None or depth > 5:
            return False
        for part in node.walk():
            if part.text in {"process.env", "import.meta.env", "Bun.env", "Deno.env"}:
                return True
            if part.type in {"identifier", "member_expression", "shorthand_property_identifier"}:
                at = part.parent
                if at is not None and at.type == "member_expression" and at.get("object") is not part:
                    continue
                found = self.evaluator.expression(part, scope)
                if found is not None and found[0] is not part and self.reads_environment(*found, depth + 1):
                    return True
                bound = scope.find(part.text) if part.type != "member_expression" else None
                taken = [b.value for b in (bound[1] if bound else ()) if b.path and b.value is not None]
                if any(self.reads_environment(value, scope.unit.scope_at(value), depth + 1) for value in taken):
                    return True
        return False

    def timestamp(self, option: Option | None) -> str | None:
        """ "isoTime", "false", "function" …; None when there is none or it cannot be told."""
        if option is None:
            return None
        found = self.evaluator.expression(option.value, option.scope)
        node = found[0] if found else option.value
        if node.type in {"true", "false"}:
            return node.type
        value = self.evaluator.value(option.value, option.scope)
        if isinstance(value, Lib) and value.path.startswith("pino.stdTimeFunctions."):
            return value.path.rpartition(".")[2]
        return "function" if isinstance(value, Function) else None

    def redact(self, option: Option | None) -> tuple[str, ...] | None:
        """Redacted paths; () when they cannot be read, None without the option."""
        if option is None:
            return None
        found = self.evaluator.expression(option.value, option.scope)
        if found is None:
            return ()
        node, scope = found
        if node.type == "object":
            inside = next((value for key, value in pairs(node) if key == "paths"), None)
            return self.redact(Option("redact", inside, scope, False)) if inside is not None else ()
        if node.type != "array":
            return ()
        out: list[str] = []
        for kid in node.kids:
            if kid.type == "spread_element" and kid.kids:
                out += self.redact(Option("redact", kid.kids[0], scope, False)) or ("*",)
            else:
                out.append(self.evaluator.text(kid, scope) or "*")
        return tuple(out)

    def context(self, by_key: dict[str, Option]) -> tuple[list[str], bool]:
        """(keys every record carries, whether there may be more): base, mixin, formatters.bindings, name."""
        keys: list[str] = []
        unclear = False
        base = by_key.get("base")
        if base is not None and base.value.text not in {"null", "undefined", "false"}:
            literal = self.evaluator.literal(base.value, base.scope)
            keys += self.option_keys(base)
            unclear = literal is None or any(key is None for key, _ in pairs(literal[0]))
        functions = [by_key["mixin"]] if "mixin" in by_key else []
        formatters = by_key.get("formatters")
        literal = self.evaluator.literal(formatters.value, formatters.scope) if formatters is not None else None
        if literal is not None:
            functions += [Option(k, v, literal[1], False) for k, v in pairs(literal[0]) if k == "bindings"]
        for option in functions:
            more, open_ended = self.returned_keys(option)
            keys += more
            unclear = unclear or open_ended
        if "name" in by_key:
            keys.append("name")
        return keys, unclear

    def returned_keys(self, option: Option) -> tuple[list[str], bool]:
        """Keys of the objects a function returns; True where one cannot be read."""
        value = self.evaluator.value(option.value, option.scope)
        if not isinstance(value, Function) or value.receiver is not None:
            return [], True
        unit = value.scope.unit
        keys: list[str] = []
        unclear = False
        for result in returned(value.node):
            literal = self.evaluator.literal(result, unit.scope_at(result))
            if literal is None:
                unclear = True
                continue
            keys += self.evaluator.keys(result, unit.scope_at(result))
            unclear = unclear or any(
                k is None and spread(self.evaluator, v, literal[1])[1] for k, v in pairs(literal[0])
            )
        return keys, unclear


def chained_keys(node: Node, scope: Scope, evaluator: Evaluator) -> list[str]:
    """Keys bound on the spot: `pino().child({ service })`."""
    above = node.parent
    if above is None or above.type != "member_expression" or above.parent is None:
        return []
    prop = above.get("property")
    if prop is None or prop.text != "child" or above.parent.type != "call_expression":
        return []
    given = arguments(above.parent)
    return evaluator.keys(given[0], scope) if given else []
