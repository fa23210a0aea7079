"""How fast each format is decoded, beside orjson.loads of the same records' JSON: one process, CPU time.

    python tests/perf/bench_decode.py [--seconds 0.5]

Takes the sample lines of the format catalogue, repeats each to a block, and prints records/s of finding records
(`feed`), of decoding them, and both as multiples of `orjson.loads` of the normalised record. Read the multiples: the
rates move with the machine.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import orjson

from logview.decode import StreamDecoder
from logview.decode.catalogue import GROUPS
from logview.decode.normal import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = 2_000


def seconds_each(work: Callable[[], object], least_s: float) -> float:
    """CPU seconds of one call, the best of as many as fit into `least_s`."""
    best, spent = float("inf"), 0.0
    while spent < least_s:
        start = time.process_time()
        work()
        took = time.process_time() - start
        best, spent = min(best, took), spent + took
    return best


def row(name: str, writer: str, sample: str, least_s: float) -> str:
    block = (sample.encode() + b"\n") * RECORDS
    frames = StreamDecoder().feed(block, 0)
    decoder = StreamDecoder()
    decoder.feed(block, 0)
    chunks = [((block[frame.start : frame.start + frame.size],), frame.start) for frame in frames]
    records = [decoder.decode(chunk, offset=offset) for chunk, offset in chunks]
    lines = [dumps(record) for record in records]
    parse = seconds_each(lambda: [orjson.loads(line) for line in lines], least_s) / len(records)
    feed = seconds_each(lambda: StreamDecoder().feed(block, 0), least_s) / len(records)
    decode = seconds_each(lambda: [decoder.decode(c, offset=o) for c, o in chunks], least_s) / len(records)
    rate = 1 / (feed + decode)
    return f"| {name} | {writer} | {rate:,.0f} | {feed / parse:.1f} | {decode / parse:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2)
    least_s = parser.parse_args().seconds
    print("| format | written by | records/s | feed ÷ orjson | decode ÷ orjson |\n|---|---|--:|--:|--:|")
    for _, formats in GROUPS:
        for entry in formats:
            print(row(entry.name, entry.writer, entry.sample, least_s), flush=True)


if __name__ == "__main__":
    main()
