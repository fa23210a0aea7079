"""A second process answers in order, is never too far ahead, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from logview.work.helper import SLOT_BYTES, SLOTS, Helper, HelperEndedError, started

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def joined(note: bytes, block: bytes) -> bytes:
    """Both, and which process it was."""
    return b"%d %s %s" % (os.getpid(), note, block)


def failing(note: bytes, block: bytes) -> bytes:
    raise ValueError(note + block)


@pytest.fixture
def helper() -> Iterator[Helper]:
    made = Helper(joined)
    yield made
    made.close()


def is_a_child(pid: int) -> bool:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def test_results_come_in_order_from_another_process(helper: Helper) -> None:
    told = []
    for number in range(50):
        helper.ask(b"%d" % number, b"block" * number)
        if helper.waiting == SLOTS:
            told.append(helper.result())
    told += [helper.result() for _ in range(helper.waiting)]
    assert [b"%d %d %s" % (helper.pid, number, b"block" * number) for number in range(50)] == told
    assert os.getpid() != helper.pid


def test_no_more_is_in_flight_than_there_are_slots(helper: Helper) -> None:
    for _ in range(SLOTS):
        assert helper.takes(b"", b"x")
        helper.ask(b"", b"x")
    assert not helper.takes(b"", b"x")
    helper.result()
    assert helper.takes(b"", b"x")


def test_a_block_fills_a_slot_and_no_more(helper: Helper) -> None:
    block = bytes(SLOT_BYTES - 1)
    assert not helper.takes(b"no", block)
    assert helper.takes(b"1", block)
    helper.ask(b"1", block)
    assert b"%d 1 %s" % (helper.pid, block) == helper.result()


def test_results_larger_than_a_pipe_wait_for_who_takes_them() -> None:
    helper = Helper(lambda note, block: block * 20)
    for byte in (b"a", b"b", b"c"):
        helper.ask(b"", byte * 200_000)
    assert [b"a" * 4_000_000, b"b" * 4_000_000, b"c" * 4_000_000] == [helper.result() for _ in range(3)]
    helper.close()


def test_work_that_fails_ends_the_helper_and_is_told() -> None:
    helper = Helper(failing)
    helper.ask(b"", b"x")
    with pytest.raises(HelperEndedError):
        helper.result()
    assert not helper.takes(b"", b"x")
    with pytest.raises(HelperEndedError):
        helper.result()
    assert not is_a_child(helper.pid)


def test_a_helper_that_was_killed_is_told_and_reaped(helper: Helper) -> None:
    os.kill(helper.pid, signal.SIGKILL)
    os.waitid(os.P_PID, helper.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(HelperEndedError):
        helper.ask(b"", b"x")
    assert not is_a_child(helper.pid)


def test_closing_ends_a_helper_in_the_middle_of_its_work() -> None:
    def forever(note: bytes, block: bytes) -> bytes:
        while True:
            signal.pause()

    helper = Helper(forever)
    helper.ask(b"", b"x")
    helper.close()
    helper.close()
    assert not is_a_child(helper.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_helper_ends_with_the_process_it_helps(number: signal.Signals) -> None:
    code = (
        "from logview.work.helper import Helper\nimport signal\n"
        "helper = Helper(lambda note, block: block)\nprint(helper.pid, flush=True)\nsignal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(number)
        # The helper has the same standard output: its end is the end of both.
        assert b"" == process.stdout.read()
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    """Whether a process goes on; one that nobody has reaped yet does not."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if (state := state_of(pid)) in ("Z", "X"):
            return False
        assert state
    return True


def state_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(") ")[2][:1]
    except OSError:
        return "X"


def test_without_a_core_or_a_process_there_is_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> int:
        raise BlockingIOError

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with monkeypatch.context() as busy:
        busy.setattr("logview.work.helper.cores", lambda: 1)
        assert started(joined) is None
    monkeypatch.setattr("logview.work.helper.cores", lambda: 2)
    before = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as full:
        full.setattr(os, "fork", none)
        assert started(joined) is None
    assert before == len(os.listdir("/proc/self/fd"))
    helper = started(joined)
    assert helper is not None
    helper.close()
    assert before == len(os.listdir("/proc/self/fd"))


def test_beside_another_thread_there_is_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logview.work.helper.cores", lambda: 2)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert started(joined) is None
    finally:
        ended.set()
        thread.join()
