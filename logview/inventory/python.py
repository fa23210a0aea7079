"""Python source code to inventory: parses with `ast`, follows names through the project, runs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logview.inventory.model import Problem
from logview.inventory.pycalls import Walk
from logview.inventory.pyscope import Project, Unit
from logview.inventory.pysetups import Setups
from logview.inventory.pyvalues import Evaluator
from logview.inventory.values import Module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.inventory.files import Owners
    from logview.inventory.model import Inventory

CELERY_ROUTED = frozenset({"celery setup_logging", "celery worker_hijack_root_logger"})


def read_python(files: Iterable[str], owners: Owners, root: str, into: Inventory) -> None:
    """Add what the modules say.

    root   the folder asked for: names are followed to modules below the folder above it
    """
    project = Project(root)
    evaluator = Evaluator(project)
    units = [unit for unit in (project.unit(file) for file in files) if unit is not None]
    importers = counted_imports(units, evaluator)
    for unit in units:
        service = owners.service(unit.path)
        into.files[unit.path] = service
        setups = Setups(unit, evaluator, service)
        walk = Walk(unit, evaluator, service, on_call=setups.on_call, on_statement=setups.on_statement)
        try:
            walk.run()
        except RecursionError:
            project.problems.append(Problem(unit.path, 0, "expressions are nested too deeply to be read"))
        into.calls += walk.calls
        into.setups += [replace(setup, exported=importers.get(unit.path, 0)) for setup in setups.setups]
        into.facts += setups.facts + walk.facts
    for problem in project.problems:
        into.files.setdefault(problem.file, owners.service(problem.file))
    into.problems += project.problems


def counted_imports(units: list[Unit], evaluator: Evaluator) -> dict[str, int]:
    """How many modules import from each module."""
    importers: dict[str, set[str]] = {}
    for unit in units:
        for bindings in unit.scope.names.values():
            for binding in bindings:
                if binding.kind not in {"from", "import"}:
                    continue
                level = getattr(binding.node, "level", 0)
                name = getattr(binding.node, "module", None) or getattr(binding.node, "name", "") or ""
                found = evaluator.project.find(name, level, unit.path)
                if found is not None and found is not unit:
                    importers.setdefault(Module(found).unit.path, set()).add(unit.path)
    return {path: len(names) for path, names in importers.items()}
