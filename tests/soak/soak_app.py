"""The viewer itself under the soak, in a terminal of its own: at the end it exports every record it holds."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from soak_ledger import Verdict, judge
from soak_readers import has_open, placed
from tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

RESIZES = [(100, 24), (40, 10), (200, 60), (1, 1), (120, 40)]


class AppReader:
    """`logview a.log b.log` in a pty, resized now and then while it follows."""

    def __init__(self, paths: list[Path], folder: Path) -> None:
        self.name = "logview app"
        self._folder = folder
        self._terminal = Terminal(["-m", "logview", "view", *map(str, paths)], size=(120, 40), cwd=folder)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        while not self._done.is_set():
            with self._lock:
                self._terminal.pump(0.02)
            time.sleep(0.005)

    def is_ready(self, paths: list[Path]) -> bool:
        return has_open(self._terminal.process.pid, paths)

    def finish(self, written: dict[str, int], written_at: float) -> Verdict:
        time.sleep(2.5)
        self._done.set()
        self._thread.join()
        target = self._folder / "exported.log"
        terminal = self._terminal
        terminal.rest()
        terminal.keys("\x13")
        terminal.wait_for("File")
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
        return verdict
