"""TypeScript loggers told by name alone: what middleware puts on requests, untyped options, unreadable modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.tslibraries import APP_NAMES, LOG_MODULE, MIDDLEWARE, OTHER_LOGS, REQUEST_NAMES
from logview.inventory.values import Lib, Logger, Value

if TYPE_CHECKING:
    from logview.inventory.tsscope import Scope, Unit
    from logview.inventory.tstree import Node
    from logview.inventory.tsvalues import Evaluator


def carried(evaluator: Evaluator, owner: Node, scope: Scope) -> Value | None:
    """`req.log`, which pino-http and fastify put there, and `app.log` of fastify; by name, where they are used."""
    name = owner.text.rpartition(".")[2]
    path = scope.unit.path
    if name in REQUEST_NAMES and any(evaluator.uses(one, path) for one in (*MIDDLEWARE, "fastify", "hapi-pino")):
        return Logger("pino", bound=frozenset({"req"}))
    if name in APP_NAMES and evaluator.uses("fastify", path):
        return Logger("pino")
    return Logger("pino") if is_untyped_parameter(owner, scope) and evaluator.uses("pino", path) else None


def is_untyped_parameter(node: Node, scope: Scope) -> bool:
    """`options` of `function start(options)`: what is called `options.logger` there is taken for one."""
    found = scope.find(node.text) if node.type == "identifier" else None
    return found is not None and all(
        b.kind == "param" and b.value is None and (b.annotation is None or b.annotation.text == "any") for b in found[1]
    )


def guessed(evaluator: Evaluator, name: str, module: str, unit: Unit) -> Value | None:
    """A logger from a module that is not there to be read, by its name: the service's own, or @company/logger.

    What the package of a company calls a logger need not take pino's arguments: its library stays unknown.
    """
    last = module.rpartition("/")[2].removesuffix(".js").removesuffix(".ts").lower()
    external = evaluator.project.is_external(module, unit.path)
    if external and (not module.startswith("@") or OTHER_LOGS.match(module)):
        return None
    # A `log` of a package that is not named for logs may be anything; `dbLogger` and `createLogger` tell by themselves.
    names = {"log", "logger"} if not external or LOG_MODULE.search(module) else set()
    if name in names or (name == "default" and last in names) or (name.endswith("Logger") and name[0].islower()):
        factory = name.startswith(("create", "get", "make", "build", "new"))
        if factory:
            return Lib("unread" if external else "pino.unread")
        return Logger("unknown" if external else "pino")
    return None
