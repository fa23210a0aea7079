"""Set-ups and further facts of one Python module: what configures logging, and what goes around it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logview.inventory import pyhandlers
from logview.inventory.model import Fact, LoggerSetup
from logview.inventory.pyconfig import (
    Opaque,
    config_file,
    described,
    plain,
    read_dict_config,
    read_file_config,
    reads_environment,
)  # fmt: skip
from logview.inventory.values import Function, Lib, Logger, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.inventory.pycalls import Context
    from logview.inventory.pyscope import Scope, Unit
    from logview.inventory.pyvalues import Evaluator

CONFIGURATORS = {
    "logging.basicConfig": "basicConfig",
    "logging.config.dictConfig": "dictConfig",
    "logging.config.fileConfig": "fileConfig",
    "structlog.configure": "structlog.configure",
    "structlog.configure_once": "structlog.configure",
}
STREAMS = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
HOOKS = {"sys.excepthook", "threading.excepthook", "sys.unraisablehook"}
CELERY_LOGGING = frozenset({"worker_hijack_root_logger", "setup_logging", "after_setup_logger", "worker_log_format"})
GUNICORN = re.compile(r"(^|/)gunicorn[\w.]*\.py$|(^|/)gunicorn_conf\.py$")
GUNICORN_KEYS = frozenset(
    ["accesslog", "errorlog", "loglevel", "logconfig", "logconfig_dict", "logconfig_json", "logger_class"]
)


@dataclass(slots=True)
class Setups:
    """Collects set-ups and facts while `pycalls.Walk` walks the module."""

    unit: Unit
    evaluator: Evaluator
    service: str
    setups: list[LoggerSetup] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def on_call(self, node: ast.Call, context: Context) -> None:
        value = self.evaluator.value(node.func, context.scope)
        if isinstance(value, Lib):
            self.library_call(value.path, node, context)
        self.parts(pyhandlers.made(value, node, self.evaluator, context.scope), context)
        if isinstance(node.func, ast.Attribute):
            self.method_call(node.func, value, node, context)

    def library_call(self, path: str, node: ast.Call, context: Context) -> None:
        if path in CONFIGURATORS:
            self.configured(CONFIGURATORS[path], node, context)
        elif path in {"uvicorn.run", "uvicorn.Config", "uvicorn.main.run", "uvicorn.config.Config"}:
            known = any(k.arg == "log_config" or k.arg is None for k in node.keywords)
            self.fact("J", "uvicorn.run" if path.endswith("run") else "uvicorn.Config", node, context, faulty=not known)
        elif path in {"celery.Celery", "celery.app.Celery"}:
            self.fact("J", "celery", node, context)
        elif path == "builtins.print":
            target = self.keyword(node, "file")
            stream = self.evaluator.value(target, context.scope)
            console = target is None or (isinstance(stream, Lib) and stream.path in STREAMS)
            console = console or (isinstance(target, ast.Constant) and target.value is None)
            self.fact("M", "print", node, context, faulty=console)
        elif path in {
            "warnings.warn",
            "warnings.warn_explicit",
            "pprint.pprint",
            "traceback.print_exc",
        } or path.startswith(("sys.stdout.write", "sys.stderr.write", "os.write")):
            self.fact("M", path, node, context)
        elif path == "logging.captureWarnings":
            self.fact("K", "captureWarnings", node, context)
        elif path == "logging.setLogRecordFactory":
            self.fact("F", "setLogRecordFactory", node, context)
            self.parts(pyhandlers.factory_fields(node, self.evaluator, context.scope), context)
        elif path == "logging.addLevelName":
            self.fact("B", "addLevelName", node, context)
        elif path == "contextvars.ContextVar":
            self.fact("F", "ContextVar", node, context)
        elif path == "logging.LoggerAdapter":
            self.fact("F", "LoggerAdapter", node, context)
        elif path in {
            "logging.getLogger",
            "structlog.get_logger",
            "structlog.getLogger",
            "structlog.stdlib.get_logger",
        }:
            self.fact("A", path.rpartition(".")[2], node, context)
        elif path == "structlog.processors.TimeStamper":
            self.fact("E", "TimeStamper", node, context)
        elif path.startswith("structlog.processors.") and path.endswith("Renderer"):
            self.fact("D", path.rpartition(".")[2], node, context)
        elif path.startswith("structlog.contextvars."):
            self.fact("F", path.rpartition(".")[2], node, context)

    def parts(self, found: Iterable[pyhandlers.Part], context: Context) -> None:
        for part in found:
            self.fact(part.section, part.kind, part.node, context, text=part.text, faulty=part.faulty)

    def method_call(self, func: ast.Attribute, value: Value | None, node: ast.Call, context: Context) -> None:
        owner = self.evaluator.value(func.value, context.scope)
        if isinstance(owner, Logger) and owner.library == "loguru" and func.attr == "add":
            self.configured("loguru.add", node, context)
        elif isinstance(owner, Logger) and func.attr in {"setLevel", "addHandler", "addFilter", "removeHandler"}:
            section = {"setLevel": "B", "addFilter": "F"}.get(func.attr, "C")
            self.fact(section, func.attr, node, context)
        elif isinstance(owner, Logger) and owner.library == "loguru" and func.attr in {"configure", "remove"}:
            self.fact("C", f"loguru.{func.attr}", node, context)
        elif isinstance(value, Function) and isinstance(value.receiver, Logger) and func.attr != "opt":
            self.fact("F", func.attr, node, context)
        elif func.attr == "addFilter":
            self.fact("F", "addFilter", node, context)
        elif func.attr in {"add_middleware", "worker_main"}:
            celery = func.attr == "worker_main"
            self.fact("J", "celery worker" if celery else "middleware", node, context, faulty=celery)
        elif func.attr == "set_exception_handler":
            self.fact("K", "loop.set_exception_handler", node, context)

    def configured(self, kind: str, node: ast.Call, context: Context) -> None:
        """One set-up call."""
        scope = context.scope
        start, end = self.unit.span(node)
        keywords = {k.arg: k.value for k in node.keywords if k.arg}
        base = LoggerSetup(
            file=self.unit.path, line=node.lineno, kind=kind, options=(), language="python", service=self.service,
            start=start, end=end, at_import=context.function is None and not self.unit.is_entry, choice=context.choice,
        )  # fmt: skip
        if kind == "dictConfig":
            config = read_dict_config(node.args[0] if node.args else keywords.get("config"), self.evaluator, scope)
            options = (f"file={config.file}",) if config.file else config.keys
            settings = {key: one_line(text) for key, text in config.entries.items()}
            settings |= {f"level of {name}": level for name, level in config.loggers.items()}
            self.setups.append(
                replace(
                    base, options=options, known=config.known, level=config.level, formats=config.formats,
                    date_formats=config.date_formats, disable_existing=config.disable_existing, settings=settings,
                )
            )  # fmt: skip
            return
        known = all(k.arg for k in node.keywords)
        level = self.level(keywords.get("level"), scope)
        options = tuple(f"level={level}" if k == "level" and level else k for k in keywords)
        formats = tuple(t for t in [self.evaluator.text(keywords.get("format"), scope)] if t)
        dates = tuple(t for t in [self.evaluator.text(keywords.get("datefmt"), scope)] if t)
        existing = None
        if kind == "fileConfig":
            argument = node.args[0] if node.args else keywords.get("fname")
            file = config_file(argument, self.evaluator, scope)
            formats, dates = read_file_config(file, self.unit.path, self.evaluator.project.root)
            options = ((f"file={file}",) if file else ()) + tuple(k for k in keywords if k != "fname")
            off = keywords.get("disable_existing_loggers")
            existing = off.value if isinstance(off, ast.Constant) and isinstance(off.value, bool) else None
            known = off is None or existing is not None
        self.setups.append(
            replace(
                    base, options=options, known=known, level=level, formats=formats, date_formats=dates,
                disable_existing=existing, settings={k: one_line(ast.unparse(v)) for k, v in keywords.items()},
            )
        )  # fmt: skip

    def level(self, node: ast.expr | None, scope: Scope) -> str | None:
        """ "INFO" for a literal, "env" when the environment decides, else None."""
        if node is None:
            return None
        if reads_environment(node, self.evaluator, scope):
            return "env"
        value = plain(node, self.evaluator, scope)
        if isinstance(value, Opaque) and re.fullmatch(r"logging\.[A-Z]+", value.text):
            return value.text.removeprefix("logging.")
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def on_statement(self, node: ast.stmt, context: Context) -> None:
        if isinstance(node, ast.ClassDef):
            self.parts(pyhandlers.declared(node, self.evaluator, context.scope), context)
        elif isinstance(node, ast.Assign):
            self.assigned(node, context)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                text = ast.unparse(decorator)
                if re.search(r"\.middleware\(|exception_handler\(|errorhandler\(", text):
                    self.fact("K" if "exception" in text or "error" in text else "J", "middleware", decorator, context)
                elif re.search(r"setup_logging\.connect|after_setup_(task_)?logger\.connect", text):
                    self.fact("J", "celery setup_logging", decorator, context)

    def assigned(self, node: ast.Assign, context: Context) -> None:
        for target in node.targets:
            is_hook = isinstance(target, ast.Attribute) and target.attr in {"excepthook", "unraisablehook"}
            value = self.evaluator.value(target, context.scope) if is_hook else None
            if isinstance(value, Lib) and value.path in HOOKS:
                self.fact("K", value.path, node, context)
            elif isinstance(target, ast.Attribute) and target.attr == "converter":
                self.fact("E", "converter", node, context)
            elif isinstance(target, ast.Name) and context.function is None:
                self.named(target.id, node, context)

    def named(self, name: str, node: ast.Assign, context: Context) -> None:
        """Settings that frameworks read from module variables: Django's LOGGING, gunicorn's configuration file."""
        if name in GUNICORN_KEYS and GUNICORN.search(self.unit.path.replace("\\", "/")):
            self.fact("J", f"gunicorn {name}", node, context)
        elif name == "LOGGING" and ("settings" in self.unit.path or "INSTALLED_APPS" in self.unit.scope.names):
            data = plain(node.value, self.evaluator, context.scope)
            if isinstance(data, dict) and "version" in data:
                config = described(data)
                self.fact("J", "django LOGGING", node, context, text=f"LOGGING = {{{', '.join(config.keys)}}}")
                for text in config.formats:
                    self.fact("D", "formatter", node, context, text=text)
        elif name in CELERY_LOGGING:
            self.fact("J", f"celery {name}", node, context)

    @staticmethod
    def keyword(node: ast.Call, name: str) -> ast.expr | None:
        return next((k.value for k in node.keywords if k.arg == name), None)

    def fact(
        self, section: str, kind: str, node: ast.expr | ast.stmt, context: Context, *, text: str | None = None,
        faulty: bool = False,
    ) -> None:  # fmt: skip
        start, end = self.unit.span(node)
        self.facts.append(
            Fact(
                section=section, kind=kind, text=one_line(ast.unparse(node) if text is None else text),
                file=self.unit.path, line=node.lineno, service=self.service, language="python",
                function=context.function, start=start, end=end, faulty=faulty,
            )
        )  # fmt: skip


def one_line(text: str, longest: int = 160) -> str:
    """The text on one line, cut at `longest` characters."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
