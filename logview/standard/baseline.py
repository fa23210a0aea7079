"""What is already known to be wrong, so that only new faults fail: fingerprints, rates, budgets that only go down.

A baseline is JSON, one entry a line, sorted: it is committed and reviewed. Runs of a program do not repeat, so an entry
that was not seen is only that; pruning takes the ones whose message was logged in this run without the fault.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  msgspec reads the annotations
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from logview.errors import UsageError
from logview.standard.tally import Group, Tally, place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One known fault."""

    fingerprint: str
    rule: str
    service: str
    place: str
    """The call site (file and function) or the message's template; masked."""
    field: str | None = None
    count: int = 0
    """Findings in the run that wrote the entry last."""
    per_1000: float = 0.0
    """The same, per 1,000 records of the service."""
    first_seen: dt.date
    last_seen: dt.date


class Baseline(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of known faults."""

    version: int = 1
    standard: str = ""
    entries: tuple[Entry, ...] = ()
    budget: dict[str, int] = {}
    """Code → the lowest budget ever written; the configuration may not ask for more."""

    def known(self) -> dict[str, Entry]:
        """Fingerprint → entry."""
        return {entry.fingerprint: entry for entry in self.entries}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side, by fingerprint."""

    old: str
    """The file compared with."""
    new: list[Group]
    gone: list[tuple[str, str, str, int]]
    """(rule, service, place, findings then)."""
    more: list[tuple[Group, int]]
    """With the findings of then."""
    fewer: list[tuple[Group, int]]


def read(path: str) -> Baseline:
    """The baseline in a file.

    raises UsageError  it cannot be read or is none
    """
    try:
        with open(path, "rb") as stream:
            return msgspec.json.decode(stream.read(), type=Baseline)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such baseline; `logview check --write-baseline` makes one") from None
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no baseline: {error}") from None


def updated(old: Baseline | None, tally: Tally, *, standard: str, budget: dict[str, int], today: dt.date) -> Baseline:
    """The baseline with this run's faults added and refreshed; what was not seen stays as it was."""
    entries = old.known() if old else {}
    for key, group in tally.groups.items():
        finding = group.findings[0]
        records = tally.services[finding.service].records if finding.service in tally.services else 0
        known = entries.get(key)
        entries[key] = Entry(
            fingerprint=key,
            rule=finding.violation.rule,
            service=finding.service,
            place=place(finding),
            field=finding.violation.field,
            count=group.count,
            per_1000=round(1000 * group.count / records, 1) if records else 0.0,
            first_seen=known.first_seen if known else today,
            last_seen=today,
        )
    lowest = dict(old.budget) if old else {}
    for code, allowed in budget.items():
        lowest[code] = min(allowed, lowest.get(code, allowed), sum(tally.by_rule.get(code, {}).values()))
    ordered = sorted(entries.values(), key=lambda entry: (entry.rule, entry.service, entry.place, entry.field or ""))
    return Baseline(standard=standard, entries=tuple(ordered), budget=lowest)


def pruned(baseline: Baseline, tally: Tally, clean_places: Collection[tuple[str, str]]) -> tuple[Baseline, int, int]:
    """The baseline without entries that are proven gone.

    clean_places  (service, template) of messages that this run logged
    return        the rest; how many went; how many were not seen but stay, because their message was not logged
    """
    kept, dropped, unproven = [], 0, 0
    for entry in baseline.entries:
        if entry.fingerprint in tally.groups:
            kept.append(entry)
        elif (entry.service, entry.place) in clean_places:
            dropped += 1
        else:
            kept.append(entry)
            unproven += 1
    return msgspec.structs.replace(baseline, entries=tuple(kept)), dropped, unproven


def write(path: str, baseline: Baseline) -> None:
    """Write a baseline, whole or not at all."""
    head = {"version": baseline.version, "standard": baseline.standard, "budget": dict(sorted(baseline.budget.items()))}
    lines = [msgspec.json.encode(entry).decode("utf-8") for entry in baseline.entries]
    body = ",\n    ".join(lines)
    fields = ",\n  ".join(f'"{key}": {msgspec.json.encode(value).decode()}' for key, value in head.items())
    text = (
        f'{{\n  {fields},\n  "entries": [\n    {body}\n  ]\n}}\n'
        if lines
        else f'{{\n  {fields},\n  "entries": []\n}}\n'
    )
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def budget_now(configured: dict[str, int], baseline: Baseline | None) -> dict[str, int]:
    """The budget that holds.

    raises UsageError  a budget in the configuration is higher than one that was already reached
    """
    for code, allowed in configured.items():
        lowest = baseline.budget.get(code) if baseline else None
        if lowest is not None and allowed > lowest:
            raise UsageError(
                f"the budget of {code} went up from {lowest} to {allowed}; budgets only go down "
                f"(set it to {lowest}, or edit the baseline and say why)"
            )
    return configured


def earlier_counts(path: str) -> dict[str, tuple[str, str, str, int]]:
    """Fingerprint → (rule, service, place, count) of an earlier run: `check --output json` or a baseline.

    raises UsageError  the file is neither
    """
    try:
        with open(path, "rb") as stream:
            head = stream.read(64)
            stream.seek(0)
            if head.lstrip()[:1] == b"{" and b'"version"' in head and b'"rule"' not in head:
                return {
                    entry.fingerprint: (entry.rule, entry.service, entry.place, entry.count)
                    for entry in read(path).entries
                }
            return _counted(stream, path)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _counted(lines: Iterable[bytes], path: str) -> dict[str, tuple[str, str, str, int]]:
    counts: dict[str, tuple[str, str, str, int]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            finding: dict[str, Any] = msgspec.json.decode(line, type=dict)
        except msgspec.DecodeError:
            raise UsageError(f"{path}:{number}: this is no line of `logview check --output json`") from None
        key = finding.get("fingerprint")
        if isinstance(key, str):
            rule, service, where, count = counts.get(
                key, (str(finding.get("rule")), str(finding.get("service")), str(finding.get("template", "")), 0)
            )
            counts[key] = (rule, service, where, count + 1)
    return counts


def compare(path: str, tally: Tally) -> Comparison:
    """This run beside an earlier one."""
    before = earlier_counts(path)
    groups = tally.groups
    return Comparison(
        old=path,
        new=[group for key, group in groups.items() if key not in before],
        gone=[known for key, known in before.items() if key not in groups],
        more=[
            (group, before[key][3]) for key, group in groups.items() if key in before and group.count > before[key][3]
        ],
        fewer=[
            (group, before[key][3]) for key, group in groups.items() if key in before and group.count < before[key][3]
        ],
    )
