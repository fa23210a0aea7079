"""Wake-ups from the operating system. A hint only: whatever fails here, polling finds the same a moment later."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEBOUNCE_MS = 40
STEP_MS = 20


class Watch:
    """Calls `wake` from a thread when something changes in one of the directories."""

    def __init__(self, directories: Iterable[str], wake: Callable[[], None]) -> None:
        self._directories = list(directories)
        self._wake = wake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        # No inotify instance or watch left, a directory gone, a library without a wheel: watchfiles raises five kinds
        # of errors, one of them its own, and none of them matters.
        try:
            from watchfiles import watch

            changes = watch(
                *self._directories,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                stop_event=self._stop,
                recursive=False,
                raise_interrupt=False,
                force_polling=False,
                ignore_permission_denied=True,
            )
            for _ in changes:
                self._wake()
        except Exception:  # noqa: BLE001
            return
