"""Fixes in Python: LV802, LV803, LV807, LV816, LV821."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logview.decode import literals
from logview.inventory.fixes import Edit
from logview.inventory.model import LogCall, LoggerSetup
from logview.inventory.pyscope import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logview.inventory.rules import Found


def edits(file: str, source: bytes, findings: Sequence[Found]) -> Iterator[tuple[str, list[Edit]]]:
    """(label, edits) for each finding that has a safe fix."""
    unit = Unit(file, source.decode("utf-8-sig"), literals.parse(source))
    # ast's columns count from after a byte order mark.
    shift = 3 if source.startswith(b"\xef\xbb\xbf") else 0
    calls = {unit.span(n): n for n in ast.walk(unit.tree) if isinstance(n, ast.Call)}
    for found in findings:
        node = calls.get((found.at.start, found.at.end))
        if node is None:
            continue
        if isinstance(found.at, LogCall):
            made = call_edits(found.code, node, found.at, unit)
        elif isinstance(found.at, LoggerSetup):
            made = setup_edits(found.code, node, unit)
        else:
            made = []
        if made:
            moved = [Edit(edit.start + shift, edit.end + shift, edit.text) for edit in made]
            yield f"{file}:{found.at.line} {found.code}", moved


def call_edits(code: str, node: ast.Call, call: LogCall, unit: Unit) -> list[Edit]:
    match code:
        case "LV802":
            return module_logger(node, unit)
        case "LV803" if call.library == "logging":  # structlog formats arguments only when it is configured to
            return lazy(node, unit)
        case "LV807":
            return with_error(node, call, unit)
        case _:
            return []


def module_logger(node: ast.Call, unit: Unit) -> list[Edit]:
    """`logging.info(…)` becomes `log.info(…)`; `log = logging.getLogger(__name__)` follows the imports if need be."""
    if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
        return []
    module = node.func.value.id
    name = next((n for n in unit.scope.names if is_logger_assignment(unit, n)), None)
    out = []
    if name is None:
        name = next(n for n in ("log", "logger", "_log", "module_logger") if n not in unit.scope.names)
        out.append(logger_line(unit, f"{name} = {module}.getLogger(__name__)"))
    start, end = unit.span(node.func.value)
    return [*out, Edit(start, end, name)]


def is_logger_assignment(unit: Unit, name: str) -> bool:
    """The module binds the name to a getLogger call, before anything else runs."""
    found = unit.scope.names[name]
    value = found[0].value if len(found) == 1 and found[0].kind == "value" else None
    return isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] == "getLogger"


def logger_line(unit: Unit, text: str) -> Edit:
    """A line after the module's imports, set apart by a blank line."""
    imports = [s for s in unit.tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    at = unit.line_starts[imports[-1].end_lineno or imports[-1].lineno] if imports else 0
    return Edit(at, at, f"\n{text}\n")


def lazy(node: ast.Call, unit: Unit) -> list[Edit]:
    """f-string, `%` and `.format()` become a format string and arguments: the text stays the same."""
    if len(node.args) != 1:
        return []
    message = node.args[0]
    parts = split(message)
    if parts is None:
        return []
    text, holes = parts
    start, end = unit.span(message)
    return [Edit(start, end, ", ".join([quoted(text), *(ast.unparse(hole) for hole in holes)]))]


def split(message: ast.expr) -> tuple[str, list[ast.expr]] | None:
    """(format string, arguments); None where a hole does more than name a value."""
    if isinstance(message, ast.JoinedStr):
        return from_fstring(message)
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod) and isinstance(message.left, ast.Constant):
        right = message.right
        holes = right.elts if isinstance(right, ast.Tuple) else [right]
        # A single name may hold a tuple or a mapping, which `%` takes apart: with logging's own rule it is the same.
        if isinstance(message.left.value, str) and not isinstance(right, ast.Dict) and all(is_name(h) for h in holes):
            return message.left.value, list(holes)
    if isinstance(message, ast.Call) and isinstance(message.func, ast.Attribute) and message.func.attr == "format":
        inner = message.func.value
        simple = not message.keywords and all(is_name(argument) for argument in message.args)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and simple:
            pieces = inner.value.replace("%", "%%").split("{}")
            if len(pieces) == len(message.args) + 1 and not any("{" in p or "}" in p for p in pieces):
                return "%s".join(pieces), list(message.args)
    return None


def from_fstring(message: ast.JoinedStr) -> tuple[str, list[ast.expr]] | None:
    text, holes = "", []
    for part in message.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("%", "%%")
        elif isinstance(part, ast.FormattedValue):
            if (
                part.format_spec is not None
                or not is_name(part.value)
                or part.conversion not in (-1, ord("r"), ord("s"))
            ):
                return None
            text += "%r" if part.conversion == ord("r") else "%s"
            holes.append(part.value)
    return text, holes


def is_name(node: ast.expr) -> bool:
    """A name or a dotted name: reading it twice, or later, is the same."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def quoted(text: str) -> str:
    """The text as a string literal, in double quotes where that needs no escape."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal.startswith("'") and '"' not in text else literal


def with_error(node: ast.Call, call: LogCall, unit: Unit) -> list[Edit]:
    """`error` becomes `exception`; below error `exc_info=True` is added. loguru asks for `opt(exception=True)`."""
    if not isinstance(node.func, ast.Attribute):
        return []
    _, end = unit.span(node.func)
    if call.library == "loguru":
        receiver = unit.span(node.func.value)[1]
        return [Edit(receiver, receiver, ".opt(exception=True)")]
    if node.func.attr == "error" and not any(k.arg == "exc_info" for k in node.keywords):
        return [Edit(end - len("error"), end, "exception")]
    if any(k.arg == "exc_info" for k in node.keywords):
        return []
    last = [*node.args, *(k.value for k in node.keywords)]
    if not last:
        return []
    at = max(unit.span(part)[1] for part in last)
    return [Edit(at, at, ", exc_info=True")]


def setup_edits(code: str, node: ast.Call, unit: Unit) -> list[Edit]:
    if code == "LV816":
        date = next((k.value for k in node.keywords if k.arg == "datefmt"), None)
        if isinstance(date, ast.Constant) and isinstance(date.value, str):
            return [Edit(*unit.span(date), quoted(date.value + "%z"))]
        return []
    return enabled_loggers(node, unit) if code == "LV821" else []


def enabled_loggers(node: ast.Call, unit: Unit) -> list[Edit]:
    """`"disable_existing_loggers": False` in the mapping, where it stands in this file."""
    given = node.args[0] if node.args else None
    if isinstance(given, ast.Name):
        found = unit.scope.names.get(given.id, [])
        given = found[0].value if len(found) == 1 else None
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "disable_existing_loggers":
                return [Edit(*unit.span(value), "False")] if isinstance(value, ast.Constant) else []
        start, _ = unit.span(given)
        return [Edit(start + 1, start + 1, '"disable_existing_loggers": False' + (", " if given.keys else ""))]
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id == "dict" and given.keywords:
        at = max(unit.span(keyword.value)[1] for keyword in given.keywords)
        return [Edit(at, at, ", disable_existing_loggers=False")]
    return []
