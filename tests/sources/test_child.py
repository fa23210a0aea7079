"""Row S8: services that logview starts, floods, deaths and grandchildren."""

from __future__ import annotations

import os
import time

from logview.sources.child import Child


def until(claim, deadline_s=120.0):
    deadline = time.monotonic() + deadline_s
    while not claim():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_s8_both_streams_are_sources_and_the_exit_is_told_after_all_output(follow):
    child = Child("echo out; echo err >&2; exit 3", name="svc")
    f = follow(children=[child])
    until(lambda: f.tick() or "exit" in f.kinds)
    assert {0: b"out\n", 1: b"err\n"} == f.told
    assert ["svc", "svc (stderr)"] == [source.name for source in f.follower.sources]
    notice = f.notices[-1]
    assert (0, "exit", 4) == (notice.source, notice.kind, notice.offset)
    assert notice.text.startswith("exited with status 3 after ")
    assert f.follower.has_ended


def test_s8_a_signal_is_named(follow):
    f = follow(children=[Child("kill -SEGV $$")])
    until(lambda: f.tick() or "exit" in f.kinds)
    assert f.notices[-1].text.startswith("killed by SIGSEGV")


def test_s8_a_command_that_cannot_be_found_says_so_itself(follow):
    f = follow(children=[Child("no-such-command-at-all")])
    until(lambda: f.tick() or "exit" in f.kinds)
    assert b"not found" in f.told[1]
    assert "status 127" in f.notices[-1].text


def test_s8_the_group_is_ended_with_grandchildren_that_ignore_sigterm(tmp_path):
    pids = tmp_path / "pids"
    script = (
        f"trap '' TERM; (trap '' TERM; echo $$ >> {pids}; sh -c 'echo $$ >> {pids}; trap \"\" TERM; sleep 600') & wait"
    )
    child = Child(script)
    until(lambda: pids.exists() and len(pids.read_text().split()) >= 2)
    started = [int(pid) for pid in pids.read_text().split()]
    child.terminate(wait_s=0.3)
    until(lambda: not any(map(is_alive, started)))
    assert child.poll() is not None
    child.close()


def test_s8_a_flood_is_bounded_by_the_consumer_and_ends_at_close():
    child = Child("yes flood")
    from logview.sources.follow import Follower

    follower = Follower([], children=[child])
    deadline = time.monotonic() + 120
    while child.stdout.size() <= 1 << 20:
        assert time.monotonic() < deadline
        follower.poll()
    follower.close()
    assert not is_alive(child.pid)


def test_s8_no_zombie_and_no_descriptor_is_left():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        child = Child("echo x")
        until(lambda child=child: child.poll() is not None)
        child.close()
    assert before == len(os.listdir("/proc/self/fd"))
