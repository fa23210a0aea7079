"""A real terminal for process tests: a pty, the program in it, and the screen as pyte draws it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = float(os.environ.get("LOGVIEW_TEST_DEADLINE_S", "40"))
"""How long a screen or an end is waited for; less where a test is to fail because it does not come."""
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
"""The alternate screen, on and off."""


class Terminal:
    """`argv` in a pty of its own, as its controlling terminal."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (100, 24),
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.output = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        settings = {
            **os.environ, "TERM": "xterm-256color", "TZ": "UTC", "TEXTUAL_ANIMATIONS": "none", "COLUMNS": "",
            "LINES": "", "PYTHONPATH": str(ROOT), **(env or {}),
        }  # fmt: skip
        settings = {name: value for name, value in settings.items() if value}
        self.process = subprocess.Popen(
            [sys.executable, *argv],
            stdin=slave if stdin is None else stdin,
            stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr,
            env=settings,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),  # noqa: PLW1509  one thread at this point
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def pump(self, wait_s: float = 0.05) -> None:
        """Take what the program has written; answer nothing, as a plain terminal would."""
        while select.select([self.master], [], [], wait_s)[0]:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.output += data
            self.stream.feed(data)
            wait_s = 0.0

    def rest(self, quiet_s: float = 0.3) -> None:
        """Wait until nothing has been written for a while: a lone Esc and the next key must not run together."""
        written = -1
        while written != len(self.output):
            written = len(self.output)
            end = time.monotonic() + quiet_s
            while (left := end - time.monotonic()) > 0:
                self.pump(left)

    def wait_for(self, wanted: str | Callable[[], bool]) -> str:
        """Wait until the screen shows a text, or a condition holds; the screen."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            self.pump()
            if (wanted in self.text) if isinstance(wanted, str) else wanted():
                return self.text
            if self.process.poll() is not None:
                self.pump()
                if (wanted in self.text) if isinstance(wanted, str) else wanted():
                    return self.text
                break
        raise AssertionError(f"{wanted!r} did not come; status {self.process.poll()}, screen:\n{self.text}")

    def keys(self, text: str) -> None:
        os.write(self.master, text.encode())

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def status(self) -> int:
        """Wait for the end; the exit status as a shell has it."""
        deadline = time.monotonic() + DEADLINE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            self.pump()
        self.pump()
        code = self.process.wait(timeout=1)
        return code if code >= 0 else 128 - code

    def is_stopped(self) -> bool:
        """Whether the process has stopped (SIGTSTP, SIGSTOP) since this was asked last."""
        stopped, status = os.waitpid(self.process.pid, os.WNOHANG | os.WUNTRACED)
        return stopped != 0 and os.WIFSTOPPED(status)

    def is_restored(self) -> bool:
        """Whether the terminal is as it was: main screen, cursor shown, mouse off, line discipline back."""
        return (
            self.output.rfind(LEAVE) > self.output.rfind(ENTER)
            and self.output.rfind(b"\x1b[?25h") > self.output.rfind(b"\x1b[?25l")
            and self.output.rfind(b"\x1b[?1000l") > self.output.rfind(b"\x1b[?1000h")
            and termios.tcgetattr(self.slave) == self.before
        )
