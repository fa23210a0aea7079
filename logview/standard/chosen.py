"""Which findings a filter leaves: those of the records it chooses.

A filter may ask for verdicts (`rule:LV3*`, `-is:violation`), and some rules speak of a record only when later ones have
been seen. So which of these rules would leave or make it a chosen one is remembered with a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.query import matches, parse
from logview.query.model import And, Breaks, Compare, Has, IsViolation, Missing, Not, Or, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from logview.record import Record
    from logview.standard.check import Checker
    from logview.standard.model import Finding, Violation


_SHARED = frozenset({"level", "service"})
"""Fields that are the same in all records of a kind."""


class Chosen:
    """The records one filter chooses, asked in the order of the records.

    text  in the query language; raises QueryError
    """

    def __init__(self, text: str, checker: Checker) -> None:
        self._query = parse(text)
        self._late: Sequence[str] = ()
        nodes = [node for node in walk(self._query.node) if not isinstance(node, And | Or | Not)]
        self.asks_verdicts = any(isinstance(node, Breaks | IsViolation) for node in nodes)
        """Whether a record must be asked for together with what it breaks, in order."""
        self.asks_kinds = all(isinstance(node, Compare | Has | Missing) and node.field in _SHARED for node in nodes)
        """Whether one record of a kind stands for all."""
        if self.asks_verdicts:
            within = (entry.rule.code for entry, _, _ in checker.settings.trackers)
            self._late = sorted({*within, *(rule.code for rule, _ in checker.cross)})
        self.shows: dict[tuple[str, int], frozenset[str]] = {}
        """(file, offset) of a record → the only rules whose later findings are shown; a record not in it: all."""

    def has(
        self, file: str, record: Record, service: str, violations: Iterable[Violation], offset: int | None = None
    ) -> bool:
        """Whether the filter chooses a record, by what is known when it is read.

        offset  where it stands; None: where the record says, which is not one of its kind then
        """
        rules = tuple(violation.rule for violation in violations)
        is_chosen = self._matches(record, service, rules)
        showing = [code for code in self._late if self._matches(record, service, (*rules, code))]
        if len(showing) < len(self._late) or not (is_chosen or self._late):
            self.shows[file, record.offset if offset is None else offset] = frozenset(showing)
        return is_chosen

    def _matches(self, record: Record, service: str, rules: Collection[str]) -> bool:
        return matches(self._query, record, service=service, rules=tuple(rules))

    def shown(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those of later findings whose record is chosen, now that they are told."""
        for one in findings:
            showing = self.shows.get((one.file, one.offset))
            if showing is None or one.violation.rule in showing:
                yield one


def chosen(text: str, checker: Checker) -> Chosen | None:
    """What a filter chooses; None for no filter."""
    return Chosen(text, checker) if text else None
