"""Rows F17 and F21, and the follower as a whole: globs, directories, many files, few descriptors, wake-ups."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from logview.errors import SourceError
from logview.sources import Grew
from logview.sources.follow import Follower


def test_f21_a_new_file_under_a_glob_joins_within_a_second(tmp_path, follow):
    (tmp_path / "a.log").write_bytes(b"there\n")
    f = follow(tmp_path / "*.log")
    (tmp_path / "b.log").write_bytes(b"first\n")
    f.tick(1.0)
    assert [1] == f.joined
    assert {1: b"first\n"} == f.told
    assert str(tmp_path / "b.log") == f.follower.sources[1].name


def test_f21_a_new_file_in_a_directory_joins_and_its_rotated_past_does_not(tmp_path, follow):
    app = tmp_path / "app.log"
    app.write_bytes(b"")
    f = follow(tmp_path)
    app.write_bytes(b"one\n")
    f.tick()
    os.rename(app, tmp_path / "app.log.1")
    app.write_bytes(b"two\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "new.log").write_bytes(b"new\n")
    for _ in range(3):
        f.tick(1.0)
    assert {0: b"one\ntwo\n", 1: b"new\n"} == f.told


def test_f21_a_link_to_a_followed_file_is_no_second_source(tmp_path, follow):
    (tmp_path / "app.log").write_bytes(b"x\n")
    (tmp_path / "current.log").symlink_to("app.log")
    f = follow(tmp_path)
    assert [str(tmp_path / "app.log")] == [s.name for s in f.follower.sources]
    (tmp_path / "later.log").symlink_to("app.log")
    f.tick(1.0)
    f.tick(1.0)
    assert [] == f.joined


def test_f21_what_appears_and_cannot_be_read_is_left_alone(tmp_path, follow):
    (tmp_path / "a.log").write_bytes(b"")
    f = follow(tmp_path / "*.log")
    os.mkfifo(tmp_path / "p.log")
    (tmp_path / "d.log").mkdir()
    (tmp_path / "l.log").symlink_to("/dev/zero")
    f.tick(1.0)
    assert [] == f.joined


@pytest.mark.slow
def test_f21_a_thousand_files_are_followed_with_few_descriptors(tmp_path):
    script = textwrap.dedent(
        f"""
        import os, resource, sys
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        from logview.sources import Grew
        from logview.sources.follow import Follower
        folder = {str(tmp_path)!r}
        for n in range(1000):
            open(f"{{folder}}/f{{n}}.log", "wb").close()
        f = Follower([folder], watch=False)
        told, notices = {{}}, []
        def tick():
            for e in f.poll():
                if isinstance(e, Grew):
                    told[e.source] = told.get(e.source, b"") + f.sources[e.source].read(e.start, e.end - e.start)
                else:
                    notices.append(e)
        for round in range(3):
            for n in range(1000):
                with open(f"{{folder}}/f{{n}}.log", "ab") as file:
                    file.write(b"%d %d\\n" % (n, round))
            if round == 1:
                for n in range(0, 1000, 7):
                    os.rename(f"{{folder}}/f{{n}}.log", f"{{folder}}/f{{n}}.log.1")
                    open(f"{{folder}}/f{{n}}.log", "wb").close()
            tick()
        assert len(os.listdir("/proc/self/fd")) < 64
        names = {{i: int(os.path.basename(s.name)[1:-4]) for i, s in enumerate(f.sources)}}
        assert len(f.sources) == 1000, len(f.sources)
        for i, n in names.items():
            assert told[i] == b"".join(b"%d %d\\n" % (n, r) for r in range(3)), (n, told.get(i))
            assert f.sources[i].read(0, 100) == told[i]
        assert [x.kind for x in notices if x.kind == "fds"] == ["fds"], notices
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("watch", [True, False])
def test_c9_the_same_lines_come_with_and_without_a_watcher(tmp_path, watch):
    """Sixty files: more than are polled at the full rate, so that the watcher is used where it is wanted."""
    paths = [str(tmp_path / f"{n}.log") for n in range(60)]
    for path in paths:
        open(path, "wb").close()
    follower = Follower(paths, watch=watch)
    told: dict[int, bytes] = {}
    sent: dict[int, bytes] = {}
    deadline = time.monotonic() + 120
    number = 0
    while time.monotonic() < deadline and (number < 40 or told != sent):
        if number < 40:
            path = paths[number]
            sent[number] = b"line %d\n" % number
            with open(path, "ab") as file:
                file.write(sent[number])
            if number % 3 == 0:
                os.rename(path, path + ".1")
                open(path, "wb").close()
            number += 1
        for event in follower.poll():
            if isinstance(event, Grew):
                data = follower.sources[event.source].read(event.start, event.end - event.start)
                told[event.source] = told.get(event.source, b"") + data
        follower.wait(0.3)
    follower.close()
    assert sent == told


@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_f17_without_inotify_everything_is_found_by_polling(tmp_path, limit):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    script = textwrap.dedent(
        f"""
        import time
        from logview.sources import Grew
        from logview.sources.follow import Follower
        paths = [{str(tmp_path)!r} + f"/{{n}}.log" for n in range(60)]
        for p in paths: open(p, "wb").close()
        f = Follower(paths, watch=True)
        f.poll(); f.wait(0.1); f.poll(); f.wait(0.2)
        with open(paths[7], "ab") as file: file.write(b"line\\n")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            events = f.poll()
            if events: break
            f.wait(0.3)
        assert events == [Grew(7, 0, 5)], events
        f.close()
        """
    )
    command = f'echo 0 > /proc/sys/user/{limit} && exec "{sys.executable}" -c "$0"'
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", command, script], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "Permission denied" in done.stderr or "cannot create" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert 0 == done.returncode, done.stderr


def test_a_line_is_told_by_the_next_poll_and_polls_are_50_ms_apart_at_most(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"")
    follower = Follower([str(path)])
    for number in range(10):
        with path.open("ab") as file:
            file.write(b"line\n")
        assert [Grew(0, number * 5, number * 5 + 5)] == follower.poll()
        assert [] == follower.poll()
        assert follower.interval_s <= 0.05
    follower.close()


def test_waiting_polls_no_more_often_than_the_interval(tmp_path):
    paths = [str(tmp_path / f"{n}.log") for n in range(10)]
    for path in paths:
        open(path, "wb").close()
    follower = Follower(paths)
    polls, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < 1.0:
        follower.poll()
        follower.wait(1.0)
        polls += 1
    follower.close()
    assert polls <= passed / 0.05 + 3


def test_wake_ends_a_wait(tmp_path):
    follower = Follower([str(tmp_path / "x.log")], poll_s=600.0)
    follower.poll()
    threading.Timer(0.1, follower.wake).start()
    began = time.monotonic()
    follower.wait(600.0)
    follower.close()
    assert time.monotonic() - began < 300.0


def test_c8_nothing_is_written_locked_or_kept(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"one\n")
    before = os.listdir("/proc/self/fd")
    follower = Follower([str(path)])
    follower.poll()
    flags = []
    for fd in os.listdir("/proc/self/fd"):
        if os.path.realpath(f"/proc/self/fd/{fd}") == str(path):
            with open(f"/proc/self/fdinfo/{fd}") as file:
                flags.append(int(file.read().split("flags:")[1].split()[0], 8))
    follower.close()
    assert flags
    wanted = os.O_NONBLOCK | os.O_CLOEXEC
    assert all(flag & os.O_ACCMODE == os.O_RDONLY and flag & wanted == wanted for flag in flags)
    assert len(before) == len(os.listdir("/proc/self/fd"))
    assert b"one\n" == path.read_bytes()


def test_a_device_among_the_paths_is_refused(tmp_path):
    with pytest.raises(SourceError, match="character device"):
        Follower(["/dev/zero"])


def test_a_path_under_a_file_or_with_a_nul_waits_and_says_why(tmp_path, follow):
    (tmp_path / "file").write_bytes(b"")
    f = follow(str(tmp_path / "file" / "x.log"))
    f.tick()
    assert ["gone"] == f.kinds


def test_readers_in_other_threads_see_the_same_bytes_through_rotations(tmp_path):
    path = str(tmp_path / "app.log")
    open(path, "wb").close()
    follower = Follower([path], watch=False)
    source = follower.sources[0]
    whole = bytearray()
    faults: list[str] = []
    stop = threading.Event()

    def reread():
        import random

        rng = random.Random(1)
        while not stop.is_set():
            size = len(whole)
            if size:
                at = rng.randrange(size)
                count = min(rng.randrange(1, 2000), size - at)
                got = source.read(at, count)
                if got != bytes(whole[at : at + count]):
                    faults.append(f"{at} {got[:60]!r}")

    threads = [threading.Thread(target=reread) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(150):
        with open(path, "ab") as file:
            file.write(b"%06d %s\n" % (number, b"z" * (number * 37 % 900)))
        if number % 10 == 9:
            for old in range(20, 0, -1):
                if os.path.exists(f"{path}.{old}"):
                    os.rename(f"{path}.{old}", f"{path}.{old + 1}")
            os.rename(path, path + ".1")
        for event in follower.poll():
            if isinstance(event, Grew):
                whole += source.read(event.start, event.end - event.start)
    stop.set()
    for thread in threads:
        thread.join()
    follower.close()
    assert [] == faults
    assert 150 == whole.count(b"\n")


def test_s16_memory_is_flat_while_300_megabytes_are_followed(tmp_path):
    script = textwrap.dedent(
        f"""
        import os
        from logview.sources.follow import Follower
        path = {str(tmp_path)!r} + "/app.log"
        open(path, "wb").close()
        follower = Follower([path], watch=False)
        block = b"%s\\n" % (b"x" * 199) * 10_000

        def grow(times):
            for _ in range(times):
                with open(path, "ab") as file:
                    file.write(block)
                while follower.poll():
                    pass
                if os.path.getsize(path) > 20 << 20:
                    os.rename(path, path + ".1")
                    open(path, "wb").close()
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        print(grow(50), grow(100), follower.sources[0].size() == 150 * len(block))
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    early, late, whole = done.stdout.split()
    assert "True" == whole
    assert int(late) - int(early) < 8 << 20
    assert int(late) < 100 << 20
