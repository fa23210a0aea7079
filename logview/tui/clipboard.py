"""What leaves the viewer: text for the clipboard, a command line, a file. Cleaned, masked, and never by accident.

LOGVIEW_SECURE=1 switches all of it off, and the editor too (as LESSSECURE does for less).
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from typing import TYPE_CHECKING

from logview import present
from logview.decode.clean import clean, clean_lines
from logview.tui.private import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logview.engine import RowFacts, View
    from logview.tui.state import State

COPY_LIMIT = 1 << 20
"""Characters; terminals drop longer OSC 52 strings anyway (xterm's default is about 100 kB)."""


def is_secure(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether export, editor, commands and clipboard are switched off."""
    return environ.get("LOGVIEW_SECURE", "") not in {"", "0"}


def safe_text(text: str) -> str:
    """Text to be pasted anywhere: line ends stay, every other control character is made visible."""
    return clean_lines(text[:COPY_LIMIT])


def command_line(state: State, paths: Sequence[str]) -> str:
    """The command that shows this view."""
    words = ["logview", *(os.fsdecode(path) for path in paths)]
    text = state.text()
    if text:
        words += ["--filter", text]
    return " ".join(shlex.quote(clean(word)) for word in words)


def export(view: View, path: str, rows: Sequence[int]) -> int:
    """Write rows to a new file: as they were written (.log), normalised (.jsonl), to be read (.txt), to be told (.md).

    The file appears whole or not at all: it is written beside its place, synced, then linked there; it is readable by
    its owner only. Returns the rows written.
    raises OSError          disk full, no permission, a directory
    raises FileExistsError  the name is taken; nothing is ever overwritten
    """
    target = os.path.expanduser(path)
    if os.path.lexists(target):
        raise FileExistsError(17, "already there; choose another name", target)
    folder, name = os.path.split(os.path.abspath(target))
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            written = 0
            for line in exported(view, name, rows):
                file.write(line)
                written += 1
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, target)
    finally:
        os.unlink(temporary)
    return written


def exported(view: View, name: str, rows: Sequence[int]) -> Iterator[bytes]:
    """Each row in the form that the file's name asks for."""
    if name.endswith((".jsonl", ".ndjson", ".json")):
        from logview.decode.normal import dumps

        for row in rows:
            yield dumps(view.record(row), service=view.service(row)) + b"\n"
    elif name.endswith(".md"):
        for row in rows:
            yield report(view.facts(row)).encode("utf-8", "replace")
    elif name.endswith(".txt"):
        for row in rows:
            record = view.record(row)
            yield f"{present.moment(record.time_ns)} {clean_lines(record.text)}\n".encode("utf-8", "replace")
    else:
        for row in rows:
            raw = view.raw(row)
            yield raw if raw.endswith(b"\n") else raw + b"\n"


def report(facts: RowFacts) -> str:
    """A record as Markdown, for a ticket or a pull request: what it says, and its text; secrets masked."""
    record = without_secrets(facts.record) if any(rule.startswith("LV6") for rule in facts.rules) else facts.record
    said = [present.moment(record.time_ns), present.level_word(record.level), present.one_line(facts.service)]
    text = clean_lines(record.text).rstrip("\n")
    # A fence is longer than any within it (CommonMark 0.31, 4.5).
    fence = "`" * (1 + max((len(run) for run in re.findall("`{2,}", text)), default=2))
    broken = f"\nbreaks {', '.join(facts.rules)}\n" if facts.rules else ""
    return f"**{' '.join(part for part in said if part)}**\n{broken}\n{fence}text\n{text}\n{fence}\n\n"
