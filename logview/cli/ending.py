"""Ends a command that follows: between two steps, so that no line is cut and what was held back is printed first."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STUCK_S = 1.0
"""A step that takes longer, such as writing to a pipe that nobody reads, is broken off."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """The process was asked to end by the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Ending:
    """Whether one of the signals has come."""

    def __init__(self) -> None:
        self.number: int | None = None

    def asked(self) -> bool:
        """Whether the command is to end now."""
        return self.number is not None

    def leave(self) -> None:
        """Raise Ended if a signal has come."""
        if self.number is not None:
            raise Ended(self.number)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            raise Ended(self.number)
        self.number = number
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._note)
            signal.setitimer(signal.ITIMER_REAL, STUCK_S)


@contextmanager
def ending() -> Iterator[Ending]:
    """Notes SIGINT, SIGTERM and SIGHUP while it is entered, those that are not ignored.

    raises Ended  on a second signal, or STUCK_S after the first, wherever the command is then
    """
    told = Ending()
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, told._note)  # noqa: SLF001 - a handler is nobody's method to call
    try:
        yield told
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
