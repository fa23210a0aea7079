"""The review of a standard: evidence for each rule, what another setting would change, what has changed since.

Works on tallies of a check; draws nothing. `sheet` forms (Markdown, CSV, JSON) are in `report/sheet.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from logview.errors import UsageError
from logview.standard import tally as counting
from logview.standard.decisions import in_force
from logview.standard.model import Severity, Standard
from logview.standard.report.jsonlines import dumps
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.standard.decisions import Decision
    from logview.standard.tally import Group, Tally

SAFE_FIXES = frozenset(f"LV{number}" for number in (802, 803, 804, 805, 806, 807, 814, 816, 817, 818, 819, 821))
"""Source rules whose fix can be applied by `check --fix` (standard's catalogue, column "Autofix")."""
QUIET_DAYS = 90
"""Days without a finding after which a rule's place in the standard is worth a question."""


class Example(Struct, frozen=True):
    """One finding in short; masked."""

    file: str
    line: int
    message: str
    found: str


class Row(Struct, frozen=True, kw_only=True):
    """The evidence for one rule."""

    rule: str
    name: str
    what: str
    why: str
    severity: str
    hits: dict[str, int]
    """Service → findings."""
    per_1000: dict[str, float]
    """Service → findings per 1,000 records."""
    faults: int
    """Distinct fingerprints."""
    sites: int
    """Call sites or templates to edit: the size of the work."""
    autofix: bool
    examples: tuple[Example, ...]
    conflict: str | None = None
    """For rules that compare services: what they do differently."""
    decision: str | None = None
    """Status of the decision in force."""
    comment: str = ""

    @property
    def total(self) -> int:
        """Findings in all services."""
        return sum(self.hits.values())

    @property
    def in_source(self) -> bool:
        """A rule for source code: its findings are places, not a share of the records."""
        return self.rule in RULES and RULES[self.rule].scope == "C"


class Export(Struct, frozen=True, kw_only=True):
    """One review's evidence; what `review diff` compares."""

    version: int = 1
    standard: str
    date: dt.date
    records: dict[str, int]
    """Service → records."""
    first: str | None
    """Time of the earliest record, RFC 3339."""
    last: str | None
    conforming: float
    score: float
    rows: tuple[Row, ...]
    source: bool = False
    """Source code was read; without, its rules had nothing to look at."""
    questions: tuple[str, ...] = ()
    """One for each disagreement between services."""


class Change(Struct, frozen=True, kw_only=True):
    """One rule under two standards."""

    rule: str
    before: str
    after: str
    """Severities; "off" for not checked."""
    hits: dict[str, tuple[int, int]]
    """Service → findings before and after."""
    newly_failing: int
    """Fingerprints at or above the floor after, and not before."""


class Failing(Struct, frozen=True, kw_only=True):
    """A fault that would fail the run."""

    fingerprint: str
    rule: str
    service: str
    place: str
    file: str
    line: int
    message: str
    count: int


class Simulation(Struct, frozen=True, kw_only=True):
    """The same records under two standards."""

    changes: tuple[Change, ...]
    conforming: tuple[float, float]
    score: tuple[float, float]
    records: int
    first: str | None
    last: str | None
    newly_failing: tuple[Failing, ...]


def export(
    standard: Standard,
    tally: Tally,
    *,
    span: tuple[str | None, str | None],
    decisions: Sequence[Decision],
    today: dt.date,
    source: bool = False,
) -> Export:
    """The evidence for each rule that is on, most findings first."""
    decided = in_force(decisions)
    groups: dict[str, list[Group]] = {}
    for group in tally.groups.values():
        groups.setdefault(group.violation.rule, []).append(group)
    rows = [
        _row(code, standard, tally, groups.get(code, []), decided.get(code)) for code in standard.rules if code in RULES
    ]
    rows.sort(key=lambda row: (-Severity(row.severity).rank, -row.total, row.rule))
    return Export(
        standard=standard.name,
        date=today,
        records={name: counts.records for name, counts in tally.services.items()},
        first=span[0],
        last=span[1],
        conforming=round(tally.conforming(), 2),
        score=round(counting.score(standard, tally, source=source), 1),
        rows=tuple(rows),
        source=source,
        questions=tuple(_question(row) for row in rows if row.conflict),
    )


def _row(code: str, standard: Standard, tally: Tally, groups: list[Group], decision: Decision | None) -> Row:
    rule = RULES[code]
    groups = sorted(groups, key=lambda group: -group.count)
    hits = dict(tally.by_rule.get(code, {}))
    return Row(
        rule=code,
        name=rule.name,
        what=rule.doc.what,
        why=rule.doc.why,
        severity=(standard.rules[code].severity or counting.worst(groups) or rule.severity).value,
        hits=hits,
        per_1000={
            service: round(1000 * count / tally.services[service].records, 1)
            for service, count in hits.items()
            if rule.scope != "C" and service in tally.services and tally.services[service].records
        },
        faults=len(groups),
        sites=len({(group.findings[0].service, counting.place(group.findings[0])) for group in groups}),
        autofix=code in SAFE_FIXES,
        examples=tuple(
            Example(one.file, one.line, one.violation.message, one.violation.found)
            for one in (group.findings[0] for group in groups[:3])
        ),
        conflict=groups[0].violation.message if groups and rule.scope == "X" else None,
        decision=decision.status if decision else None,
        comment=decision.reason if decision else "",
    )


def _question(row: Row) -> str:
    where = ", ".join(f"{service} {count:,}" for service, count in row.hits.items())
    cost = f"findings: {where}; {row.sites} places to edit"
    return f"{row.rule} {row.name}: {row.conflict} Which one becomes the standard? ({cost})"


def simulate(
    before: Standard,
    after: Standard,
    tallies: tuple[Tally, Tally],
    *,
    floor: Severity,
    span: tuple[str | None, str | None],
    source: bool = False,
) -> Simulation:
    """What changes when `after` takes the place of `before`, on the same records and source code.

    tallies  of a check with each
    floor    severity from which a finding fails a run
    """
    # Not by fingerprint: a renamed id is another field, and the same fault.
    known = {_fault(group) for group in tallies[0].groups.values() if group.worst.rank >= floor.rank}
    after_groups = tallies[1].groups.values()
    new = [group for group in after_groups if group.worst.rank >= floor.rank and _fault(group) not in known]
    changes = []
    for code in sorted({*before.rules, *after.rules}):
        words = [_severity(standard, code) for standard in (before, after)]
        hits = [tally.by_rule.get(code, {}) for tally in tallies]
        fresh = sum(1 for group in new if group.violation.rule == code)
        if words[0] == words[1] and hits[0] == hits[1] and not fresh:
            continue
        services = sorted({*hits[0], *hits[1]})
        changes.append(
            Change(
                rule=code,
                before=words[0],
                after=words[1],
                hits={service: (hits[0].get(service, 0), hits[1].get(service, 0)) for service in services},
                newly_failing=fresh,
            )
        )
    return Simulation(
        changes=tuple(changes),
        conforming=(tallies[0].conforming(), tallies[1].conforming()),
        score=(
            counting.score(before, tallies[0], source=source),
            counting.score(after, tallies[1], source=source),
        ),
        records=tallies[1].records,
        first=span[0],
        last=span[1],
        newly_failing=tuple(
            _failing(group) for group in sorted(new, key=lambda group: (-group.worst.rank, -group.count))
        ),
    )


def _fault(group: Group) -> tuple[str, str, str]:
    first = group.findings[0]
    return first.violation.rule, first.service, counting.place(first)


def _failing(group: Group) -> Failing:
    first = group.findings[0]
    return Failing(
        fingerprint=group.fingerprint,
        rule=first.violation.rule,
        service=first.service,
        place=counting.place(first),
        file=first.file,
        line=first.line,
        message=first.violation.message,
        count=group.count,
    )


def _severity(standard: Standard, code: str) -> str:
    setting = standard.rules.get(code)
    return "off" if setting is None else (setting.severity or RULES[code].severity).value


def read(path: str) -> Export:
    """A review written by `review export --output json`.

    raises UsageError  the file is none
    """
    try:
        with open(path, "rb") as stream:
            return msgspec.json.decode(stream.read(), type=Export)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} was not written by `logview review export --output json`: {error}") from None


class Drift(Struct, frozen=True, kw_only=True):
    """Decisions beside reality."""

    rising: tuple[tuple[str, float, float], ...] = ()
    """Accepted rules whose findings per 1,000 records went up: (rule, then, now)."""
    falling: tuple[tuple[str, float, float], ...] = ()
    ending: tuple[tuple[str, str], ...] = ()
    """Waivers and decisions that end within 14 days or have ended: (what, day)."""
    quiet: tuple[str, ...] = ()
    """Rules that found nothing in both, QUIET_DAYS or more apart."""
    undecided: tuple[str, ...] = ()
    """Rules with findings and no decision."""


def diff(old: Export, new: Export, standard: Standard, decisions: Sequence[Decision], *, today: dt.date) -> Drift:
    """What a second look at the evidence says about the decisions."""
    decided = in_force(decisions)
    before = {row.rule: row for row in old.rows}
    rising, falling = [], []
    for row in new.rows:
        then, now = _rate(before.get(row.rule), old), _rate(row, new)
        if now > then and row.rule in decided and decided[row.rule].status == "accepted":
            rising.append((row.rule, then, now))
        elif now < then:
            falling.append((row.rule, then, now))
    soon = today + dt.timedelta(days=14)
    ending = [(f"waiver {one.rule} ({one.owner})", str(one.expires)) for one in standard.waivers if one.expires <= soon]
    ending += [
        (f"decision on {one.rule} ({one.by})", str(one.review_by))
        for one in decided.values()
        if one.review_by is not None and one.review_by <= soon
    ]
    long = (new.date - old.date).days >= QUIET_DAYS
    return Drift(
        rising=tuple(rising),
        falling=tuple(falling),
        ending=tuple(ending),
        quiet=tuple(
            row.rule for row in new.rows if long and not row.total and row.rule in before and not before[row.rule].total
        ),
        undecided=tuple(row.rule for row in new.rows if row.total and row.rule not in decided),
    )


def _rate(row: Row | None, whole: Export) -> float:
    records = sum(whole.records.values())
    return 0.0 if row is None or not records else round(1000 * row.total / records, 1)


def json_text(value: Any) -> str:
    """A Struct as indented JSON, which a terminal may see."""
    return dumps(msgspec.to_builtins(value), indent=True) + "\n"
