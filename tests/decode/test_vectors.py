"""The open conformance vectors: every record as its expectation says (tests/vectors/formats/README.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from logview.decode import Hints, StreamDecoder, decode_blocks, decode_bytes
from logview.decode.clock import forget_local_zone
from logview.decode.normal import dumps

VECTORS = Path(__file__).parent.parent / "vectors" / "formats"
LIBRARIES = VECTORS.parent / "libraries"
LOGS = sorted(VECTORS.glob("*.log")) + sorted(LIBRARIES.glob("*.log"))

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_CLOCK = re.compile(r"(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Any:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    forget_local_zone()
    yield
    monkeypatch.undo()
    time.tzset()
    forget_local_zone()


def test_the_vectors_are_there() -> None:
    assert len(list(VECTORS.glob("*.log"))) == 180
    assert len(LOGS) > 230


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_every_record_of_the_vector_is_read_as_expected(log: Path) -> None:
    wanted = _lines(log.with_name(f"{log.stem}.expect.jsonl").read_bytes())
    got = [json.loads(dumps(record)) for record in decode_bytes(log.read_bytes())]
    for index, (want, record) in enumerate(zip(wanted, got, strict=False), 1):
        for key, value in want.items():
            assert _fits(key, value, record), f"record {index}: {key}: {value!r} wanted, got {record}"
    assert len(wanted) == len(got)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_stream_of_small_blocks_gives_the_same_records(log: Path) -> None:
    data = log.read_bytes()
    blocks = (
        [data[at : at + 97] for at in range(0, len(data), 97)] if len(data) < 50_000 else [data[:70_000], data[70_000:]]
    )
    assert decode_bytes(data) == list(decode_blocks(blocks))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_record_decoded_again_from_its_bytes_is_the_same(log: Path) -> None:
    data = log.read_bytes()
    decoder = StreamDecoder(Hints())
    frames = decoder.feed(data, 0) + decoder.finish()
    assert data == b"".join(data[frame.start : frame.start + frame.size] for frame in frames)
    for record in decode_bytes(data):
        runs = [(record.offset, record.size), *record.more]
        chunks = [data[start : start + size] for start, size in runs]
        again = decoder.decode(chunks, offset=record.offset, lineno=record.lineno, near_ns=record.time.ns)
        assert (record.message, record.level, record.fields, record.error) == (
            again.message,
            again.level,
            again.fields,
            again.error,
        )


def _lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.split(b"\n") if line.strip()]


def _fits(key: str, want: Any, record: dict[str, Any]) -> bool:
    if key == "time_of_day":
        found = _TIME.fullmatch(record.get("time", ""))
        clock = record.get("time_of_day") or (record["time"][11:-1] if found else None)
        return _same_time(_CLOCK, want, clock)
    return _matches(key, want, record.get(key))


def _matches(path: str, want: Any, got: Any) -> bool:
    if want is None:
        return got is None
    if isinstance(want, dict) and want and set(want) <= {"$oneof", "$contains", "$startswith"}:
        return all(_operator(path, name, argument, got) for name, argument in want.items())
    if path == "time":
        return _same_time(_TIME, want, got)
    if path in ("fields", "error"):
        return isinstance(got, dict) and all(
            _matches(f"{path}.{key}", value, got.get(key)) for key, value in want.items()
        )
    return _same(want, got)


def _operator(path: str, name: str, argument: Any, got: Any) -> bool:
    if name == "$oneof":
        return any(_matches(path, option, got) for option in argument)
    return isinstance(got, str) and (argument in got if name == "$contains" else got.startswith(argument))


def _same_time(pattern: re.Pattern[str], want: str, got: Any) -> bool:
    wanted, found = pattern.fullmatch(want), pattern.fullmatch(got) if isinstance(got, str) else None
    assert wanted is not None
    digits = wanted[2] or ""
    return (
        found is not None
        and wanted[1] == found[1]
        and (found[2] or "").ljust(len(digits), "0")[: len(digits)] == digits
    )


def _same(want: Any, got: Any) -> bool:
    """Equal with JSON's types: true is not 1, 1 is 1.0."""
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, dict):
        return (
            isinstance(got, dict) and want.keys() == got.keys() and all(_same(item, got[k]) for k, item in want.items())
        )
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(_same, want, got))
    return bool(want == got) and (isinstance(want, (int, float)) or type(want) is type(got))
