"""The records of one block as columns: known lines, which never become records, and those that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logview.standard.judged import Judged, judged_record
from logview.standard.rules.across import size_without_time
from logview.standard.rules.rows import Facts, Rows
from logview.standard.skeleton import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from logview.standard.kinds import Told
    from logview.standard.known import Known
    from logview.standard.model import Violation
    from logview.standard.piece import Piece
    from logview.standard.rules.registry import Made
    from logview.standard.rules.seen import Seen


class Slow(NamedTuple):
    """A record that was made."""

    start: int
    seen: Seen
    violations: tuple[Violation, ...]
    facts: Facts
    told: Told | None


class Batch:
    """The records of one block: known lines and those that were made, in the stream's order."""

    def __init__(
        self,
        piece: Piece,
        slow: list[Slow],
        known: list[Known],
        seen: Callable[[bytes, int, int], Seen],
    ) -> None:
        self._piece = piece
        self._slow = slow
        self._make = seen
        block = piece.lines
        lines = np.flatnonzero(piece.codes >= 0)
        used, kinds = np.unique(piece.codes[lines], return_inverse=True)
        self.known = [known[code] for code in used.tolist()]
        slow_starts = self._slow_column(lambda one: one.start - piece.offset)
        starts = np.concatenate((block.starts[lines], slow_starts))
        order = np.argsort(starts, kind="stable")
        self._line = np.concatenate((lines, np.full(len(slow), -1)))[order]
        """Each row's line in the block; -1 of those that were made."""
        self._made = np.concatenate((np.full(len(lines), -1), np.arange(len(slow))))[order]
        kind = np.concatenate((kinds, len(used) + np.arange(len(slow))))[order]
        times = [one.seen.record.time.ns for one in slow]
        ns = np.concatenate((piece.ns[lines], np.array([_fitting(at) for at in times], np.int64)))[order]
        has_time = np.array([one.notation >= 0 for one in self.known], np.bool_)[kinds]
        timed = np.concatenate((has_time, np.array([at is not None for at in times], np.bool_)))[order]
        widths = np.array([one.stamp_size for one in self.known], np.int64)[kinds]
        sizes = block.ends[lines] + 1 - block.starts[lines] - widths
        sizes = np.concatenate((sizes, self._slow_column(lambda one: size_without_time(one.seen.record))))[order]
        facts = [*(one.facts for one in self.known), *(one.facts for one in slow)]
        self._widths = np.array([*(one.stamp_size for one in self.known), *([0] * len(slow))], np.int64)
        """Bytes of each kind's time."""
        self.tolds = [*(one.told for one in self.known), *(one.told for one in slow)]
        """What was known of each kind before it came."""
        self.rows = Rows(facts, kind, ns, timed, sizes, self._made_of, self._message, self._job, self._differ)

    def _slow_column(self, of: Callable[[Slow], int]) -> NDArray[np.int64]:
        return np.array([of(one) for one in self._slow], np.int64)

    def counts(self) -> Iterator[tuple[Known, int]]:
        """(what is known of a kind, its lines)."""
        kinds = self.rows.kind[self._line >= 0]
        yield from zip(self.known, np.bincount(kinds, minlength=len(self.known)).tolist(), strict=True)

    def _made_of(self, row: int) -> Made:
        line = int(self._line[row])
        if line < 0:
            return self._slow[int(self._made[row])].seen
        piece, known = self._piece, self.known[int(self.rows.kind[row])]
        start = int(piece.lines.starts[line])
        at = int(piece.stamps[line]) - start
        span = (at, at + known.stamp_size) if known.notation >= 0 else (0, 0)
        return self._make, piece.lines.line(line), piece.offset + start, piece.lineno + line, span

    def _differ(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pairs of rows are lines of one size, without their times, with other bytes behind these."""
        lines, starts, ends = self._piece.lines, self._piece.lines.starts, self._piece.lines.ends
        mine, theirs = self._line[some], self._line[others]
        begins, other_begins = (self._piece.stamps[row] for row in (mine, theirs))
        are_lines = (mine >= 0) & (theirs >= 0) & (begins - starts[mine] == other_begins - starts[theirs])
        begins = begins + self._widths[self.rows.kind[some]]
        other_begins = other_begins + self._widths[self.rows.kind[others]]
        counts = np.where(are_lines & (ends[mine] - begins == ends[theirs] - other_begins), ends[mine] - begins, 0)
        differs = lines.bytes[spread(begins, counts)] != lines.bytes[spread(other_begins, counts)]
        pairs = np.repeat(np.arange(len(counts)), counts)
        found: NDArray[np.bool_] = np.bincount(pairs[differs], minlength=len(counts)) > 0
        return found

    def _message(self, row: int) -> str:
        line = int(self._line[row])
        one = self.rows.facts[int(self.rows.kind[row])]
        known = self.known[int(self.rows.kind[row])] if line >= 0 else None
        if known is None or known.message is None:
            return one.message
        return self._piece.message(line, known)

    def _job(self, row: int) -> str | Seen | None:
        line = int(self._line[row])
        if line < 0:
            return self.rows.seen(row)
        known = self.known[int(self.rows.kind[row])]
        if not known.has_job:
            return None
        return self.rows.seen(row) if known.job is None else self._piece.job(line, known.job)

    def judged(self, found: dict[int, list[Violation]], service: str, *, itself: bool) -> Iterator[Judged]:
        """The rows with violations, and those that were made; `found` holds what the clocks say.

        itself  whether each is given as itself, not as one of its kind
        """
        faulty = np.array([bool(one.violations) for one in self.known] + [True] * len(self._slow), np.bool_)
        chosen = faulty[self.rows.kind]
        chosen[list(found)] = True
        piece = self._piece
        rows = np.flatnonzero(chosen)
        lines = self._line[rows]
        starts = piece.lines.starts[lines]
        columns = (rows, lines, self.rows.kind[rows], starts, piece.lines.ends[lines] + 1 - starts)
        for row, line, kind, start, size in zip(*(column.tolist() for column in columns), strict=True):
            more = found.get(row, ())
            if line < 0:
                one = self._slow[kind - len(self.known)]
                yield judged_record(one.seen.record, (*one.violations, *more), service)
                continue
            known = self.known[kind]
            violations = self._quoted(known, line) if known.quotes else known.violations
            record = self.rows.seen(row).record if itself else known.facts.seen.record
            yield Judged(
                piece.lineno + line, piece.offset + start, size, known.facts.service, known.template,
                (*violations, *more) if more else violations, record, is_made=False,
            )  # fmt: skip

    def _quoted(self, known: Known, line: int) -> tuple[Violation, ...]:
        """The violations with what they quote of this line in place of what they quoted of the first one."""
        violations = list(known.violations)
        for at, (number, quote) in enumerate(known.quotes):
            violations[number] = quote.filled(violations[number], self._piece.quoted(line, known, at))
        return tuple(violations)


def _fitting(ns: int | None) -> int:
    """A time as a column holds it; what lies outside of its range is as far as it goes."""
    return 0 if ns is None else max(min(ns, 2**63 - 1), -(2**63))
