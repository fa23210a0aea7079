"""A head vouches for level, time and service of a line; whatever else stands in the line, the decoder says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine_oracle import HINTS, Bytes, records
from hypothesis import given, settings
from hypothesis import strategies as st

from logview.engine.feed import Feed
from logview.engine.naming import default_service, service_of
from logview.engine.services import Services
from logview.index.store import DEAD, HAS_TIME, Store

if TYPE_CHECKING:
    from random import Random

Facts = dict[int, tuple[int | None, int, str]]
NAME = "optimizer.log"
EXAMPLES = 150

LEVELS = [30, 40, "info", "INFO", "error", "WARNING", 20, "Level 25", "", None]
TIMES = [1795424047410, 1795424047, "2026-11-23T08:57:32.311Z", "2026-11-23 08:57:32,311", "2026-11-23T08:57:32+02:00",
         1795424047.25, "", None, "08:57:32"]  # fmt: skip
OTHERS = [("service", "scheduler"), ("service", "optimizer"), ("service", {"name": "nested"}), ("service", ""),
          ("service.name", "ecs"), ("app", "shop"), ("app_name", "pm"), ("name", "optimizer.solver"),
          ("hostname", "vm"), ("pid", 7), ("msg", "done"), ("message", "level time service"), ("event", "x"),
          ("v", 0), ("levelname", "ERROR"), ("levelno", 40), ("severity", "error"), ("log.level", "fatal"),
          ("asctime", "2026-11-23 01:02:03,004"), ("timestamp", "2026-11-22T08:57:32.311Z"), ("ts", 1795424040),
          ("date", "2026-11-21T08:57:32.311Z"), ("funcName", "solve"), ("exc_info", None), ("func_name", "f"),
          ("caller", "a.go:1"), ("location", "f:1"), ("target", "t"), ("fields", {"level": "error", "service": "in"}),
          ("record", {"level": {"name": "ERROR"}, "time": {"timestamp": 1795424000}}), ("text", "x"),
          ("@fields", {"service": "in"}), ("version", "1.1"), ("host", "h"), ("short_message", "m"),
          ("body", "b"), ("severity_number", 17), ("attributes", {"service": "in", "level": "error"}),
          ("resource", {"attributes": {"service.name": "otel"}}), ("log", {"level": "error"}), ("log", "x"),
          ("stream", "stdout"), ("payload", {"time": 1795424000000, "level": 50, "service": "p"}),
          ("jobId", "job-1"), ("request_id", "r"), ("kind", "service"), ("quoted", '"service":"other","level":50'),
          ("logging.googleapis.com/labels", {"python_logger": "x"}), ("module", "m"), ("source_type", "file"),
          ("replica", 0), ("process", "p"), ("x", [1, "level", {"level": 50}])]  # fmt: skip


@st.composite
def json_lines(draw: st.DrawFn) -> list[bytes]:
    """Lines of one program: the same beginning, the same end, anything in between."""
    level = (draw(st.sampled_from(["level", "level", "levelname", "severity", "lvl", "log.level"])),
             draw(st.sampled_from(LEVELS)))  # fmt: skip
    time = (draw(st.sampled_from(["time", "time", "timestamp", "ts", "@timestamp", "asctime", "date"])),
            draw(st.sampled_from(TIMES)))  # fmt: skip
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]))
    some = st.lists(st.sampled_from(OTHERS), max_size=4)
    places = [([level, time], []), ([time, level], []), ([time], [level]), ([], [level, time]), ([level], [time])]
    first, last = draw(st.sampled_from(places))
    begin, end = draw(some) if draw(st.booleans()) else [], draw(some) if draw(st.booleans()) else []
    found = []
    for middle in draw(st.lists(some, min_size=1, max_size=6)):
        pairs: list[tuple[str, Any]] = [*first, *begin, *middle, *end, *last]
        text = separators[0].join(
            json.dumps(k) + separators[1] + json.dumps(v, separators=separators) for k, v in pairs
        )
        found.append(b"{" + text.encode() + b"}\n")
    return found


TEXT_HEADS = ["2026-11-23 08:57:32,311 - app.solver - INFO - ", "2026-11-23T08:57:32.311Z [INFO] ",
              "2026-11-23 08:57:32,311 INFO ", "[2026-11-23 08:57:32,311] ERROR ", "INFO 2026-11-23 08:57:32,311 ",
              "2026-11-23 08:57:32,311 WARNING app: ", "[08:57:32.311] INFO (app/12): ",
              "2026-11-23 08:57:32 | INFO | ", "2026-11-23 08:57:32.311 | INFO     | app:solve:12 - ",
              "[2026-11-23 08:57:32.311 +0000] INFO (shop/12): ", "2026-11-23 08:57:32 [info     ] "]  # fmt: skip
TEXT_PARTS = ["solve finished", "optimizer main job=-: ", 'service="x"', "service=scheduler", "{", "}", "level=error",
              '{"service": "in"}', '{"service": "in", "level": "error", "time": 1795424000000}', "time=1795424000000",
              "ERROR", "[ERROR]", " - ", ": ", "ts=2026-11-22T01:02:03Z", "app=shop", '"GET /jobs HTTP/1.1" 200 12',
              '127.0.0.1 - - [23/Nov/2026:08:58:50 +0000] "GET / HTTP/1.1" 200 5', "msg=hello", "{'service': 'in'}",
              "service: x", "[in /a/b.py:12]", "(a.py:3)", "[scheduler]", "|", "123", "INFO:", "é", "\t", "a=b c=d",
              "WARNING app.x:", "2026-11-23 08:57:33,000", "(shop/12):"]  # fmt: skip


@st.composite
def text_lines(draw: st.DrawFn) -> list[bytes]:
    head = draw(st.sampled_from(TEXT_HEADS))
    parts = st.lists(st.sampled_from(TEXT_PARTS), max_size=4)
    messages = draw(st.lists(st.tuples(parts, st.sampled_from([" ", "", "  "])), min_size=1, max_size=6))
    return [(head + between.join(message)).encode() + b"\n" for message, between in messages]


def told(data: bytes, pieces: list[bytes]) -> Facts:
    """What the columns say."""
    store, services = Store(), Services()
    feed = Feed(0, Bytes(data, NAME), HINTS, store=store, service_number=services.number)
    for piece in pieces:
        feed.take(piece, feed.taken)
    feed.finish()
    return {
        int(store.start[gid]): (
            int(store.time[gid]) if store.flags[gid] & HAS_TIME else None,
            int(store.level[gid]),
            services.names[int(store.service[gid])],
        )
        for gid in range(store.count)
        if not store.flags[gid] & DEAD
    }


def true(data: bytes) -> Facts:
    """What the decoder says."""
    default = default_service(Bytes(data, NAME), HINTS)
    return {
        offset: (record.time.ns, int(record.level or 0), service_of(record, HINTS, default))
        for offset, record in records(data).items()
    }


def assert_true(programs: list[list[bytes]], chance: Random) -> None:
    """Lines of programs in one file, four times in another order: what is learned in one block is used in the next."""
    lines, pieces = [line for program in programs for line in program], []
    for _ in range(4):
        chance.shuffle(lines)
        pieces.append(b"".join(lines))
    data = b"".join(pieces)
    assert true(data) == told(data, pieces)


@settings(max_examples=EXAMPLES)
@given(st.lists(json_lines(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_facts_of_json_lines_are_the_decoders(programs: list[list[bytes]], chance: Random) -> None:
    assert_true(programs, chance)


@settings(max_examples=EXAMPLES)
@given(st.lists(text_lines(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_facts_of_text_lines_are_the_decoders(programs: list[list[bytes]], chance: Random) -> None:
    assert_true(programs, chance)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.one_of(json_lines(), text_lines()), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_facts_of_mixed_lines_are_the_decoders(programs: list[list[bytes]], chance: Random) -> None:
    assert_true(programs, chance)


def test_what_ends_the_name_of_a_service_belongs_to_its_head() -> None:
    head = b"[2026-11-23 08:57:32,311] ERROR (shop/12):"
    pieces = [head + b" [scheduler]\n" + head + b"service=scheduler\n"] * 3
    data = b"".join(pieces)
    assert true(data) == told(data, pieces)
