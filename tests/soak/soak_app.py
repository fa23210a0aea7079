"""The viewer itself under the soak, in a terminal of its own: at the end it exports every record it holds."""

from __future__ import annotations

import fcntl
import itertools
import os
import select
import struct
import termios
import threading
import time
from typing import TYPE_CHECKING

from soak_ledger import Verdict, judge
from soak_readers import has_open, placed
from tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (120, 40)
RESIZES = [SIZE, (100, 24), (40, 10), (200, 60), (1, 1)]
RESIZE_S = 0.7
DRAWN_S = 15.0
"""A busy machine may take so long to draw a screen."""


class AppReader:
    """`logview a.log b.log` in a pty, resized now and then while it follows."""

    def __init__(self, paths: list[Path], folder: Path) -> None:
        self.name = "logview app"
        self._folder = folder
        self._terminal = Terminal(["-m", "logview", "view", *map(str, paths)], size=SIZE, cwd=folder)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        """Take what it draws, unread: to read a screen costs more than to draw it, and the readers need the time."""
        sizes, turn_at = itertools.cycle(RESIZES), time.monotonic()
        while not self._done.is_set():
            if time.monotonic() >= turn_at:
                self._resize(next(sizes))
                turn_at += RESIZE_S
            if select.select([self._terminal.master], [], [], 0.02)[0]:
                self._terminal.output += os.read(self._terminal.master, 1 << 16)

    def _resize(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self._terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def is_ready(self, paths: list[Path]) -> bool:
        return has_open(self._terminal.process.pid, paths)

    def finish(self, written: dict[str, int], written_at: float) -> Verdict:
        time.sleep(2.5)
        self._done.set()
        self._thread.join()
        target = self._folder / "exported.log"
        terminal = self._terminal
        # Both sizes draw the whole screen; the second is the one that is read.
        self._resize((119, 39))
        terminal.rest()
        self._resize(SIZE)
        terminal.rest()
        terminal.keys("\x13")
        is_drawn = self._shows("File")
        terminal.rest(0.2)
        terminal.keys(str(target))
        terminal.wait_for(target.name)
        terminal.keys("\r")
        terminal.wait_for(target.exists)
        shown = placed(target.read_bytes())
        terminal.rest()
        terminal.keys("q")
        status = terminal.status()
        terminal.__exit__(None, None, None)
        os.unlink(target)
        verdict = judge(shown, written, None)
        verdict.unannounced = 0 if b"lost" in terminal.output or b"created anew" in terminal.output else verdict.missing
        if status:
            verdict.notices[f"ended with status {status}"] = 1
        if not is_drawn:
            verdict.notices["the form was drawn late"] = 1
        return verdict

    def _shows(self, wanted: str) -> bool:
        """Wait for a text; whether it came by itself, and not only when the screen was drawn anew."""
        deadline = time.monotonic() + DRAWN_S
        while wanted not in self._terminal.text and time.monotonic() < deadline:
            self._terminal.pump()
        if wanted in self._terminal.text:
            return True
        for size in ((119, 39), SIZE):
            self._resize(size)
            self._terminal.pump(1.0)
        self._terminal.wait_for(wanted)
        return False
