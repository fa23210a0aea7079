"""The pages' lines: a rule explained, violations by rule, notices, all keys and the query language. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logview import present
from logview.tui import keymap
from logview.tui.detail import BLANK, DetailLine, Writer
from logview.tui.paint import Piece

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from logview.engine import NoticeRow, SourceState
    from logview.standard.model import Rule
    from logview.tui.theme import Palette


def explain_lines(
    rule: Rule, counts: Mapping[str, int], severity: str, palette: Palette, width: int
) -> Iterator[DetailLine]:
    """A rule's page: what, why, bad, good, options, the fix in pino and in Python, and how often it is broken here."""
    writer = Writer(palette, max(width, 8), frozenset())
    glyph = present.SEVERITY_GLYPHS.get(severity, "•")
    yield DetailLine(
        (
            Piece(f"{glyph} {rule.code} ", palette.severity(severity)),
            Piece(rule.name, palette.strong),
            Piece(f"   {severity or 'off'} · {rule.family} · since {rule.since}", palette.dim),
        )
    )
    if counts:
        here = ", ".join(f"{present.one_line(name, 64)} {number:,}" for name, number in counts.items())
        yield from writer.wrapped(f"here: {here}", style=palette.warn)
    yield BLANK
    yield from paragraphs(rule.doc.what, writer, palette.text)
    yield from titled("Why", rule.doc.why, writer)
    yield from examples("Bad", rule.doc.bad, writer, palette.error)
    yield from examples("Good", rule.doc.good, writer, palette.good)
    yield from titled("In pino", rule.doc.pino, writer)
    yield from titled("In Python", rule.doc.python, writer)
    if rule.doc.options:
        yield BLANK
        yield DetailLine((Piece("Options", palette.strong),))
        for name, text in rule.doc.options.items():
            yield from writer.pair(name, " ".join(text.split()), 2)
    yield BLANK
    setting = f'{rule.code} = "off"'
    yield from writer.pair("logview.toml", f"[rules] {setting}   turns it off; w in the timeline waives one case", 0)


def paragraphs(text: str, writer: Writer, style: Any) -> Iterator[DetailLine]:
    """Prose wrapped; code blocks (indented, or between fences) keep their lines."""
    fenced = False
    prose: list[str] = []
    for line in [*text.split("\n"), ""]:
        fence = line.lstrip().startswith("```")
        if fence:
            fenced = not fenced
        if line.strip() and not fence and not fenced and not line.startswith("    "):
            prose.append(line.strip())
            continue
        if prose:
            yield from writer.wrapped(present.one_line(" ".join(prose)), style=style, indent=2)
            prose = []
        if line.strip() and not fence:
            yield from writer.wrapped(present.one_line(line), style=writer.palette.key, indent=2)


def titled(title: str, text: str, writer: Writer) -> Iterator[DetailLine]:
    """A heading and its text; nothing when there is no text."""
    if text.strip():
        yield BLANK
        yield DetailLine((Piece(title, writer.palette.strong),))
        yield from paragraphs(text, writer, writer.palette.text)


def examples(title: str, blocks: Sequence[str], writer: Writer, style: Any) -> Iterator[DetailLine]:
    """Log lines as examples, each wrapped as a whole."""
    if not blocks:
        return
    yield BLANK
    yield DetailLine((Piece(title, style),))
    for block in blocks:
        for line in block.split("\n"):
            if line.strip():
                yield from writer.wrapped(present.one_line(line), style=writer.palette.dim, indent=2)


@dataclass(frozen=True, slots=True)
class Group:
    """Records that break one rule with one message template."""

    template: str
    service: str
    rows: tuple[tuple[Any, str], ...]
    """(row key, text) of the newest few."""
    total: int


def rules_lines(
    counts: Mapping[str, Mapping[str, int]],
    rules: Mapping[str, Rule],
    groups: Mapping[str, Sequence[Group]],
    *,
    palette: Palette,
    width: int,
    opened: Collection[str],
) -> Iterator[DetailLine]:
    """Rule → template → records; a rule's groups are read when it is opened."""
    writer = Writer(palette, max(width, 8), frozenset())
    if not counts:
        yield DetailLine((Piece("No violations: every record so far keeps to the standard.", palette.good),))
        return
    for code, services in counts.items():
        rule = rules.get(code)
        severity = rule.severity.value if rule is not None else "info"
        total = sum(services.values())
        where = " · ".join(f"{present.one_line(name, 24)} {number:,}" for name, number in services.items())
        yield DetailLine(
            (
                Piece("▾ " if code in opened else "▸ ", palette.faint),
                Piece(f"{present.SEVERITY_GLYPHS.get(severity, '•')} {code} ", palette.severity(severity)),
                Piece(f"{rule.name if rule is not None else '':<28}", palette.strong),
                Piece(f"{total:>8,}  ", palette.text),
                Piece(where, palette.dim),
            ),
            fold=code,
            rule=code,
        )
        if code in opened:
            yield from group_lines(code, groups.get(code), writer, opened)


def group_lines(
    code: str, groups: Sequence[Group] | None, writer: Writer, opened: Collection[str]
) -> Iterator[DetailLine]:
    """One rule's templates, most broken first, and the newest records of those that are open."""
    palette = writer.palette
    if groups is None:
        yield DetailLine((Piece("    reading …", palette.faint),))
        return
    for group in groups:
        name = f"{code}\0{group.service}\0{group.template}"
        yield DetailLine(
            (
                Piece("    ▾ " if name in opened else "    ▸ ", palette.faint),
                Piece(f"{group.total:>6,}  ", palette.text),
                Piece(f"{present.one_line(group.service, 24)}  ", palette.dim),
                Piece(present.one_line(group.template) or "(no message)", palette.text),
            ),
            fold=name,
            rule=code,
            value=group.template,
        )
        if name in opened:
            for key, text in group.rows:
                yield DetailLine(
                    (Piece("          ", palette.faint), Piece(present.one_line(text), palette.dim)),
                    rule=code,
                    target=key,
                )


def notice_lines(
    sources: Sequence[SourceState], notices: Sequence[NoticeRow], palette: Palette, zone: tzinfo, width: int
) -> Iterator[DetailLine]:
    """The sources and how they are, then what happened to them, newest first."""
    writer = Writer(palette, max(width, 8), frozenset())
    yield DetailLine((Piece("Sources", palette.strong),))
    for source in sources:
        text = f"{source.state}, {source.records:,} records, {source.size_bytes:,} bytes"
        style = palette.error if source.state == "gone" else palette.dim
        yield from writer.pair(source.path or source.name, text, 2, style=style)
    yield BLANK
    yield DetailLine((Piece("Notices", palette.strong),))
    if not notices:
        yield DetailLine((Piece("  none: nothing was rotated, cut, lost or replaced", palette.good),))
    for notice in reversed(notices):
        style = palette.error if notice.is_loss else palette.text
        name = f"{present.clock(notice.time_ns, zone)}  {present.one_line(notice.source, 64)}"
        yield from writer.pair(name, present.one_line(notice.text), 2, style=style)


LANGUAGE = (
    ("a b", "both; a or b, ( … ), -a or not a"),
    ("field=value", "equal; level, service, job, message, any field by path: err.type; a=x,y is either"),
    ("field!=value", "the field is there and differs"),
    ("field:glob", "* and ?, without case: service:opt*"),
    ("field~regex", "regex search; !~ there and no match"),
    ("field>v", ">= < <=: numbers, 500ms, 2s, level>=warn, time>-15m, time<08:15"),
    ("has:field", "present and not null; missing:field the opposite"),
    ("word", '"a phrase": contained in the text; without case unless it holds a capital'),
    ("/regex/", "regex over the text"),
    ("rule:LV303", "by verdict: rule:LV3*, is:violation"),
)


def help_lines(keys_of: Mapping[str, str], palette: Palette, width: int) -> Iterator[DetailLine]:
    """Every key under its heading, then the query language.

    keys_of  binding id → keys, where the user's keymap differs from ours
    """
    writer = Writer(palette, max(width, 8), frozenset())
    for group in dict.fromkeys(key.group for key in keymap.KEYS):
        yield DetailLine((Piece(group, palette.strong),))
        for key in keymap.KEYS:
            if key.group == group:
                shown = keymap.shown_keys(keys_of.get(key.id, key.keys))
                yield from writer.pair(f"{shown:<14}", key.help, 2)
        yield BLANK
    yield DetailLine((Piece("The query language", palette.strong),))
    for form, meaning in LANGUAGE:
        yield from writer.pair(f"{form:<14}", meaning, 2)
    yield BLANK
    yield from writer.wrapped("Chips in the filter line must all hold. Mouse: click a record, a chip, a service, a key "
                              "in the footer, a moment in the histogram; drag selects text and does nothing else.",
                              style=palette.dim)  # fmt: skip
