"""Row F15: standard input, FIFOs, devices; and the spool under them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.errors import SourceError, UsageError
from logview.sources import open_source
from logview.sources import spool as spool_module
from logview.sources.pipe import PipeSource
from logview.sources.spool import Spool, filler, spool_budget


def piped(**options) -> tuple[PipeSource, int]:
    read, write = os.pipe()
    return PipeSource(read, name="-", **options), write


def until(claim, deadline_s=120.0):
    deadline = time.monotonic() + deadline_s
    while not claim():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_f15_a_pipe_is_read_by_position_and_ends():
    source, write = piped()
    os.write(write, b"one\ntwo\n")
    assert b"one\n" == source.read(0, 4)
    assert b"two\n" == source.read(4, 100)
    os.close(write)
    assert b"" == source.read(8, 1)
    assert b"e\ntwo" == source.read(2, 5)
    assert source.ended
    source.close()


def test_f15_a_fifo_opens_at_once_and_waits_for_its_writer(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    source = open_source(str(path))

    def write():
        with path.open("wb") as file:
            file.write(b"hello\n")

    writer = threading.Thread(target=write)
    writer.start()
    assert b"hello\n" == source.read(0, 100)
    writer.join()
    source.close()


def test_f15_a_followed_fifo_and_a_fifo_nobody_writes(tmp_path, follow):
    loud, silent = tmp_path / "loud", tmp_path / "silent"
    os.mkfifo(loud)
    os.mkfifo(silent)
    f = follow(loud, silent)
    fd = os.open(loud, os.O_WRONLY)
    os.write(fd, b"line\n")
    until(lambda: f.tick() or f.told.get(0) == b"line\n")
    os.close(fd)
    until(lambda: f.tick() or f.follower.state(0) == "ended")
    assert "following" == f.follower.state(1)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/random", "/dev/tty", "/proc/self/fd", "/"])
def test_f15_devices_and_directories_are_refused_with_a_message(path):
    with pytest.raises(SourceError, match=f"^{path}: is a .*; wanted a file"):
        open_source(path)


def test_f15_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("sock")
        with pytest.raises(SourceError, match="is a socket"):
            open_source("sock")


def test_f15_the_null_device_is_an_empty_log():
    source = open_source(os.devnull)
    assert b"" == source.read(0, 100)
    source.close()


def test_f15_files_without_a_size_in_proc_are_read():
    source = open_source("/proc/self/status")
    assert source.read(0, 5) == b"Name:"
    source.close()


def test_f15_missing_and_impossible_paths_are_source_errors(tmp_path):
    for path in (str(tmp_path / "no"), "a\0b", str(tmp_path / "x" / "y"), "n" * 5000):
        with pytest.raises(SourceError):
            open_source(path)


def test_s7_standard_input_from_a_file_is_read_by_position_from_where_it_stands(tmp_path):
    path = tmp_path / "in.log"
    path.write_bytes(b"skipped\nline\n")
    script = (
        "import os\nos.lseek(0, 8, 0)\nfrom logview.sources import open_source\n"
        "s = open_source('-')\nprint(type(s).__name__, s.size(), s.read(0, 100))"
    )
    with path.open("rb") as stdin:
        done = subprocess.run([sys.executable, "-c", script], stdin=stdin, capture_output=True, text=True, check=True)
    assert "FileSource 5 b'line\\n'" == done.stdout.strip()


def test_s7_closed_standard_input_is_refused():
    script = "from logview.sources import open_source\ntry: open_source('-')\nexcept Exception as e: print(repr(e))"
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -c "$0" <&-', script], capture_output=True, text=True, check=True
    )
    assert "standard input is closed" in done.stdout


def test_an_endless_pipe_keeps_the_newest_bytes_within_its_budget_and_tells():
    source, write = piped(budget=4 << 20)
    sent = 0

    def pour():
        nonlocal sent
        block = b"x" * 1023 + b"\n"
        while sent < 40 << 20:
            sent += os.write(write, block * 64)
        os.close(write)

    writer = threading.Thread(target=pour)
    writer.start()
    offset = 0
    while data := source.read(offset, 1 << 20):
        offset += len(data)
    writer.join()
    assert offset == sent == source.size()
    assert sent - source.first <= (4 << 20) + spool_module.TAIL * 2
    assert ["dropped"] == [notice.kind for notice in source.notices]
    assert source.read(0, 100).startswith(b"[gone")
    assert 100 == len(source.read(0, 100))
    source.close()


def test_c10_a_slow_consumer_stops_the_pump_and_loses_nothing(monkeypatch, follow):
    from logview.sources import pipe as pipe_module

    monkeypatch.setattr(pipe_module, "AHEAD", 1 << 20)
    source, write = piped()
    f = follow(sources=[source])
    poured = threading.Event()

    def pour():
        for number in range(64):
            os.write(write, b"%07d\n" % number * 16_384)
        os.close(write)
        poured.set()

    threading.Thread(target=pour, daemon=True).start()
    until(lambda: source.size() >= 1 << 20)
    assert not poured.wait(0.2)
    assert source.size() < 4 << 20
    until(lambda: f.tick() or f.follower.has_ended)
    assert b"".join(b"%07d\n" % n * 16_384 for n in range(64)) == f.told[0]
    assert [] == f.notices


@given(st.lists(st.binary(max_size=3000), max_size=40), st.integers(0, 9000), st.integers(0, 9000))
def test_a_spool_gives_back_what_was_put_in(pieces, offset, size):
    spool = Spool(1 << 20)
    for piece in pieces:
        spool.append(piece)
    whole = b"".join(pieces)
    assert whole[offset : offset + size] == spool.read(offset, size)
    spool.close()


@given(st.lists(st.integers(1, 700_000), max_size=30), st.data())
def test_a_spool_over_its_budget_keeps_the_newest_bytes(sizes, data):
    spool, whole = Spool(2 << 20), b""
    for number, size in enumerate(sizes):
        piece = bytes([number + 1]) * size
        gone = spool.first
        spool.append(piece)
        assert spool.first >= gone
        whole += piece
    assert len(whole) == spool.size
    assert len(whole) - spool.first >= min(len(whole), 1 << 20)
    offset = data.draw(st.integers(0, max(0, len(whole) - 1)))
    got = spool.read(offset, 5000)
    assert len(got) == len(whole[offset : offset + 5000])
    if offset >= spool.first:
        assert whole[offset : offset + 5000] == got
    spool.close()


def test_a_full_disk_keeps_the_newest_bytes_in_memory(monkeypatch):
    def full(fd, data):
        raise OSError(28, "No space left on device")

    spool = Spool(1 << 20)
    spool.append(b"a" * 300_000)
    monkeypatch.setattr(spool_module.os, "write", full)
    for _ in range(5):
        spool.append(b"b" * 300_000)
    assert spool.full
    assert b"b" * 1000 == spool.read(spool.size - 1000, 1000)
    assert spool.read(0, 10).startswith(b"[gone")
    monkeypatch.undo()
    spool.append(b"c" * 300_000)
    assert not spool.full
    assert b"c" * 10 == spool.read(spool.size - 10, 10)
    spool.close()


@pytest.mark.parametrize(
    ("text", "size"), [("", 1 << 30), ("2G", 2 << 30), ("1.5GiB", 3 << 29), ("64MB", 64 << 20), ("1", 1 << 20)]
)
def test_the_budget_from_the_environment(monkeypatch, text, size):
    monkeypatch.setenv("LOGVIEW_SPOOL", text)
    assert size == spool_budget()


def test_a_budget_that_is_no_size_is_bad_use(monkeypatch):
    monkeypatch.setenv("LOGVIEW_SPOOL", "lots")
    with pytest.raises(UsageError, match="LOGVIEW_SPOOL"):
        spool_budget()


@given(st.integers(0, 200))
def test_filler_has_the_wanted_size_and_ends_a_line(size):
    made = filler("[gone]", size)
    assert size == len(made)
    assert made.endswith(b"\n") or not size
