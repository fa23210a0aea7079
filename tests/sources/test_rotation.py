"""Rows F1–F14, F16, F18–F20 and F24 of the fault matrix in docs/reliability.md, one path at a time."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time

import pytest

from logview.sources import file as file_module
from logview.sources import generation, rotation, take


def numbered(first: int, last: int, tag: str = "line") -> bytes:
    return b"".join(b"%s %04d %s\n" % (tag.encode(), i, b"x" * (i % 90)) for i in range(first, last))


def forget_recent(f, log) -> None:
    """Make the follower forget the bytes it keeps in memory, so that reads go to the files."""
    f.follower.sources[0].recent._budget = 0
    log.write(b"y" * 70_000 + b"\n")
    f.tick()


def test_what_is_there_at_the_start_is_size_and_not_grew(log, follow):
    log.write(b"one\ntwo\npart")
    f = follow(log.path)
    f.tick()
    assert b"one\ntwo\npart" == f.follower.sources[0].read(0, 100)
    assert {} == f.told
    log.write(b"ial\nthree\n")
    f.tick()
    assert b"ial\nthree\n" == f.told[0]


def test_f1_rename_rotation_loses_nothing_and_is_told(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 10))
    f.tick()
    log.write(numbered(10, 20))
    log.rename()
    log.write(numbered(20, 30))
    f.tick()
    assert numbered(0, 30) == f.told[0]
    assert ["rotated"] == f.kinds
    assert "app.log.1" in f.notices[0].text


def test_f1_lines_of_a_renamed_file_stay_readable(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 500))
    f.tick()
    for _ in range(3):
        log.rename()
        f.tick()
    forget_recent(f, log)
    assert numbered(0, 500) == f.follower.sources[0].read(0, len(numbered(0, 500)))


def test_f2_a_writer_that_keeps_the_old_descriptor_is_read_on(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as old:
        old.write(b"before\n")
        f.tick()
        log.rename()
        f.tick()
        for late in range(8):
            old.write(b"late %d\n" % late)
            f.tick(0.6)
    log.write(b"new\n")
    f.tick()
    assert [b"before", *(b"late %d" % i for i in range(8)), b"new"] == f.lines


def test_f2_a_line_written_late_after_minutes_is_read_too(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as old:
        log.rename()
        log.write(b"new\n")
        for _ in range(20):
            f.tick(10)
        old.write(b"very late\n")
        f.tick(1.5)
        f.tick()
    assert [b"new", b"very late"] == f.lines


def test_f2_what_is_written_late_to_a_file_that_was_empty_when_it_was_rotated_is_told_once(log, follow):
    f = follow(log.path)
    log.rename()
    with open(log.path, "ab", buffering=0) as old:
        log.rename()
        log.rename()
        for seconds in (0.05, 7.0, 0.05):
            f.tick(seconds)
        old.write(b"late p")
        for _ in range(5):
            f.tick()
        old.write(b"art\n")
        for _ in range(4):
            f.tick(1.2)
    assert 1 == f.lines.count(b"late part")


@pytest.mark.parametrize("rotations", [2, 3, 5, 12])
def test_f3_several_rotations_between_two_polls(log, follow, rotations):
    log.write(b"seen before\n", log.path + ".1")
    f = follow(log.path)
    for number in range(rotations):
        log.write(numbered(number * 10, number * 10 + 10))
        log.rename()
    log.write(numbered(rotations * 10, rotations * 10 + 3))
    f.tick()
    f.tick()
    assert numbered(0, rotations * 10 + 3) == f.told[0]


def test_f3_numbers_that_count_upwards(log, follow):
    f = follow(log.path)
    for number in range(1, 5):
        log.write(numbered(number * 10, number * 10 + 10))
        os.rename(log.path, f"{log.path}.{number}")
        log.write(b"")
    log.write(b"end\n")
    f.tick()
    assert numbered(10, 50) + b"end\n" == f.told[0]


def test_f3_dated_names(log, follow):
    f = follow(log.path)
    for day in (21, 22, 23):
        log.write(b"day %d\n" % day)
        os.rename(log.path, f"{log.path}-202611{day}")
        log.write(b"")
        time.sleep(0.012)  # so that the times differ on a file system that counts in ticks of the clock
    f.tick()
    assert [b"day 21", b"day 22", b"day 23"] == f.lines


def test_f3_what_only_looks_like_a_sibling_is_not_read(log, follow):
    f = follow(log.path)
    log.write(b"a\n")
    log.write(b"not ours\n", log.path + ".audit")
    log.write(b"not ours\n", log.path + "x")
    log.rename()
    log.write(b"b\n")
    f.tick()
    assert [b"a", b"b"] == f.lines


def test_f4_copytruncate_reads_the_rest_from_the_copy(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    log.write(numbered(50, 80))
    log.copytruncate()
    log.write(numbered(80, 90))
    f.tick()
    assert numbered(0, 90) == f.told[0]
    assert ["rotated"] == f.kinds
    assert "app.log.1" in f.notices[0].text


def test_f4_copytruncate_twice_between_polls(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    for start in (50, 70):
        log.write(numbered(start, start + 20))
        log.copytruncate()
    log.write(numbered(90, 95))
    f.tick()
    assert numbered(0, 95) == f.told[0]
    assert "truncated" not in f.kinds


def test_f3_f4_copied_and_truncated_twice_then_renamed_twice_between_two_polls(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    for number, rotate in enumerate((log.copytruncate, log.copytruncate, log.rename, log.rename), start=5):
        log.write(numbered(number * 10, number * 10 + 10))
        rotate()
    log.write(numbered(90, 95))
    f.tick()
    f.tick()
    assert numbered(0, 95) == f.told[0]
    assert "truncated" not in f.kinds


def test_f4_an_unread_file_is_copied_and_truncated_then_renamed_and_its_path_is_missing(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 10))
    log.copytruncate()
    log.write(numbered(10, 20))
    log.shift()
    os.rename(log.path, log.path + ".1")
    f.tick()
    log.write(numbered(20, 25))
    f.tick()
    f.tick()
    assert numbered(0, 25) == f.told[0]


def test_f4_a_copy_that_is_empty_when_it_is_found_is_not_told_twice(log, follow):
    f = follow(log.path)
    log.rename()
    log.write(numbered(0, 10))
    log.write(b"", log.path + ".0")  # the copy, being made
    f.tick()
    shutil.copyfile(log.path, log.path + ".0")
    f.tick()
    os.truncate(log.path, 0)
    log.write(numbered(10, 12))
    f.tick()
    assert numbered(0, 12) == f.told[0]


def test_f4_lines_before_the_truncation_are_read_from_the_copy(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    log.copytruncate()
    f.tick()
    forget_recent(f, log)
    assert numbered(0, 50) == f.follower.sources[0].read(0, len(numbered(0, 50)))


def test_f4_without_a_copy_it_is_told_and_the_lost_lines_say_so(log, follow):
    log.write(numbered(0, 50))
    f = follow(log.path)
    os.truncate(log.path, 0)
    log.write(b"new\n")
    f.tick()
    assert [b"new"] == f.lines
    assert [("truncated", len(numbered(0, 50)), True)] == [(n.kind, n.offset, n.is_loss) for n in f.notices]
    gone = f.follower.sources[0].read(0, 9)
    assert 9 == len(gone)
    assert f.follower.sources[0].read(0, 1000).startswith(b"[" + log.path.encode() + b" was truncated]")


def test_f4_a_copy_that_is_overwritten_by_the_next_one_gives_no_wrong_lines(log, follow):
    f = follow(log.path)
    for number in range(3):
        log.write(numbered(number * 50, number * 50 + 50))
        f.tick()
        subprocess.run(["cp", log.path, log.path + ".1"], check=True)
        os.truncate(log.path, 0)
        f.tick()
    assert numbered(0, 150) == f.told[0]
    forget_recent(f, log)
    first, second = len(numbered(0, 50)), len(numbered(50, 100))
    stream = f.follower.sources[0]
    assert numbered(100, 150) == stream.read(first + second, len(numbered(100, 150)))
    assert b"was truncated" in stream.read(0, first) or b"rewritten" in stream.read(0, first)


def test_f4_a_copy_gzipped_at_once_is_read_unpacked(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    log.write(numbered(50, 70))
    log.copytruncate()
    subprocess.run(["gzip", log.path + ".1"], check=True)
    log.write(numbered(70, 75))
    f.tick()
    assert numbered(0, 75) == f.told[0]


def test_f4_lines_written_between_copy_and_truncation_are_announced(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 50))
    f.tick()
    subprocess.run(["cp", log.path, log.path + ".1"], check=True)
    log.write(numbered(50, 60))
    f.tick()
    os.truncate(log.path, 0)
    f.tick()
    assert numbered(0, 60) == f.told[0]
    assert ["truncated"] == f.kinds
    assert "between" in f.notices[0].text


@pytest.mark.parametrize("refill", [-10, 0, 10, 4000])
def test_f5_truncated_and_refilled_within_one_poll(log, follow, refill):
    f = follow(log.path)
    log.write(numbered(0, 40, "old"))
    f.tick()
    old = os.path.getsize(log.path)
    os.truncate(log.path, 0)
    fresh = b"%s\n" % (b"n" * (old + refill - 1))
    log.write(fresh)
    f.settle()
    assert numbered(0, 40, "old") + fresh == f.told[0]
    assert ["truncated"] == f.kinds


def test_f5_the_same_beginning_is_told_by_the_bytes_before_the_offset(log, follow):
    head = b"banner " * 400 + b"\n"
    f = follow(log.path)
    log.write(head + numbered(0, 40, "old"))
    f.tick()
    os.truncate(log.path, 0)
    log.write(head + numbered(0, 60, "new"))
    f.tick()
    assert head + numbered(0, 40, "old") + head + numbered(0, 60, "new") == f.told[0]


def test_f5_another_beginning_is_told_though_the_bytes_before_the_offset_are_the_same(log, follow):
    end = b"the same end of a line, longer than the sixty-four bytes that are compared there\n"
    f = follow(log.path)
    log.write(numbered(0, 40, "old") + end)
    f.tick()
    os.truncate(log.path, 0)
    log.write(numbered(0, 40, "new") + end + b"and more\n")
    f.tick()
    assert numbered(0, 40, "old") + end + numbered(0, 40, "new") + end + b"and more\n" == f.told[0]
    assert ["truncated"] == f.kinds


def test_f6_delete_and_recreate_with_the_same_size(log, follow):
    f = follow(log.path)
    log.write(b"first\n")
    f.tick()
    os.unlink(log.path)
    log.write(b"later\n")
    f.tick()
    assert [b"first", b"later"] == f.lines
    assert ["replaced"] == f.kinds


def test_f7_deleted_told_after_a_second_and_found_again(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as old:
        os.unlink(log.path)
        f.tick()
        assert [] == f.kinds
        f.tick(1.1)
        assert ["gone"] == f.kinds
        assert "gone" == f.follower.state(0)
        old.write(b"still written\n")
        f.tick(9.0)
    log.write(b"again\n")
    f.tick()
    assert [b"still written", b"again"] == f.lines
    assert "following" == f.follower.state(0)
    assert "back" in f.kinds


def test_f7_a_path_that_comes_later(tmp_path, follow):
    f = follow(tmp_path / "later.log")
    f.tick()
    assert ["gone"] == f.kinds
    (tmp_path / "later.log").write_bytes(b"hello\n")
    f.tick()
    assert [b"hello"] == f.lines


def test_f8_directory_removed_and_recreated(tmp_path, follow):
    folder = tmp_path / "d"
    folder.mkdir()
    path = folder / "app.log"
    path.write_bytes(b"")
    f = follow(path)
    path.write_bytes(b"one\n")
    f.tick()
    path.unlink()
    folder.rmdir()
    f.tick()
    folder.mkdir()
    path.write_bytes(b"two\n")
    f.tick()
    assert [b"one", b"two"] == f.lines


def test_f9_link_turned_to_another_file_and_back(tmp_path, follow):
    a, b, link = tmp_path / "a.log", tmp_path / "b.log", tmp_path / "cur"
    a.write_bytes(b"a one\n")
    b.write_bytes(b"")
    link.symlink_to(a)

    def turn(target):
        (tmp_path / "new").symlink_to(target)
        os.rename(tmp_path / "new", link)

    f = follow(link)
    b.write_bytes(b"b one\n")
    turn(b)
    f.tick()
    assert "b.log" in f.notices[-1].text
    for _ in range(10):
        f.tick(1)
    with a.open("ab") as file:
        file.write(b"a two\n")
    turn(a)
    f.tick()
    assert [b"b one", b"a two"] == f.lines


def test_f9_dangling_and_looping_links_wait(tmp_path, follow):
    dangling, loop = tmp_path / "dangling", tmp_path / "loop"
    dangling.symlink_to(tmp_path / "nothing")
    loop.symlink_to(loop)
    f = follow(dangling, loop)
    f.tick(2)
    assert ["gone", "gone"] == f.kinds
    assert "symbolic links" in f.notices[1].text
    (tmp_path / "nothing").write_bytes(b"x\n")
    f.tick()
    assert [b"x"] == f.lines


def test_f10_atomic_replace_by_the_same_text_goes_on(log, tmp_path, follow):
    log.write(numbered(0, 40))
    f = follow(log.path)
    (tmp_path / "tmp").write_bytes(numbered(0, 45))
    os.rename(tmp_path / "tmp", log.path)
    f.tick()
    assert numbered(40, 45) == f.told[0]


@pytest.mark.parametrize("rotate", ["rename", "copytruncate"])
def test_f10_the_copy_that_took_the_place_is_rotated_away_itself_before_the_next_poll(log, follow, rotate):
    f = follow(log.path)
    log.write(numbered(0, 20))
    f.tick()
    log.write(numbered(20, 30))
    shutil.copyfile(log.path, log.path + "~tmp")
    os.rename(log.path + "~tmp", log.path)
    log.write(numbered(30, 40))
    getattr(log, rotate)()
    log.write(numbered(40, 45))
    f.tick()
    f.tick()
    assert numbered(0, 45) == f.told[0]


@pytest.mark.parametrize("text", [b"x" * 98 + b"\n", b"x" * 2000 + b"\n"], ids=["short", "long"])
@pytest.mark.parametrize("goes_on_in", ["the copy", "the deleted file"])
def test_f2_f10_a_copy_took_the_place_and_was_rotated_away_and_the_writer_keeps_its_descriptor(
    log, follow, text, goes_on_in
):
    log.write(text)
    f = follow(log.path)
    f.tick()
    deleted = os.open(log.path, os.O_WRONLY | os.O_APPEND)
    shutil.copyfile(log.path, log.path + "~tmp")
    os.rename(log.path + "~tmp", log.path)
    log.rename()
    f.tick()
    if goes_on_in == "the copy":
        log.write(b"late\n", log.path + ".1")
    else:
        os.write(deleted, b"late\n")
    os.close(deleted)
    f.tick()
    log.write(b"new\n")
    f.settle()
    assert [b"late", b"new"] == f.lines


def test_f10_a_copy_that_is_written_over_by_the_next_one_is_not_told_again(log, follow):
    log.write(numbered(0, 40))
    f = follow(log.path)
    f.tick()
    shutil.copyfile(log.path, log.path + ".1")
    os.unlink(log.path)
    log.write(numbered(40, 80))
    f.tick()
    shutil.copyfile(log.path, log.path + ".1")
    for _ in range(3):
        f.tick()
    f.settle()
    assert numbered(40, 80) == f.told[0]


def test_f10_atomic_replace_by_another_text_starts_anew(log, tmp_path, follow):
    log.write(numbered(0, 40))
    f = follow(log.path)
    (tmp_path / "tmp").write_bytes(numbered(0, 39) + b"edited\n" + numbered(40, 45))
    os.rename(tmp_path / "tmp", log.path)
    f.tick()
    assert numbered(0, 39) + b"edited\n" + numbered(40, 45) == f.told[0]
    assert ["replaced"] == f.kinds


def test_f11_an_unfinished_line_is_held_back_a_second_then_told(log, follow):
    f = follow(log.path)
    log.write(b"whole\npart")
    f.tick()
    assert b"whole\n" == f.told[0]
    f.tick(1.1)
    assert b"whole\npart" == f.told[0]
    log.write(b"ial\n")
    f.tick()
    assert b"whole\npartial\n" == f.told[0]


@pytest.mark.parametrize("refill", [b"", b"new\n", b"something longer than what stood there before\n"])
def test_f5_f11_an_unfinished_first_line_that_is_truncated_away_is_announced(log, follow, refill):
    f = follow(log.path)
    log.write(b"half a li")
    f.tick()
    log.write(b"ne\n")
    os.truncate(log.path, 0)
    log.write(refill)
    f.settle()
    assert refill == f.told.get(0, b"")
    assert ["truncated"] == f.kinds


def test_f10_f11_a_copy_in_place_of_a_file_with_an_unfinished_first_line_is_no_truncation(log, tmp_path, follow):
    f = follow(log.path)
    log.write(b"x" * 300)
    f.tick()
    (tmp_path / "tmp").write_bytes(b"x" * 300 + b"y\n")
    os.rename(tmp_path / "tmp", log.path)
    f.settle()
    assert [b"x" * 300 + b"y"] == f.lines
    assert "truncated" not in f.kinds


def test_f4_f11_an_unfinished_first_line_is_read_from_the_copy_and_nothing_is_announced(log, follow):
    f = follow(log.path)
    log.write(b"half a li")
    f.tick()
    log.write(b"ne\n")
    log.copytruncate()
    f.tick()
    log.write(b"new\n")
    f.settle()
    assert [b"half a line", b"new"] == f.lines
    assert "truncated" not in f.kinds


def test_f11_rotation_in_the_middle_of_a_line_ends_it(log, follow):
    f = follow(log.path)
    log.write(b"half a li")
    f.tick()
    log.rename()
    log.write(b"new\n")
    f.settle()
    assert [b"half a li", b"new"] == f.lines
    assert "cut" in f.kinds


def test_f11_a_line_that_was_cut_and_finished_later_is_told_whole(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as old:
        old.write(b"half a li")
        f.tick()
        log.rename()
        log.write(b"new\n")
        f.settle()
        old.write(b"ne\n")
        f.tick()
    assert [b"half a li", b"new", b"half a line"] == f.lines


def test_f11_a_line_finished_in_the_old_file_comes_before_the_new_file(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as old:
        old.write(b"half a li")
        f.tick()
        log.rename()
        log.write(b"new\n")
        f.tick()
        old.write(b"ne\n")
        f.tick()
    assert [b"half a line", b"new"] == f.lines


def test_f12_two_writers_lose_nothing(log, follow):
    f = follow(log.path)
    script = (
        "import os,sys\nfd=os.open(sys.argv[1],os.O_WRONLY|os.O_APPEND)\n"
        "for i in range(400):\n os.write(fd,b'%s %d\\n'%(sys.argv[2].encode()*3000,i))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, log.path, name]) for name in "ab"]
    while any(w.poll() is None for w in writers):
        f.tick()
    f.settle()
    assert sorted(b"%s %d" % (n * 3000, i) for n in (b"a", b"b") for i in range(400)) == sorted(f.lines)


def test_f13_a_nul_block_is_left_out_and_told(log, follow):
    f = follow(log.path)
    log.write(b"before\n")
    f.tick()
    os.truncate(log.path, os.path.getsize(log.path) + (1 << 20))
    log.write(b"after\n")
    f.tick()
    assert [b"before", b"after"] == f.lines
    assert [("nul", 1 << 20)] == [(n.kind, n.size) for n in f.notices]


def test_f13_a_writer_that_does_not_append_leaves_a_hole_after_copytruncate(log, follow):
    with open(log.path, "wb", buffering=0) as writer:
        f = follow(log.path)
        writer.write(numbered(0, 300))
        f.tick()
        log.copytruncate()
        writer.write(b"after the hole\n")
        f.tick()
    assert numbered(0, 300) + b"after the hole\n" == f.told[0]
    assert ["rotated", "nul"] == f.kinds


def test_f13_nul_bytes_at_the_end_that_are_filled_later_are_read(log, follow):
    f = follow(log.path)
    log.write(b"one\n")
    os.truncate(log.path, 5000)
    f.tick()
    with open(log.path, "r+b") as file:
        file.seek(4)
        file.write(b"two\nthree\n")
    f.settle()
    assert [b"one", b"two", b"three"] == f.lines
    assert [] == f.kinds


@pytest.mark.parametrize("size", [616, 4 << 20], ids=["a short block", "one of 4 MiB"])
def test_f13_lines_where_nul_bytes_stood_before_a_copytruncate_are_read(log, follow, size):
    log.write(b"")
    f = follow(log.path)
    os.truncate(log.path, size)
    f.tick()
    log.copytruncate()
    os.truncate(log.path, size - 16)
    log.write(b"line 000000 end\n")
    f.settle()
    assert [b"line 000000 end"] == f.lines


def test_f10_f13_a_block_of_nul_bytes_is_no_text_by_which_a_replaced_file_is_known(log, follow):
    log.write(b"")
    f = follow(log.path)
    os.truncate(log.path, 600)
    f.tick()
    os.unlink(log.path)
    log.write(b"lost with its file\n")
    os.unlink(log.path)
    log.write(b"")
    os.truncate(log.path, 600)
    log.write(b"told\n")
    f.settle()
    assert [b"told"] == f.lines
    assert "replaced" in f.kinds


def bytes_read(monkeypatch):
    """Sizes of all reads from now on."""
    sizes, pread = [], os.pread

    def counted(fd, size, offset):
        data = pread(fd, size, offset)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", counted)
    return sizes


def test_f14_sparse_50_gb_opens_at_once(log, follow, monkeypatch):
    os.truncate(log.path, 50 << 30)
    log.write(b"end\n")
    read = bytes_read(monkeypatch)
    f = follow(log.path)
    f.tick()
    source = f.follower.sources[0]
    assert b"end\n" == source.read(source.size() - 4, 4)
    assert sum(read) < 1 << 20


def test_f14_a_hole_of_50_gb_that_appears_is_skipped_at_once(log, follow, monkeypatch):
    f = follow(log.path)
    log.write(b"start\n")
    f.tick()
    os.truncate(log.path, 50 << 30)
    log.write(b"end\n")
    read = bytes_read(monkeypatch)
    f.tick()
    assert [b"start", b"end"] == f.lines
    assert sum(read) < 16 << 20


def test_f16_permission_lost_is_told_and_what_is_open_is_read_on(log, follow, monkeypatch):
    f = follow(log.path)
    log.write(b"one\n")
    f.tick()
    real = os.open

    def denied(path, *rest, **more):
        if path == log.path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path, *rest, **more)

    # The tests may run as root, whom chmod 000 does not keep out.
    monkeypatch.setattr(file_module.os, "open", denied)
    with open(log.path, "ab", buffering=0) as old:
        os.rename(log.path, log.path + ".1")
        monkeypatch.undo()
        log.write(b"new\n")
        monkeypatch.setattr(file_module.os, "open", denied)
        old.write(b"two\n")
        f.tick()
        f.tick(1.1)
    assert [b"one", b"two"] == f.lines
    assert ["denied"] == f.kinds
    monkeypatch.undo()
    f.tick()
    assert [b"one", b"two", b"new"] == f.lines


def test_f18_a_burst_is_read_in_bounded_chunks_and_whole(log, follow):
    f = follow(log.path)
    body = numbered(0, 10000) * 20
    log.write(body)
    f.tick()
    assert 0 < len(f.told[0]) <= rotation.CHUNK
    assert f.follower._has_more
    for _ in range(50):
        f.tick()
    assert body == f.told[0]


def test_f18_one_loud_file_does_not_starve_the_others(tmp_path, follow):
    paths = [tmp_path / f"{n}.log" for n in range(3)]
    for path in paths:
        path.write_bytes(b"")
    f = follow(*paths)
    paths[0].write_bytes(b"loud\n" * 2_000_000)
    paths[2].write_bytes(b"quiet\n")
    f.tick()
    assert b"quiet\n" == f.told[2]


def test_f18_ten_thousand_small_appends_in_one_tick(log, follow):
    f = follow(log.path)
    with open(log.path, "ab", buffering=0) as file:
        file.writelines(b"%d\n" % number for number in range(10_000))
    f.tick()
    assert [b"%d" % n for n in range(10_000)] == f.lines


def test_f19_one_line_edited_in_place_reloads_and_tells(log, follow):
    f = follow(log.path)
    log.write(numbered(0, 30))
    f.tick()
    shorter = numbered(0, 30).replace(b"line 0005", b"edit 5")
    with open(log.path, "r+b") as file:
        file.write(shorter)
        file.truncate()
    f.tick()
    assert numbered(0, 30) + shorter == f.told[0]
    assert ["truncated"] == f.kinds


def test_f20_a_failing_read_is_told_and_tried_again(log, follow, monkeypatch):
    f = follow(log.path)
    log.write(b"one\n")
    f.tick()

    def failing(fd, size, offset):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(file_module, "pread", failing)
    log.write(b"two\n")
    f.tick()
    f.tick()
    assert ["error"] == f.kinds
    assert b"one\n" == f.follower.sources[0].read(0, 4)
    monkeypatch.undo()
    f.tick()
    assert [b"one", b"two"] == f.lines


def test_f20_a_descriptor_that_a_file_server_has_forgotten_is_opened_anew(log, follow, monkeypatch):
    f = follow(log.path)
    log.write(b"one\n")
    f.tick()
    stale, pread, fstat, close = f.follower.sources[0].last.reader._fd, os.pread, os.fstat, os.close

    def forgotten(fd):
        if fd == stale:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(file_module, "pread", lambda fd, *more: forgotten(fd) or pread(fd, *more))
    monkeypatch.setattr(os, "fstat", lambda fd: forgotten(fd) or fstat(fd))
    # Kept open: the next file would get its number.
    monkeypatch.setattr(os, "close", lambda fd: None if fd == stale else close(fd))
    log.write(b"two\n")
    f.tick()
    assert [b"one", b"two"] == f.lines
    assert [] == f.kinds
    monkeypatch.undo()
    os.close(stale)


@pytest.mark.parametrize("stamp", [0, 1_000_000_000, 4_000_000_000])
def test_f24_file_times_are_never_proof_that_nothing_changed(log, follow, stamp):
    f = follow(log.path)
    for number in range(3):
        log.write(b"line %d\n" % number)
        os.utime(log.path, (stamp, stamp))
        f.tick()
    assert [b"line 0", b"line 1", b"line 2"] == f.lines


def test_f24_a_rewrite_to_the_same_size_and_time_is_seen(log, follow):
    f = follow(log.path)
    log.write(b"aaaa\n")
    os.utime(log.path, (1000, 1000))
    f.tick()
    with open(log.path, "r+b") as file:
        file.write(b"bbbb\n")
    os.utime(log.path, (1000, 1000))
    f.tick(1.0)
    assert [b"aaaa", b"bbbb"] == f.lines


def test_f24_a_rewrite_is_seen_where_the_file_system_keeps_no_times(log, follow, monkeypatch):
    monkeypatch.setattr(generation, "state_from", lambda found: (found.st_size, 0, 0))
    monkeypatch.setattr(rotation, "state_from", lambda found: (found.st_size, 0, 0))
    f = follow(log.path)
    log.write(b"aaaa\n")
    f.tick()
    f.tick()
    with open(log.path, "r+b") as file:
        file.write(b"bbbb\n")
    f.tick()
    f.tick(1.0)
    f.tick()
    assert [b"aaaa", b"bbbb"] == f.lines


def test_a_line_longer_than_the_limit_is_told_once_and_not_held_back(log, follow):
    f = follow(log.path)
    for _ in range(3):
        log.write(b"x" * take.LONG_LINE)
        f.tick()
    log.write(b"\n")
    f.tick()
    assert [b"x" * 3 * take.LONG_LINE] == f.lines
    assert ["oversize"] == f.kinds


def test_a_rotated_file_that_is_followed_itself_is_not_told_twice(log, follow):
    log.write(b"old\n", log.path + ".1")
    f = follow(log.path, log.path + ".1")
    log.write(b"one\n")
    f.tick()
    log.rename()
    log.write(b"two\n")
    for _ in range(3):
        f.tick()
    assert {0: b"one\ntwo\n"} == f.told


def test_descriptors_stay_few_over_many_rotations(log, follow):
    f = follow(log.path)
    before = len(os.listdir("/proc/self/fd"))
    for number in range(120):
        log.write(numbered(number, number + 1))
        f.tick(2)
        (log.rename if number % 2 else lambda: os.unlink(log.path))()
        log.write(b"")
        f.tick(6)
    assert len(os.listdir("/proc/self/fd")) < before + 50
    assert numbered(0, 120) == f.told[0]


def test_the_stream_reads_the_same_in_any_pieces(log, follow):
    f = follow(log.path)
    for number in range(6):
        log.write(numbered(number * 9, number * 9 + 9))
        f.tick()
        (log.rename, log.copytruncate)[number % 2]()
        f.tick()
    source = f.follower.sources[0]
    whole = source.read(0, source.size())
    assert whole == f.told[0]
    rng = random.Random(1)
    for _ in range(200):
        at, size = rng.randrange(len(whole)), rng.randrange(1, 400)
        assert whole[at : at + size] == source.read(at, size)
