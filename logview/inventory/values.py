"""What a name or expression in source code stands for, as far as logging is concerned. Both languages use these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Lib:
    """Something of a library, by its dotted path: "logging.config", "pino.stdTimeFunctions"."""

    path: str


@dataclass(frozen=True, slots=True)
class Logger:
    """An object whose methods log."""

    library: str
    """"pino", "logging", "structlog" or "loguru"."""
    bound: frozenset[str] = frozenset()
    setup: tuple[str, int] | None = None
    channel: str | None = None
    named_by: str | None = None
    """The variable that holds the name, when it is not literal; a call of the factory may tell its value."""
    prefix: str = ""
    serializers: frozenset[str] = frozenset()
    """Serializers added by child()."""
    passes_error: bool = False
    """loguru's opt(exception=…)."""
    on_root: bool = False

    def binding(self, keys: frozenset[str]) -> Logger:
        """The same logger with more keys bound."""
        return replace(self, bound=self.bound | keys)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the project; `node` is its definition, `scope` the scope it is defined in."""

    node: Any
    scope: Any
    receiver: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the project, or an interface."""

    node: Any
    scope: Any
    inner: Any = None
    """The class body's own scope."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the project."""

    of: Class


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A file of the project."""

    unit: Any


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """An object or dict literal, to look members up in."""

    node: Any
    scope: Any


@dataclass(frozen=True, slots=True)
class Server:
    """An object of a web framework or middleware that carries a logger: a fastify instance, a Flask app."""

    library: str
    logger: Logger | None = None
    extra: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


Value = Lib | Logger | Function | Class | Instance | Module | Literal | Server


def merged(values: list[Value]) -> Value | None:
    """One value for a name that is assigned several times.

    A logger wins over anything else (`log = None` first, the logger later); keys bound by any assignment count.
    """
    loggers = [value for value in values if isinstance(value, Logger)]
    if loggers:
        first = loggers[0]
        bound = frozenset().union(*(logger.bound for logger in loggers))
        return replace(first, bound=bound)
    return values[0] if values else None
