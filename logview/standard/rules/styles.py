"""LV711, LV712, LV714: do the services write the same the same way?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

from logview.record import TimeKind
from logview.standard.model import Severity
from logview.standard.rules.registry import CrossTracker, Hit, Late, Mode, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logview.record import Level
    from logview.standard.rules.seen import Place, Seen

MAX_KEYS = 2_000


class _StyleTracker(CrossTracker):
    """Keeps, per service, how often each way of writing was used; compares the commonest."""

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.styles: dict[str, Counter[Any]] = {}
        self.first: dict[str, Place] = {}

    def keep(self, seen: Seen, style: Any, times: int) -> None:
        """Count one way of writing."""
        counts = self.styles.setdefault(seen.service, Counter())
        if seen.service not in self.first:
            self.first[seen.service] = seen.place()
        if style in counts or len(counts) < MAX_KEYS:
            counts[style] += times

    def merge(self, other: _StyleTracker) -> None:
        """Add the counts; the first place stays the first."""
        for service, counts in other.styles.items():
            self.styles.setdefault(service, Counter()).update(counts)
            self.first.setdefault(service, other.first[service])

    def compare(self, differ: Callable[[Any, Any], str | None], field: str) -> None:
        """Report every pair of services whose commonest ways differ."""
        for one, other in combinations(self.styles, 2):
            left, right = self.styles[one].most_common(1)[0][0], self.styles[other].most_common(1)[0][0]
            why = differ(left, right)
            if why is not None:
                text = f"{one} and {other} differ: {why}"
                self.late(self.first[other], Hit(text, field=field, found=why, key=f"{one} {other}"))


@rule("LV711", "timestamp-divergence", Severity.WARN, scope="X")
class TimestampDivergence(_StyleTracker):
    r"""Two services that write the time differently: kind, unit, zone or resolution.

    Why: Merging by time needs a rule per service, and records within a second change places.

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","msg":"tick done"}
        == optimizer.log ==
        2025-06-03 08:15:00,000 INFO optimizer.solver tick done

    Good:
        == scheduler.ndjson ==
        {"level":"info","time":"2025-06-03T08:15:00.250Z","service":"scheduler","message":"tick done"}
        == optimizer.ndjson ==
        {"level":"info","time":"2025-06-03T08:15:00.750+00:00","service":"optimizer","message":"tick done"}

    Pino: set `timestamp: pino.stdTimeFunctions.isoTime`
    Python: write RFC 3339 in UTC with milliseconds
    """

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count the notation of the record's own time."""
        kind = seen.own_time
        if kind is not TimeKind.NONE and not seen.is_plain:
            stamp = seen.record.time
            zone = stamp.offset_s if kind in (TimeKind.RFC3339, TimeKind.CLF) else None
            written = kind not in (TimeKind.EPOCH_S, TimeKind.EPOCH_MS, TimeKind.EPOCH_US, TimeKind.EPOCH_NS)
            self.keep(seen, (kind, zone, stamp.digits > 0 if written else True), times)
        return ()

    def finish(self) -> None:
        """Compare."""
        self.compare(_time_difference, "time")


def _time_difference(left: Any, right: Any) -> str | None:
    if left[0] is not right[0]:
        return f"{left[0].value} and {right[0].value}"
    if left[1] != right[1]:
        return f"zones {_zone(left[1])} and {_zone(right[1])}"
    if left[2] != right[2]:
        return "milliseconds and seconds"
    return None


def _zone(offset_s: int | None) -> str:
    return "none" if offset_s is None else "UTC" if offset_s == 0 else f"UTC{offset_s / 3600:+g} h"


@rule("LV712", "level-divergence", Severity.INFO, scope="X")
class LevelDivergence(CrossTracker):
    r"""Two services that write levels differently: numbers and names, case, warn and warning, fatal and critical.

    Why: One filter needs two spellings; even the two ECS libraries differ.

    Bad:
        == scheduler.ndjson ==
        {"level":40,"time":1748938500000,"service":"scheduler","msg":"tick late"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.000Z", "level": "warn", "service": "optimizer", "message": "tick late"}

    Good:
        == scheduler.ndjson ==
        {"level":"warn","time":1748938500000,"service":"scheduler","msg":"tick late"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.000Z", "level": "info", "service": "optimizer", "message": "tick done"}

    Pino: set `formatters: { level: (label) => ({ level: label }) }`
    Python: write lower-case names, WARNING as warn and CRITICAL as fatal
    """

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._written: dict[str, dict[Level, Counter[str | int]]] = {}
        self._first: dict[str, Place] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count how the level was written."""
        level, written = seen.level, seen.record.level_written
        if level is None or seen.is_plain or isinstance(written, bool) or not isinstance(written, str | int):
            return ()
        counts = self._written.setdefault(seen.service, {}).setdefault(level, Counter())
        if seen.service not in self._first:
            self._first[seen.service] = seen.place()
        if written in counts or len(counts) < 64:
            counts[written] += times
        return ()

    def merge(self, other: LevelDivergence) -> None:
        """Add the counts; the first place stays the first."""
        for service, levels in other._written.items():
            mine = self._written.setdefault(service, {})
            for level, counts in levels.items():
                mine.setdefault(level, Counter()).update(counts)
            self._first.setdefault(service, other._first[service])

    def finish(self) -> None:
        """Compare every pair of services."""
        for one, other in combinations(self._written, 2):
            why = _level_difference(self._written[one], self._written[other])
            if why is not None:
                text = f"{one} and {other} write levels differently: {why}"
                self.late(self._first[other], Hit(text, field="level", found=why, key=f"{one} {other}"))


def _level_difference(mine: dict[Level, Counter[str | int]], theirs: dict[Level, Counter[str | int]]) -> str | None:
    for level in sorted(mine.keys() & theirs.keys()):
        left, right = mine[level].most_common(1)[0][0], theirs[level].most_common(1)[0][0]
        if left != right:
            return f"{left} and {right}"
    # No level in common: the manner still shows.
    left_style, right_style = _style(mine), _style(theirs)
    return None if left_style == right_style else f"{left_style} and {right_style}"


def _style(levels: dict[Level, Counter[str | int]]) -> str:
    styles: Counter[str] = Counter()
    for written in levels.values():
        for value, n in written.items():
            if isinstance(value, int):
                styles["numbers"] += n
            else:
                styles[
                    "upper-case names" if value.isupper() else "lower-case names" if value.islower() else "names"
                ] += n
    return styles.most_common(1)[0][0]


@rule("LV714", "error-shape-divergence", Severity.WARN, scope="X")
class ErrorShapeDivergence(_StyleTracker):
    r"""Two services that write errors under different keys.

    Why: Counting errors by type needs two queries (OpenTelemetry `exception.*`).

    Bad:
        == scheduler.ndjson ==
        {"level":50,"time":1748940093200,"service":"scheduler","err":{"type":"Error","message":"boom","stack":"Error: boom\n    at x (/srv/a.js:1:2)"},"msg":"tick failed"}
        == optimizer.ndjson ==
        {"time":"2025-06-03T08:41:39.500Z","level":"error","service":"optimizer","event":"tick failed","exception":"Traceback (most recent call last):\n  File \"/srv/s.py\", line 2, in solve\nKeyError: 'cost'"}

    Good:
        == scheduler.ndjson ==
        {"level":50,"time":1748940093200,"service":"scheduler","err":{"type":"Error","message":"boom","stack":"Error: boom\n    at x (/srv/a.js:1:2)","code":"E1"},"msg":"tick failed"}
        == optimizer.ndjson ==
        {"time":"2025-06-03T08:41:39.500Z","level":"error","service":"optimizer","message":"tick failed","err":{"type":"KeyError","message":"'cost'","stack":"Traceback (most recent call last):\n  File \"/srv/s.py\", line 2, in solve\nKeyError: 'cost'"}}

    Pino: keep `pino.stdSerializers.err` and its key `err`
    Python: build `err` with type, message and stack in the formatter
    """

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count the shape of the record's error."""
        if not seen.is_json:
            return ()
        dotted = sorted(path for path, _ in seen.errors if path.startswith("error."))
        for path, value in seen.errors:
            if isinstance(value, dict) and value:
                stack = next((key for key in ("stack", "stack_trace", "stackTrace", "traceback") if key in value), "")
                self.keep(seen, f"{path}.{stack}" if stack else path, times)
                return ()
            if isinstance(value, list) and value:
                self.keep(seen, f"{path}[]", times)
                return ()
            if isinstance(value, str) and value and path not in dotted:
                self.keep(seen, f"{path} (text)", times)
                return ()
        if dotted:
            self.keep(seen, "error.stack_trace" if "error.stack_trace" in dotted else "error.message", times)
        return ()

    def finish(self) -> None:
        """Compare."""
        self.compare(lambda left, right: None if left == right else f"{left} and {right}", "err")
