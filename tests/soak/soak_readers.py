"""The readers under test, and the controls beside them: each follows a.log and b.log and gives back what it showed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Protocol

from soak_ledger import Verdict, judge

from logview.sources import Grew, Notice
from logview.sources.events import LOSS
from logview.sources.follow import Follower

if TYPE_CHECKING:
    from pathlib import Path

QUIET_S = 0.6
"""A reader that has shown nothing new for so long after the writer's end has shown all it will."""
DEADLINE_S = 12.0


class Reader(Protocol):
    """Starts to follow when made."""

    name: str

    def is_ready(self, paths: list[Path]) -> bool: ...
    def finish(self, written: dict[str, int], written_at: float) -> Verdict: ...


class ObjectReader:
    """The follower object in a thread of this process.

    stall  seconds it does not poll, once in a while: a stopped process, a stalled screen
    """

    def __init__(self, paths: list[Path], *, watch: bool = True, stall: float = 0.0) -> None:
        self.name = "logview follower"
        self._follower = Follower([str(p) for p in paths], watch=watch)
        self._data = [bytearray() for _ in paths]
        self._notices: list[Notice] = []
        self._stop = threading.Event()
        self._stall = stall
        self._seen: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.fault: BaseException | None = None

    def is_ready(self, paths: list[Path]) -> bool:
        return True

    def _run(self) -> None:
        try:
            stalled = time.monotonic()
            while not self._stop.is_set():
                for event in self._follower.poll():
                    if isinstance(event, Grew):
                        assert event.start == len(self._data[event.source])
                        data = self._follower.sources[event.source].read(event.start, event.end - event.start)
                        self._data[event.source] += data
                        self._seen.append((time.time(), len(self._data[event.source])))
                    elif isinstance(event, Notice):
                        self._notices.append(event)
                self._follower.wait(0.5)
                if self._stall and time.monotonic() - stalled > 0.5:
                    time.sleep(self._stall)
                    stalled = time.monotonic()
        except BaseException as error:
            self.fault = error
            raise

    def finish(self, written: dict[str, int], written_at: float) -> Verdict:
        wait_quiet(lambda: sum(map(len, self._data)))
        self._stop.set()
        self._thread.join()
        if self.fault is not None:
            raise self.fault
        total = Verdict()
        for index, src in enumerate(written):
            gaps = [n.offset for n in self._notices if n.source == index and n.kind in LOSS | {"cut"}]
            total = added(total, judge(placed(bytes(self._data[index])), {src: written[src]}, gaps))
        for notice in self._notices:
            total.notices[notice.kind] = total.notices.get(notice.kind, 0) + 1
        if self._seen:
            total.late_s = max(0.0, self._seen[-1][0] - written_at)
        self._follower.close()
        return total


class ProcessReader:
    """Any command that follows files and prints their lines; `logview` notices are counted from standard error."""

    def __init__(
        self, name: str, command: list[str], folder: Path, *, has_notices: bool = False, stopped_s: float = 0.0
    ) -> None:
        self.name = name
        self._out = open(folder / f"shown-{name.replace(' ', '-')}", "w+b")  # noqa: SIM115 - lives as long as this
        self._err: IO[bytes] = open(folder / f"said-{name.replace(' ', '-')}", "w+b")  # noqa: SIM115
        self._has_notices = has_notices
        self._process = subprocess.Popen(command, stdout=self._out, stderr=self._err, stdin=subprocess.DEVNULL)
        self._stopped_s = stopped_s
        self._done = threading.Event()
        if stopped_s:
            threading.Thread(target=self._stop_now_and_then, daemon=True).start()

    def is_ready(self, paths: list[Path]) -> bool:
        return has_open(self._process.pid, paths)

    def _stop_now_and_then(self) -> None:
        while not self._done.wait(0.7):
            self._process.send_signal(signal.SIGSTOP)
            time.sleep(self._stopped_s)
            self._process.send_signal(signal.SIGCONT)

    def finish(self, written: dict[str, int], written_at: float) -> Verdict:
        wait_quiet(lambda: os.fstat(self._out.fileno()).st_size)
        self._done.set()
        self._process.send_signal(signal.SIGCONT)
        died = self._process.poll()
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.seek(0)
        self._err.seek(0)
        said = self._err.read()
        verdict = judge(placed(self._out.read()), written, None)
        if self._has_notices and any(word in said for word in (b"lost", b"deleted and created anew")):
            verdict.unannounced = 0
        if died not in {None, 0}:
            verdict.notices[f"died with status {died}"] = 1
        self._out.close()
        self._err.close()
        return verdict


def tail(paths: list[Path], folder: Path) -> ProcessReader:
    """GNU tail with inotify."""
    return ProcessReader("tail -F", ["tail", "-q", "-n", "+1", "-F", *map(str, paths)], folder)


def hl(paths: list[Path], folder: Path) -> ProcessReader | None:
    """hl, where it is installed."""
    program = shutil.which("hl")
    if program is None:
        return None
    return ProcessReader("hl -F", [program, "-F", "--raw", "-P", *map(str, paths)], folder)


def headless(paths: list[Path], folder: Path, *, stopped_s: float = 0.0) -> ProcessReader:
    """logview cat --follow as a process."""
    command = [sys.executable, "-m", "logview", "cat", "--follow", "--output", "raw", *map(str, paths)]
    return ProcessReader("logview cat -F", command, folder, has_notices=True, stopped_s=stopped_s)


def has_open(pid: int, paths: list[Path]) -> bool:
    """Whether a process has all of these files open."""
    try:
        fds = os.listdir(f"/proc/{pid}/fd")
        return {str(path) for path in paths} <= {os.path.realpath(f"/proc/{pid}/fd/{fd}") for fd in fds}
    except OSError:
        return False


def wait_quiet(size: object) -> None:
    """Until `size()` has not changed for QUIET_S."""
    assert callable(size)
    deadline = time.monotonic() + DEADLINE_S
    last, since = size(), time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < QUIET_S:
        time.sleep(0.02)
        if (now := size()) != last:
            last, since = now, time.monotonic()


def placed(data: bytes) -> list[tuple[int, bytes]]:
    """(offset, line) of every line that was shown, empty ones left out."""
    shown, at = [], 0
    for part in data.split(b"\n"):
        # tail prints a hole's NUL bytes in front of the line after it; that is no loss.
        if part.strip(b"\0"):
            shown.append((at, part.strip(b"\0")))
        at += len(part) + 1
    return shown


def added(one: Verdict, other: Verdict) -> Verdict:
    """Both verdicts together."""
    return Verdict(
        one.missing + other.missing,
        one.unannounced + other.unannounced,
        one.duplicate + other.duplicate,
        one.torn + other.torn,
        one.disordered + other.disordered,
        wrong=one.wrong + other.wrong,
    )
