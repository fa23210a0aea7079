"""The follower in a thread of its own."""

from __future__ import annotations

import os
import threading
import time

import pytest

from logview.sources import Grew
from logview.sources import polling as polling_module
from logview.sources.follow import POLL_S, Follower
from logview.sources.pipe import PipeSource
from logview.sources.polling import Polling

DEADLINE_S = 20.0


def wait_for(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


@pytest.fixture
def follower(tmp_path):
    (tmp_path / "app.log").touch()
    made = Follower([str(tmp_path / "app.log")], watch=False)
    yield made
    made.close()


def test_what_comes_is_told_while_nobody_asks(follower, tmp_path):
    with Polling(follower) as polling:
        for number in range(3):
            size = follower.sources[0].size()
            with open(tmp_path / "app.log", "a") as file:
                file.write(f"line {number}\n")
            wait_for(lambda size=size: follower.sources[0].size() > size)
        grown = [event for event in polling.events() if isinstance(event, Grew)]
    assert [(0, 21)] == [(grown[0].start, grown[-1].end)]


def test_c2_a_file_that_is_truncated_while_its_lines_are_taken_in_was_read_before(follower, tmp_path):
    # The thread that takes lines in does nothing here, as if it were busy with a large batch.
    path = tmp_path / "app.log"
    with Polling(follower) as polling:
        path.write_text("first\n")
        wait_for(lambda: follower.sources[0].size() == 6)
        os.truncate(path, 0)
        with open(path, "a") as file:
            file.write("second, longer\n")
        wait_for(lambda: follower.sources[0].size() == 21)
        assert "truncated" in [event.kind for event in polling.events() if not isinstance(event, Grew)]
    assert b"first\nsecond, longer\n" == follower.sources[0].read(0, 100)


def test_c10_it_waits_for_whoever_takes_the_lines_in(follower, tmp_path, monkeypatch):
    monkeypatch.setattr(polling_module, "AHEAD", 10)
    polls = []
    poll = follower.poll
    monkeypatch.setattr(follower, "poll", lambda: polls.append(0) or poll())
    path = tmp_path / "app.log"
    with Polling(follower) as polling:
        with open(path, "a") as file:
            file.write("ten bytes and more\n")
        wait_for(lambda: follower.sources[0].size() == 19)
        with open(path, "a") as file:
            file.write("next\n")
        stood = len(polls)
        time.sleep(0.3)
        assert (stood, 19) == (len(polls), follower.sources[0].size())
        polling.events()
        wait_for(lambda: follower.sources[0].size() == 24)


def test_what_ends_the_thread_is_raised_where_events_are_asked_for(follower, monkeypatch):
    def fail():
        raise RuntimeError("no such luck")

    monkeypatch.setattr(follower, "poll", fail)
    with Polling(follower) as polling:
        polling.wait(DEADLINE_S)
        with pytest.raises(RuntimeError, match="no such luck"):
            polling.events()


def timed(wait):
    began = time.monotonic()
    wait()
    return time.monotonic() - began


def test_wait_ends_when_something_is_told_and_no_thread_is_left(follower, tmp_path):
    with Polling(follower) as polling:
        polling.events()
        threading.Timer(0.1, (tmp_path / "app.log").write_text, ("line\n",)).start()
        assert timed(lambda: polling.wait(DEADLINE_S)) < DEADLINE_S / 2
        assert [Grew(0, 0, 5)] == polling.events()
    assert "logview-poll" not in {thread.name for thread in threading.enumerate()}


def test_a_look_that_finds_nothing_wakes_nobody(follower, monkeypatch):
    polls = []
    poll = follower.poll
    monkeypatch.setattr(follower, "poll", lambda: polls.append(0) or poll())
    with Polling(follower) as polling:
        assert timed(lambda: polling.wait(0.3)) >= 0.3
        assert len(polls) > 2


def test_whoever_rests_is_woken_by_nothing_that_is_told_but_by_wake(follower, tmp_path):
    with Polling(follower) as polling:
        (tmp_path / "app.log").write_text("line\n")
        wait_for(lambda: follower.sources[0].size() == 5)
        assert timed(lambda: polling.rest(0.2)) >= 0.2
        polling.wake()
        assert timed(lambda: polling.rest(DEADLINE_S)) < DEADLINE_S / 2


def test_whoever_rests_is_woken_when_polling_waits_for_it(follower, tmp_path, monkeypatch):
    monkeypatch.setattr(polling_module, "AHEAD", 10)
    with Polling(follower) as polling:
        threading.Timer(0.1, (tmp_path / "app.log").write_text, ("ten bytes and more\n",)).start()
        assert timed(lambda: polling.rest(DEADLINE_S)) < DEADLINE_S / 2
        assert polling.rest(DEADLINE_S)
        polling.events()
        assert not polling.rest(0.05)


def test_wait_ends_when_a_pipe_has_ended(tmp_path):
    reading, writing = os.pipe()
    follower = Follower([], sources=[PipeSource(reading, name="-")])
    try:
        with Polling(follower) as polling:
            threading.Timer(0.1, os.close, (writing,)).start()
            assert timed(lambda: polling.wait(DEADLINE_S)) < DEADLINE_S / 2
            assert follower.has_ended
    finally:
        follower.close()


def test_growth_is_told_with_when_it_was_not_there_yet(follower, tmp_path):
    with Polling(follower) as polling:
        wait_for(lambda: follower.looked_before_ns)
        before_ns = time.time_ns()
        (tmp_path / "app.log").write_text("line\n")
        written_ns = time.time_ns()
        polling.wait(DEADLINE_S)
        assert [Grew(0, 0, 5)] == polling.events()
        assert before_ns - 100 * POLL_S * 1e9 < polling.unseen_ns[0] <= written_ns
