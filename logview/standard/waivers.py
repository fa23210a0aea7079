"""Waivers: violations that are allowed until a day. Here: which need attention, and writing one into logview.toml."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logview.errors import UsageError
from logview.standard.model import Match, Severity, Waiver
from logview.standard.report import Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from logview.standard.model import Standard

WARN_DAYS = 14
"""Days before its end that a waiver is warned about."""


def attention(standard: Standard, used: Mapping[int, int], *, today: dt.date) -> list[Notice]:
    """What must be said of the waivers: ended, soon to end, or not needed in this run.

    used  position in `standard.waivers` → violations it allowed
    """
    notices = []
    for at, waiver in enumerate(standard.waivers):
        name = described(waiver)
        left = (waiver.expires - today).days
        if left < 0:
            notices.append(Notice(Severity.ERROR, f"{name} ended on {waiver.expires}; its violations count again"))
            continue
        if left <= WARN_DAYS:
            when = "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}"
            notices.append(Notice(Severity.WARN, f"{name} ends {when}, on {waiver.expires}"))
        if not used.get(at):
            notices.append(Notice(Severity.INFO, f"{name} was not needed in this run"))
    return notices


def described(waiver: Waiver) -> str:
    """A waiver in a sentence: `waiver LV207 (platform: health probe answers 503)`."""
    return f"waiver {waiver.rule} ({waiver.owner}: {waiver.reason})"


def add_waiver(path: str, rule: str, *, reason: str, owner: str, expires: dt.date, match: Match | None = None) -> None:
    """Append a `[[waivers]]` entry to a logview.toml; comments and order of what is there stay.

    The file is made when it does not exist. The result is checked before it is written.

    raises UsageError   reason or owner is empty, or the file cannot be written
    raises ConfigError  the file, or the new entry, does not hold
    """
    import tomlkit

    from logview.standard.load import standard_of
    from logview.standard.place import Toml

    if not reason.strip() or not owner.strip():
        raise UsageError("a waiver needs a reason and an owner")
    text = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        standard_of(Toml(text, file=path))
    document = tomlkit.parse(text or 'standard = "default@1"\n')
    entry = tomlkit.table()
    entry.add("rule", rule)
    wanted = {name: value for name in Match.__struct_fields__ if (value := getattr(match, name, None)) is not None}
    if wanted:
        inline = tomlkit.inline_table()
        inline.update(wanted)
        entry.add("match", inline)
    entry.add("reason", reason.strip())
    entry.add("owner", owner.strip())
    entry.add("expires", expires)
    if "waivers" not in document:
        document.add(tomlkit.nl())
        document.add("waivers", tomlkit.aot())
    document["waivers"].append(entry)
    result = tomlkit.dumps(document)
    standard_of(Toml(result, file=path))
    _write(path, result)


def _write(path: str, text: str) -> None:
    path = os.path.realpath(path)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o777)
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
