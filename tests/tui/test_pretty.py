"""Pretty lines: what a person reads where there is no viewer."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest

from logview.cli.pretty import Painter, wants_color
from logview.record import Fault, Level

from .records import TRACEBACK, record


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_has_time_level_service_origin_job_message_and_fields():
    one = record(0, Level.WARN, "queue is long", logger="queue", function="tick", job_id="job-1", fields={"length": 9})

    assert Painter().paint(one) == "08:54:07.410 WARN  scheduler queue:tick job-1 queue is long  length=9"


def test_a_traceback_stands_below_its_record():
    one = record(0, Level.ERROR, "failed", error=Fault("ValueError", "bad", TRACEBACK))

    lines = Painter().paint(one, severity="error").splitlines()

    assert lines[0] == "✗ 08:54:07.410 ERROR scheduler failed  ValueError: bad"
    assert lines[1] == "    Traceback (most recent call last):"
    assert len(lines) == 1 + len(TRACEBACK.splitlines())


def test_colors_are_sgr_and_nothing_else():
    one = record(0, Level.ERROR, "x\x1b]0;title\x07y", fields={"a": "\x9b2J"})

    text = Painter(color=True).paint(one)

    assert re.sub(r"\x1b\[[0-9;]*m", "", text).isprintable()
    assert "\x1b[1;31mERROR" in text


def test_the_date_is_shown_when_it_changes():
    painter = Painter()
    painter.paint(record(0, Level.INFO, "a"))

    lines = painter.paint(record(24 * 3600 * 1000, Level.INFO, "b")).splitlines()

    assert lines[0] == "── 2026-11-24 ──"


def test_times_are_in_the_painters_zone():
    assert Painter(zone=ZoneInfo("Asia/Tokyo")).paint(record(0, Level.INFO, "x")).startswith("17:54:07.410")


@pytest.mark.parametrize(
    ("environ", "stream", "wanted"),
    [
        ({"TERM": "xterm"}, Terminal(), True),
        ({"TERM": "xterm"}, io.StringIO(), False),
        ({"TERM": "dumb"}, Terminal(), False),
        ({}, Terminal(), False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, Terminal(), False),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
    ],
)
def test_colors_belong_on_terminals_that_know_them(environ, stream, wanted):
    assert wants_color(stream, environ) is wanted


def test_pretty_lines_load_neither_rich_nor_textual():
    script = "import sys, logview.cli.pretty; print([m for m in ('rich', 'textual', 'asyncio') if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
