"""Rows F22 and F23: packed files, whole, joined, broken and hostile."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import subprocess
import sys

import pytest
import zstandard

from logview.sources import open_source
from logview.sources.packed import RATIO_AFTER, PackedSource, packing

PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstandard.compress}
BODY = b"".join(b"line %d %d\n" % (i, random.Random(i).getrandbits(80)) for i in range(20_000))


def opened(tmp_path, data):
    path = tmp_path / "packed"
    path.write_bytes(data)
    source = open_source(str(path))
    assert isinstance(source, PackedSource)
    return source


@pytest.mark.parametrize("kind", PACK)
def test_f22_a_packed_file_is_told_by_its_first_bytes_and_read_by_position(tmp_path, kind):
    source = opened(tmp_path, PACK[kind](BODY))
    assert BODY[1000:1100] == source.read(1000, 100)
    assert source.unpacked() < len(BODY) + (2 << 20)
    assert len(BODY) == source.size()
    assert BODY == source.read(0, len(BODY) + 10)
    assert [] == source.notices
    source.close()


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("padding", [b"", b"\0" * 512])
def test_f22_members_one_after_another_are_one_stream(tmp_path, kind, padding):
    source = opened(tmp_path, PACK[kind](BODY) + padding + PACK[kind](b"second\n") + PACK[kind](b"third\n"))
    assert BODY + b"second\nthird\n" == source.read(0, 1 << 30)
    assert [] == source.notices


@pytest.mark.parametrize("kind", PACK)
def test_f22_a_truncated_file_gives_what_there_is_and_tells(tmp_path, kind):
    packed = PACK[kind](BODY)
    source = opened(tmp_path, packed[: len(packed) * 3 // 4])
    got = source.read(0, 1 << 30)
    assert BODY.startswith(got)
    assert len(got) >= (0 if kind == "bzip2" else len(BODY) // 4)
    assert ["unpack"] == [notice.kind for notice in source.notices]


@pytest.mark.parametrize("kind", PACK)
def test_f22_garbage_behind_is_left_out_and_told(tmp_path, kind):
    source = opened(tmp_path, PACK[kind](BODY) + b"this is no packed data")
    assert BODY == source.read(0, 1 << 30)
    assert "22 bytes" in source.notices[0].text


@pytest.mark.parametrize("kind", PACK)
def test_f22_damage_in_the_middle_never_raises(tmp_path, kind):
    packed = bytearray(PACK[kind](BODY))
    for at in range(len(packed) // 2, len(packed) // 2 + 40):
        packed[at] ^= 0x5A
    source = opened(tmp_path, bytes(packed))
    source.read(0, 1 << 30)
    assert source.notices
    assert source.notices[0].is_loss


def test_f22_cut_at_every_offset_never_raises(tmp_path):
    for kind, pack in PACK.items():
        packed = pack(b"a few lines\n" * 20)
        for end in range(6, len(packed)):
            source = opened(tmp_path, packed[:end])
            assert (b"a few lines\n" * 20).startswith(source.read(0, 1000)), (kind, end)
            assert source.notices, (kind, end)
            source.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz", "bzip2"])
def test_f23_a_bomb_of_1_gb_stops_at_the_ratio_with_bounded_memory(tmp_path, kind):
    makers = {
        "gzip": lambda: zlib_stream(1 << 30),
        "zstd": lambda: zstandard.ZstdCompressor().compress(bytes(1 << 28)) * 4,
        "xz": lambda: lzma.compress(bytes(1 << 27)) * 8,
        "bzip2": lambda: bz2.compress(bytes(1 << 27)) * 8,
    }
    path = tmp_path / "bomb"
    path.write_bytes(makers[kind]())
    script = (
        "import sys\nfrom logview.sources import open_source\ns = open_source(sys.argv[1])\nsize = s.size()\n"
        # Not ru_maxrss: that begins at the parent's peak.
        "peak = open('/proc/self/status').read().split('VmHWM:')[1].split()[0]\n"
        "print(size, peak, s.notices[0].text)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True, timeout=600)
    size, memory_kib, text = done.stdout.split(" ", 2)
    assert RATIO_AFTER < int(size) < RATIO_AFTER * 2
    assert "times the packed size" in text
    assert int(memory_kib) < 128 << 10


def zlib_stream(size):
    import zlib

    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing refers back: the same packed block says the same again. The checksum, which is never
    # reached, is left out.
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (size >> 24)


def test_f23_the_budget_stops_unpacking_and_says_how_to_raise_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGVIEW_SPOOL", "1M")
    body = random.Random(1).randbytes(3 << 20)
    source = opened(tmp_path, gzip.compress(body))
    size = source.size()
    assert 1 << 20 <= size <= 2 << 20
    assert body[:size] == source.read(0, 1 << 30)
    assert "LOGVIEW_SPOOL" in source.notices[0].text


def test_f23_a_packed_file_in_a_packed_file_is_unpacked_once(tmp_path):
    inner = gzip.compress(b"x\n")
    assert inner == opened(tmp_path, gzip.compress(inner)).read(0, 1000)


@pytest.mark.parametrize(("head", "kind"), [(b"\x1f\x8b\x08", "gzip"), (b'{"a":', None), (b"BZ", None), (b"", None)])
def test_magic(head, kind):
    assert kind == packing(head)


def test_a_name_that_promises_packing_and_text_inside_is_text(tmp_path):
    path = tmp_path / "app.log.gz"
    path.write_bytes(b"plain\n")
    source = open_source(str(path))
    assert b"plain\n" == source.read(0, 100)
    source.close()


def test_a_followed_packed_file_comes_as_growth_and_ends(tmp_path, follow):
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress(BODY) + b"garbage behind")
    f = follow(path)
    for _ in range(3):
        f.tick()
    assert BODY == f.told[0]
    assert ["unpack"] == f.kinds
    assert f.follower.has_ended
    assert "ended" == f.follower.state(0)
