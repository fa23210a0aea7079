"""Handlers, formatters and filters of a Python module: library ones, and the service's own classes derived from them.

What a class of the service adds to each record (`log_record["traceID"] = …` in a formatter, `record.job_id = …` in a
filter or a record factory) is read from its methods: these are fields that no call passes.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory.pyconfig import has_zone
from logview.inventory.values import Class, Function, Lib, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator

TIME_ATTRIBUTES = frozenset({"converter", "default_time_format", "default_msec_format", "datefmt"})
MASKING = re.compile(r"(?i)redact|mask|censor|sanitiz|scrub|sensitive|secret|pii")
FORMATTERS = (".JsonFormatter", ".Formatter", ".ProcessorFormatter")
BUILDERS = frozenset({"format", "emit", "add_fields", "process_log_record", "json_record", "serialize"})
"""Methods of formatters and handlers that make what is written: logging's own, python-json-logger's two, and
json_log_formatter's `json_record`."""
TIME_KEYS = frozenset({"time", "timestamp", "@timestamp", "ts", "asctime", "datetime", "date"})
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One thing found, before it becomes a Fact."""

    section: str
    kind: str
    node: ast.expr | ast.stmt
    text: str | None = None
    faulty: bool = False


def library_base(value: Value | None, evaluator: Evaluator, depth: int = 0) -> str | None:
    """The dotted path of a library's class, or of the one that a class of the service derives from."""
    if isinstance(value, Lib):
        return value.path
    if not isinstance(value, Class) or depth > DEEPEST:
        return None
    bases = (library_base(evaluator.value(base, value.scope), evaluator, depth + 1) for base in value.node.bases)
    return next((path for path in bases if path is not None), None)


def is_handler(path: str) -> bool:
    """A logging handler by its path: logging's own, and what packages for logs offer (rich, OpenTelemetry)."""
    return path.endswith("Handler") and "log" in path.rpartition(".")[0].lower()


def made(value: Value | None, node: ast.Call, evaluator: Evaluator, scope: Scope) -> Iterator[Part]:
    """What a call makes, when it makes a handler or a formatter."""
    path = library_base(value, evaluator)
    if path is None:
        return
    name = value.node.name if isinstance(value, Class) else path.rpartition(".")[2]
    if is_handler(path):
        yield Part("C", name, node)
    elif path.endswith(FORMATTERS):
        plain = path == "logging.Formatter" and not (isinstance(value, Class) and defines(value, "format"))
        yield from formatter(name, "format string" if plain else "format fields", node, evaluator, scope)


def defines(of: Class, method: str) -> bool:
    return any(isinstance(part, ast.FunctionDef) and part.name == method for part in of.node.body)


def formatter(name: str, kind: str, node: ast.Call, evaluator: Evaluator, scope: Scope) -> Iterator[Part]:
    """A formatter object: its format string (D) and its date format (E)."""
    yield Part("D", name, node)
    keywords = {k.arg: k.value for k in node.keywords if k.arg}
    given = keywords.get("fmt") or keywords.get("format") or (node.args[0] if node.args else None)
    layout = evaluator.text(given, scope)
    if layout is not None:
        yield Part("D", kind, node, layout)
    date = keywords.get("datefmt") or (node.args[1] if len(node.args) > 1 else None)
    text = evaluator.text(date, scope)
    if text is not None:
        yield Part("E", "datefmt", node, text, faulty=not has_zone(text))


def declared(node: ast.ClassDef, evaluator: Evaluator, scope: Scope) -> Iterator[Part]:
    """A class of the service that takes part in logging, and what it adds to a record."""
    for base in node.bases:
        path = library_base(evaluator.value(base, scope), evaluator)
        if path is None:
            continue
        head = f"class {node.name}({ast.unparse(base)})"
        if path == "logging.Filter":
            yield Part("I" if MASKING.search(ast.unparse(node)) else "F", "Filter class", node, head)
            yield from record_fields("filter field", (m for m in methods(node) if m.name == "filter"))
        elif path.endswith("Formatter"):
            yield Part("D", "Formatter class", node, head)
            yield from time_settings(node)
            yield from written_fields(node)
        elif path == "logging.LoggerAdapter":
            yield Part("F", "LoggerAdapter class", node, head)
        elif is_handler(path):
            yield Part("C", "Handler class", node, head)
            yield from written_fields(node)
        elif path.endswith("BaseHTTPMiddleware"):
            yield Part("J", "middleware", node, head)


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (part for part in node.body if isinstance(part, ast.FunctionDef))


def time_settings(node: ast.ClassDef) -> Iterator[Part]:
    """What a formatter class does to the time: formatTime, converter, default_time_format."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "formatTime":
            yield Part("E", "formatTime", part, f"{node.name}.formatTime")
        elif isinstance(part, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id in TIME_ATTRIBUTES for t in part.targets
        ):
            yield Part("E", "formatter time", part, f"{node.name}: {ast.unparse(part)}")


def written_fields(node: ast.ClassDef) -> Iterator[Part]:
    """Keys that a formatter or handler writes itself: `out["severity"] = …`, `{"message": …}` in its methods."""
    for method in methods(node):
        if method.name not in BUILDERS:
            continue
        inner: set[ast.AST] = set()
        for part in ast.walk(method):
            if isinstance(part, ast.Assign) and len(part.targets) == 1:
                key = subscript_key(part.targets[0])
                if key is not None:
                    yield field_of(key, part.value, part)
            elif isinstance(part, ast.Dict):
                inner.update(below for value in part.values for below in ast.walk(value))
                if part not in inner:
                    yield from (
                        field_of(key.value, value, key)
                        for key, value in zip(part.keys, part.values, strict=True)
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def subscript_key(target: ast.expr) -> str | None:
    """The literal key of `name["key"]`."""
    match target:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(key))):
            return key
        case _:
            return None


def field_of(key: str, value: ast.expr, node: ast.expr | ast.stmt) -> Part:
    section, kind = ("E", "formatter time") if key.lower() in TIME_KEYS else ("F", "formatter field")
    return Part(section, kind, node, f"{key} = {ast.unparse(value)}")


def factory_fields(node: ast.Call, evaluator: Evaluator, scope: Scope) -> Iterator[Part]:
    """What a record factory given to `logging.setLogRecordFactory` puts on each record."""
    function = evaluator.value(node.args[0], scope) if node.args else None
    if isinstance(function, Function) and isinstance(function.node, ast.FunctionDef):
        yield from record_fields("record factory field", [function.node])


def record_fields(kind: str, functions: Iterable[ast.FunctionDef]) -> Iterator[Part]:
    """`record.job_id = …`: attributes of the record, set before it is formatted."""
    for function in functions:
        for part in ast.walk(function):
            if isinstance(part, ast.Assign):
                for target in part.targets:
                    match target:
                        case ast.Attribute(value=ast.Name(id="record" | "rec" | "r"), attr=name):
                            yield Part("F", kind, part, f"{name} = {ast.unparse(part.value)}")
