"""Fixes in TypeScript and JavaScript: LV803–LV807, LV814, LV816–LV819."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.fixes import Edit
from logview.inventory.model import Fact, LogCall, LoggerSetup
from logview.inventory.tscalls import names_in
from logview.inventory.tstree import Node, arguments, inner, pairs, parse, string

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logview.inventory.rules import Found

REDACT = "redact: ['req.headers.authorization', 'req.headers.cookie', 'password', 'token']"
LEVELS = (
    "customLogLevel: (_req, res, err) => "
    "(err || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info')"
)
SIMPLE = frozenset({"identifier", "member_expression", "this"})


def edits(file: str, source: bytes, findings: Sequence[Found]) -> Iterator[tuple[str, list[Edit]]]:
    """(label, edits) for each finding that has a safe fix; options added to one set-up come together."""
    tree = parse(source, file)
    calls = {(n.start, n.end): n for n in tree.walk() if n.type in {"call_expression", "import_statement"}}
    options: dict[int, tuple[Node, list[str], list[str]]] = {}
    for found in findings:
        node = calls.get((found.at.start, found.at.end))
        label = f"{file}:{found.at.line} {found.code}"
        if node is None:
            continue
        if isinstance(found.at, LogCall):
            made = call_edits(found.code, node, found.at)
            if made:
                yield label, made
        elif isinstance(found.at, LoggerSetup):
            made = setup_edits(found.code, node)
            added = option(found.code, found.at)
            if made:
                yield label, made
            elif added:
                entry = options.setdefault(node.start, (node, [], []))
                entry[1].append(added)
                entry[2].append(label)
        elif isinstance(found.at, Fact) and found.code == "LV819":
            made = import_edits(node)
            if made:
                yield label, made
    for node, texts, labels in options.values():
        made = insert_options(node, texts)
        if made:
            yield "; ".join(labels), made


def call_edits(code: str, node: Node, call: LogCall) -> list[Edit]:
    given = arguments(node)
    match code:
        case "LV803":
            return printf_edits(given, call)
        case "LV804" if len(given) == 2:
            return [
                Edit(given[0].start, given[0].end, given[1].text),
                Edit(given[1].start, given[1].end, given[0].text),
            ]
        case "LV805" if len(given) == 2:
            error = error_field(given[1])
            return [
                Edit(given[0].start, given[0].end, f"{{ {error} }}, {given[0].text}"),
                Edit(given[0].end, given[1].end, ""),
            ]
        case "LV806":
            return renamed_error(given, call)
        case "LV807":
            return added_error(node, given)
        case _:
            return []


def error_field(node: Node) -> str:
    """`err`, or `err: e`."""
    text = node.text
    return "err" if text == "err" else f"err: {text}"


def printf_edits(given: list[Node], call: LogCall) -> list[Edit]:
    """A template literal whose holes are names becomes a format string and arguments: the text stays the same."""
    position = 0 if call.kind == "template" and given and given[0].type == "template_string" else 1
    if len(given) != position + 1 or given[position].type != "template_string":
        return []
    message = given[position]
    text, holes = "", []
    for kid in message.kids:
        if kid.type == "template_substitution":
            hole = inner(kid.kids[0]) if kid.kids else None
            if hole is None or hole.type not in SIMPLE or "(" in hole.text:
                return []
            text += "%s"
            holes.append(kid.kids[0].text)
        else:
            text += kid.text.replace("%", "%%")
    quoted = "'" + text.replace("'", "\\'").replace("\\`", "`").replace("\n", "\\n") + "'"
    return [Edit(message.start, message.end, ", ".join([quoted, *holes]))]


def renamed_error(given: list[Node], call: LogCall) -> list[Edit]:
    """The wrong key becomes `err`; not where there is an `err` already."""
    first = inner(given[0]) if given else None
    if first is None or first.type != "object" or "err" in call.keys:
        return []
    wrong = next((key for key in call.error_keys if key in {"error", "e", "ex", "exception"}), None)
    for kid in first.kids:
        if kid.type == "shorthand_property_identifier" and kid.text == wrong:
            return [Edit(kid.start, kid.end, f"err: {kid.text}")]
        key = kid.get("key") if kid.type == "pair" else None
        if key is not None and key.text.strip("'\"") == wrong:
            return [Edit(key.start, key.end, "err")]
    return []


def added_error(node: Node, given: list[Node]) -> list[Edit]:
    """The caught error joins the fields; not where it is caught without a name."""
    name = caught_name(node)
    if name is None or not given:
        return []
    first = inner(given[0])
    field = "err" if name == "err" else f"err: {name}"
    if first is not None and first.type == "object":
        keys = {key for key, _ in pairs(first)}
        if "err" in keys:
            return []
        return [Edit(first.start + 1, first.start + 1, f" {field}," if first.kids else f" {field} ")]
    if string(first) is None and (first is None or first.type not in {"template_string", "binary_expression"}):
        return []
    return [Edit(given[0].start, given[0].start, f"{{ {field} }}, ")]


def caught_name(node: Node) -> str | None:
    """The name under which the nearest catch clause has the error; None for `catch {` and patterns."""
    below, at = node, node.parent
    while at is not None:
        if at.type == "catch_clause" and at.get("body") is below:
            parameter = at.get("parameter")
            names = names_in(parameter)
            return parameter.text if parameter is not None and parameter.type == "identifier" and names else None
        if at.type in {"function_declaration", "function_expression", "method_definition"}:
            return None
        below, at = at, at.parent
    return None


def setup_edits(code: str, node: Node) -> list[Edit]:
    """Fixes that change an option in place."""
    if code != "LV816":
        return []
    literal = options_literal(node)
    for key, value in pairs(literal) if literal is not None else ():
        if key == "timestamp":
            if value.text.endswith(("unixTime", "nullTime")):
                return [Edit(value.end - len("unixTime"), value.end, "isoTime")]
            function = node.get("function")
            if value.text == "false" and function is not None and function.type == "identifier":
                return [Edit(value.start, value.end, f"{function.text}.stdTimeFunctions.isoTime")]
    return []


def option(code: str, setup: LoggerSetup) -> str | None:
    """The option that a set-up lacks."""
    if code == "LV814" and (setup.kind == "pino" or setup.parent is None):
        return REDACT
    if code == "LV817" and "base" not in setup.settings:
        service = setup.service.replace("\\", "\\\\").replace("'", "\\'")
        return f"base: {{ service: '{service}' }}"
    return LEVELS if code == "LV818" else None


def insert_options(node: Node, texts: list[str]) -> list[Edit]:
    """Options put in front of those that are there; an object is made where there is none."""
    given = arguments(node)
    literal = options_literal(node)
    if literal is not None:
        tail = "," if literal.kids else " "
        return [Edit(literal.start + 1, literal.start + 1, " " + ", ".join(texts) + tail)]
    container = node.get("arguments")
    if given or container is None:
        return []
    return [Edit(container.start + 1, container.start + 1, "{ " + ", ".join(texts) + " }")]


def options_literal(node: Node) -> Node | None:
    """The options object written inside the call."""
    given = arguments(node)
    first = inner(given[0]) if given else None
    return first if first is not None and first.type == "object" else None


def import_edits(node: Node) -> list[Edit]:
    """express-pino-logger's import names pino-http."""
    for part in node.walk():
        if part.type == "string" and string(part) == "express-pino-logger":
            return [Edit(part.start + 1, part.end - 1, "pino-http")]
    return []
