"""The viewer in a terminal of its own beside other viewers: how long until a record of the log stands on the screen.

    python tests/perf/bench_screen.py LOG [LOG …] [--runs 3]

A program is started in a pseudo-terminal of 120×40; what it writes is read at once, and the clock stops when a message
of the log's last lines (of its first lines for programs that begin there) is in it. The page cache is warm.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 30.0
"""A program that shows nothing for so long is stopped."""
TAIL_BYTES = 4096
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\([0-9AB]|[@-Z\\-_]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_MESSAGE = re.compile(rb'"(?:msg|message|event)": ?"([^"]{8,})"|: ([a-z][^:\n]{8,})\n')


@dataclass(frozen=True, slots=True)
class Shown:
    """One run: seconds to the first record on the screen (None: not within LIMIT_S), CPU seconds and MB until then."""

    first_s: float | None
    cpu_s: float
    peak_mb: float


def messages(log: Path) -> list[bytes]:
    """Texts of which one must be on the screen: of the log's first and of its last lines."""
    with log.open("rb") as lines:
        head = lines.read(TAIL_BYTES)
        lines.seek(max(log.stat().st_size - TAIL_BYTES, 0))
        tail = lines.read()
    found = {one or other for part in (head, tail) for one, other in _MESSAGE.findall(part)}
    return [text[:24].strip() for text in found if re.fullmatch(rb"[ -~]+", text)]


def shown(command: list[str], wanted: list[bytes], *, environment: dict[str, str]) -> Shown:
    """Run `command` in a terminal until one of the texts is on it."""
    started = time.perf_counter()
    pid, terminal = _spawn(command, environment)
    first = _watch(terminal, wanted, started)
    _end(pid)
    usage = _usage(pid)
    os.close(terminal)
    return Shown(first, usage[0], usage[1])


def _spawn(command: list[str], environment: dict[str, str]) -> tuple[int, int]:
    """(process, its terminal)."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.execvpe(command[0], command, environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        finally:
            os._exit(127)
    return pid, terminal


def _watch(terminal: int, wanted: list[bytes], started: float) -> float | None:
    written = b""
    while time.perf_counter() - started < LIMIT_S:
        if not select.select([terminal], [], [], 0.05)[0]:
            continue
        try:
            new = os.read(terminal, 1 << 16)
        except OSError:
            return None
        if not new:
            return None
        if b"\x1b[6n" in new:
            # Where is the cursor? Some programs wait for the answer.
            os.write(terminal, b"\x1b[1;1R")
        written += new
        text = _ESCAPE.sub(b"", written)
        if any(one in text for one in wanted):
            return time.perf_counter() - started
    return None


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _usage(pid: int) -> tuple[float, float]:
    _, _, usage = os.wait4(pid, 0)
    kilobytes = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss / 1024
    return usage.ru_utime + usage.ru_stime, kilobytes / 1024


WRITER = """
import sys, time
paths, rate, seconds = sys.argv[1:-2], int(sys.argv[-2]), float(sys.argv[-1])
files = [open(path, "ab", buffering=0) for path in paths]
step, n, begin = max(rate // 200, len(files)), 0, time.monotonic()
while n < rate * seconds:
    now = time.time() * 1000
    for i, file in enumerate(files):
        line = b'{"level":30,"time":%d,"service":"s%d","seq":%d,"msg":"t%dt"}\\n'
        file.write(b"".join(line % (now, i, n + k, now) for k in range(step // len(files))))
    n += step
    time.sleep(max(0.0, begin + n / rate - time.monotonic()))
"""
_STAMP = re.compile(rb"t(\d{13})t")
IDLE_S = 3.0


def following(rate: int, seconds: float, environment: dict[str, str]) -> dict[str, float]:
    """logview on two files that grow by `rate` lines a second in all: how late a line is on the screen, and its cost.

    return  milliseconds from writing to the screen over all lines written ("p50", "p99"); seconds that the last line
            took after the writer ended ("behind"; inf: it never came); parts of a core while following and while idle
    """
    with tempfile.TemporaryDirectory() as folder:
        logs = [str(Path(folder) / name) for name in ("left.log", "right.log")]
        for log in logs:
            Path(log).write_bytes(b'{"level":30,"time":1795424047410,"msg":"beginning"}\n')
        pid, terminal = _spawn([sys.executable, "-m", "logview", *logs], environment)
        try:
            return _follow(pid, terminal, logs, rate, seconds)
        finally:
            _end(pid)
            _usage(pid)
            os.close(terminal)


def _follow(pid: int, terminal: int, logs: list[str], rate: int, seconds: float) -> dict[str, float]:
    _watch(terminal, [b"beginning"], time.perf_counter())
    _drain(terminal, 2.0)
    before = _cpu_s(pid)
    _drain(terminal, IDLE_S)
    idle = (_cpu_s(pid) - before) / IDLE_S
    before, begun = _cpu_s(pid), time.time()
    with subprocess.Popen([sys.executable, "-c", WRITER, *logs, str(rate), str(seconds)]) as writer:
        late, ended, newest, rest = [], 0.0, int(begun * 1000), b""
        while not ended or time.time() < ended + LIMIT_S:
            if not ended and writer.poll() is not None:
                ended = time.time()
                last = max(int(stamp) for log in logs for stamp in _STAMP.findall(_tail(log)))
            rest = (rest + _read(terminal, 0.01))[-(1 << 16) :]
            stamps = [int(stamp) for stamp in _STAMP.findall(_ESCAPE.sub(b"", rest))]
            now = time.time() * 1000
            if stamps and max(stamps) > newest:
                late += [now - at for at in range(newest + 1, max(stamps) + 1)]
                newest = max(stamps)
            if ended and newest >= last:
                break
    behind = time.time() - ended if newest >= last else float("inf")
    spent = (_cpu_s(pid) - before) / (time.time() - begun)
    late.sort()
    p50, p99 = (late[len(late) * part // 100] if late else float("inf") for part in (50, 99))
    return {"p50": p50, "p99": p99, "behind": behind, "core": spent, "idle": idle}


def _tail(log: str) -> bytes:
    with open(log, "rb") as lines:
        lines.seek(max(os.fstat(lines.fileno()).st_size - TAIL_BYTES, 0))
        return lines.read()


def _drain(terminal: int, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        _read(terminal, 0.05)


def _read(terminal: int, wait_s: float) -> bytes:
    return os.read(terminal, 1 << 16) if select.select([terminal], [], [], wait_s)[0] else b""


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far; proc(5), fields 14 and 15. 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def viewers(logs: list[Path]) -> dict[str, list[str]]:
    """Name → command, of those that are installed."""
    names = [str(log) for log in logs]
    found = {"logview": [sys.executable, "-m", "logview", "--no-cache", *names]}
    peers = {
        "logana": [names[0]],
        "tl (toolong)": [*(["-m"] if len(names) > 1 else []), *names],
        "lnav": names,
        "less": ["-S", names[0]],
    }
    for name, arguments in peers.items():
        program = name.split()[0]
        if shutil.which(program):
            found[name] = [program, *arguments]
    return found


def first_screens(logs: list[Path], runs: int, environment: dict[str, str]) -> dict[str, list[Shown]]:
    """Interleaved runs of every viewer, name → runs; a program that shows nothing is run once."""
    wanted = [text for log in logs for text in messages(log)]
    found: dict[str, list[Shown]] = {}
    for _ in range(runs):
        for name, command in viewers(logs).items():
            if not found.get(name) or found[name][-1].first_s is not None:
                found.setdefault(name, []).append(shown(command, wanted, environment=environment))
    return found


def table(found: dict[str, list[Shown]], yardstick: tuple[str, float]) -> list[str]:
    """Markdown, with multiples of the yardstick (name, seconds)."""
    lines = [
        "| | first record on the screen, s | CPU s until then | peak MB | × the first |",
        "|---|---:|---:|---:|---:|",
    ]
    lines.append(f"| {yardstick[0]} | {yardstick[1]:.3f} | | | 1.0 |")
    for name, runs in found.items():
        seen = [run.first_s for run in runs if run.first_s is not None]
        if len(seen) < len(runs):
            lines.append(f"| {name} | nothing within {LIMIT_S:.0f} s, or it ended | | | |")
            continue
        cpu, peak = statistics.median(run.cpu_s for run in runs), max(run.peak_mb for run in runs)
        first = statistics.median(seen)
        lines.append(f"| {name} | {first:.3f} | {cpu:.2f} | {peak:.0f} | {first / yardstick[1]:.1f} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time to the first record on the screen.")
    parser.add_argument("logs", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    found = first_screens(options.logs, options.runs, dict(os.environ))
    print("\n".join(table(found, ("one second", 1.0))))


if __name__ == "__main__":
    main()
