"""What is known of the lines with one skeleton: their violations, and where in the line time and message stand.

Learned from a line that was judged as a record. Whether what a rule said holds for the others, too, is tried with
*mutants*: the same skeleton with other values. What a rule says of all alike it says of every line; a time or a part
of the message that it quotes is filled in; of anything else it must be asked for each record: then nothing is learned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from logview.decode import shape
from logview.decode.envelope import may_be
from logview.index.stamp import value_start
from logview.record import TimeKind
from logview.standard.keys import is_error_key
from logview.standard.program import masked
from logview.standard.quotes import Anchor, TimeSpan, anchor_of, job_of, mutants_of, quote_of
from logview.standard.rules.message import Length
from logview.standard.rules.registry import ENTRIES
from logview.standard.rules.rows import facts_of
from logview.standard.skeleton import VERBATIM, Telling
from logview.standard.stamps import Notation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from logview.record import Record
    from logview.standard.check import Checker
    from logview.standard.kinds import Told
    from logview.standard.model import Match, Options, Standard, Violation
    from logview.standard.quotes import Quote
    from logview.standard.rules.registry import Entry
    from logview.standard.rules.rows import Facts
    from logview.standard.rules.seen import Seen
    from logview.standard.skeleton import Anatomy

    Decode = Callable[[bytes], Record]

LONGEST_HOLE = 20
"""Characters that a number in a message is taken to have at most; longer ones are odd (skeleton.py)."""
_ONE_OF = (
    shape.TIME_KEYS, shape.LEVEL_KEYS, shape.MESSAGE_KEYS, shape.SERVICE_KEYS, shape.LOGGER_KEYS, shape.FUNCTION_KEYS,
    shape.PID_KEYS,
)  # fmt: skip
"""Of several keys for one part the decoder takes the first that can be read: which one would depend on values."""
_PARSED = frozenset(
    {"caller", "location", "v", "@fields", "record", "text", "log", "fields", "source", "attributes", "extra",
     "resource"}
)  # fmt: skip
"""Keys whose values decide what other keys mean."""


_EXPONENT = re.compile(rb"\d[eE][+-]?\d")


class Known:
    """The lines with one skeleton."""

    __slots__ = (
        "facts", "has_job", "job", "message", "most_bytes", "notation", "quotes", "stamp", "stamp_size", "template",
        "times", "told", "violations", "waived",
    )  # fmt: skip

    def __init__(self, told: Told, facts: Facts) -> None:
        self.told = told
        self.facts = facts
        self.template = masked(facts.template)
        self.notation: int = -1
        """The number of how the time is written; -1: there is none."""
        self.stamp = Anchor(0, 0)
        self.stamp_size = 0
        """Bytes of the time as it is written."""
        self.message: tuple[Anchor, int] | None = None
        """Where the message begins, and the skeleton's byte at which it ends; None: it is the same in all lines."""
        self.violations: tuple[Violation, ...] = ()
        self.quotes: tuple[tuple[int, Quote], ...] = ()
        """(which of them quotes the line, what)."""
        self.waived: tuple[int, ...] = ()
        """Positions of the waivers that allow something in each line."""
        self.most_bytes = 2**62
        """A longer line is not known: a rule measures a part of it."""
        self.has_job = True
        """Whether a rule may ask for their jobs; `job`: where those stand, None where only the record tells."""
        self.job: Quote | None = None
        self.times = 0
        """Lines that were not made records."""


def telling_of(standard: Standard, *, exact: bool) -> Telling:
    """The keys whose values a skeleton keeps.

    exact  messages stay as they are, numbers included
    """
    verbatim = _verbatim(standard)
    forms = {key for code in standard.rules if code in ENTRIES if (of := ENTRIES[code].forms) for key in of(standard)}
    return (
        Telling((*verbatim, *shape.MESSAGE_KEYS), forms) if exact else Telling(verbatim, (*shape.MESSAGE_KEYS, *forms))
    )


def _verbatim(standard: Standard) -> set[str]:
    read = {key for code in standard.rules if code in ENTRIES for key in ENTRIES[code].reads or ()}
    return {*shape.LEVEL_KEYS, *shape.SERVICE_KEYS, *shape.LOGGER_KEYS, *shape.FUNCTION_KEYS, *shape.PID_KEYS, *read}


def is_exact(standard: Standard) -> bool:
    """Whether the standard may tell messages apart by the numbers in them: own texts, patterns, ids, waivers."""
    if any(known.pattern is not None or known.scope is not None for known in standard.ids.values()):
        return True
    matches: list[Match] = [one.match for one in standard.waivers]
    matches += [one.match for one in standard.overrides]
    if any(match.message is not None or match.template is not None for match in matches):
        return True
    texts = [text for life in standard.lifecycle for text in (life.start, *life.end)]
    texts += [party.message or "" for hand in standard.handoff for party in (hand.sender, hand.receiver)]
    if any(char.isdigit() for text in texts for char in text):
        return True
    for code, setting in standard.rules.items():
        entry = ENTRIES.get(code)
        if entry is None or entry.needs != "message" or entry.check is None or setting.options is None:
            continue
        if not isinstance(setting.options, Length) and setting.options != entry.rule.options():
            return True
    return False


class Learner:
    """Makes Known of judged lines, for one stream."""

    def __init__(self, checker: Checker, *, exact: bool, zone: dt.tzinfo | None) -> None:
        self._checker = checker
        self._exact = exact
        self._zone = zone
        self._words = frozenset(key.encode()[:8] for key in (*_verbatim(checker.standard), *shape.MESSAGE_KEYS))
        self.notations: list[Notation] = []
        self._numbers: dict[object, int] = {}

    def known(self, block: Anatomy, row: int, seen: Seen, told: Told, decode: Decode) -> Known | None:
        """What is known of lines like this one; None when such lines must be judged one by one.

        decode  makes the record of a line
        """
        record, line = seen.record, block.lines.line(row)
        if told.kind.has_error and not _keeps_error(block, row, record):
            return None
        if record.wrapper is not None or record.time_from_wrapper or record.pairs or record.more or record.rest:
            return None
        if record.is_json:
            if not _is_readable(record) or may_be(line) or _has_list(record.data or {}, self._words):
                return None
        elif record.first.encode("utf-8", "surrogatepass") != line or record.marks:
            return None
        facts = facts_of(seen)
        if facts.has_hole and not self._may_vary(record, facts.message):
            return None
        known = Known(told, facts)
        if not self._stamped(known, block, row, record, line):
            return None
        if facts.has_hole and not _found_message(known, block, row, record, line):
            return None
        if not self._judged(known, block, row, seen, decode):
            return None
        if told.kind.has_error:
            known.has_job = record.job_id is not None or seen.id_of("job") is not None
            if known.has_job:
                known.job = job_of(block, row, seen, self._mutants(known, block, row, seen, decode))
        return known

    def _may_vary(self, record: Record, message: str) -> bool:
        if self._exact and not record.is_json:
            return False
        limit = self._checker.settings.base.settings.get("LV404")
        most = limit.options.max if limit is not None and isinstance(limit.options, Length) else Length().max
        holes = sum(
            char.isdigit() and not before.isdigit() for before, char in zip(" " + message, message, strict=False)
        )
        return self._exact or len(message) + LONGEST_HOLE * holes <= most

    def _stamped(self, known: Known, block: Anatomy, row: int, record: Record, line: bytes) -> bool:
        if record.time.kind is TimeKind.NONE:
            return record.time.ns is None
        if record.time.ns is None:
            return False
        try:
            notation = Notation(line, record, self._zone, self._checker.latest_ns)
        except ValueError:
            return False
        place = int(block.lines.starts[row]) + notation.at
        anchor = anchor_of(block, row, place)
        if anchor is None:
            return False
        ns, fits = notation.read(block.lines.padded, np.array([place]))
        if not fits[0] or int(ns[0]) != record.time.ns:
            return False
        number = self._numbers.get(notation.key)
        if number is None:
            number = self._numbers[notation.key] = len(self.notations)
            self.notations.append(notation)
        known.notation, known.stamp, known.stamp_size = number, anchor, notation.size
        return True

    def _judged(self, known: Known, block: Anatomy, row: int, seen: Seen, decode: Decode) -> bool:
        """Whether what the rules say of the line is known of all."""
        checks = known.told.checks
        if not all(self._is_spared(known, block, row, seen, check) for check in checks):
            return False
        mutants = self._mutants(known, block, row, seen, decode) if checks else []
        settings = self._checker.settings
        before = dict(settings.waived)
        for entry, options in checks:
            if entry.check is None:
                continue
            hits = tuple(entry.check(seen, options))
            others = [tuple(entry.check(mutant, options)) for mutant in mutants]
            if any(len(said) != len(hits) for said in others):
                settings.waived = before
                return False
            for number, hit in enumerate(hits):
                alike = [(mutant, said[number]) for mutant, said in zip(mutants, others, strict=True)]
                quote = None if all(hit == other for _, other in alike) else quote_of(block, row, seen, hit, alike)
                if quote is None and any(hit != other for _, other in alike):
                    settings.waived = before
                    return False
                violation = settings.violation(entry.rule, hit, seen.place())
                if violation is not None:
                    if quote is not None:
                        known.quotes += ((len(known.violations), quote),)
                    known.violations += (violation,)
        known.waived = tuple(i for i, n in settings.waived.items() for _ in range(n - before.get(i, 0)))
        settings.waived = before
        return True

    def _mutants(self, known: Known, block: Anatomy, row: int, seen: Seen, decode: Decode) -> list[Seen]:
        """Records of lines with the same skeleton."""
        lines = mutants_of(block, row, self._time_of(known, block, row))
        return [self._checker.seen(decode(line), seen.file, seen.service) for line in lines]

    def _is_spared(self, known: Known, block: Anatomy, row: int, seen: Seen, check: tuple[Entry, Options]) -> bool:
        """Whether what is left out of the skeleton, or the length of it, does not matter to a rule."""
        entry, options = check
        if entry.forms is not None:
            return _keeps_forms(seen, entry.forms(self._checker.standard))
        if entry.reads is not None or (entry.needs != "values" and entry.varies is None):
            return True
        if entry.spares is None or _EXPONENT.search(block.skeletons[row]):
            return False
        known.most_bytes = min(known.most_bytes, entry.spares(options))
        return len(block.lines.line(row)) <= known.most_bytes

    def _time_of(self, known: Known, block: Anatomy, row: int) -> TimeSpan | None:
        """Where the line's time stands in it."""
        if known.notation < 0:
            return None
        notation = self.notations[known.notation]
        at = block.place(row, known.stamp.byte) + known.stamp.behind
        return TimeSpan(at, notation.size, notation.last_digit)


def _keeps_error(block: Anatomy, row: int, record: Record) -> bool:
    """Whether all that a record says of an error is a part of its skeleton."""
    if record.data is None:
        return False
    keys = [key for key in record.data if is_error_key(key)]
    if not keys or (record.error is not None and record.error.key not in keys):
        return False
    start, end = int(block.lines.starts[row]), int(block.lines.ends[row])
    line, zones = block.lines.data[start:end], block.zones[start:end]
    for key in keys:
        at = value_start(line, key)
        if at is None or zones[at] != VERBATIM:
            return False
    return True


def _keeps_forms(seen: Seen, keys: frozenset[str]) -> bool:
    """Whether the skeleton tells the form of all ids that may stand under some keys: of mere digits it does not."""
    concepts = {seen.id_keys.concept_of(key) for key in keys}
    return all(
        found.name in keys
        and ("." not in found.name or found.name in seen.data)
        and not (isinstance(found.value, str) and found.value.isdigit())
        for found in seen.ids
        if found.concept in concepts
    )


def _has_list(data: dict[str, Any], words: frozenset[bytes]) -> bool:
    """Whether a list stands where a skeleton keeps a value: of lists it keeps how long they are."""
    return any(
        (type(value) is list and key.encode("utf-8", "surrogatepass")[:8] in words)
        or (type(value) is dict and _has_list(value, words))
        for key, value in data.items()
    )


def _found_message(known: Known, block: Anatomy, row: int, record: Record, line: bytes) -> bool:
    """Find where the message stands, so that it can be read from other lines."""
    message = (record.message or "").encode("utf-8", "surrogatepass")
    if record.is_json:
        key = b'"' + (record.message_key or "").encode() + b'"'
        if line.count(key) != 1:
            return False
        at = line.find(b'"', line.find(key) + len(key)) + 1
        if line[at : at + len(message) + 1] != message + b'"':
            return False
    else:
        at = len(line) - len(message)
        if not line.endswith(message):
            return False
    start = int(block.lines.starts[row]) + at
    anchor = anchor_of(block, row, start)
    if anchor is None or anchor.behind:
        return False
    end = int(np.searchsorted(block.kept, start + len(message))) - int(block.firsts[row])
    known.message = (anchor, end)
    return True


def _is_readable(record: Record) -> bool:
    """Whether lines with the keys of this one can be read by the keys and types alone."""
    data = record.data or {}
    if not _PARSED.isdisjoint(data) or record.level_key is None or type(record.level_written) not in (int, str):
        return False
    if any(sum(key in data for key in keys) > 1 for keys in _ONE_OF):
        return False
    stamp = record.time
    return stamp.kind is TimeKind.NONE or (stamp.key in data and type(stamp.written) in (int, str))
