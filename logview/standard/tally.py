"""What a check counted: records, conforming ones, fields that are there, violations by what they have in common.

Bounded: a group keeps a few of its findings, the number of groups is limited, conforming records are a bit a line.
Tallies of parts of the input add up, so that worker processes can each have one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.standard.model import Finding, Severity, Standard, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logview.record import Record

MAX_GROUPS = 20_000
WEIGHTS = {Severity.ERROR: 40, Severity.WARN: 20, Severity.INFO: 10}
"""Instrumentation Score (github.com/instrumentation-score/spec): weight by impact of a rule."""

_WARN = Severity.WARN.rank
FIELDS = ("time", "level", "service", "message", "logger", "function", "job_id", "request_id", "trace_id")
"""Fields whose coverage is counted; the first four are required in every record."""
REQUIRED = FIELDS[:4]


def fingerprint(finding: Finding) -> str:
    """What stays the same when the same fault is logged again: rule, service, call site or template, field.

    Never a line number: runs do not repeat. 16 hexadecimal digits.
    """
    violation = finding.violation
    return _digest(violation.rule, finding.service, place(finding), violation.field or "")


@lru_cache(maxsize=16_384)
def _digest(*parts: str) -> str:
    import hashlib  # loads OpenSSL: 5 ms that a clean log need not pay

    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def place(finding: Finding) -> str:
    """The call site without its line, which moves with every edit; else the message's template."""
    site = finding.site
    if site is None or not site.file:
        return finding.template
    return f"{site.file} {site.function or '<module>'} {site.template or finding.template}"


@dataclass(slots=True)
class Group:
    """Findings with one fingerprint."""

    fingerprint: str
    count: int = 0
    findings: list[Finding] = field(default_factory=list)
    """The first ones, in the order they were found."""

    @property
    def violation(self) -> Violation:
        """The first finding's violation."""
        return self.findings[0].violation

    @property
    def worst(self) -> Severity:
        """The highest severity among the findings kept."""
        return max((one.violation.severity for one in self.findings), key=lambda severity: severity.rank)


@dataclass(slots=True)
class ServiceTally:
    """One service's records, counted by which of FIELDS they have."""

    masks: dict[int, int] = field(default_factory=dict)
    """Bit n: FIELDS[n] is there → records."""

    @property
    def records(self) -> int:
        """All records."""
        return sum(self.masks.values())

    @property
    def present(self) -> dict[str, int]:
        """Field → records that have it."""
        return {
            name: sum(count for mask, count in self.masks.items() if mask >> bit & 1) for bit, name in enumerate(FIELDS)
        }


class Tally:
    """Counts records and findings.

    keep  findings kept of each group; 0: all
    """

    def __init__(self, keep: int = 5) -> None:
        self.keep = keep
        self.services: dict[str, ServiceTally] = {}
        self.groups: dict[str, Group] = {}
        self.by_rule: dict[str, dict[str, int]] = {}
        self._alike: dict[tuple[str, str, str, str | None], Group] = {}
        """(rule, service, template, field) of findings without a call site → their group."""
        self._failing: dict[tuple[str, str], bytearray] = {}

    @property
    def records(self) -> int:
        """All records seen."""
        return sum(service.records for service in self.services.values())

    def failing(self, service: str | None = None) -> int:
        """Records (of one service) with a violation of severity error or warn."""
        return sum(
            int.from_bytes(bits, "little").bit_count()
            for (_, name), bits in self._failing.items()
            if service in (None, name)
        )

    def conforming(self, service: str | None = None) -> float:
        """Percent of the records (of one service) without such a violation."""
        records = self.records if service is None else self.services[service].records
        return share(records - min(self.failing(service), records), records)

    def observe(self, record: Record, service: str, violations: tuple[Violation, ...] = ()) -> None:  # noqa: ARG002
        """Count a record."""
        counts = self.services.get(service)
        if counts is None:
            counts = self.services[service] = ServiceTally()
        mask = mask_of(record)
        masks = counts.masks
        masks[mask] = masks.get(mask, 0) + 1

    def observe_alike(self, record: Record, service: str, times: int) -> None:
        """Count more records like one that was counted."""
        masks = self.services.setdefault(service, ServiceTally()).masks
        mask = mask_of(record)
        masks[mask] = masks.get(mask, 0) + times

    def add(self, finding: Finding) -> Group:
        """Count a finding; the group it belongs to."""
        violation = finding.violation
        rule, service = violation.rule, finding.service
        by_service = self.by_rule.get(rule)
        if by_service is None:
            by_service = self.by_rule[rule] = {}
        by_service[service] = by_service.get(service, 0) + 1
        # A line of code is no record.
        if violation.severity.rank >= _WARN and finding.line and not rule.startswith("LV8"):
            self._fails(finding)
        if finding.site is None:
            # Most are like one before: that is found out without a fingerprint.
            alike = rule, service, finding.template, violation.field
            group = self._alike.get(alike)
            if group is None:
                group = self._group(finding)
                if len(self._alike) < MAX_GROUPS:
                    self._alike[alike] = group
        else:
            group = self._group(finding)
        group.count += 1
        if not self.keep or len(group.findings) < self.keep:
            group.findings.append(finding)
        return group

    def _group(self, finding: Finding) -> Group:
        """The group of a finding, a new one if need be; once there are too many, one for all others."""
        key = fingerprint(finding)
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MAX_GROUPS:
                key = fingerprint(Finding(finding.violation, "", 0, finding.service, template="<other>"))
                return self.groups.setdefault(key, Group(key))
            group = self.groups[key] = Group(key)
        return group

    def merge(self, other: Tally) -> None:
        """Add another part's records and findings; a record stands in one part only."""
        for name, theirs in other.services.items():
            mine = self.services.setdefault(name, ServiceTally())
            for mask, count in theirs.masks.items():
                mine.masks[mask] = mine.masks.get(mask, 0) + count
        for code, by_service in other.by_rule.items():
            counts = self.by_rule.setdefault(code, {})
            for service, count in by_service.items():
                counts[service] = counts.get(service, 0) + count
        # Whatever becomes of the groups here is found out anew.
        self._alike.clear()
        for key, group in other.groups.items():
            known = self.groups.setdefault(key, Group(key))
            known.count += group.count
            room = len(group.findings) if not self.keep else self.keep - len(known.findings)
            known.findings += group.findings[: max(room, 0)]
        for part, bits in other._failing.items():
            known_bits = self._failing.setdefault(part, bytearray())
            known_bits.extend(bytes(max(0, len(bits) - len(known_bits))))
            for at, byte in enumerate(bits):
                known_bits[at] |= byte

    def counts(self, severity: Severity) -> int:
        """Findings of this severity; a group counts with its first finding's."""
        return sum(group.count for group in self.groups.values() if group.violation.severity is severity)

    def _fails(self, finding: Finding) -> None:
        """Mark the record's line; several rules and late rules may hit the same record."""
        bits = self._failing.setdefault((finding.file, finding.service), bytearray())
        index = finding.line >> 3
        if index >= len(bits):
            bits.extend(bytes(max(index + 1, 2 * len(bits)) - len(bits)))
        bits[index] |= 1 << (finding.line & 7)


def worst(groups: Iterable[Group]) -> Severity | None:
    """The highest severity among groups; None of none."""
    return max((group.worst for group in groups), key=lambda severity: severity.rank, default=None)


def mask_of(record: Record) -> int:
    """Which of FIELDS the record carries, bit by bit in their order."""
    return (
        (record.time.ns is not None or record.time.of_day_ns is not None)
        | (record.level is not None) << 1
        | (1 if record.service else 0) << 2
        | (1 if record.message else 0) << 3
        | (1 if record.logger else 0) << 4
        | (1 if record.function else 0) << 5
        | (1 if record.job_id else 0) << 6
        | (1 if record.request_id else 0) << 7
        | (1 if record.trace_id else 0) << 8
    )


def share(part: int, whole: int) -> float:
    """Percent; 100 of nothing."""
    return 100.0 * part / whole if whole else 100.0


def score(standard: Standard, tally: Tally, service: str | None = None, *, source: bool = False) -> float:
    """0 to 100: weight of the rules that found nothing over the weight of the rules that looked.

    service  only this service's findings; None: all
    source   source code was checked, so its rules count
    """
    from logview.standard.rules import RULES

    passed = total = 0
    for code, setting in standard.rules.items():
        if code not in RULES or (RULES[code].scope == "C" and not source):
            continue
        severity = setting.severity or RULES[code].severity
        weight = WEIGHTS.get(severity, 0)
        total += weight
        found = tally.by_rule.get(code, {})
        if not (found if service is None else found.get(service)):
            passed += weight
    return 100.0 * passed / total if total else 100.0
