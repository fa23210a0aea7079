"""Large logs, made of the samples' recorded runs: what speed is measured on.

A recording is laid out again and again, each round 150 s after the one before, with its own times, job IDs and request
IDs, all of the recorded width, so that one round is a byte array in which numpy overwrites digits. The last round
keeps the recorded times. Records that break the standard are left out of two rounds in three, which leaves 1 to 2 %.

    python tests/perf/corpus.py [--size small|medium|large] [--into var/corpus]

scheduler.ndjson  pino                 small 50,000 lines, medium 1,000,000, large 10,000,000
optimizer.log     Python text layout   the same jobs as scheduler.ndjson; tracebacks included
optimizer.ndjson  python-json-logger
gateway.ndjson    structlog, one record for each HTTP request that the scheduler got

Files of the right size are kept. "small" and "large" go into subfolders of these names; "large" is
scheduler.ndjson and optimizer.log alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
RUN, JSON_RUN = ROOT / "samples" / "logs", ROOT / "samples" / "logs-json"
SIZES = {"small": 50_000, "medium": 1_000_000, "large": 10_000_000}
ROUND_MS = 150_000
ROUND_IDS = 0x1000
"""More than the job IDs of one recording, which count upwards."""

RECORD = re.compile(rb'^(?:\{"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)')
JOB_ID = re.compile(rb"\bjob-([0-9a-f]{4})\b")
REQUEST_ID = re.compile(rb"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-4)")
EPOCH = re.compile(rb'(?<="time":)\d{13}\b')
ISO = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3}")

CONTINUATION = re.compile(rb"[ ^\n]|Traceback |[\w.]+:|The above|During handling|Call stack|Message: |Arguments: ")
"""Lines of a traceback, and of what `logging` writes about a fault of its own."""

ODD = re.compile(
    rb"priority job scheduled|requeued|aborted|not readable|high-water|could not|giving up|statusCode.:[45]"
    rb"|authorization|slower than|turned |\{vehicle\}|feasible|order rejected|solve failed|job failed|refused a caller"
    rb"|caller left|tour cache hit|Logging error|Exception in thread|throughput|Infinity|improvements"
)
"""Records that break the standard by more than their stream's habits."""


@dataclass(frozen=True, slots=True)
class Block:
    """One round's bytes, and where its digits stand.

    data      uint8, shape (bytes,)
    lines     line ends in `data`
    epochs    milliseconds, shape (n,); epoch_at  index of the first of 13 digits, shape (n,)
    stamps    milliseconds, shape (n,); stamp_at  index of the first of 23 characters
    jobs      numbers of job IDs;       job_at    index of the first of 8 hex digits
    requests  numbers of request IDs;   request_at  likewise
    """

    data: NDArray[np.uint8]
    lines: int
    epochs: NDArray[np.int64]
    epoch_at: NDArray[np.int64]
    stamps: NDArray[np.int64]
    stamp_at: NDArray[np.int64]
    jobs: NDArray[np.int64]
    job_at: NDArray[np.int64]
    requests: NDArray[np.int64]
    request_at: NDArray[np.int64]


def records(data: bytes) -> list[bytes]:
    """The recording's records: a traceback's lines belong to the one before, a printed line is one of its own."""
    found: list[bytes] = []
    for line in data.splitlines(keepends=True):
        if found and CONTINUATION.match(line):
            found[-1] += line
        else:
            found.append(line)
    return found


def block(kept: list[bytes]) -> Block:
    data = JOB_ID.sub(rb"job-0000\1", b"".join(kept))

    def numbers(pattern: re.Pattern[bytes], base: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        hits = [(int(hit[0], base), hit.start()) for hit in pattern.finditer(data)]
        values, places = zip(*hits, strict=True) if hits else ((), ())
        return np.array(values, np.int64), np.array(places, np.int64)

    epochs, epoch_at = numbers(EPOCH, 10)
    jobs, job_at = numbers(re.compile(rb"(?<=\bjob-)[0-9a-f]{8}\b"), 16)
    requests, request_at = numbers(REQUEST_ID, 16)
    times = [(hit[0].replace(b",", b".").decode(), hit.start()) for hit in ISO.finditer(data)]
    stamps = np.array([text for text, _ in times], "datetime64[ms]").astype(np.int64)
    stamp_at = np.array([place for _, place in times], np.int64)
    raw = np.frombuffer(data, np.uint8)
    return Block(raw, data.count(b"\n"), epochs, epoch_at, stamps, stamp_at, jobs, job_at, requests, request_at)


def rounds(data: bytes, lines: int) -> Iterator[bytes]:
    """The recording over and over until `lines` lines are made; the last round is cut."""
    every = records(data)
    full, tidy = block(every), block([record for record in every if not is_odd(record)])
    cycle = full.lines + 2 * tidy.lines
    count = 3 * -(-lines // cycle)
    made = 0
    for number in range(count):
        here = tidy if number % 3 else full
        text = render(here, number, shift_ms=(number + 1 - count) * ROUND_MS)
        if made + here.lines >= lines:
            yield b"".join(text.splitlines(keepends=True)[: lines - made])
            return
        made += here.lines
        yield text


def is_odd(record: bytes) -> bool:
    return not RECORD.match(record) or ODD.search(record) is not None


def render(block: Block, number: int, *, shift_ms: int) -> bytes:
    """One round: times moved by `shift_ms`, IDs of its own."""
    data = block.data.copy()
    put(data, block.epoch_at, digits(block.epochs + shift_ms, 10, 13))
    put(data, block.job_at, digits(block.jobs + number * ROUND_IDS, 16, 8))
    # Multiplying by an odd number and masking is one-to-one: IDs that differ stay different.
    put(data, block.request_at, digits((block.requests + number * 0x9E3779B1) & 0xFFFFFFFF, 16, 8))
    if block.stamps.size:
        text = np.datetime_as_string((block.stamps + shift_ms).astype("datetime64[ms]")).astype("S23")
        characters = text.view(np.uint8).reshape(-1, 23)
        for column in (10, 19):  # "T" or " ", "." or ",": as recorded
            characters[:, column] = data[block.stamp_at + column]
        put(data, block.stamp_at, characters)
    return data.tobytes()


def put(data: NDArray[np.uint8], at: NDArray[np.int64], characters: NDArray[np.uint8]) -> None:
    """Overwrite data[at[i]:at[i]+width] with row i of `characters`, shape (n, width)."""
    if at.size:
        data[at[:, None] + np.arange(characters.shape[1])] = characters


def digits(values: NDArray[np.int64], base: int, width: int) -> NDArray[np.uint8]:
    """`values` as `width` digits each, uint8 of shape (n, width)."""
    powers = base ** np.arange(width - 1, -1, -1, dtype=np.int64)
    found: NDArray[np.uint8] = np.frombuffer(b"0123456789abcdef", np.uint8)[values[:, None] // powers % base]
    return found


def gateway(data: bytes) -> bytes:
    """What a gateway in front of the scheduler would log through structlog: the recorded requests, rendered by it."""
    chain: list[Any] = [structlog.processors.add_log_level, structlog.processors.JSONRenderer()]
    log = structlog.wrap_logger(structlog.ReturnLogger(), processors=chain)
    log = log.bind(service="gateway", logger="gateway.proxy")
    lines: list[str] = []
    for record in map(json.loads, filter(RECORD.match, data.splitlines())):
        if "req" not in record:
            continue
        request, status = record["req"], record["res"]["statusCode"]
        moment = dt.datetime.fromtimestamp(record["time"] / 1000, dt.UTC).isoformat(timespec="milliseconds")
        write = log.info if status < 400 else log.warning if status < 500 else log.error
        asked_for = re.search(r"job-[0-9a-f]+", request["url"])
        line = write(
            "request forwarded",
            timestamp=moment.replace("+00:00", "Z"),
            request_id=request["id"],
            method=request["method"],
            path=re.sub(r"job-[0-9a-f]+", "{id}", request["url"]),
            status_code=status,
            duration_ms=record["responseTime"],
            **({"job_id": asked_for[0]} if asked_for else {}),
        )
        lines.append(line)
    return "".join(f"{line}\n" for line in lines).encode()


def make(into: Path, lines: int, *, large: bool = False) -> dict[str, Path]:
    """Write the files that are not there yet; name → path.

    lines  of each file; gateway.ndjson has about a fifth
    large  scheduler.ndjson and optimizer.log alone
    """
    into.mkdir(parents=True, exist_ok=True)
    scheduler = (RUN / "scheduler.log").read_bytes()
    recordings = {
        "scheduler.ndjson": (scheduler, lines),
        "optimizer.log": ((RUN / "optimizer.log").read_bytes(), lines),
    }
    if not large:
        recordings |= {
            "optimizer.ndjson": ((JSON_RUN / "optimizer.log").read_bytes(), lines),
            "gateway.ndjson": (gateway(scheduler), lines * 22 // 100),
        }
    made_file = into / "made.json"
    made: dict[str, list[int]] = json.loads(made_file.read_text()) if made_file.exists() else {}
    for name, (data, wanted) in recordings.items():
        path = into / name
        if path.exists() and made.get(name) == [wanted, path.stat().st_size, len(data)]:
            continue
        started = time.perf_counter()
        with path.open("wb") as out:
            for text in rounds(data, wanted):
                out.write(text)
        made[name] = [wanted, path.stat().st_size, len(data)]
        print(f"{path}: {wanted:,} lines, {made[name][1]:,} bytes, {time.perf_counter() - started:.1f} s")
        made_file.write_text(json.dumps(made))
    return {name: into / name for name in recordings}


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the logs that speed is measured on.")
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "corpus")
    options = parser.parse_args()
    large = options.size == "large"
    folder = options.into if options.size == "medium" else options.into / options.size
    make(folder, SIZES[options.size], large=large)


if __name__ == "__main__":
    main()
