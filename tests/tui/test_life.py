"""The viewer as a process in a terminal: it starts, ends with the true status, and leaves the terminal as it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .terminal import ENTER, ROOT, Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

VIEW = ("-m", "logview", "view")


def pino(number: int, message: str = "tick", level: int = 30) -> str:
    stamp = 1_795_424_047_000 + number * 100
    return (
        json.dumps({"level": level, "time": stamp, "pid": 7, "hostname": "h", "name": "scheduler", "msg": message})
        + "\n"
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "scheduler.log"
    path.write_text("".join(pino(number, f"tick {number}") for number in range(60)))
    return path


def test_it_opens_follows_and_quits_with_status_0(log):
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        with log.open("a") as file:
            file.write(pino(60, "the newest"))
        terminal.wait_for("the newest")
        terminal.keys("q")

        assert terminal.status() == 0
        assert terminal.is_restored()


def test_options_start_the_same_view(log):
    with log.open("a") as file:
        file.write(pino(61, "late trouble", 50))
    with Terminal([*VIEW, str(log), "--level", "error"]) as terminal:
        text = terminal.wait_for("late trouble")
        terminal.wait_for("level>=error")
        terminal.keys("q")

        assert "tick" not in text
        assert terminal.status() == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_s1_s2_a_signal_ends_it_with_128_plus_its_number_and_a_restored_terminal(log, name):
    number = getattr(signal, name)
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        terminal.signal(number)

        assert terminal.status() == 128 + number
        assert terminal.is_restored()


CRASHES = {
    "screen": "from logview.tui.screens.showing import Showing; Showing.cursor_moved = None; "
    "import logview.tui.widgets.status as s; s.status_pieces = lambda *a: 1 / 0",
    "thread": "import threading; from logview.engine import Engine; old = Engine.start\n"
    "def start(self):\n    old(self); threading.Thread(target=lambda: 1 / 0, name='odd').start()\n"
    "Engine.start = start",
    "task": "from logview.tui.app import LogviewApp; import asyncio; old = LogviewApp._settle\n"
    "def settle(self):\n    old(self); asyncio.get_running_loop().call_later(0.1, lambda: 1 / 0)\n"
    "LogviewApp._settle = settle",
    "worker": "import logview.tui.figures as f; f.count = lambda *a: 1 / 0",
    "engine": "from logview.engine import Engine; Engine._filter = lambda self: 1 / 0",
}


@pytest.mark.parametrize("where", CRASHES)
def test_s5_a_fault_of_ours_ends_with_70_a_report_and_a_restored_terminal(log, where, tmp_path):
    script = f"{CRASHES[where]}\nfrom logview.cli.main import main\nmain(['view', {str(log)!r}])"
    with Terminal(["-c", script], env={"TMPDIR": str(tmp_path)}) as terminal:
        status = terminal.status()
        terminal.wait_for("report is in")

        assert status == 70
        assert terminal.is_restored()
    reports = list(tmp_path.glob("logview-crash-*.txt"))
    assert len(reports) == 1
    assert "ZeroDivisionError" in reports[0].read_text()
    assert reports[0].stat().st_mode & 0o777 == 0o600
    assert "tick" not in reports[0].read_text()


def test_s3_suspended_and_resumed_it_draws_again_and_has_lost_nothing(log):
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        terminal.signal(signal.SIGTSTP)
        terminal.wait_for(terminal.is_restored)
        # Before it has really stopped, SIGCONT would find nothing to continue, and it would stop for good.
        terminal.wait_for(terminal.is_stopped)
        with log.open("a") as file:
            file.write(pino(60, "while asleep"))
        terminal.output = b""
        terminal.signal(signal.SIGCONT)
        terminal.wait_for("while asleep")
        terminal.keys("q")

        assert terminal.status() == 0


def test_s7_records_from_a_pipe_and_keys_from_the_terminal():
    read, write = os.pipe()
    with Terminal([*VIEW], stdin=read) as terminal:
        os.close(read)
        os.write(write, "".join(pino(number, f"piped {number}") for number in range(5)).encode())
        terminal.wait_for("piped 4")
        os.write(write, pino(6, "piped later").encode())
        terminal.wait_for("piped later")
        os.close(write)
        terminal.keys("q")

        assert terminal.status() == 0
        assert terminal.is_restored()


def test_standard_error_in_a_file_does_not_take_the_screen_away(log, tmp_path):
    errors = os.open(tmp_path / "errors.txt", os.O_WRONLY | os.O_CREAT)
    with Terminal([*VIEW, str(log)], stderr=errors) as terminal:
        os.close(errors)
        terminal.wait_for("tick 59")
        terminal.keys("q")

        assert terminal.status() == 0
        assert terminal.is_restored()
    assert (tmp_path / "errors.txt").read_bytes() == b""


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": ""}])
def test_s7_a_dumb_terminal_gets_pretty_lines(log, env):
    with Terminal([*VIEW, str(log)], env=env, size=(100, 80)) as terminal:
        text = terminal.wait_for("tick 59")

        assert terminal.status() == 0
        assert ENTER not in terminal.output
        assert b"\x1b[" not in terminal.output
        assert "INFO" in text


def test_s7_without_a_terminal_pretty_lines_are_printed_without_colors(log):
    done = subprocess.run(
        [sys.executable, *VIEW, str(log)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 60
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[-1].endswith("tick 59")


def test_no_logs_anywhere_is_bad_use_with_a_hint(tmp_path):
    with Terminal([*VIEW], cwd=tmp_path, size=(200, 10)) as terminal:
        terminal.wait_for("logview demo")

        assert terminal.status() == 2
        assert ENTER not in terminal.output


def test_a_bad_filter_is_bad_use_with_a_caret(log):
    with Terminal([*VIEW, str(log), "--filter", "level>=wran"]) as terminal:
        terminal.wait_for("^")

        assert terminal.status() == 2
        assert ENTER not in terminal.output


def test_no_color_draws_in_shades_of_gray(log):
    with Terminal([*VIEW, str(log)], env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("tick 59")
        terminal.keys("q")
        terminal.status()

        colors = {
            part.split(b"m")[0] for part in terminal.output.split(b"\x1b[")[1:] if b"38;2;" in part.split(b"m")[0]
        }
        for color in colors:
            red, green, blue = color.split(b"38;2;")[1].split(b";")[:3]
            assert red == green == blue


def test_hostile_bytes_reach_the_terminal_on_no_screen(tmp_path):
    canary = (
        "\x1b]0;CANARY\x07\x1b]52;c;Q0FOQVJZ\x07\x1b]8;;http://evil\x07 \x1bc \x9b2J \u202eRLO\u2066 \U000e0041 "
        "\x07\x08\x0e [/] [@click=app.quit]x"
    )
    path = tmp_path / "hostile.log"
    error = {"type": canary, "message": canary, "stack": canary}
    fields = {"level": 50, "msg": canary, canary: canary, "err": error, "name": canary, "jobId": canary}
    lines = [json.dumps({"time": 1_795_424_047_000 + number, **fields}) for number in range(3)]
    path.write_text(
        "\n".join([*lines, canary, json.dumps(canary), f"2026-11-23 08:54:07,410 ERROR {canary}: {canary}"]) + "\n"
    )
    with Terminal([*VIEW, str(path)], size=(140, 50)) as terminal:
        terminal.wait_for("6 of 6")
        record = ("\r", "\r", "\x1b[F", "\x1b", "g", "\r", "j", "V", "\x1b", "\x1b", "+")
        pages = ("r", "\r", "\x1b[B", "\r", "\x1b", "i", "\x1b", "x", "\x1b", "?", "\x1b", "\x10", "\x1b")
        typed = ("f", "\t", "\t", "\x1b", "/", "CANARY\r", "n")
        for keys in (*record, *pages, *typed):
            terminal.keys(keys)
            terminal.rest()
        terminal.keys("q")
        assert terminal.status() == 0
        # OSC 22 sets the pointer's shape: Textual's own, with a fixed text.
        output = re.sub(rb"\x1b\]22;[a-z-]+\x07", b"", terminal.output)
    for forbidden in (b"\x1b]0;", b"\x1b]8;", b"\x1b]52", b"\x1bc", b"\x07", b"\x08", b"\x0e"):
        assert forbidden not in output, output[max(output.find(forbidden) - 200, 0) : output.find(forbidden) + 50]
    decoded = output.decode("utf-8", "replace")
    assert not any(char in decoded for char in "\x9b\x9d\u202e\u2066\U000e0041")
    assert "CANARY" in decoded
