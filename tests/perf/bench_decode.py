"""How fast each format is decoded, beside orjson.loads of the same records' JSON: one process, CPU time.

    python tests/perf/bench_decode.py [--seconds 0.5]

Takes the sample lines of the format catalogue, repeats each to a block, and prints records/s of finding records
(`feed`), of decoding them, and both as multiples of `orjson.loads` of the normalised record; likewise of making JSON
and pretty lines of their bytes, as `cat` does, and of holding them against the default standard, as `check` does. Read
the multiples: the rates move with the machine.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import msgspec
import orjson

from logview.cli.pretty import Painter
from logview.decode import Hints, StreamDecoder
from logview.decode.catalogue import GROUPS
from logview.decode.normal import dumps, glanced
from logview.standard.check import Checker
from logview.standard.load import preset
from logview.standard.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = 2_000
NEIGHBORS = ("LV705", "LV706", "LV507")
"""Rules about records that are alike and close in time: of one line over and over, all are."""


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
    json = seconds_each(lambda: [as_json(decoder, c, o) for c, o in chunks], least_s) / len(records)
    painter = Painter(color=True)
    pretty = seconds_each(lambda: [painter.paint(record) for record in records], least_s) / len(records)
    check = checking(block, len(records), least_s)
    ratios = (f"{took / parse:.1f}" for took in (feed, decode, json, decode + pretty, check))
    return f"| {name} | {writer} | {1 / (feed + decode):,.0f} | {1 / check:,.0f} | {' | '.join(ratios)} |"


def checking(block: bytes, records: int, least_s: float) -> float:
    """CPU seconds of `check` a record, from the second half of a stream: by then its lines are known."""
    standard = preset("default@1")
    rules = {code: setting for code, setting in standard.rules.items() if code not in NEIGHBORS}
    standard = msgspec.structs.replace(standard, rules=rules)

    def check(times: int) -> int:
        stream = Checker(standard).stream("a.log")
        return sum(1 for _ in Sweep(stream, Hints()).run([block] * times))

    half, whole = (seconds_each(lambda times=times: check(times), least_s) for times in (8, 16))
    return max(whole - half, 1e-9) / (8 * records)


def as_json(decoder: StreamDecoder, chunks: tuple[bytes], offset: int) -> bytes:
    """A record's bytes as `cat --output json` prints them."""
    glance = decoder.glance(chunks[0])
    line = None if glance is None else glanced(glance)
    return dumps(decoder.decode(chunks, offset=offset)) if line is None else line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2)
    least_s = parser.parse_args().seconds
    print(
        "| format | written by | records/s | check, records/s | feed ÷ orjson | decode ÷ orjson | to JSON ÷ orjson "
        "| to pretty ÷ orjson | check ÷ orjson |"
    )
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for _, formats in GROUPS:
        for entry in formats:
            print(row(entry.name, entry.writer, entry.sample, least_s), flush=True)


if __name__ == "__main__":
    main()
