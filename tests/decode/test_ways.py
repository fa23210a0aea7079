"""Remembered ways change no record: a decoder that has seen like records answers as one that remembers nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import Hints, StreamDecoder, shape
from logview.decode.catalogue import GROUPS
from logview.decode.normal import dumps, glanced

if TYPE_CHECKING:
    from collections.abc import Callable

    from logview.record import Record

HINTS = Hints(reference_ns=1_795_424_000_000_000_000)
VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "formats").glob("*.*"))
VALUES: list[Any] = [
    *("", "a", "INFO", "info", "30", "0", "0x1f", "000", "projects/p/traces/ab"),
    "line\nTraceback (most recent call last)",
    *("2026-11-23T02:11:12.297Z", "2026-11-23 02:11:12", "02:11:12", "yesterday", "warning", "a.py:12", "http://x/y"),
    *(0, 1, 30, 40, 35, 17, 1795399872, 1795399872215, 10**11, 10**11 + 1, 2**63, -5, 1.5, 30.0, 1795399872.25, True),
    *(False, None, [], ["x"], {}, {"id": "7"}, {"message": "m", "stack": "at x"}, {"name": "n"}, {"job_id": "j"}),
]  # fmt: skip
KEYS = (
    *("level", "time", "msg", "message", "event", "service", "name", "logger", "component", "module", "pid"),
    *("hostname", "jobId", "job_id", "request_id", "trace_id", "span_id", "req", "err", "error", "function", "caller"),
    "file",
    "line",
    *("timestamp", "levelname", "levelno", "severity", "v", "log", "data", "stack", "process", "host", "x", "tenantId"),
)  # fmt: skip


def samples() -> list[str]:
    """JSON lines of every format known, the first of each."""
    lines = [entry.sample.split("\n", 1)[0] for _, formats in GROUPS for entry in formats]
    for path in VECTORS:
        lines += path.read_bytes().decode("utf-8", "replace").split("\n")[:4]
    return [line for line in dict.fromkeys(lines) if line.startswith('{"') and loaded(line) is not None]


def loaded(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


SAMPLES = samples()


@st.composite
def objects(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A usual object, or one of any keys, and the same with some values replaced."""
    if draw(st.booleans()):
        before = loaded(draw(st.sampled_from(SAMPLES))) or {}
    else:
        keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=9, unique=True))
        before = {key: draw(st.sampled_from(VALUES)) for key in keys}
    after = dict(before)
    for key in draw(st.lists(st.sampled_from(sorted(before)), max_size=3)) if before else ():
        after[key] = draw(st.sampled_from(VALUES))
    return before, after


def decoded(line: str, decoder: StreamDecoder | None = None) -> Record:
    return (decoder or StreamDecoder(HINTS)).decode([line.encode("utf-8", "surrogatepass") + b"\n"])


def slowly(line: str, monkeypatch: pytest.MonkeyPatch) -> Record:
    """The record as a decoder makes it that remembers no way."""
    with monkeypatch.context() as patched:
        patched.setattr(shape, "ways_for", lambda _have, _shape: None)
        shape.plans_for.cache_clear()
        record = decoded(line)
    shape.plans_for.cache_clear()
    return record


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "spaced"])
@given(pair=objects())
def test_a_record_is_the_same_whatever_was_read_before(
    pair: tuple[dict[str, Any], dict[str, Any]], separators: tuple[str, str]
) -> None:
    before, after = (json.dumps(one, separators=separators) for one in pair)
    with pytest.MonkeyPatch.context() as monkeypatch:
        slow = slowly(after, monkeypatch)
    seasoned = StreamDecoder(HINTS)
    for line in (before, after, before):
        decoded(line, seasoned)
    # repr: 1, 1.0 and true are equal, and so are dictionaries in another order.
    assert repr(slow) == repr(decoded(after, seasoned))
    assert printed(after, seasoned) in {dumps(slow, service="configured"), None}


def printed(line: str, decoder: StreamDecoder) -> bytes | None:
    """The normalised record of a line as it is printed without making the Record; None where it must be made."""
    glance = decoder.glance(line.encode("utf-8", "surrogatepass") + b"\n", HINTS.reference_ns)
    return None if glance is None else glanced(glance, service="configured")


@pytest.mark.parametrize("line", SAMPLES)
def test_every_sample_is_read_alike_the_second_time(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = slowly(line, monkeypatch)
    seasoned = StreamDecoder(HINTS)
    assert repr(slow) == repr(decoded(line, seasoned)) == repr(decoded(line, seasoned))
    assert printed(line, seasoned) in {dumps(slow, service="configured"), None}


def test_common_records_take_a_known_way(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        '{"level":30,"time":1795399872215,"service":"s","pid":1,"jobId":"j","n":1,"msg":"m"}',
        '{"service": "g", "timestamp": "2026-11-23T02:11:12.297Z", "job_id": null, "event": "e", "level": "info"}',
        '{"level": "INFO", "logger": "o", "function": "f", "message": "m", "time": "2026-11-22T21:13:10.835927+00:00"}',
    ]
    seasoned = StreamDecoder(HINTS)
    records = [decoded(line, seasoned) for line in lines]
    fail: Callable[..., Record] = lambda *_args, **_kwargs: pytest.fail("the slow reader was asked")  # noqa: E731
    monkeypatch.setattr("logview.decode.assemble.to_record", fail)
    assert records == [decoded(line, seasoned) for line in lines]
    assert [dumps(record, service="configured") for record in records] == [printed(line, seasoned) for line in lines]
