"""Rows S1–S4, S6, S7, S9, S10, S12 and S14: the process in its terminal. S5 and more of S1 are in tests/tui."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest
from hostile import CANARY, ROOT, run
from tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

VIEW = ["-m", "logview", "view"]


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "app.log"
    lines = [{"level": 30, "time": 1_795_424_047_000 + n, "name": "svc", "msg": f"tick {n}"} for n in range(60)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_s1_s2_a_signal_restores_the_terminal_and_gives_128_plus_n(log, name):
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        terminal.signal(signal.Signals[name])
        assert 128 + signal.Signals[name] == terminal.status()
        assert terminal.is_restored()


@pytest.mark.slow
def test_s3_stopped_and_continued_it_has_lost_nothing(log):
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        terminal.signal(signal.SIGSTOP)
        for number in range(5):
            with log.open("a") as file:
                file.write(
                    json.dumps({"level": 30, "time": 1_795_424_050_000 + number, "msg": f"late {number}"}) + "\n"
                )
            os.rename(log, f"{log}.{number + 1}")
            log.touch()
        terminal.signal(signal.SIGCONT)
        screen = terminal.wait_for("late 4")
        assert all(f"late {number}" in screen for number in range(5))
        # Continued, it sets the terminal up again; what was typed before that is gone, as in any program.
        deadline = time.monotonic() + 120
        while terminal.process.poll() is None and time.monotonic() < deadline:
            terminal.keys("q")
            terminal.rest(0.5)
        assert 0 == terminal.status()


@pytest.mark.slow
def test_s4_a_storm_of_sizes_down_to_one_by_one(log):
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("tick 59")
        for rows, columns in [(1, 1), (2, 500), (200, 3), (0, 0), (200, 500), (1, 80), (24, 100)] * 3:
            fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            terminal.signal(signal.SIGWINCH)
            terminal.pump(0.02)
        terminal.wait_for("tick 59")
        terminal.keys("q")
        assert 0 == terminal.status()
        assert terminal.is_restored()


@pytest.mark.slow
def test_s7_a_closed_pipe_ends_quietly(tmp_path):
    path = tmp_path / "big.log"
    path.write_text('{"level":30,"msg":"x"}\n' * 200_000)
    for output in ("json", "raw", "pretty"):
        command = f'"{sys.executable}" -m logview cat --output {output} "{path}"; echo "status $?" >&2'
        done = subprocess.run(
            ["bash", "-c", f"({command}) | head -1"], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert 1 == done.stdout.count("\n")
        assert "status 141" in done.stderr
        assert "Traceback" not in done.stderr
        assert "BrokenPipe" not in done.stderr


@pytest.mark.slow
def test_s7_closed_standard_input_and_a_full_output_are_messages():
    script = 'exec "$0" -m logview cat - <&-'
    done = subprocess.run(["sh", "-c", script, sys.executable], capture_output=True, text=True, cwd=ROOT, check=False)
    assert 2 == done.returncode
    assert "closed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_s9_a_full_disk_under_the_output_is_a_message_and_no_traceback(log):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "logview", "cat", "--output", "json", str(log)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode not in {0, 1}
    assert "No space left" in done.stderr or "no space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_s9_an_export_is_private_whole_and_overwrites_nothing(log, tmp_path):
    target = tmp_path / "out.log"
    with Terminal([*VIEW, str(log)]) as terminal:
        terminal.wait_for("60 of 60")
        terminal.rest()
        for _ in range(2):
            terminal.keys("\x13")
            terminal.wait_for("File")
            terminal.keys(str(target))
            terminal.rest(0.25)
            terminal.keys("\r")
            terminal.wait_for(target.exists)
            terminal.rest(0.25)
            os.utime(target, (1, 1))
        terminal.keys("\x1b")
        terminal.rest(0.25)
        terminal.keys("\x1bq")
        terminal.rest(0.25)
        terminal.signal(signal.SIGTERM)
        terminal.status()
    assert log.read_bytes() == target.read_bytes()
    assert 1 == target.stat().st_mtime
    assert 0o600 == target.stat().st_mode & 0o777
    assert [] == [name for name in os.listdir(tmp_path) if name.startswith(".")]


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a)*b\\1", "(?=(a+))*c"])
def test_s10_a_filter_cannot_freeze_the_program(tmp_path, pattern):
    path = tmp_path / "a.log"
    path.write_text("".join(json.dumps({"level": 30, "msg": "a" * 4000 + "!"}) + "\n" for _ in range(20)))
    # A pattern that backtracks does not end within the time that `run` gives.
    done = run("cat", "--output", "json", "--filter", f"/{pattern}/", str(path))
    assert done.returncode in {0, 2}
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", [("cat",), ("check",), ("standard", "show")])
def test_s12_a_configuration_from_a_cloned_repository_runs_nothing(log, tmp_path, command):
    ran = tmp_path / "ran"
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name in ("sh", "npm", "node", "nano", "vi"):
        (bin_folder / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (bin_folder / name).chmod(0o755)
    (tmp_path / "logview.toml").write_text(
        f'standard = "default@1"\ncommand = "touch {ran}"\nplugins = ["evil"]\n'
        f'[services.svc]\nlogs = ["app.log"]\nrun = "touch {ran}"\ncommand = "$(touch {ran})"\n'
        f'[run]\nsvc = "touch {ran}"\n[view]\neditor = "touch {ran}"\n'
    )
    (tmp_path / "evil.py").write_text(f"open({str(ran)!r}, 'w')\n")
    paths = [] if command[0] == "standard" else [str(log)]
    for arguments in ([*command, *paths], [*command, *paths, "--config", str(tmp_path / "logview.toml")]):
        subprocess.run(
            [sys.executable, "-m", "logview", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert not ran.exists()


@pytest.mark.slow
def test_s12_secure_mode_runs_no_commands(tmp_path):
    done = run("run", f"touch {tmp_path}/ran", env={"LOGVIEW_SECURE": "1"})
    assert 2 == done.returncode
    assert b"LOGVIEW_SECURE" in done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
@pytest.mark.parametrize("secure", ["", "1"])
def test_s14_the_clipboard_gets_printable_text_or_in_secure_mode_nothing(tmp_path, secure):
    import base64
    import re

    path = tmp_path / "h.log"
    text = CANARY.replace("\udc80", "") + "\x1b[201~rm -rf /\r"
    path.write_text(json.dumps({"level": 30, "time": 1_795_424_047_000, "msg": text}) + "\n")
    with Terminal([*VIEW, str(path)], env={"LOGVIEW_SECURE": secure}) as terminal:
        terminal.wait_for("1 of 1")
        terminal.rest(0.25)
        for keys in ("y", "Y", "\x19"):
            terminal.keys(keys)
            terminal.rest(0.25)
        terminal.keys("q")
        assert 0 == terminal.status()
        copied = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)", terminal.output)
    if secure:
        assert [] == copied
    else:
        assert copied
    for text in copied:
        assert all(c.isprintable() or c == "\n" for c in base64.b64decode(text).decode()), copied


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_c1_s1_a_signal_loses_no_line_that_was_held_back(tmp_path, name):
    path = tmp_path / "app.log"
    path.write_text("2026-11-18 10:00:00,001 [INFO] soak: first\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "logview", "cat", "--follow", "--output", "raw", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout is not None
    assert process.stdout.readline().endswith(b"first\n")
    # A text record is held for a second, since a traceback may follow.
    with path.open("a") as file:
        file.write("2026-11-18 10:00:00,002 [INFO] soak: second\n")
    process.send_signal(signal.Signals[name])
    rest, said = process.communicate(timeout=40)
    assert b"2026-11-18 10:00:00,002 [INFO] soak: second\n" == rest
    assert b"" == said
    assert 128 + signal.Signals[name] == process.returncode


@pytest.mark.slow
def test_s1_a_signal_ends_it_though_nobody_reads_its_output(tmp_path):
    path = tmp_path / "big.log"
    path.write_text('{"level":30,"msg":"x"}\n' * 200_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "logview", "cat", "--follow", "--output", "raw", str(path)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.read(1)
    process.send_signal(signal.SIGTERM)
    assert 128 + signal.SIGTERM == process.wait(timeout=40)
    process.stdout.close()


@pytest.mark.slow
def test_s1_check_that_follows_sums_up_when_it_is_ended(log):
    process = subprocess.Popen(
        [sys.executable, "-m", "logview", "check", "--follow", "--no-config", str(log)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=40)
    assert b" in 60 records of 1 service;" in rest  # the last record too was read while its file was open
    assert process.returncode in {0, 1}
