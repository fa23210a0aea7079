"""`make fuzz`, where atheris is installed: bytes found by coverage, decoded whole and in two pieces.

No exception, no line lost or counted twice, and nothing that `clean` gives is obeyed by a terminal.
"""

from __future__ import annotations

import itertools
import sys

import atheris

with atheris.instrument_imports(include=["logview.decode"]):
    from logview.decode import Hints, StreamDecoder, decode_bytes
    from logview.decode.clean import clean


def decode(data: bytes) -> None:
    """One input."""
    records = decode_bytes(data)
    spans = sorted(span for record in records for span in ((record.offset, record.size), *record.more))
    for (start, size), (after, _) in itertools.pairwise(spans):
        assert start + size <= after, "two records hold one byte"
    for record in records:
        assert all(char.isprintable() or char == "\u200d" for char in clean(record.text))
    cut = len(data) // 2
    decoder = StreamDecoder(Hints())
    frames = [*decoder.feed(data[:cut], 0), *decoder.feed(data[cut:], cut), *decoder.finish()]
    assert all(frame.of <= len(data) for frame in frames)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode)
    atheris.Fuzz()
