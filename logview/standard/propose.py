"""`logview standard init`: a logview.toml proposed from real logs, each line with the evidence it rests on."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import tomlkit

from logview.standard.evidence import Evidence, ServiceEvidence, pattern_of
from logview.standard.model import BUILT_IN_IDS, Severity, Standard
from logview.standard.report.summary import percent
from logview.standard.rules import RULES
from logview.standard.tally import REQUIRED, Tally, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORTH_PROPOSING = 3
"""Jobs that a lifecycle or hand-off must rest on."""


def proposal(
    evidence: Evidence, tally: Tally, standard: Standard, *, logs: Mapping[str, Sequence[str]], today: dt.date
) -> str:
    """The text of a logview.toml.

    standard  what the logs were checked with
    logs      service → its files
    """
    blocks = [
        _head(evidence, standard, today),
        *(_service(name, seen, tally, logs.get(name, ())) for name, seen in evidence.services.items()),
        *_ids(evidence),
        _rules(evidence, tally),
        *_lifecycles(evidence),
        *_handoffs(evidence),
        '[check]\nfail_on = "error"\nbaseline = "logview-baseline.json"  # `logview check --write-baseline` makes it',
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(evidence: Evidence, standard: Standard, today: dt.date) -> str:
    count = len(evidence.services)
    span = ""
    if evidence.first_ns is not None and evidence.last_ns is not None:
        span = f", logged {_moment(evidence.first_ns)} to {_moment(evidence.last_ns)} UTC"
    return "\n".join(
        (
            f"# Proposed by `logview standard init` on {today} from {evidence.records:,} records of {count} "
            f"service{'s' if count != 1 else ''}{span}.",
            "# Numbers behind a line are what it rests on. `logview standard explain LV304` explains a rule.",
            f"standard = {_text(standard.name)}",
        )
    )


def _moment(ns: int) -> str:
    return dt.datetime.fromtimestamp(ns / 1e9, dt.UTC).strftime("%Y-%m-%d %H:%M")


_SURROGATE = re.compile("[\ud800-\udfff]")
"""Bytes of a file's name that are no UTF-8: TOML cannot hold them."""


def _text(value: str) -> str:
    return _inert(tomlkit.item(value).as_string())


def _inert(toml: str) -> str:
    """A TOML string or key whose characters a terminal may see: tomlkit writes C1 and bidi controls as they are."""
    if toml.isprintable():
        return toml
    toml = _SURROGATE.sub("\ufffd", toml)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if c <= "\uffff" else f"\\U{ord(c):08x}" for c in toml)


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


def _comment(text: str) -> str:
    """Log text in a comment must not end it."""
    from logview.decode.clean import clean

    return clean(text.replace("\n", " "))


def _service(name: str, seen: ServiceEvidence, tally: Tally, files: Sequence[str]) -> str:
    formats = ", ".join(f"{form} {percent(share(count, seen.records))}" for form, count in seen.formats.most_common(4))
    present = tally.services[name].present if name in tally.services else {}
    missing = [
        f"{field} {percent(share(present.get(field, 0), seen.records))}"
        for field in REQUIRED
        if present.get(field, 0) < seen.records
    ]
    lines = [
        f"[services.{_inert(tomlkit.key(name).as_string())}]  # {seen.records:,} records: {_comment(formats)}",
        f"dialect = {_text(seen.dialect)}",
        f"logs = {_list(files)}",
    ]
    if seen.naive:
        lines.append(f'# zone = "Europe/Berlin"  # {seen.naive:,} times have no zone: say which one they are in')
    if missing:
        lines.append(f"# in how many records required fields are: {', '.join(missing)}")
    return "\n".join(lines)


def _ids(evidence: Evidence) -> Iterator[str]:
    for name in ("job", "request"):
        spellings: dict[str, list[str]] = {}
        for service, seen in evidence.services.items():
            for key, count in seen.keys.get(name, {}).items():
                spellings.setdefault(key, []).append(f"{service} {count:,}")
        if not spellings:
            continue
        wanted = BUILT_IN_IDS[name].key
        counted = "; ".join(f"{key}: {', '.join(where)}" for key, where in spellings.items())
        lines = [f"[ids.{name}]  # {_comment(counted)}", f"key = {_text(wanted)}"]
        aliases = [key for key in spellings if key != wanted]
        if aliases:
            lines.append(f"aliases = {_list(aliases)}")
        pattern = pattern_of(evidence.values[name])
        if pattern is not None:
            count = len(evidence.values[name])
            written = _inert(tomlkit.string(pattern, literal="'" not in pattern and pattern.isprintable()).as_string())
            lines.append(f"pattern = {written}  # {count:,} ids")
        yield "\n".join(lines)


def _rules(evidence: Evidence, tally: Tally) -> str:
    """Every rule that found something, as it is; a line is taken into use by removing its `#`."""
    severities: dict[str, Severity] = {}
    for group in tally.groups.values():
        code = group.violation.rule
        severities[code] = max(severities.get(code, group.worst), group.worst, key=lambda one: one.rank)
    found = sorted(tally.by_rule.items(), key=lambda pair: (-severities[pair[0]].rank, -sum(pair[1].values()), pair[0]))
    lines = ["[rules]"]
    preferred = _preferred_time(evidence)
    if preferred:
        lines.append(preferred)
    if found:
        lines.append('# Found in these logs, worst first. Change a severity, or take a rule out with "off":')
    for code, by_service in found:
        rule = RULES[code]
        where = ", ".join(f"{service} {count:,}" for service, count in by_service.items())
        lines.append(f'# {code} = "{severities[code].value}"  # {rule.name}: {_comment(where)}')
    quiet = sum(1 for rule in RULES.values() if "default" in rule.presets and rule.scope != "C") - len(found)
    lines.append(f"# {quiet} more rules found nothing.")
    return "\n".join(lines)


def _preferred_time(evidence: Evidence) -> str | None:
    """Epoch milliseconds are fine while all services agree on them."""
    kinds = {
        kind for seen in evidence.services.values() for kind, count in seen.times.items() if kind != "none" and count
    }
    if kinds != {"epoch_ms"}:
        return None
    total = sum(seen.times["epoch_ms"] for seen in evidence.services.values())
    return f'LV102 = {{ preferred = ["epoch-ms"] }}  # all {total:,} times are epoch milliseconds'


def _lifecycles(evidence: Evidence) -> Iterator[str]:
    for one in evidence.lifecycles():
        if one.ended < WORTH_PROPOSING:
            continue
        yield "\n".join(
            (
                f"[[lifecycle]]  # {one.started:,} jobs started, {one.ended:,} of them also ended",
                f"name = {_text(one.name)}",
                f"service = {_text(one.service)}",
                f"key = {_text(BUILT_IN_IDS['job'].key)}",
                f"start = {_text(one.start)}",
                f"end = {_list(one.end)}",
                'timeout = "10m"',
            )
        )


def _handoffs(evidence: Evidence) -> Iterator[str]:
    for one in evidence.handoffs():
        if one.jobs_with_message < WORTH_PROPOSING or "<*>" in one.message or 2 * one.jobs_with_message < one.jobs:
            continue
        yield "\n".join(
            (
                f"[[handoff]]  # {one.jobs_with_message:,} of {one.jobs:,} jobs that both services logged",
                f"name = {_text(f'{one.sender} to {one.receiver}')}",
                f"from = {{ service = {_text(one.sender)}, message = {_text(one.message)} }}",
                f"to = {{ service = {_text(one.receiver)} }}",
                f"key = {_text(BUILT_IN_IDS['job'].key)}",
                'timeout = "30s"',
            )
        )


def spellings() -> dict[str, tuple[str, ...]]:
    """Name of an id → every key it is known by."""
    return {name: (one.key, *one.aliases) for name, one in BUILT_IN_IDS.items()}
