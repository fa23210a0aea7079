"""One self-contained HTML page: no script, no font, nothing fetched; every text from a log is escaped."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, TextIO

from logview.decode.clean import clean
from logview.standard.report.summary import percent, sentence, summary, title
from logview.standard.rules import RULES
from logview.standard.tally import FIELDS

if TYPE_CHECKING:
    from logview.standard.report import Report
    from logview.standard.report.summary import RuleRow, Summary
    from logview.standard.tally import Group

PAGE = Path(__file__).with_name("page.html")


def write(report: Report, out: TextIO) -> None:
    """Verdict, services, rules with their faults."""
    figures = summary(report)
    by_rule: dict[str, list[Group]] = {}
    for group in report.groups:
        by_rule.setdefault(group.violation.rule, []).append(group)
    out.write(
        Template(PAGE.read_text(encoding="utf-8")).substitute(
            verdict="failed" if report.failed else "passed",
            sentence=shown(sentence(report, figures)),
            standard=shown(report.standard.name),
            score=f"{figures.score:.0f}",
            conforming=percent(figures.conforming),
            notices="".join(
                f'<li class="{notice.severity.value}">{shown(notice.text)}</li>' for notice in report.notices
            ),
            services=_services(figures),
            rules="\n".join(_rule(report, row, by_rule[row.code]) for row in figures.rules),
        )
    )


def shown(text: str) -> str:
    """Cleaned and escaped."""
    return escape(clean(text.replace("\n", " ")))


def _services(figures: Summary) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("service", "records", "conform", "score", *FIELDS))
    rows = []
    for row in figures.services:
        cells = [f"<th>{shown(row.name)}</th><td>{row.records:,}</td>", f"<td>{percent(row.conforming)}</td>"]
        cells.append(f"<td>{row.score:.0f}</td>")
        cells += [
            f'<td style="--share:{row.coverage[name]:.1f}%">{percent(row.coverage[name])}</td>' for name in FIELDS
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"


def _rule(report: Report, row: RuleRow, groups: list[Group]) -> str:
    counts = " ".join(f"<span>{shown(name)} <b>{count:,}</b></span>" for name, count in row.by_service.items())
    faults = "\n".join(_fault(report, group) for group in groups)
    doc = RULES[row.code].doc if row.code in RULES else None
    why = f"<p>{escape(title(row.code))}</p><p><i>Why:</i> {escape(doc.why)}</p>" if doc else ""
    return (
        f'<details><summary><b class="{row.severity.value}">{row.severity.value}</b> '
        f"<code>{row.code}</code> {escape(row.name)} {counts}</summary>{why}{faults}</details>"
    )


def _fault(report: Report, group: Group) -> str:
    first = group.findings[0]
    places = ", ".join(f"<code>{shown(f'{one.file}:{one.line}')}</code>" for one in group.findings)
    left = group.count - len(group.findings)
    more = f" and {left:,} more" if left else ""
    lines = report.excerpt(first) if report.excerpt else []
    record = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    want = f'<p class="want">{shown(first.violation.want)}</p>' if first.violation.want else ""
    return f"<section><p>{shown(first.violation.message)}</p>{record}{want}<p>{places}{more}</p></section>"
