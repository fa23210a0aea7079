"""Safe fixes of source findings: as a unified diff, or written into the files. Every changed file is parsed again.

A fix is safe when the call goes on logging what it logged, and what was lost besides. A file that would not parse after
its fixes is left alone and named.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from logview.decode import literals
from logview.inventory.rules import Found, hits, judged
from logview.standard.program import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logview.inventory.model import Inventory
    from logview.standard.model import Standard


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Bytes `start`–`end` of a file become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after its fixes."""

    file: str
    before: bytes
    after: bytes
    fixed: tuple[str, ...]
    """`file:line LVnnn` of what is fixed."""


def changes(
    standard: Standard, inventory: Inventory, *, only: Iterable[str] | None = None
) -> tuple[list[Change], list[str]]:
    """(changed files, complaints about files whose fixes would not parse); nothing is written.

    only   codes of the rules to fix; None: all that have a fix
    """
    wanted = None if only is None else set(only)
    settings = Settings(standard)
    by_file: dict[str, list[Found]] = {}
    for found in hits(standard, inventory):
        if found.code == "LV802" and disables_loggers(inventory, found.at.service):
            continue
        if (wanted is None or found.code in wanted) and judged(settings, found) is not None:
            by_file.setdefault(found.at.file, []).append(found)
    made, complaints = [], []
    for file, findings in by_file.items():
        with open(file, "rb") as stream:
            before = stream.read()
        if file.endswith((".py", ".pyi")) and not parses(file, before):
            complaints.append(f"{file}: left alone, its syntax is newer than this Python's")
            continue
        change = fixed(file, before, findings)
        if change is None:
            continue
        if parses(file, change.after):
            made.append(change)
        else:
            complaints.append(f"{file}: left alone, it would not parse after its fixes")
    return made, complaints


def disables_loggers(inventory: Inventory, service: str) -> bool:
    """A set-up of the service silences the loggers that exist by then; a module's logger would be one of them."""
    return any(
        setup.service == service and setup.kind in {"dictConfig", "fileConfig"} and setup.disable_existing is not False
        for setup in inventory.setups
    )


def fixed(file: str, before: bytes, findings: Sequence[Found]) -> Change | None:
    """The file with the fixes that do not overlap; None when there are none."""
    if file.endswith((".py", ".pyi")):
        from logview.inventory.py_fixes import edits
    else:
        from logview.inventory.ts_fixes import edits
    chosen: list[tuple[Edit, str]] = []
    labels: list[str] = []
    for label, group in edits(file, before, findings):
        if all(disjoint(edit, taken) for edit in group for taken, _ in chosen):
            chosen += [(edit, label) for edit in group]
            labels.append(label)
    if not chosen:
        return None
    after = before
    for edit, _ in sorted(chosen, key=lambda pair: pair[0], reverse=True):
        after = after[: edit.start] + edit.text.encode() + after[edit.end :]
    return Change(file, before, after, tuple(labels))


def disjoint(one: Edit, other: Edit) -> bool:
    """The edits touch different bytes; two insertions at one place would come in no sure order."""
    if one.start == other.start and one.end == other.end:
        return one == other and one.start == one.end
    return one.end <= other.start or other.end <= one.start


def parses(file: str, source: bytes) -> bool:
    """The text is a program of its language."""
    if file.endswith((".py", ".pyi")):
        try:
            literals.parse(source)
        except (SyntaxError, ValueError):
            return False
        return True
    from logview.inventory.tstree import parse

    return not parse(source, file).has_error


def unified(change: Change) -> str:
    """The change as `patch` and `git apply` take it."""
    name = change.file.replace(os.sep, "/").lstrip("/")
    before = change.before.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    after = change.after.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def run(standard: Standard, inventory: Inventory, *, write: bool, rules: str | None, out: TextIO) -> int:
    """Print the diff, or write the files and say what was fixed. Exit status 0."""
    only = None if rules is None else [code.strip().upper() for code in rules.split(",") if code.strip()]
    made, complaints = changes(standard, inventory, only=only)
    for change in made:
        if write:
            with open(change.file, "wb") as stream:
                stream.write(change.after)
            out.writelines(f"fixed {label}\n" for label in change.fixed)
        else:
            out.write(unified(change))
    if complaints:
        import sys

        print("\n".join(f"logview: {text}" for text in complaints), file=sys.stderr)  # noqa: T201
    return 0
