"""`logview standard render`: the standard as a document that people read and sign, made of the file that checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from logview.standard.clauses import CLAUSES
from logview.standard.model import Severity, Standard
from logview.standard.report.markdown import code, fence, instruction, text
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.standard.examples import Examples

LEVELS = (
    ("trace", "10", "—", "every step, for the author"),
    ("debug", "20", "DEBUG (10)", "what helps the author; off in production"),
    ("info", "30", "INFO (20)", "a change of state that someone will look for"),
    ("warn", "40", "WARNING (30)", "unexpected and handled: retry, fallback, 4xx"),
    ("error", "50", "ERROR (40)", "failed for good for whoever asked; with `err`"),
    ("fatal", "60", "CRITICAL (50)", "the process is about to exit"),
)


GOOD = (
    '{"time":"2026-11-23T08:54:07.410Z","level":"warn","service":"scheduler","logger":"dispatcher",'
    '"function":"dispatch","job_id":"job-7f3a","attempt":2,"delay_ms":500,"message":"retrying optimizer call"}',
    '{"time":"2026-11-23T08:54:07.512Z","level":"error","service":"optimizer","logger":"optimizer.solver",'
    '"function":"solve","job_id":"job-7f3a","duration_ms":950,"err":{"type":"KeyError","message":"\'cost\'",'
    '"stack":"Traceback (most recent call last): …"},"message":"solve failed"}',
)
"""Two records that conform."""


def document(standard: Standard, examples: Examples | None = None) -> str:
    """The whole document as Markdown.

    examples  records of the team's own streams; None: the examples of the rules' pages
    """
    parts = [
        "# Logging standard",
        f"Generated from `logview.toml` (standard `{standard.name}`) by `logview standard render`. "
        "The same file drives the checks; change it there.",
        *_clauses(standard),
        "Exceptions to this text are waivers with a reason, an owner and an end.",
        _fields(standard),
        _levels(),
        *_services(standard),
        *_practice(),
        *_examples(standard, examples),
        _rules(standard),
        *_waivers(standard),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def enforced(standard: Standard, codes: tuple[str, ...]) -> list[str]:
    """Those of the rules that are on."""
    return [one for one in codes if one in standard.rules]


def _option(standard: Standard, rule: str, name: str) -> object:
    setting = standard.rules.get(rule)
    return getattr(setting.options if setting else RULES[rule].options(), name, None)


def _clauses(standard: Standard) -> Iterator[str]:
    preferred = _option(standard, "LV102", "preferred") or ()
    values = {
        "max_bytes": _option(standard, "LV007", "max_bytes"),
        "max_chars": _option(standard, "LV404", "max"),
        "service": _option(standard, "LV301", "key"),
        "time": _option(standard, "LV106", "key"),
        "numbers": " (pino's numbers are understood)" if _option(standard, "LV203", "accept_numbers") else "",
        "epoch": "epoch milliseconds are as good"
        if isinstance(preferred, tuple) and "epoch-ms" in preferred
        else "epoch milliseconds (pino's default) are accepted while all services agree",
        **{name: standard.ids[name].key for name in ("job", "request", "trace", "span")},
    }
    number, section = 0, ""
    lines: list[str] = []
    for clause in CLAUSES:
        on = enforced(standard, clause.rules)
        if not on:
            continue
        if clause.section != section:
            if lines:
                yield "\n".join(lines)
            section = clause.section
            yield f"## {section}"
            lines = []
        number += 1
        lines.append(f"{number}. {clause.text.format(**values)} ({ranges(on)})")
    if lines:
        yield "\n".join(lines)


def ranges(codes: list[str]) -> str:
    """LV001, LV002, LV003, LV007 → "LV001–LV003, LV007"."""
    runs: list[list[str]] = []
    known = list(RULES)
    for one in codes:
        if runs and known.index(one) == known.index(runs[-1][-1]) + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}{'–' if len(run) > 2 else ', '}{run[-1]}" for run in runs)


def _fields(standard: Standard) -> str:
    ids = standard.ids
    rows = [
        (str(_option(standard, "LV106", "key")), "text", "always", "`2026-11-23T08:54:07.410Z`", "when, UTC"),
        ("level", "text", "always", "`warn`", "how bad"),
        (str(_option(standard, "LV301", "key")), "text", "always", "`scheduler`", "which service"),
        ("message", "text", "always", "`retrying optimizer call`", "what happened, constant"),
        ("logger", "text", "always", "`dispatcher`", "which module"),
        ("function", "text", "where known", "`solve`", "which function"),
        (ids["job"].key, "text", "about a job", "`job-7f3a`", _spellings(standard, "job")),
        (ids["request"].key, "text", "in a request", "`b7f2c9e1`", _spellings(standard, "request")),
        (ids["trace"].key, "32 hex digits", "with tracing", "`4bf92f3577b34da6a3ce929d0e0e4736`", "W3C Trace Context"),
        (ids["span"].key, "16 hex digits", "with tracing", "`00f067aa0ba902b7`", "W3C Trace Context"),
        ("err", "object", "at error, fatal", '`{"type", "message", "stack"}`', "the error"),
        ("…_ms, …_bytes, …_count", "number", "quantities", "`950`", "unit in the name"),
    ]
    rows += [
        (one.key, "text", "as agreed", "", _spellings(standard, name))
        for name, one in ids.items()
        if name not in {"job", "request", "trace", "span"}
    ]
    head = "## Fields\n\n| field | type | when | example | meaning |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(f"| `{row[0]}` | {' | '.join(row[1:])} |" for row in rows)


def _spellings(standard: Standard, name: str) -> str:
    one = standard.ids[name]
    also = f"also understood: {', '.join(code(alias) for alias in one.aliases)}" if one.aliases else ""
    shape = f"matches {code(one.pattern)}" if one.pattern else ""
    return "; ".join(part for part in (shape, also) if part)


def _levels() -> str:
    head = "## Level table\n\n| level | pino | Python | for |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(f"| {' | '.join(row)} |" for row in LEVELS)


def _services(standard: Standard) -> Iterator[str]:
    if standard.services:
        lines = ["## Services", "", "| service | logger | logs | source |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {text(name)} | {one.dialect or '—'} | {', '.join(code(path) for path in one.logs) or '—'} "
            f"| {', '.join(code(path) for path in one.source) or '—'} |"
            for name, one in standard.services.items()
        ]
        yield "\n".join(lines)
    if standard.lifecycle or standard.handoff:
        lines = ["## Jobs and hand-offs", ""]
        lines += [
            f"- **{text(one.name)}**: starts with {code(one.start)}, ends with "
            f"{' or '.join(code(end) for end in one.end)} within {one.timeout}, tied by `{one.key}`"
            for one in standard.lifecycle
        ]
        lines += [
            f"- **{text(one.name)}**: {text(one.sender.service)} ({code(one.sender.message or 'any record')}) → "
            f"{text(one.receiver.service)} within {one.timeout}, tied by `{one.key}`"
            for one in standard.handoff
        ]
        yield "\n".join(lines)


def _practice() -> Iterator[str]:
    yield "## In code\n\nA configuration that conforms: `logview standard snippet --for pino`, `--for python`."
    pino = (
        "log.warn({ job_id, attempt: 2, delay_ms: 500 }, 'retrying optimizer call');\n"
        "log.error({ err }, 'job dispatch failed');"
    )
    python = (
        'log.warning("retrying", extra={"attempt": 2, "delay_ms": 500})  # job_id comes from a contextvar\n'
        'log.exception("solve failed")  # inside except: the error and its stack are fields'
    )
    yield f"```ts\n{pino}\n```"
    yield f"```python\n{python}\n```"


def _examples(standard: Standard, examples: Examples | None) -> Iterator[str]:
    if examples is None or not examples.good:
        yield "## Good records"
        yield fence(list(GOOD))
    else:
        yield "## Good records\n\nFrom our own logs; each passes `logview check --fail-on warn`."
        for example in examples.good:
            yield f"{text(example.service)}, {example.level}:\n\n{fence(list(example.lines))}"
    bad = examples.bad if examples is not None else {}
    shown = [one for one in standard.rules if one in bad] or [
        one for one in ("LV103", "LV204", "LV304", "LV403", "LV502", "LV503", "LV607") if one in standard.rules
    ]
    if shown:
        yield "## Bad records"
    for one in shown:
        rule = RULES[one]
        heading = f"**{one} {rule.name}**: {rule.doc.what}"
        if one in bad:
            lines, want = list(bad[one].lines), bad[one].want
        else:
            lines, want = rule.doc.bad[0].split("\n") if rule.doc.bad else [], ""
        if lines:
            yield "\n\n".join(part for part in (heading, fence(lines), instruction(want)) if part)


def _rules(standard: Standard) -> str:
    lines = ["## Rules", "", "| rule | severity | finds | options |", "| --- | --- | --- | --- |"]
    for one, setting in sorted(standard.rules.items()):
        rule = RULES[one]
        severity = (setting.severity or rule.severity).value
        changed = {
            name: value
            for name, value in msgspec.to_builtins(setting.options).items()
            if value != msgspec.to_builtins(rule.options()).get(name)
        }
        options = ", ".join(code(f"{name} = {msgspec.json.encode(value).decode()}") for name, value in changed.items())
        lines.append(f"| {one} {rule.name} | {severity} | {rule.doc.what.replace('|', '¦')} | {options} |")
    off = [f"{one} {rule.name}" for one, rule in RULES.items() if one not in standard.rules]
    if off:
        lines += ["", f"Off: {', '.join(off)}."]
    for override in standard.overrides:
        who = ", ".join(f"{k} {code(v)}" for k, v in msgspec.to_builtins(override.match).items() if v is not None)
        what = ", ".join(
            f"{one} {'off' if setting.severity is Severity.OFF else (setting.severity or RULES[one].severity).value}"
            for one, setting in override.rules.items()
        )
        lines += ["", f"For {who}: {what}."]
    return "\n".join(lines)


def _waivers(standard: Standard) -> Iterator[str]:
    if not standard.waivers:
        return
    lines = ["## Waivers", "", "| rule | what | reason | owner | until |", "| --- | --- | --- | --- | --- |"]
    for one in standard.waivers:
        match = ", ".join(f"{k} {code(v)}" for k, v in msgspec.to_builtins(one.match).items() if v is not None)
        lines.append(
            f"| {one.rule} | {match or 'everything'} | {text(one.reason)} | {text(one.owner)} | {one.expires} |"
        )
    yield "\n".join(lines)
