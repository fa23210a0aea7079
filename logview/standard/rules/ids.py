"""Where ids stand in a record: canonical keys, aliases, nested places.

Looks at the top level, at dotted keys as one name or as a path, and through `payload`, `labels`, `extra` and
`attributes` (pino `nestedKey`, ECS, loguru, OpenTelemetry). Judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logview.standard.model import BUILT_IN_IDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logview.record import Record
    from logview.standard.model import Id

_CONTAINERS = ("payload", "labels", "extra", "attributes", "context", "http")
_AMBIGUOUS = frozenset({"job"})
"""Aliases that may hold anything: only a text counts as an id."""


@dataclass(frozen=True, slots=True)
class FoundId:
    """One id in a record."""

    concept: str
    """"job", "request", "trace", "span" or a name from `[ids.*]`."""
    path: str
    """As written, dotted: "payload.jobId"."""
    name: str
    """The last part under which it stands, containers removed: "jobId", "req.id"."""
    value: Any


class IdKeys:
    """The compiled `[ids]` of a standard: built-in concepts, with the team's keys and aliases added."""

    def __init__(self, ids: Mapping[str, Id]) -> None:
        self.concepts: dict[str, str] = {}
        """key or alias → concept."""
        self.canonical: dict[str, str] = {}
        """concept → the key asked for."""
        for concept, known in BUILT_IN_IDS.items():
            self._add(concept, known)
        for concept, known in ids.items():
            self._add(concept, known)
        self.concepts.setdefault("http.request.id", "request")
        self._heads = {name.partition(".")[0] for name in self.concepts if "." in name}

    def _add(self, concept: str, known: Id) -> None:
        self.canonical[concept] = known.key
        for name in (known.key, *known.aliases):
            self.concepts[name] = concept

    def concept_of(self, key: str) -> str | None:
        """The concept a key names, itself or as an alias."""
        return self.concepts.get(key)

    def is_canonical(self, key: str) -> bool:
        """Whether `key` is the spelling the standard asks for."""
        concept = self.concepts.get(key)
        return concept is not None and self.canonical[concept] == key

    def find(self, record: Record) -> tuple[FoundId, ...]:
        """Every id of the record; for text layouts those the decoder found."""
        if record.data is None:
            return tuple(self._lifted(record))
        data = record.data
        inner = data.get("record")
        found = list(self._walk(data, ""))
        if isinstance(inner, dict) and isinstance(inner.get("extra"), dict):
            found += self._walk(inner["extra"], "record.extra.")
        return tuple(found)

    def _lifted(self, record: Record) -> Iterator[FoundId]:
        for concept, value in (
            ("job", record.job_id),
            ("request", record.request_id),
            ("trace", record.trace_id),
            ("span", record.span_id),
        ):
            if value is not None:
                key = self.canonical[concept]
                yield FoundId(concept, key, key, value)

    def _walk(self, data: dict[str, Any], prefix: str) -> Iterator[FoundId]:
        for key, value in data.items():
            if value is None:
                continue
            concept = self.concepts.get(key)
            if concept is not None and not isinstance(value, dict | list | bool):
                if key not in _AMBIGUOUS or isinstance(value, str):
                    yield FoundId(concept, prefix + key, key, value)
            elif isinstance(value, dict):
                if key in self._heads:
                    yield from self._path(key, value, prefix)
                if key in _CONTAINERS and prefix.count(".") < 2:
                    yield from self._walk(value, f"{prefix}{key}.")

    def _path(self, head: str, inner: dict[str, Any], prefix: str) -> Iterator[FoundId]:
        for key, value in inner.items():
            name = f"{head}.{key}"
            if isinstance(value, dict):
                yield from self._path(name, value, prefix)
                continue
            concept = self.concepts.get(name)
            if concept is not None and value is not None and not isinstance(value, list | bool):
                yield FoundId(concept, prefix + name, name, value)
