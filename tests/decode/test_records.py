"""Records, not lines: what belongs together is one record, what does not is not."""

from __future__ import annotations

import json

import pytest

from logview.decode import Hints, decode_bytes
from logview.decode.assemble import Assembler
from logview.decode.clock import HERE
from logview.decode.jsonrecord import to_record
from logview.decode.shape import plans_for

TRACE = "Traceback (most recent call last):\n  File \"/x.py\", line 1, in y\n    z()\nKeyError: 'cost'\n"
HEAD = "2026-11-23 08:57:32,311 ERROR opt.solver solve failed\n"
PINO = '{"level":30,"time":1795424047410,"msg":"m"}\n'


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (HEAD + TRACE + HEAD, ["solve failed", "solve failed"]),
        (HEAD + TRACE + "\nDuring handling of the above exception, another exception occurred:\n\n" + TRACE + PINO,
         ["solve failed", "m"]),
        (HEAD + TRACE + "bare text\n", ["solve failed", "bare text"]),
        ("solve failed\n" + TRACE + "next\n", ["solve failed", "next"]),
        (PINO + TRACE + PINO, ["m", "Traceback (most recent call last):", "m"]),
        ('{"level": "ERROR", "message": "m"}\n' + TRACE + PINO, ["m", "m"]),
        (HEAD + "    indented\n\ttabbed\n" + PINO, ["solve failed", "m"]),
        (PINO + "  indented\n" + PINO, ["m", "  indented", "m"]),
        ("\n\n" + PINO + "\n\n" + PINO, [None, "m", "m"]),
        ('{\n  "level": "info",\n  "message": "m",\n  "o": {\n    "a": "}"\n  }\n}\n' + PINO, ["m", "m"]),
        ('{\n"level": "info",\n"message": "m",\n"o": {\n"a": 1\n}\n}\n' + PINO, ["m", "m"]),
        ("{\n  a: 1,\n  b: [ 1, 2 ]\n}\n" + PINO, ["{", "m"]),
        ("Error: boom\n    at x (/a.js:1:2)\n    at y (/a.js:1:2) {\n  code: 'X'\n}\n" + PINO, ["Error: boom", "m"]),
        ("Exception in thread Thread-1 (f):\n" + TRACE + "after\n", ["Exception in thread Thread-1 (f):", "after"]),
        (HEAD + "Stack (most recent call last):\n  File \"/x.py\", line 1, in y\n    z()\n" + HEAD,
         ["solve failed", "solve failed"]),
        (HEAD + "multiprocessing.pool.RemoteTraceback: \n\"\"\"\n" + PINO, None),
        (HEAD + 'concurrent.futures.process._RemoteTraceback: \n"""\n' + TRACE + '"""\n\n'
         "The above exception was the direct cause of the following exception:\n\n" + TRACE + HEAD,
         ["solve failed", "solve failed"]),
        (HEAD + "future: <Task finished exception=ValueError('x')>\n"
         "source_traceback: Object created at (most recent call last):\n  File \"/x.py\", line 1, in y\n"
         + TRACE + HEAD, ["solve failed", "solve failed"]),
        (HEAD.replace("failed", "failed: no route") + "Error: no route\n    at x (/a.js:1:2)\n" + PINO,
         ["solve failed: no route", "m"]),
        (HEAD.replace("ERROR", "INFO") + "Error: boom\n    at x (/a.js:1:2)\n" + PINO,
         ["solve failed", "Error: boom", "m"]),
        (HEAD + "Errors: none\n" + PINO, ["solve failed", "Errors: none", "m"]),
    ],
)  # fmt: skip
def test_lines_join_the_record_they_belong_to(text: str, messages: list[str | None] | None) -> None:
    records = decode_bytes(text.encode())
    assert len(text) == sum(record.size for record in records)
    if messages is not None:
        assert messages == [record.message for record in records]


def test_the_error_of_a_chain_is_the_last_one_and_the_stack_has_all() -> None:
    other = TRACE.replace("KeyError: 'cost'", "ValueError: n/a")
    (record,) = decode_bytes(
        (HEAD + TRACE + "\nThe above exception was the direct cause of the following exception:\n\n" + other).encode()
    )
    assert record.error is not None
    assert ("ValueError", "n/a") == (record.error.type, record.error.message)
    assert "KeyError: 'cost'" in (record.error.stack or "")


def test_a_stack_that_says_where_is_no_error() -> None:
    (record,) = decode_bytes(b"2026-11-23 08:57:32,311 INFO opt.solver here\nStack (most recent call last):\n"
                             b'  File "/x.py", line 1, in y\n    z()\n')  # fmt: skip
    assert record.error is None
    assert record.lines == 4


def test_fields_below_a_bare_level_are_pino_prettys() -> None:
    (record,) = decode_bytes(b'INFO: job scheduled\n    jobId: "job-7f3a"\n    steps: 3\n')
    assert ("job scheduled", "job-7f3a", {"steps": 3}) == (record.message, record.job_id, record.fields)


def test_a_node_crash_is_one_record_and_says_so() -> None:
    text = (
        "/srv/x.js:8\nsetTimeout(()=>{ null.price },5);\n                      ^\n\nTypeError: Cannot read 'price'\n"
        "    at Timeout (/srv/x.js:8:23)\n\nNode.js v20.20.2\n"
    )
    crash, after = decode_bytes((text + PINO).encode())
    assert ("crash",) == crash.marks
    assert crash.error is not None
    assert ("TypeError", "Cannot read 'price'") == (crash.error.type, crash.error.message)
    assert "m" == after.message


def test_a_logging_fault_is_one_record_with_its_template() -> None:
    text = (
        "--- Logging error ---\n" + TRACE + 'Call stack:\n  File "<stdin>", line 4, in <module>\n'
        "Message: 'job %s took %d ms'\nArguments: ('job-7f3a',)\n"
    )
    fault, after = decode_bytes((text + HEAD).encode())
    assert ("logging-fault",) == fault.marks
    assert "job %s took %d ms" == fault.message
    assert fault.error is not None
    assert "KeyError" == fault.error.type
    assert "solve failed" == after.message


def test_parts_of_a_cut_line_are_one_record() -> None:
    body = PINO.strip()
    entries = [body[:10], body[10:20], body[20:] + "\n"]
    lines = [json.dumps({"log": part, "stream": "stdout", "time": "2026-11-23T08:54:07.411Z"}) for part in entries]
    lines.insert(1, json.dumps({"log": "between\n", "stream": "stderr", "time": "2026-11-23T08:54:07.411Z"}))
    first, between = decode_bytes("\n".join(lines).encode())
    assert ("m", 3, 1) == (first.message, first.lines, len(first.more))
    assert "between" == between.message


def test_a_cut_line_whose_end_never_came_is_marked() -> None:
    line = json.dumps(
        {"log": '{"level":30,"time":1795424047410,"ms', "stream": "stdout", "time": "2026-11-23T08:54:07.411Z"}
    )
    (record,) = decode_bytes(line.encode())
    assert "truncated" in record.marks


NESTED = [
    {"level": 30, "time": 1795424047410, "payload": {"jobId": "job-1"}, "msg": "m"},
    {"level": 30, "time": 1795424047410, "req": {"id": 7}, "msg": "m"},
    {"level": 30, "time": 1795424047410, "labels": {"job_id": "job-1"}, "msg": "m"},
    {"level": 30, "time": 1795424047410, "job": {"id": "job-1"}, "msg": "m"},
]


@pytest.mark.parametrize(
    ("data", "job", "request_id"),
    list(zip(NESTED, ["job-1", None, "job-1", "job-1"], [None, "7", None, None], strict=True)),
)
def test_ids_one_level_down_count(data: dict[str, object], job: str | None, request_id: str | None) -> None:
    (record,) = decode_bytes(json.dumps(data, separators=(",", ":")).encode())
    assert (job, request_id) == (record.job_id, record.request_id)


@pytest.mark.parametrize(
    "line",
    [
        PINO.strip(),
        '{"level":40,"time":1795424047410,"pid":9290,"hostname":"vm","jobId":"job-7f3a","tenantId":42,"msg":"x"}',
        '{"level":60,"time":1795424047410,"service":"s","logger":"l","job_id":"j","request_id":"r","a":null,"msg":"x"}',
        '{"level":30,"time":1795424047410,"name":"scheduler","msg":"x","list":[1,{"a":2}]}',
        '{"level":35,"time":1795424047410,"msg":"x"}',
        '{"level":30,"time":"2026-11-23T08:54:07.417Z","pid":"x","msg":""}',
        '{"level":30,"time":12,"hostname":null,"jobId":5,"msg":"x"}',
    ],
)
def test_the_short_way_for_pino_gives_what_the_long_way_gives(line: str) -> None:
    short = Assembler(Hints()).record([line.encode()])
    long = to_record(
        json.loads(line),
        spaced=False,
        near=HERE,
        plans=plans_for(Hints().ids),
        place={"first": line, "size": len(line)},
    )
    assert short == long


def test_numbers_of_levels_mean_what_their_family_says() -> None:
    pino, python, renamed, slog = decode_bytes(
        b'{"level":20,"time":1795424047410,"msg":"a"}\n{"levelno": 20, "message": "b"}\n'
        b'{"asctime": "2026-11-23 08:57:32,311", "level": 40, "message": "c"}\n'
        b'{"time":"2026-11-23T08:54:07Z","level":"WARN","msg":"d"}\n'
    )
    assert ["debug", "info", "error", "warn"] == [r.level.text for r in (pino, python, renamed, slog) if r.level]
