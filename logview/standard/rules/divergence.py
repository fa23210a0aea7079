"""LV708–LV710, LV715: do the services mean the same by the same key?"""
# ruff: noqa: E501  examples are log lines, whole

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

from logview.standard.keys import CORE_KEYS, bare, snake
from logview.standard.model import Options, Severity
from logview.standard.rules.registry import ENTRIES, CrossTracker, Hit, Late, Mode, record_of, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.standard.rules.registry import MadeLater
    from logview.standard.rules.seen import Place, Seen

    Texts = list[tuple[str, str]]
    """(key, value)."""

MAX_KEYS = 2_000
MAX_VALUES = 256
MAX_TEXT = 128
MAX_WAITING, MAX_WAITING_BYTES = 8_192, 4 << 20
"""Records, and bytes of their lines, whose values are not looked at yet."""


def named_values(seen: Seen) -> Iterator[tuple[str, Any]]:
    """(key, value) of a JSON record's fields, ids and errors; core keys left out, those of libraries are as good as any."""
    fields = seen.record.fields
    for key, value in fields.items():
        if value is not None and key not in CORE_KEYS and key[:1] != "@":
            yield key, value
    for found in seen.ids:
        if found.path not in fields:
            yield found.path, found.value
    for path, value in seen.errors:
        if "." not in path and path not in fields:
            yield path, value


class _KeyUse:
    """How one service uses one key."""

    __slots__ = ("first", "types", "values")

    def __init__(self, first: Place) -> None:
        self.first = first
        self.types: dict[str, Place] = {}
        self.values: set[str] = set()


class _KeyTracker(CrossTracker):
    """Takes note, per service, of which keys are used and how; up to 2,000 keys each."""

    mode: ClassVar[Mode] = "kind"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self.services: OrderedDict[str, dict[str, _KeyUse]] = OrderedDict()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Take note of every key of the record."""
        if seen.is_json:
            self._note(seen, named_values(seen))
        return ()

    def _note(self, seen: Seen, values: Iterable[tuple[str, Any]]) -> None:
        """Of records with the same keys and types, the first one says all."""
        uses = self.services.setdefault(seen.service, {})
        for key, value in values:
            use = uses.get(key)
            if use is None:
                if len(uses) >= MAX_KEYS:
                    continue
                use = uses[key] = _KeyUse(seen.place())
            kind = _json_type(value)
            if kind not in use.types:
                use.types[kind] = seen.place()

    def merge(self, other: _KeyTracker) -> None:
        """Add how the keys were used; the first place stays the first."""
        for service, theirs in other.services.items():
            uses = self.services.setdefault(service, {})
            for key, use in theirs.items():
                known = uses.get(key)
                if known is None:
                    if len(uses) < MAX_KEYS:
                        uses[key] = use
                    continue
                for kind, place in use.types.items():
                    known.types.setdefault(kind, place)
                for value in sorted(use.values):
                    if len(known.values) < MAX_VALUES:
                        known.values.add(value)


def _texts_among(values: Iterable[tuple[str, Any]]) -> Texts:
    return [(key, value) for key, value in values if isinstance(value, str) and len(value) <= MAX_TEXT]


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "object" if isinstance(value, dict) else "list"


class Overlap(Options, frozen=True):
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

    mode: ClassVar[Mode] = "sample"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._waiting: list[tuple[str, MadeLater | Texts]] = []
        """(service, a record or what is wanted of it) whose values were not looked at, in order: as long as there is
        one service, nobody asks for them."""
        self._waiting_bytes = 0

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Take note of every key of the record, and of values."""
        if seen.is_json:
            values = list(named_values(seen))
            self._note(seen, values)
            texts = _texts_among(values)
            if self._waiting:
                self._wait(seen.service, texts, sum(len(value) for _, value in texts))
            else:
                self._remember(seen.service, texts)
        return ()

    def see_later(self, made: MadeLater, service: str) -> None:
        """The same of a record whose keys and types were seen before: of its values alone, when they are wanted."""
        self._wait(service, made, len(made[1]))

    def settle(self) -> None:
        """Look at the values that wait."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for service, what in waiting:
            self._remember(service, what if isinstance(what, list) else _texts_among(named_values(record_of(what))))

    def _wait(self, service: str, what: MadeLater | Texts, size: int) -> None:
        self._waiting.append((service, what))
        self._waiting_bytes += size
        if len(self._waiting) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES:
            self.settle()

    def _remember(self, service: str, texts: Texts) -> None:
        uses = self.services.get(service, {})
        for key, value in texts:
            use = uses.get(key)
            if use is not None and len(use.values) < MAX_VALUES:
                use.values.add(value)

    def merge(self, other: _KeyTracker) -> None:
        """Add how the keys were used, values included."""
        self.settle()
        super().merge(other)

    def finish(self) -> None:
        """Compare every pair of services."""
        if len(self.services) > 1:
            self.settle()
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
        left_only = {
            k: u.values for k, u in mine.items() if k not in theirs and len(u.values) >= self.options.min_shared
        }
        right_only = {
            k: u.values for k, u in theirs.items() if k not in mine and len(u.values) >= self.options.min_shared
        }
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


class Presence(Options, frozen=True):
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

    mode: ClassVar[Mode] = "count"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._records: Counter[str] = Counter()
        self._present: dict[str, Counter[str]] = {}
        self._first: dict[str, Place] = {}

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Count which of the required fields the record has."""
        if seen.is_plain:
            return ()
        record = seen.record
        self._records[seen.service] += times
        if seen.service not in self._first:
            self._first[seen.service] = seen.place()
        present = self._present.setdefault(seen.service, Counter())
        for name, value in (("service", record.service), ("logger", record.logger), ("function", record.function)):
            if value:
                present[name] += times
        concepts = {found.concept for found in seen.ids}
        for concept in concepts:
            present[seen.id_keys.canonical[concept]] += times
        return ()

    def merge(self, other: FieldMissing) -> None:
        """Add the counts; the first place stays the first."""
        self._records.update(other._records)
        for service, present in other._present.items():
            self._present.setdefault(service, Counter()).update(present)
            self._first.setdefault(service, other._first[service])

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
                        place = self._first[lacking]
                        hit = Hit(text, field=name, found=name, want=advice(name, place), key=f"{name} {lacking}")
                        self.late(place, hit)


MISSING = {"service": "LV301", "function": "LV311", "logger": "LV312"}
"""The rules whose pages tell how to add what is no id."""


def advice(name: str, place: Place) -> str | None:
    """How the service adds the field; None: as an id, which is what this rule's page tells."""
    if name not in MISSING:
        return None
    doc = ENTRIES[MISSING[name]].rule.doc
    return doc.pino if place.family == "pino" else doc.python


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
                self.late(
                    theirs[their_key].first, Hit(text, field=their_key, found=f"{mine_key} / {their_key}", key=key)
                )


def _by_stem(uses: dict[str, _KeyUse]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    stems: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, use in uses.items():
        stem, _, unit = snake(key).rpartition("_")
        dimension = _UNITS.get(unit)
        if stem and dimension is not None and "number" in use.types:
            stems.setdefault((stem, dimension), []).append((unit, key))
    return stems
