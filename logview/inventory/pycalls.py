"""The logging calls of one Python module: walks the tree once, knowing function, except block and ids in scope."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logview.inventory.model import Fact, LogCall
from logview.inventory.names import brace_fields, is_job_key, is_job_name, python_conversions
from logview.inventory.pyfields import Fields, exposed
from logview.inventory.pymessage import called_name, mentions, message, passed_names, tells_of_exception
from logview.inventory.pyscope import is_main_guard
from logview.inventory.values import Lib, Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logview.inventory.pyscope import Scope, Unit
    from logview.inventory.pyvalues import Evaluator

METHODS = {
    "trace": "trace",
    "debug": "debug",
    "info": "info",
    "success": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "exception": "error",
    "critical": "fatal",
    "fatal": "fatal",
}
ASYNC_METHODS = {f"a{name}": level for name, level in METHODS.items()}
"""structlog's ainfo(), aerror() …"""
NUMBERS = {5: "trace", 10: "debug", 20: "info", 25: "info", 30: "warn", 40: "error", 50: "fatal"}
SCOPED = frozenset({"bound_contextvars", "contextualize"})
"""Bind keys for the body of the `with` they stand in, and no longer."""
CONTROL = frozenset({"exc_info", "stack_info", "stacklevel", "extra", "msg", "event", "message"})
"""Keyword arguments of the logging functions themselves."""


@dataclass(slots=True)
class Handler:
    """An except body being walked."""

    start: int
    names: frozenset[str]
    """The error's name and names derived from it in this body."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where in the module the walk stands."""

    scope: Scope
    function: str | None = None
    classes: str | None = None
    """Dotted name of the classes and functions around."""
    in_catch: bool = False
    handler: Handler | None = None
    ids: tuple[str, ...] = ()
    bound: tuple[tuple[int, frozenset[str]], ...] = ()
    """(line from which on, keys) bound for the code below by a context variable or a `with` block."""
    rethrown: bool = False
    choice: int | None = None
    """Line of the outermost `if` of the function around."""


@dataclass(slots=True)
class Walk:
    """One pass over one module."""

    unit: Unit
    evaluator: Evaluator
    service: str
    calls: list[LogCall] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    on_call: Callable[[ast.Call, Context], None] | None = None
    """Told of every call that is no logging call, for set-ups and facts."""
    on_statement: Callable[[ast.stmt, Context], None] | None = None

    def run(self) -> None:
        self.body(self.unit.tree.body, Context(self.unit.scope))

    def body(self, statements: Sequence[ast.stmt], context: Context) -> None:
        """A block: a raise after a statement makes that statement a log-and-raise."""
        raises_from = max((i for i, s in enumerate(statements) if isinstance(s, ast.Raise)), default=-1)
        for index, statement in enumerate(statements):
            raised = index < raises_from
            self.statement(statement, context if raised == context.rethrown else replace(context, rethrown=raised))

    def statement(self, node: ast.stmt, context: Context) -> None:
        if self.on_statement is not None:
            self.on_statement(node, context)
        inner = replace(context, rethrown=False) if context.rethrown else context
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for outside in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
                    self.visit(outside, inner)
                self.body(node.body, self.inside(node, inner))
            case ast.ClassDef():
                for outside in (*node.bases, *node.decorator_list):
                    self.visit(outside, inner)
                scope = self.unit.scopes[node]
                name = dotted(context.classes, node.name)
                self.body(node.body, replace(inner, scope=scope, classes=name, handler=None))
            case ast.Try() | ast.TryStar():
                self.body(node.body, inner)
                for handler in node.handlers:
                    self.except_block(handler, inner)
                self.body(node.orelse, inner)
                self.body(node.finalbody, inner)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.visit(item.context_expr, inner)
                keys = frozenset(k for item in node.items for k in self.contextual(item.context_expr, context.scope))
                self.body(node.body, replace(inner, bound=(*inner.bound, (node.lineno, keys))))
            case ast.Expr() | ast.Return() | ast.Assign() | ast.AnnAssign():
                self.visit(node.value, context)
            case ast.If() if inner.choice is None and not is_main_guard(node):
                self.children(node, replace(inner, choice=node.lineno))
            case _:
                self.children(node, inner)

    def children(self, node: ast.AST, context: Context) -> None:
        """Blocks and expressions of a compound statement: if, for, while, match."""
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                self.body(value, context)
            else:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, ast.match_case):
                        self.children(part, context)
                    elif isinstance(part, ast.expr):
                        self.visit(part, context)

    def except_block(self, node: ast.ExceptHandler, context: Context) -> None:
        names = frozenset({node.name}) if node.name else frozenset()
        names = derived(node.body, names)
        start = self.unit.line_starts[node.lineno - 1] + node.col_offset
        self.body(node.body, replace(context, in_catch=True, handler=Handler(start, names)))
        logs = any(call.handler == start for call in self.calls)
        caught = ast.unparse(node.type) if node.type else ""
        self.facts.append(
            Fact(
                section="K", kind="except with log" if logs else "except without log", text=f"except {caught}".strip(),
                file=self.unit.path, line=node.lineno, service=self.service, language="python",
                function=context.function, start=start,
            )
        )  # fmt: skip

    def inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef, context: Context) -> Context:
        name = dotted(context.classes, node.name)
        named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        ids = tuple(argument.arg for argument in named if is_job_name(argument.arg))
        scope = self.unit.scopes[node]
        bound = (*context.bound, *self.bound_in(node, scope))
        return replace(
            context,
            scope=scope,
            function=name,
            classes=name,
            handler=None,
            choice=None,
            ids=(*context.ids, *ids),
            bound=bound,
        )

    def bound_in(self, node: ast.AST, scope: Scope) -> list[tuple[int, frozenset[str]]]:
        """(line, keys) of statements that bind keys for all that is logged after them: bind_contextvars(job_id=…)."""
        found = []
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute):
                if called_name(call) in SCOPED:
                    continue
                keys = self.contextual(call, scope)
                if keys:
                    found.append((call.lineno, frozenset(keys)))
        return found

    def contextual(self, node: ast.expr, scope: Scope) -> set[str]:
        """Keys a call puts into the logging context."""
        if not isinstance(node, ast.Call):
            return set()
        name = called_name(node)
        if name in SCOPED or name in {"bind_contextvars", "append_keys", "bind_threadlocal"}:
            return {k.arg for k in node.keywords if k.arg}
        if name == "set" and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
            found = self.evaluator.expression(node.func.value, scope)
            if found and isinstance(found[0], ast.Call):
                made = self.evaluator.value(found[0].func, found[1])
                if made == Lib("contextvars.ContextVar"):
                    label = self.evaluator.text(found[0].args[0], found[1]) if found[0].args else None
                    return {name for name in (label, *passed_names(node.args[0])) if name and is_job_key(name)}
        return set()

    def visit(self, node: ast.AST | None, context: Context) -> None:
        """Every call inside an expression."""
        if node is None:
            return
        if isinstance(node, ast.Call):
            self.call(node, context)
        inner = replace(context, rethrown=False) if context.rethrown else context
        if isinstance(node, ast.Lambda):
            inner = replace(inner, scope=self.unit.scopes[node], handler=None)
        direct = isinstance(node, ast.Await)
        for child in ast.iter_child_nodes(node):
            self.visit(child, context if direct else inner)

    def call(self, node: ast.Call, context: Context) -> None:
        found = self.logger_of(node, context.scope)
        if found is not None:
            logger, method, receiver = found
            self.calls.append(self.log_call(node, logger, method, receiver, context))
        elif self.on_call is not None:
            self.on_call(node, context)

    def logger_of(self, node: ast.Call, scope: Scope) -> tuple[Logger, str, str] | None:
        """The logger, method and receiver's text of a logging call; None for any other call."""
        func = node.func
        if isinstance(func, ast.Attribute):
            method = func.attr
            if method not in METHODS and method not in ASYNC_METHODS and method not in {"log", "alog", "msg"}:
                return None
            owner = self.evaluator.value(func.value, scope)
            if owner == Lib("logging") and method not in {"alog", "msg", "trace", "success"}:
                return Logger("logging", on_root=True, channel="root"), method, receiver_text(func.value)
            if isinstance(owner, Logger) and (owner.library == "structlog" or method not in {"alog", "msg"}):
                return owner, method, receiver_text(func.value)
            return None
        if isinstance(func, ast.Name):
            value = self.evaluator.value(func, scope)
            if isinstance(value, Lib) and value.path.startswith("logging."):
                method = value.path.removeprefix("logging.")
                if method in METHODS or method == "log":
                    return Logger("logging", on_root=True, channel="root"), method, func.id
            return self.aliased(func, scope)
        return None

    def aliased(self, func: ast.Name, scope: Scope) -> tuple[Logger, str, str] | None:
        """A method kept under a name of its own: `info = log.info`."""
        found = self.evaluator.expression(func, scope)
        if found is None or not isinstance(found[0], ast.Attribute) or found[0].attr not in METHODS:
            return None
        owner = self.evaluator.value(found[0].value, found[1])
        return (owner, found[0].attr, func.id) if isinstance(owner, Logger) else None

    def log_call(self, node: ast.Call, logger: Logger, method: str, receiver: str, context: Context) -> LogCall:
        scope = context.scope
        positional = list(node.args)
        level = METHODS.get(method) or ASYNC_METHODS.get(method)
        if method in {"log", "alog"}:
            level = self.level_of(positional.pop(0), scope) if positional else None
        elif method == "msg":
            level = "info"
        keyword = {k.arg: k.value for k in node.keywords if k.arg}
        text_node = positional.pop(0) if positional else next(
            (keyword[k] for k in ("msg", "event", "message") if k in keyword), None
        )  # fmt: skip
        text = message(text_node, self.evaluator, scope)
        starred = any(isinstance(a, ast.Starred) for a in positional)
        arguments = None if starred else len(positional)
        conversions, kind = self.counted(text.template, text.kind, positional, keyword, logger)
        fields = self.fields(node, keyword, logger, scope)
        start, end = self.unit.span(node)
        others = [*positional, *(v for k, v in keyword.items() if k not in {"exc_info", "stack_info", "stacklevel"})]
        return LogCall(
            file=self.unit.path, line=node.lineno, function=context.function, logger=receiver, level=level,
            template=text.template, kind=kind, keys=fields.keys, in_catch=context.in_catch,
            language="python", library=logger.library, method=method, service=self.service, start=start, end=end,
            arguments=arguments, conversions=conversions,
            has_error=self.passes_error(node, logger, method, keyword, context),
            handler=context.handler.start if context.handler else None, rethrown=context.rethrown,
            ids=context.ids, bound=tuple(sorted(logger.bound | bound_at(context, node.lineno))),
            open_keys=fields.open, computed_keys=fields.computed,
            exposed=exposed(others, text_node, fields.values, keyword, logger),
            on_root=logger.on_root, channel=logger.channel, also=text.also,
        )  # fmt: skip

    def counted(
        self, template: str | None, kind: str, positional: list[ast.expr], keyword: dict[str, ast.expr], logger: Logger
    ) -> tuple[int | None, str]:
        """How many arguments the template takes, and the kind: a literal with conversions and arguments is printf."""
        if template is None or kind not in {"static", "concat", "template"}:
            return None, kind
        if logger.library == "loguru":
            count, names = brace_fields(template) if kind == "static" else (0, frozenset())
            used = (count and positional) or (names & keyword.keys())
            return count, "printf" if kind == "static" and used else kind
        count, mapping = python_conversions(template)
        if mapping:
            return None, "printf" if kind == "static" and positional else kind
        return count, "printf" if kind == "static" and count and positional else kind

    def level_of(self, node: ast.expr, scope: Scope) -> str | None:
        """The level given to log(): logging.INFO, 20, "INFO"."""
        value = self.evaluator.value(node, scope)
        if isinstance(value, Lib) and value.path.startswith("logging."):
            return METHODS.get(value.path.removeprefix("logging.").lower())
        found = self.evaluator.expression(node, scope)
        if found and isinstance(found[0], ast.Constant):
            constant = found[0].value
            return NUMBERS.get(constant) if isinstance(constant, int) else METHODS.get(str(constant).lower())
        return None

    def fields(self, node: ast.Call, keyword: dict[str, ast.expr], logger: Logger, scope: Scope) -> Fields:
        """The field keys a call adds."""
        found = Fields()
        extra = keyword.get("extra")
        if extra is not None:
            found.read(extra, self.evaluator, scope)
        if logger.library in {"structlog", "loguru"}:
            for name, value in keyword.items():
                if name not in CONTROL or (name == "message" and node.args):
                    found.pairs.append((name, value))
            found.open = found.open or any(k.arg is None for k in node.keywords)
        return found

    def passes_error(
        self, node: ast.Call, logger: Logger, method: str, keyword: dict[str, ast.expr], context: Context
    ) -> bool:
        info = keyword.get("exc_info")
        off = isinstance(info, ast.Constant) and not info.value
        if method in {"exception", "aexception"} and not off:
            return True
        if logger.passes_error or (info is not None and not off):
            return True
        names = context.handler.names if context.handler else frozenset()
        return any(mentions(a, names) or tells_of_exception(a) for a in (*node.args, *keyword.values())) or (
            isinstance(node.func, ast.Attribute) and mentions(node.func.value, names)
        )


def bound_at(context: Context, line: int) -> frozenset[str]:
    """Keys that a context variable or a `with` block has bound when this line runs."""
    return frozenset(key for start, keys in context.bound if start <= line for key in keys)


def dotted(outer: str | None, name: str) -> str:
    return f"{outer}.{name}" if outer else name


def receiver_text(node: ast.expr) -> str:
    """The receiver as written, call arguments left out: "L.getLogger()"."""
    match node:
        case ast.Call():
            return receiver_text(node.func) + "()"
        case ast.Attribute():
            return f"{receiver_text(node.value)}.{node.attr}"
        case ast.Await():
            return receiver_text(node.value)
        case _:
            return ast.unparse(node)


def derived(body: Sequence[ast.stmt], names: frozenset[str]) -> frozenset[str]:
    """The names and those assigned from them in the block: `reason = str(e)`."""
    if not names:
        names = frozenset()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and (mentions(node.value, names) or tells_of_exception(node.value)):
                names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.NamedExpr) and mentions(node.value, names) and isinstance(node.target, ast.Name):
                names |= {node.target.id}
    return names
