"""Hostile log lines, and programs run on them with every output byte kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CANARY = (
    "\x1b]0;CANARY\x07\x1b]52;c;Q0FOQVJZ\x07\x1b]8;;http://evil\x1b\\ \x1bc\x1b[6n\x1b[?1049l\x1bP+q\x1b\\ "
    "\x9b2J\x9d0;x\x9c\x85 \u202eRLO\u2066\u200b\u2028 \U000e0041 \x07\x08\x0b\x0c\x0e\x7f\x00 "
    "[/] [/red] [INFO] [@click=app.quit]x[/] %s {0} $(id) `id` \udc80"
)
"""OSC 0, 8 and 52, RIS, DSR, DCS, C1, bidi, zero-width, tag characters, C0, Textual and Rich markup, format strings."""

SGR = re.compile(rb"\x1b\[[0-9;:]*m")
FORBIDDEN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def canary_bytes() -> bytes:
    return CANARY.encode("utf-8", "surrogateescape")


def hostile_lines() -> list[bytes]:
    """The canary as text, as JSON keys and values, as a traceback, as each field that is shown in a column."""
    text = CANARY.replace("\udc80", "")
    values = {
        "level": 50,
        "time": 1_795_424_047_000,
        "msg": text,
        "service": text,
        "name": text,
        "jobId": text,
        "caller": text,
        text: text,
        "err": {"type": text, "message": text, "stack": f"{text}: {text}\n    at {text} (/x/{text}.ts:1:2)"},
    }
    raw = canary_bytes().replace(b"\n", b" ")
    return [
        json.dumps(values).encode(),
        json.dumps({"level": text, "time": text, "msg": [text], "nested": {text: {text: [text]}}}).encode(),
        raw,
        b"2026-11-23 08:54:07,410 ERROR " + raw + b": " + raw,
        b"2026-11-23 08:54:07,411 [INFO] app run job=job-7f3a: " + raw,
        b'Traceback (most recent call last):\n  File "' + raw + b'", line 1, in ' + raw + b"\n" + raw + b": " + raw,
        raw + b" | " + raw,
        b'{"level":30,"msg":"' + raw + b'"}',
        b"level=error msg=" + raw + b" " + raw + b"=" + raw,
    ]


def run(*arguments: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """`logview ARGUMENTS` with its standard output and error as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "logview", *arguments],
        capture_output=True,
        input=stdin,
        timeout=300,
        check=False,
        cwd=ROOT,
        env={**os.environ, "TZ": "UTC", **(env or {})},
    )


def assert_harmless(output: bytes, *, colors: bool) -> None:
    """Nothing but printable text, line ends and, where there are colors, SGR sequences."""
    left = SGR.sub(b"", output) if colors else output
    text = left.decode("utf-8")  # and it is UTF-8
    found = FORBIDDEN_TEXT.search(text)
    assert found is None, f"{found!r} in {text[max(0, found.start() - 80) : found.end() + 40]!r}"
