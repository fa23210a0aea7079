"""A service that logview started: its stdout and stderr as sources, its exit as a notice, its whole group at an end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from logview.errors import SourceError
from logview.sources.pipe import PipeSource

if TYPE_CHECKING:
    from collections.abc import Mapping

TERM_S = 3.0
"""A process group has so long to end after SIGTERM before it is killed."""


class Child:
    """A running shell command.

    command   given to the shell as typed
    name      what its sources are called; the command itself by default
    env, cwd  as for subprocess; the environment also gets PYTHONUNBUFFERED=1, since Python buffers into a pipe
    raises    SourceError  when the shell cannot be started
    """

    def __init__(
        self, command: str, *, name: str | None = None, cwd: str | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.command = command
        self.name = name or command
        self._started = time.monotonic()
        self._lasted: float | None = None
        self._lock = threading.Lock()
        environment = {"PYTHONUNBUFFERED": "1", **(os.environ if env is None else env)}
        try:
            # A session of its own: no terminal to read keys from, and one group that can be ended as a whole.
            self._process = subprocess.Popen(
                command,
                shell=True,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except (OSError, ValueError) as error:
            raise SourceError(f"{command}: cannot be started: {error}") from None
        out, err = self._process.stdout, self._process.stderr
        assert out is not None
        assert err is not None
        self.stdout = PipeSource(os.dup(out.fileno()), name=self.name, is_own=True)
        self.stderr = PipeSource(os.dup(err.fileno()), name=f"{self.name} (stderr)", is_own=True)
        out.close()
        err.close()

    @property
    def pid(self) -> int:
        """Process id of the shell, and id of its process group."""
        return self._process.pid

    def poll(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        with self._lock:
            status = self._process.poll()
            if status is not None and self._lasted is None:
                self._lasted = time.monotonic() - self._started
            return status

    def obituary(self) -> str:
        """How it ended, once it has: "exited with status 1 after 3.2 s"."""
        status = self.poll()
        lasted = f"after {self._lasted or 0.0:.1f} s"
        if status is None:
            return "still running"
        if status >= 0:
            return f"exited with status {status} {lasted}"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"killed by {name} {lasted}"

    def terminate(self, wait_s: float = TERM_S) -> None:
        """End the whole process group, grandchildren too: SIGTERM, and SIGKILL for what is left after `wait_s`."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + wait_s
        while self._is_group_alive() and time.monotonic() < deadline:
            self.poll()
            time.sleep(0.02)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=wait_s)
        self.poll()

    def close(self) -> None:
        """Terminate, and give the pipes back."""
        self.terminate()
        self.stdout.close()
        self.stderr.close()

    def _is_group_alive(self) -> bool:
        if not hasattr(os, "killpg"):
            return self.poll() is None
        try:
            os.killpg(self.pid, 0)
        except OSError:
            return False
        return True

    def _signal(self, number: int) -> None:
        # The group outlives the shell: grandchildren keep its id from being given to others.
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, number)
            elif self.poll() is None:
                self._process.send_signal(number)
