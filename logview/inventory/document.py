"""A report as data: headings, paragraphs, tables, charts; and its Markdown and HTML. Terminals are the command's."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under column names. Texts are as found: nothing is escaped or cleaned yet."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: frozenset[int] = frozenset()
    """Columns that hold source code or log text."""
    prose: frozenset[int] = frozenset()
    """Columns that hold our own words, in which backticks mark code."""
    note: str = ""
    empty: str = NOT_FOUND
    cards: tuple[tuple[int, ...], ...] = ()
    """For rows too long for a line of a page: the columns of each line of a card, headed by column 0. HTML only."""
    verdict: int | None = None
    """Of a card: the column that is shown beside its heading."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of numbers: an inline SVG, already safe, and the same in words."""

    title: str
    svg: str
    words: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title."""

    text: str
    level: int = 2


Part = Table | Chart | Text | Heading


@dataclass(slots=True)
class Document:
    """Title and parts in order."""

    title: str
    parts: list[Part] = field(default_factory=list)

    def tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]


def one_line(text: str) -> str:
    """The text on one line, control and direction characters spelled out: Markdown and HTML show nothing hidden."""
    from logview.decode.clean import clean

    return clean(" ".join(text.split()))


_MARKDOWN = re.compile(r"[\\*|\[\]]|<(?=[A-Za-z/!?])|~(?=~)|(?<![^\W_])_|_(?![^\W_])")


def markdown_text(text: str, *, code: bool = False) -> str:
    """The text as Markdown that shows just the text; an underscore inside a word needs no escape.

    code   backticks are meant: they come from a rule's page
    """
    escaped_text = _MARKDOWN.sub(lambda found: "\\" + found[0], one_line(text))
    return escaped_text if code else escaped_text.replace("`", "\\`")


def markdown_code(text: str) -> str:
    """A code span for a table cell; a pipe inside has to be escaped even there (GFM, "Tables")."""
    text = one_line(text).replace("|", "\\|")
    if not text:
        return ""
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def to_markdown(document: Document) -> str:
    """GitHub-flavored Markdown, ending in a newline."""
    out = [f"# {markdown_text(document.title)}", ""]
    for part in document.parts:
        match part:
            case Heading(text, level):
                out += [f"{'#' * level} {markdown_text(text)}", ""]
            case Text(text):
                out += [markdown_text(text, code=True), ""]
            case Chart(title, _, words):
                out += [f"**{markdown_text(title)}.** {markdown_text(words)}", ""]
            case Table():
                out += _markdown_table(part)
    return "\n".join(out).rstrip() + "\n"


def _markdown_table(table: Table) -> list[str]:
    out = [f"### {markdown_text(table.title)}", ""] if table.title else []
    if table.note:
        out += [markdown_text(table.note, code=True), ""]
    if not table.rows:
        return [*out, f"{table.empty}", ""]
    out.append("| " + " | ".join(markdown_text(name) for name in table.columns) + " |")
    out.append("|" + "---|" * len(table.columns))
    for row in table.rows:
        cells = [
            markdown_code(cell)
            if index in table.code and not cell.startswith(NOT_FOUND)
            else markdown_text(cell, code=index in table.prose)
            for index, cell in enumerate(row)
        ]
        out.append("| " + " | ".join(cells) + " |")
    return [*out, ""]


STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#f6f8fa;--ink:#1f2328;--dim:#59636e;--page:#fff}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#161b22;--ink:#e6edf3;--dim:#9198a1;--page:#0d1117}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1200px}
body{margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h3{font-size:1rem;margin:1.6rem 0 .4rem}
h2{font-size:1.25rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}
th,td{border:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top}
th{background:var(--soft);position:sticky;top:0}
code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}
.none{color:var(--dim)}figure{margin:1rem 0}figcaption{color:var(--dim);font-size:13px}
.card{border:1px solid var(--line);border-radius:8px;margin:1rem 0;overflow:hidden}
.card h4{margin:0;padding:.5rem .9rem;background:var(--soft);border-bottom:1px solid var(--line)}
.card dl{display:flex;margin:0;border-top:1px solid var(--line)}.card dl:first-of-type{border-top:0}
.card dl div{flex:1 1 0;min-width:0;padding:.5rem .9rem}.card dl div+div{border-left:1px solid var(--line)}
.card dt{color:var(--dim);font-size:12px}.card dd{margin:0;font-size:13px;overflow-wrap:anywhere}
.badge{float:right;font:12px system-ui,sans-serif;border-radius:1em;padding:.1rem .7rem;border:1px solid currentColor}
.badge.no{color:#cf222e}.badge.yes{color:#1a7f37}.badge.na{color:var(--dim)}
@media(prefers-color-scheme:dark){.badge.no{color:#ff7b72}.badge.yes{color:#3fb950}}
@media(max-width:700px){.card dl{display:block}.card dl div+div{border-left:0}}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:11px system-ui,sans-serif}
"""


def to_html(document: Document) -> str:
    """One self-contained page: no script, no font, no request; everything from logs and source escaped."""
    body = [f"<h1>{escaped(document.title)}</h1>"]
    for part in document.parts:
        match part:
            case Heading(text, level):
                body.append(f"<h{level}>{escaped(text)}</h{level}>")
            case Text(text):
                body.append(f"<p>{escaped(text)}</p>")
            case Chart(title, svg, words):
                body.append(f"<figure><h3>{escaped(title)}</h3>{svg}<figcaption>{escaped(words)}</figcaption></figure>")
            case Table():
                body += _html_table(part)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escaped(document.title)}</title><style>{STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _html_table(table: Table) -> list[str]:
    out = [f"<h3>{escaped(table.title)}</h3>"] if table.title else []
    if table.note:
        out.append(f"<p>{escaped(table.note)}</p>")
    if not table.rows:
        return [*out, f'<p class="none">{escaped(table.empty)}</p>']
    if table.cards:
        return [*out, *(_html_card(table, row) for row in table.rows)]
    head = "".join(f"<th>{escaped(name)}</th>" for name in table.columns)
    out.append(f"<table><thead><tr>{head}</tr></thead><tbody>")
    for row in table.rows:
        cells = [f"<td>{_html_cell(table, index, cell)}</td>" for index, cell in enumerate(row)]
        out.append(f"<tr>{''.join(cells)}</tr>")
    return [*out, "</tbody></table>"]


def _html_cell(table: Table, index: int, cell: str) -> str:
    text = escaped(cell)
    if cell == NOT_FOUND:
        return f'<span class="none">{text}</span>'
    if index in table.code and text:
        return f"<code>{text}</code>"
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text) if index in table.prose else text


def _html_card(table: Table, row: tuple[str, ...]) -> str:
    """One row as a block: its name, its verdict, then the cells side by side, line by line."""
    badge = ""
    if table.verdict is not None:
        name, answer = table.columns[table.verdict], row[table.verdict]
        badge = (
            f'<span class="badge {escaped(answer).replace("/", "")}">{escaped(name.lower())}: {escaped(answer)}</span>'
        )
    lines = []
    for columns in table.cards:
        cells = "".join(
            f"<div><dt>{escaped(table.columns[at])}</dt><dd>{_html_cell(table, at, row[at])}</dd></div>"
            for at in columns
        )
        lines.append(f"<dl>{cells}</dl>")
    return f'<section class="card"><h4>{escaped(row[0])}{badge}</h4>{"".join(lines)}</section>'


def escaped(text: str) -> str:
    """The text for HTML, on one line, nothing in it able to be markup."""
    return html.escape(one_line(text))
