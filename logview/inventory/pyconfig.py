"""Logging configuration as data: dict displays, YAML, JSON and ini files that dictConfig and fileConfig read."""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logview.inventory.pyfunctions import returns
from logview.inventory.values import Function, Lib

if TYPE_CHECKING:
    from logview.inventory.pyscope import Scope
    from logview.inventory.pyvalues import Evaluator

CONFIG_SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".cfg")


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that only running the code would tell; `text` is its source."""

    text: str
    from_env: bool = False


@dataclass(frozen=True, slots=True)
class DictConfig:
    """What a dictConfig mapping says that the inventory and the rules ask for."""

    known: bool
    keys: tuple[str, ...] = ()
    file: str | None = None
    """The file it is read from, as written."""
    formats: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    """Handler and formatter classes."""
    level: str | None = None
    disable_existing: bool | None = None
    loggers: dict[str, str] = field(default_factory=dict)
    """Logger → its level."""
    entries: dict[str, str] = field(default_factory=dict)
    """"formatter text", "handler stream", "filter job" → what it says."""


def plain(node: ast.expr | None, evaluator: Evaluator, scope: Scope, depth: int = 0) -> Any:
    """The data an expression displays: dicts, lists, strings, numbers; Opaque where it has to be computed."""
    found = evaluator.expression(node, scope)
    if found is None or depth > 12:
        return Opaque("")
    node, scope = found
    match node:
        case ast.Constant():
            return node.value
        case ast.Dict():
            out: dict[Any, Any] = {}
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    spread = plain(value, evaluator, scope, depth + 1)
                    out.update(spread if isinstance(spread, dict) else {Opaque(ast.unparse(value)): None})
                else:
                    out[hashable(plain(key, evaluator, scope, depth + 1))] = plain(value, evaluator, scope, depth + 1)
            return out
        case ast.List() | ast.Tuple():
            return [plain(part, evaluator, scope, depth + 1) for part in node.elts]
        case ast.Call() if evaluator.value(node.func, scope) == Lib("builtins.dict"):
            base: dict[Any, Any] = {}
            for argument in node.args:
                inner = plain(argument, evaluator, scope, depth + 1)
                base.update(inner if isinstance(inner, dict) else {Opaque(""): None})
            return base | {k.arg or Opaque(""): plain(k.value, evaluator, scope, depth + 1) for k in node.keywords}
        case ast.Call() if (made := sole_return(node, evaluator, scope)) is not None:
            return plain(made[0], evaluator, made[1], depth + 1)
        case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
            return joined(node, evaluator, scope)
        case _:
            meant = evaluator.value(node, scope)
            text = meant.path if isinstance(meant, Lib) else ast.unparse(node)
            return Opaque(text, reads_environment(node, evaluator, scope))


def sole_return(node: ast.Call, evaluator: Evaluator, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """The dict that a call to a function of the project returns, when it has one return and that displays a dict."""
    function = evaluator.value(node.func, scope)
    if not isinstance(function, Function) or not isinstance(function.node, ast.FunctionDef):
        return None
    inner = function.scope.unit.scopes[function.node]
    found = [evaluator.expression(result, inner) for result in returns(function.node)]
    only = found[0] if len(found) == 1 else None
    return only if only is not None and isinstance(only[0], ast.Dict) else None


def joined(node: ast.expr, evaluator: Evaluator, scope: Scope) -> Any:
    """The text of literals joined by `+`; Opaque when a part is computed."""
    if isinstance(node, ast.BinOp):
        left, right = (plain(part, evaluator, scope, 6) for part in (node.left, node.right))
        if isinstance(left, str) and isinstance(right, str):
            return left + right
    return Opaque(ast.unparse(node), reads_environment(node, evaluator, scope))


def hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | Opaque) else Opaque(str(value))


def reads_environment(node: ast.AST | None, evaluator: Evaluator, scope: Scope, depth: int = 0) -> bool:
    """The expression reads an environment variable, itself or through a name."""
    if node is None or depth > 4:
        return False
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute):
            value = evaluator.value(part, scope)
            if isinstance(value, Lib) and value.path in {"os.environ", "os.getenv", "os.environb"}:
                return True
            if isinstance(value, Lib) and value.path.split(".")[0] in {"environ", "decouple", "environs"}:
                return True
            found = evaluator.expression(part, scope)
            elsewhere = found is not None and found[0] is not part and found[0] is not node
            if found is not None and elsewhere and reads_environment(found[0], evaluator, found[1], depth + 1):
                return True
    return False


def read_dict_config(node: ast.expr | None, evaluator: Evaluator, scope: Scope) -> DictConfig:
    """The configuration given to dictConfig: a display, or a file that can be found."""
    data = plain(node, evaluator, scope)
    if isinstance(data, dict):
        return described(data)
    file = config_file(node, evaluator, scope)
    if file is None:
        return DictConfig(known=False)
    loaded = load(file, scope.unit.path, evaluator.project.root)
    if loaded is None:
        return DictConfig(known=False, file=file)
    return described(loaded, file=file)


def described(data: dict[Any, Any], file: str | None = None) -> DictConfig:
    """The parts of a dictConfig mapping that matter here."""
    formatters = [f for f in part(data, "formatters").values() if isinstance(f, dict)]
    handlers = [h for h in part(data, "handlers").values() if isinstance(h, dict)]
    root = part(data, "root")
    level = root.get("level")
    if isinstance(level, Opaque):
        level = "env" if level.from_env else None
    existing = data.get("disable_existing_loggers")
    used = used_formats(data)
    all_formats = [f.get("format") or f.get("fmt") for f in formatters if is_text(f)]
    return DictConfig(
        known=not any(isinstance(key, Opaque) for key in data),
        keys=tuple(str(key) for key in data if not isinstance(key, Opaque)),
        file=file,
        formats=tuple(dict.fromkeys(f for f in (*used, *all_formats) if isinstance(f, str))),
        date_formats=tuple(f["datefmt"] for f in formatters if isinstance(f.get("datefmt"), str)),
        classes=tuple(
            str(c.text if isinstance(c, Opaque) else c)
            for entry in (*handlers, *formatters)
            for c in (entry.get("class"), entry.get("()"))
            if c
        ),
        level=str(level) if level is not None else None,
        disable_existing=existing if isinstance(existing, bool) else None,
        loggers={
            str(name): str(entry["level"])
            for name, entry in part(data, "loggers").items()
            if isinstance(entry, dict) and isinstance(entry.get("level"), str)
        },
        entries={
            f"{section.removesuffix('s')} {name}": shown(entry)
            for section in ("formatters", "handlers", "filters")
            for name, entry in part(data, section).items()
            if isinstance(name, str)
        },
    )


def shown(value: Any) -> str:
    """Configuration as one reads it: `class=logging.StreamHandler, formatter=text`."""
    if isinstance(value, dict):
        return ", ".join(f"{shown(key)}={shown(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return f"[{', '.join(shown(inner) for inner in value)}]"
    return value.text if isinstance(value, Opaque) else str(value)


def used_formats(data: dict[Any, Any]) -> list[Any]:
    """Format strings of the handlers of the root logger, else of any handler: those that lines are written with."""
    formatters, handlers = part(data, "formatters"), part(data, "handlers")
    names = part(data, "root").get("handlers")
    chosen = [handlers.get(n) for n in names if isinstance(n, str)] if isinstance(names, list) else [*handlers.values()]
    out = []
    for handler in chosen:
        formatter = formatters.get(handler.get("formatter")) if isinstance(handler, dict) else None
        if isinstance(formatter, dict) and is_text(formatter):
            out.append(formatter.get("format") or formatter.get("fmt"))
    return out


def is_text(formatter: dict[Any, Any]) -> bool:
    """The formatter writes its format string as it stands; a JSON formatter only takes field names from it."""
    made = formatter.get("()") or formatter.get("class") or ""
    name = made.text if isinstance(made, Opaque) else str(made)
    return re.search(r"json|ecs|logstash|stackdriver|structlog", name, re.IGNORECASE) is None


def part(data: dict[Any, Any], key: str) -> dict[Any, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def config_file(node: ast.expr | None, evaluator: Evaluator, scope: Scope, depth: int = 0) -> str | None:
    """The name of the file an expression reads, as written: through names, open() and with blocks."""
    if node is None or depth > 6:
        return None
    for piece in ast.walk(node):
        if isinstance(piece, ast.Constant) and isinstance(piece.value, str) and piece.value.endswith(CONFIG_SUFFIXES):
            return piece.value
        if isinstance(piece, ast.Name):
            found = scope.find(piece.id)
            earlier = [
                b for b in (found[1] if found else []) if b.value is not None and line_of(b.node) <= piece.lineno
            ]
            if found and earlier:
                latest = max(earlier, key=lambda b: line_of(b.node))
                if latest.value is not piece:
                    file = config_file(latest.value, evaluator, found[0], depth + 1)
                    if file is not None:
                        return file
    return None


def line_of(node: ast.AST) -> int:
    inner = getattr(node, "optional_vars", None)
    line: int = getattr(node, "lineno", 0) or getattr(inner, "lineno", 0)
    return line


def load(file: str, importer: str, root: str) -> dict[Any, Any] | None:
    """The mapping a YAML or JSON file holds, looked for beside the module and in the folders above up to the root's."""
    path = find_beside(file, importer, root)
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        if path.endswith(".json"):
            data = json.loads(text)
        elif path.endswith(".toml"):
            import tomllib

            data = tomllib.loads(text)
        else:
            import yaml

            data = yaml.safe_load(text)
    except (OSError, ValueError):
        return None
    except Exception as error:
        # yaml's own errors derive from Exception only; its module is not imported just to name them.
        if type(error).__module__.startswith("yaml"):
            return None
        raise
    return data if isinstance(data, dict) else None


def read_file_config(file: str | None, importer: str, root: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(formats, date formats) of an ini file for fileConfig; empty when it cannot be read."""
    path = find_beside(file, importer, root) if file else None
    if path is None:
        return (), ()
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return (), ()
    sections = [parser[name] for name in parser.sections() if name.startswith("formatter_")]
    formats = tuple(s["format"] for s in sections if "format" in s)
    return formats, tuple(s["datefmt"] for s in sections if s.get("datefmt"))


def find_beside(file: str, importer: str, root: str) -> str | None:
    """The path of a file named in a module: from its folder upwards to the folder above the root."""
    top = os.path.dirname(os.path.abspath(root))
    folder = os.path.dirname(os.path.abspath(importer))
    while True:
        path = os.path.join(folder, file)
        if os.path.isfile(path):
            return path
        if folder in {top, os.path.dirname(folder)}:
            return None
        folder = os.path.dirname(folder)


def has_zone(date_format: str) -> bool:
    """A strftime format that writes a zone: %z, %Z, or a literal Z, UTC or offset."""
    return (
        "%z" in date_format
        or "%Z" in date_format
        or date_format.rstrip().endswith(("Z", "UTC", "GMT", "+00:00", "+0000"))
    )
