"""The viewer's life in a terminal: keys from /dev/tty, signals, crashes; the terminal restored, the status true.

SIGTERM, SIGHUP, SIGQUIT and SIGINT end the viewer with 128+n; a fault of ours with 70 and a report in a file. Nothing
but SIGKILL and a crash of the interpreter leaves the terminal in disorder (Textual alone leaves it so on SIGTERM,
SIGHUP and SIGQUIT, and ends with status 0 on SIGINT and on a dead thread; measured with 8.2.8).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from logview.errors import UsageError
from logview.tui.crash import Crash, write_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.tui.app import LogviewApp

CRASHED = 70
"""EX_SOFTWARE of sysexits.h."""
HUNG_UP = 128 + 1
"""Of SIGHUP, also where that signal did not come."""
WRITER = "textual-output"
"""Textual's thread that writes to the terminal."""
ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT")


def run(app: LogviewApp) -> int:
    """Run the viewer until it ends; its exit status."""
    with terminal_output():
        asyncio.run(live(app))
    if app.crash is not None:
        tell(app.crash)
        return CRASHED
    return app.return_code or 0


async def live(app: LogviewApp) -> None:
    """Run the app in this loop, its signals and lost tasks handled."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: task_failed(app, context))
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, app.end, 128 + number)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            signal.signal(number, lambda got, _frame: loop.call_soon_threadsafe(app.end, 128 + got))
    with threads_watched(app, loop):
        try:
            await app.run_async()
        finally:
            app.session.engine.close()


def answer_in_loop() -> None:
    """Answer SIGTSTP and SIGWINCH in the running loop, by the handlers that Textual has set.

    Python would run them wherever the main thread is just then. Within the lock of Textual's output queue, which that
    of SIGTSTP writes to, it waits for ever (seen with 8.2.8 in one of eight runs at the first screen). That of SIGWINCH
    asks for the window's size and then tells it: inside of itself, the older size is told last, and stays.
    """
    for name in ("SIGTSTP", "SIGWINCH"):
        number = getattr(signal, name, None)
        handler = signal.getsignal(number) if number is not None else None
        if number is not None and callable(handler):
            asyncio.get_running_loop().add_signal_handler(number, handler, number, None)


def task_failed(app: LogviewApp, context: dict[str, Any]) -> None:
    """A task or callback of the loop failed and nobody looked."""
    error = context.get("exception")
    if isinstance(error, Exception) and app.crash is None:
        app.crash = Crash.of(error, "task")
        app.end(CRASHED)


@contextmanager
def threads_watched(app: LogviewApp, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """A thread that dies ends the viewer; otherwise the screen would just stop changing."""

    def died(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or app.crash is not None:
            return
        name = args.thread.name if args.thread is not None else "?"
        status = CRASHED
        if name == WRITER and isinstance(args.exc_value, OSError):
            # The terminal is gone. SIGHUP says so too, but may come later, or to the shell alone.
            status = HUNG_UP
        else:
            app.crash = Crash.of(args.exc_value, f"thread {name}")
        if loop.is_running():
            loop.call_soon_threadsafe(app.end, status)

    before, threading.excepthook = threading.excepthook, died
    try:
        yield
    finally:
        threading.excepthook = before


def tell(crash: Crash) -> None:
    """Say on standard error what happened and where the report is."""
    path = write_report(crash)
    sys.stderr.write(f"logview: this is a fault of logview, in its {crash.where}: {crash.summary[:300]!r}\n")
    if path is not None:
        sys.stderr.write(f"logview: the report is in {path}\n")
    else:
        sys.stderr.write(crash.text)


@contextmanager
def terminal_output() -> Iterator[None]:
    """Textual draws on standard error: while it runs that is the terminal, wherever `2>` leads."""
    sys.stderr.flush()
    if os.isatty(2):
        yield
        return
    saved = os.dup(2)
    os.dup2(1, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def keys_from_terminal() -> int:
    """Make descriptor 0 the terminal again when standard input is data; the data under a new descriptor.

    raises UsageError  there is no terminal to read keys from
    """
    data = os.dup(0)
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        os.close(data)
        raise UsageError(
            f"keys are read from the terminal, and /dev/tty cannot be opened ({error.strerror}); "
            "use `logview cat -` to print the records"
        ) from None
    os.dup2(terminal, 0)
    os.close(terminal)
    return data
