"""Stands in for the scheduler where Node.js is missing: writes its recording as if it were running now.

Each line comes at its recorded distance from the first, with the time of now; each round has job IDs of its own. For
every job that the recording dispatches, the live optimizer gets a job of the same kind and with the same ID.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import load

JOB_ID = re.compile(rb"\bjob-([0-9a-f]+)\b")
TIME = re.compile(rb'^(\{"level":\d+,"time":)(\d+)')
ROUND_IDS = 0x10000

KIND_OF = {b'"solution is not readable"': "overloaded", b'"job failed"': "broken"}
"""A message that tells what kind of order the job was; all others were routes."""


def replay(recording: Path, log: Path, optimizer: str, token: str, stopped: threading.Event) -> None:
    """Append the recording to `log`, round after round, until `stopped` is set."""
    lines = recording.read_bytes().splitlines(keepends=True)
    orders = order_kinds(lines)
    with log.open("ab", buffering=0) as out:
        for number in range(0x10000):
            began_ms = time.time_ns() // 1_000_000
            for after_ms, line in timed(lines):
                if stopped.wait(max(0.0, (began_ms + after_ms) / 1000 - time.time())):
                    return
                own = with_ids(line, number)
                out.write(TIME.sub(rb"\g<1>%d" % (began_ms + after_ms), own))
                if b'"job dispatched"' in line:
                    hand_over(own, orders.get(job_id(line), "route"), optimizer, token)


def with_ids(line: bytes, number: int) -> bytes:
    """The line with the job IDs of round `number`; round 0 has the recorded ones."""
    return JOB_ID.sub(lambda found: b"job-%04x" % (int(found[1], 16) + number * ROUND_IDS), line)


def timed(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Milliseconds after the recording's first record, and the line; a line without a time keeps its neighbor's."""
    first_ms = last_ms = None
    for line in lines:
        if found := TIME.match(line):
            last_ms = int(found[2])
            first_ms = first_ms or last_ms
        yield (last_ms or 0) - (first_ms or 0), line


def job_id(line: bytes) -> str:
    return str(json.loads(line)["jobId"])


def order_kinds(lines: list[bytes]) -> dict[str, str]:
    return {job_id(line): kind for line in lines for message, kind in KIND_OF.items() if b'"msg":' + message in line}


def hand_over(line: bytes, kind: str, optimizer: str, token: str) -> None:
    """Have the optimizer solve a job like the dispatched one, in the background."""
    own_id = job_id(line)
    body = load.order(kind, random.Random(own_id)) | {"job_id": own_id}
    post = {"method": "POST", "body": body, "token": token}
    threading.Thread(target=load.call, args=(f"{optimizer}/solve",), kwargs=post, daemon=True).start()
