"""TypeScript and JavaScript source code to inventory: tree-sitter, names followed through the project, nothing run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logview.inventory.model import Fact, Problem
from logview.inventory.pysetups import one_line
from logview.inventory.tscalls import Calls, function_name
from logview.inventory.tslibraries import NEST_MODULE
from logview.inventory.tsmodules import Project
from logview.inventory.tssetups import Setups
from logview.inventory.tstree import Node, arguments, inner, string
from logview.inventory.tsvalues import Evaluator
from logview.inventory.values import Function, Lib, Logger, Server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.inventory.files import Owners
    from logview.inventory.model import Inventory, LogCall
    from logview.inventory.tsscope import Unit

PROCESS_EVENTS = frozenset(
    {"uncaughtException", "unhandledRejection", "uncaughtExceptionMonitor", "warning", "SIGTERM"}
)
PLUGINS = frozenset(
    {"express-pino-logger", "pino-caller", "nestjs-pino", "koa-pino-logger", "hapi-pino", "pino-pretty"}
)


def read_typescript(files: Iterable[str], owners: Owners, root: str, into: Inventory) -> None:
    """Add what the files say.

    root   the folder asked for: imports are followed to files below the folder above it
    """
    project = Project(root)
    listed = list(files)
    project.know_packages(listed)
    units = [unit for unit in (project.unit(file) for file in listed) if unit is not None]
    used = {(owners.service(unit.path), library_of(module)) for unit in units for module, _ in unit.imports}
    evaluator = Evaluator(project, lambda library, path: (owners.service(path), library) in used)
    setups = Setups(evaluator, owners.service)
    evaluator.on_setup = setups.logger
    for unit in units:
        service = owners.service(unit.path)
        into.files[unit.path] = service
        reader = Reader(unit, evaluator, setups, service, project)
        try:
            reader.run()
        except RecursionError:
            project.problems.append(Problem(unit.path, 0, "expressions are nested too deeply to be read"))
        into.calls += reader.calls
        into.facts += reader.facts
    importers = counted_imports(units, project)
    read = {unit.path for unit in units}
    into.setups += [
        replace(setup, exported=importers.get(setup.file, 0)) for setup in setups.setups.values() if setup.file in read
    ]
    for problem in project.problems:
        into.files.setdefault(problem.file, owners.service(problem.file))
    into.problems += project.problems


def library_of(module: str) -> str:
    """The package an import names: "pino/file" → "pino"."""
    parts = module.split("/")
    return "/".join(parts[:2]) if module.startswith("@") else parts[0]


def counted_imports(units: list[Unit], project: Project) -> dict[str, int]:
    """How many files import from each file."""
    importers: dict[str, set[str]] = {}
    for unit in units:
        for module, _ in unit.imports:
            found = project.find(module, unit.path)
            if found is not None and found is not unit:
                importers.setdefault(found.path, set()).add(unit.path)
    return {path: len(names) for path, names in importers.items()}


class Reader:
    """One pass over one file."""

    def __init__(self, unit: Unit, evaluator: Evaluator, setups: Setups, service: str, project: Project) -> None:
        self.unit = unit
        self.evaluator = evaluator
        self.setups = setups
        self.service = service
        self.project = project
        self.calls: list[LogCall] = []
        self.facts: list[Fact] = []
        self.reader = Calls(unit, evaluator, service, setups.at)

    def run(self) -> None:
        catches = []
        for node in self.unit.tree.walk():
            if node.type == "call_expression":
                call = self.reader.read(node)
                if call is not None:
                    self.calls.append(call)
                else:
                    self.other_call(node)
            elif node.type == "new_expression":
                self.created(node)
            elif node.type == "catch_clause":
                catches.append(node)
        handlers = {call.handler for call in self.calls}
        for node in catches:
            kind = "catch with log" if node.start in handlers else "catch without log"
            parameter = node.get("parameter")
            self.fact("K", kind, node, text=f"catch ({parameter.text})" if parameter is not None else "catch")
        for module, node in self.unit.imports:
            if library_of(module) in PLUGINS:
                self.imported(module, node)

    def imported(self, module: str, node: Node) -> None:
        library = library_of(module)
        version = self.project.dependency(library, self.unit.path)
        text = one_line(node.text) + (f" ({version})" if version else "")
        section = {"pino-caller": "H", "pino-pretty": "C"}.get(library, "J")
        self.fact(section, f"import {library}", node, text=text, faulty=library == "express-pino-logger")

    def other_call(self, node: Node) -> None:
        scope = self.unit.scope_at(node)
        function = inner(node.get("function"))
        if function is None:
            return
        value = self.evaluator.value(function, scope)
        if isinstance(value, Lib):
            self.library_call(value.path, node)
        elif isinstance(value, Function) and isinstance(value.receiver, Logger):
            keys = self.evaluator.keys(arguments(node)[0], scope) if arguments(node) else []
            self.fact("F", "child", node)
            if any(key in {"module", "fn", "function", "logger", "component"} for key in keys):
                self.fact("H", "child", node)
        elif function.type == "member_expression":
            self.method_call(function, node)

    def library_call(self, path: str, node: Node) -> None:
        scope = self.unit.scope_at(node)
        if path.startswith("console."):
            self.fact("M", path, node, faulty=True)
        elif path in {"process.stdout.write", "process.stderr.write"}:
            self.fact("M", path, node)
        elif path in {"process.on", "process.once"}:
            event = string(arguments(node)[0]) if arguments(node) else None
            if event in PROCESS_EVENTS:
                self.fact("K", f"process.on {event}", node)
        elif path in {"pino", "pino-http", "express-pino-logger", "koa-pino-logger", "fastify", *NEST_MODULE}:
            self.evaluator.value(node, scope)
        elif path in {"pino.destination", "pino.transport", "pino.multistream", "pino-pretty"}:
            self.fact("C", path, node)

    def method_call(self, function: Node, node: Node) -> None:
        prop = function.get("property")
        owner = self.evaluator.value(function.get("object"), self.unit.scope_at(node))
        if prop is not None and isinstance(owner, Server) and owner.library == "als":
            self.fact("F", f"AsyncLocalStorage.{prop.text}", node)

    def created(self, node: Node) -> None:
        value = self.evaluator.value(node, self.unit.scope_at(node))
        if isinstance(value, Server) and value.library == "als":
            self.fact("F", "AsyncLocalStorage", node)

    def fact(self, section: str, kind: str, node: Node, *, text: str | None = None, faulty: bool = False) -> None:
        self.facts.append(
            Fact(
                section=section, kind=kind, text=one_line(node.text) if text is None else text, file=self.unit.path,
                line=node.line, service=self.service, language="typescript", function=function_name(node),
                start=node.start, end=node.end, faulty=faulty,
            )
        )  # fmt: skip
