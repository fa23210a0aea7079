"""LV708–LV715: do the services mean the same by the same, and write the same the same way?"""

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from logview.record import TimeKind
from logview.standard.keys import CORE_KEYS, bare, snake
from logview.standard.model import Options, Severity
from logview.standard.rules.registry import CrossTracker, Hit, Late, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logview.record import Level
    from logview.standard.rules.seen import Place, Seen

MAX_KEYS = 2_000
MAX_VALUES = 256
MAX_TEXT = 128


def named_values(seen: Seen) -> Iterator[tuple[str, Any]]:
    """(key, value) of the user's fields, ids and errors of a JSON record; core and library keys left out."""
    yield from seen.user_fields.items()
    for found in seen.ids:
        if found.path not in seen.user_fields:
            yield found.path, found.value
    for path, value in seen.errors:
        if "." not in path:
            yield path, value


class _KeyUse:
    """How one service uses one key."""

    __slots__ = ("first", "records", "types", "values")

    def __init__(self, first: Place) -> None:
        self.first = first
        self.records = 0
        self.types: dict[str, Place] = {}
        self.values: set[str] = set()


class _KeyTracker(CrossTracker):
    """Counts, per service, which keys are used and how; up to 2,000 keys each."""

    wants_values = False

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.services: OrderedDict[str, dict[str, _KeyUse]] = OrderedDict()

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Take note of every key of the record."""
        if not seen.is_json:
            return ()
        uses = self.services.setdefault(seen.service, {})
        for key, value in named_values(seen):
            use = uses.get(key)
            if use is None:
                if len(uses) >= MAX_KEYS:
                    continue
                use = uses[key] = _KeyUse(seen.place())
            use.records += 1
            kind = _json_type(value)
            if kind not in use.types:
                use.types[kind] = seen.place()
            if self.wants_values and kind == "text" and len(use.values) < MAX_VALUES and len(value) <= MAX_TEXT:
                use.values.add(value)
        return ()


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", dict: "object", list: "list"}.get(type(value), "value")


class Overlap(Options):
    """Options of LV708."""

    min_shared: int = 5
    share: float = 0.5


@rule("LV708", "field-name-divergence", Severity.ERROR, scope="X", options=Overlap)
class FieldNameDivergence(_KeyTracker):
    r"""One concept under two names in two services: the same letters, or the same values.

    Why: A query on one name misses the other service (Datadog's `clientIP` and `client_ip_address`).

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","tenantId":"t-9","msg":"tick done"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "tenant_id": "t-9", "message": "tick done"}

    Good:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","tenant_id":"t-9","msg":"tick done"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "tenant_id": "t-9", "message": "tick done"}

    Options:
        min_shared  values two keys must share
        share  of the smaller set of values

    Pino: rename the key in `child()` or `mixin`
    Python: rename the key with `rename_fields`, or in `extra`
    """

    wants_values = True

    def finish(self) -> None:
        """Compare every pair of services."""
        for (one, mine), (other, theirs) in combinations(self.services.items(), 2):
            told = set()
            for left, right, why in (*_same_letters(mine, theirs), *self._same_values(mine, theirs)):
                if (left, right) in told:
                    continue
                told.add((left, right))
                text = f'"{left}" in {one} is "{right}" in {other}: {why}'
                later = theirs[right].first
                self.late(later, Hit(text, field=right, found=f"{left} / {right}", key=f"{one} {left} {other} {right}"))

    def _same_values(self, mine: dict[str, _KeyUse], theirs: dict[str, _KeyUse]) -> Iterator[tuple[str, str, str]]:
        left_only = {k: u.values for k, u in mine.items() if k not in theirs and len(u.values) >= self.options.min_shared}
        right_only = {k: u.values for k, u in theirs.items() if k not in mine and len(u.values) >= self.options.min_shared}
        for left, values in left_only.items():
            for right, others in right_only.items():
                shared = len(values & others)
                if shared >= self.options.min_shared and shared >= self.options.share * min(len(values), len(others)):
                    yield left, right, f"{shared} values are the same"


def _same_letters(mine: dict[str, _KeyUse], theirs: dict[str, _KeyUse]) -> Iterator[tuple[str, str, str]]:
    left, right = _by_letters(mine), _by_letters(theirs)
    for letters in left.keys() & right.keys():
        if not left[letters] & right[letters]:
            yield min(left[letters]), min(right[letters]), "one name in two spellings"


def _by_letters(uses: dict[str, _KeyUse]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for key in uses:
        names.setdefault(bare(key), set()).add(key)
    return names


@rule("LV709", "field-type-divergence", Severity.WARN, scope="X")
class FieldTypeDivergence(_KeyTracker):
    r"""One key with values of two JSON types. An object against anything else is an error.

    Why: The index keeps the first type and drops the records of the other (GitLab, "implicit schema").

    Bad:
        {"level":30,"time":1748938500000,"rows":"four","msg":"tick done"}
        {"level":30,"time":1748938500900,"rows":4,"msg":"tick done"}

    Good:
        {"level":30,"time":1748938500000,"rows":null,"msg":"tick done"}
        {"level":30,"time":1748938500900,"rows":4,"msg":"tick done"}

    Pino: split the key by type: `error_code` and `err`
    Python: split the key by type: `error_code` and `err`
    """

    def finish(self) -> None:
        """Compare the types of every key over all services."""
        types: dict[str, dict[str, tuple[Place, str]]] = {}
        for service, uses in self.services.items():
            for key, use in uses.items():
                if key in CORE_KEYS:
                    continue
                for kind, place in use.types.items():
                    types.setdefault(key, {}).setdefault(kind, (place, service))
        for key, kinds in types.items():
            if len(kinds) < 2:
                continue
            place = next(reversed(kinds.values()))[0]
            text = ", ".join(f"{kind} in {service}" for kind, (_, service) in kinds.items())
            severity = Severity.ERROR if "object" in kinds else None
            self.late(place, Hit(f'"{key}" has several types: {text}', field=key, found=" / ".join(kinds),
                                 severity=severity, key=key))  # fmt: skip


class Presence(Options):
    """Options of LV710."""

    min_records: int = 10
    share: float = 0.8


@rule("LV710", "field-missing-in-service", Severity.WARN, scope="X", options=Presence)
class FieldMissing(CrossTracker):
    r"""A required field that nearly every record of one service has and none of the other.

    Why: The services cannot be joined by it.

    Config:
        [rules]
        LV710 = { min_records = 2 }

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","request_id":"r-0","msg":"tick"}
        {"level":30,"time":1748938500500,"service":"scheduler","request_id":"r-1","msg":"tock"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "message": "tick"}
        {"time": "2025-06-03T08:15:00.600Z", "level": "info", "service": "optimizer", "message": "tock"}

    Good:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","requestId":"r-0","msg":"tick"}
        {"level":30,"time":1748938500500,"service":"scheduler","requestId":"r-1","msg":"tock"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "request_id": "r-0", "message": "tick"}
        {"time": "2025-06-03T08:15:00.600Z", "level": "info", "service": "optimizer", "request_id": "r-1", "message": "tock"}

    Options:
        min_records  records each side must have
        share  of the records of the side that has it

    Pino: forward the id in a header, and bind it in `child()`
    Python: take the id from the header, keep it in a contextvar, and add it in a Filter
    """

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._records: Counter[str] = Counter()
        self._present: dict[str, Counter[str]] = {}
        self._first: dict[str, Place] = {}

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Count which of the required fields the record has."""
        if seen.is_plain:
            return ()
        record = seen.record
        self._records[seen.service] += 1
        if seen.service not in self._first:
            self._first[seen.service] = seen.place()
        present = self._present.setdefault(seen.service, Counter())
        for name, value in (("service", record.service), ("logger", record.logger), ("function", record.function)):
            if value:
                present[name] += 1
        concepts = {found.concept for found in seen.ids}
        for concept in concepts:
            present[seen.id_keys.canonical[concept]] += 1
        return ()

    def finish(self) -> None:
        """Compare every service with every other."""
        enough = [service for service, n in self._records.items() if n >= self.options.min_records]
        for having in enough:
            for name, n in self._present[having].items():
                share = n / self._records[having]
                if share < self.options.share:
                    continue
                for lacking in enough:
                    if lacking != having and not self._present[lacking][name]:
                        text = f'"{name}" is in {share:.0%} of the records of {having} and in none of {lacking}'
                        self.late(self._first[lacking], Hit(text, field=name, found=name, key=f"{name} {lacking}"))


class _StyleTracker(CrossTracker):
    """Keeps, per service, how often each way of writing was used; compares the commonest."""

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.styles: dict[str, Counter[Any]] = {}
        self.first: dict[str, Place] = {}

    def keep(self, seen: Seen, style: Any) -> None:
        """Count one way of writing."""
        counts = self.styles.setdefault(seen.service, Counter())
        if seen.service not in self.first:
            self.first[seen.service] = seen.place()
        if style in counts or len(counts) < MAX_KEYS:
            counts[style] += 1

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

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Count the notation of the record's own time."""
        kind = seen.own_time
        if kind is not TimeKind.NONE and not seen.is_plain:
            stamp = seen.record.time
            zone = stamp.offset_s if kind in (TimeKind.RFC3339, TimeKind.CLF) else None
            written = kind not in (TimeKind.EPOCH_S, TimeKind.EPOCH_MS, TimeKind.EPOCH_US, TimeKind.EPOCH_NS)
            self.keep(seen, (kind, zone, stamp.digits > 0 if written else True))
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

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._written: dict[str, dict[Level, Counter[str | int]]] = {}
        self._first: dict[str, Place] = {}

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Count how the level was written."""
        level, written = seen.level, seen.record.level_written
        if level is None or seen.is_plain or isinstance(written, bool) or not isinstance(written, str | int):
            return ()
        counts = self._written.setdefault(seen.service, {}).setdefault(level, Counter())
        if seen.service not in self._first:
            self._first[seen.service] = seen.place()
        if written in counts or len(counts) < 64:
            counts[written] += 1
        return ()

    def finish(self) -> None:
        """Compare every pair of services."""
        for one, other in combinations(self._written, 2):
            why = _level_difference(self._written[one], self._written[other])
            if why is not None:
                text = f"{one} and {other} write levels differently: {why}"
                self.late(self._first[other], Hit(text, field="level", found=why, key=f"{one} {other}"))


def _level_difference(
    mine: dict[Level, Counter[str | int]], theirs: dict[Level, Counter[str | int]]
) -> str | None:
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
                styles["upper-case names" if value.isupper() else "lower-case names" if value.islower() else "names"] += n
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

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Count the shape of the record's error."""
        if not seen.is_json:
            return ()
        dotted = sorted(path for path, _ in seen.errors if path.startswith("error."))
        for path, value in seen.errors:
            if isinstance(value, dict) and value:
                stack = next((key for key in ("stack", "stack_trace", "stackTrace", "traceback") if key in value), "")
                self.keep(seen, f"{path}.{stack}" if stack else path)
                return ()
            if isinstance(value, list) and value:
                self.keep(seen, f"{path}[]")
                return ()
            if isinstance(value, str) and value and path not in dotted:
                self.keep(seen, f"{path} (text)")
                return ()
        if dotted:
            self.keep(seen, "error.stack_trace" if "error.stack_trace" in dotted else "error.message")
        return ()

    def finish(self) -> None:
        """Compare."""
        self.compare(lambda left, right: None if left == right else f"{left} and {right}", "err")


_UNITS = {
    "ns": "time", "us": "time", "ms": "time", "s": "time", "sec": "time", "seconds": "time", "min": "time",
    "bytes": "size", "kb": "size", "mb": "size", "gb": "size", "kib": "size", "mib": "size",
}  # fmt: skip


@rule("LV715", "unit-divergence", Severity.WARN, scope="X")
class UnitDivergence(_KeyTracker):
    r"""One quantity in two units in two services.

    Why: A sum or an average over both is nonsense.

    Bad:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","duration_ms":950,"msg":"tick done"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "duration_s": 0.9, "message": "tick done"}

    Good:
        == scheduler.ndjson ==
        {"level":30,"time":1748938500000,"service":"scheduler","duration_ms":950,"msg":"tick done"}
        == optimizer.ndjson ==
        {"time": "2025-06-03T08:15:00.100Z", "level": "info", "service": "optimizer", "duration_ms": 900, "message": "tick done"}

    Pino: use one unit in all services: `_ms`, `_bytes`
    Python: use one unit in all services: `_ms`, `_bytes`
    """

    def finish(self) -> None:
        """Compare the units of every stem."""
        for (one, mine), (other, theirs) in combinations(self.services.items(), 2):
            left, right = _by_stem(mine), _by_stem(theirs)
            for stem in left.keys() & right.keys():
                units = {unit for unit, _ in left[stem]}, {unit for unit, _ in right[stem]}
                if units[0] & units[1]:
                    continue
                mine_key, their_key = left[stem][0][1], right[stem][0][1]
                text = f'"{mine_key}" in {one} is "{their_key}" in {other}'
                key = f"{one} {mine_key} {other} {their_key}"
                self.late(theirs[their_key].first, Hit(text, field=their_key, found=f"{mine_key} / {their_key}", key=key))


def _by_stem(uses: dict[str, _KeyUse]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    stems: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, use in uses.items():
        stem, _, unit = snake(key).rpartition("_")
        dimension = _UNITS.get(unit)
        if stem and dimension is not None and "number" in use.types:
            stems.setdefault((stem, dimension), []).append((unit, key))
    return stems
