"""Text layouts: the head is read whatever its order, brackets and delimiters; the message is what stands behind it."""

from __future__ import annotations

import pytest

from logview.decode import decode_bytes
from logview.record import Level

TIMES = [
    "2026-11-23 08:57:32,311",
    "2026-11-23T08:57:32.311Z",
    "2026-11-23 08:57:32",
    "08:57:32",
    "23/Nov/2026 08:57:32",
    "1795424252.311",
]
MESSAGES = [
    "solve started",
    "solving job job-7f3a with 12 routes",
    "12 routes loaded",
    "retry - attempt 2",
    "[3/12] done",
    "error contacting host: timeout",
    "ratio: 50% [x] (y) - z | q",
    "connection to db.example.com failed",
]
LAYOUTS = [
    "{time} - optimizer.solver - WARNING - {message}",
    "{time} - optimizer.solver - 4711 - WARNING - {message}",
    "{time} — optimizer.solver — WARNING — {message}",
    "{time} WARNING optimizer.solver {message}",
    "{time} WARNING  optimizer.solver: {message}",
    "{time} [WARNING] optimizer.solver: {message}",
    "[{time}] [WARNING] optimizer.solver: {message}",
    "[{time}] [4711] [WARNING] [optimizer.solver] {message}",
    "[WARNING] {time} optimizer.solver: {message}",
    "[WARNING] optimizer.solver: {message}",
    "WARNING {time} optimizer.solver {message}",
    "WARNING:optimizer.solver:{message}",
    "{time} | WARNING  | optimizer.solver | {message}",
    "{time}|WARNING|optimizer.solver|{message}",
    "{time} | WARNING  | optimizer.solver:solve_it:17 - {message}",
    "{time} WARNING  [4711:MainThread] optimizer.solver - {message}",
    "{time} [MainProcess] WARNING optimizer.solver: {message}",
    "{time} [MainThread] WARNING optimizer.solver - {message}",
    "{time} 4711 WARNING optimizer.solver: {message}",
    "{time} WARNING optimizer.solver [-] {message}",
    "{time} WARNING [optimizer.solver] [solve.py:17] {message}",
    "{time} optimizer.solver[4711] WARNING {message}",
    "{time} WARNING/MainProcess optimizer.solver: {message}",
    "{time}; WARNING; optimizer.solver; {message}",
    "{time}\tWARNING\toptimizer.solver\t{message}",
    "{time} <WARNING> optimizer.solver: {message}",
    "{time} (WARNING) optimizer.solver: {message}",
    "optimizer.solver: WARNING: {message}",
    "optimizer.solver - WARNING - {message}",
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("time", TIMES)
def test_level_logger_and_message_are_found_in_every_layout(layout: str, time: str) -> None:
    for message in MESSAGES:
        line = layout.format(time=time, message=message)
        (record,) = decode_bytes(line.encode())
        assert (Level.WARN, "optimizer.solver", message) == (record.level, record.logger, record.message), line
        assert ("{time}" in layout) == (record.time.written is not None)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("2026-11-23T16:47:20.498Z [INFO] optimizer.worker run job=job-7f3b: solve requested",
         {"logger": "optimizer.worker", "function": "run", "job_id": "job-7f3b", "message": "solve requested"}),
        ("2026-11-23T16:47:20.322Z [INFO] optimizer main job=-: optimizer started",
         {"logger": "optimizer", "function": "main", "job_id": None, "message": "optimizer started"}),
        ("[2026-11-23 08:58:58,978] WARNING in flaskapp: solve requested",
         {"level": Level.WARN, "message": "solve requested"}),
        ("[2026-11-23 08:59:13,757: INFO/ForkPoolWorker-1] Task optimizer.solve[0df9] received",
         {"level": Level.INFO, "message": "Task optimizer.solve[0df9] received", "format": "celery"}),
        ("[I 2026-11-23 08:54:07.410 ServerApp] up", {"level": Level.INFO, "logger": "ServerApp", "message": "up"}),
        ("2026-11-23 08:57:32,313 INFO [19873:MainThread] opt.solver.solve:6 - solve started",
         {"pid": 19873, "logger": "opt.solver", "function": "solve", "line": 6, "message": "solve started"}),
        ("2026-11-23 08:58:46 [info     ] solve_started                  [opt.solver] job_id=job-7f3a routes=12",
         {"message": "solve_started", "logger": "opt.solver", "job_id": "job-7f3a", "fields": {"routes": 12}}),
        ("[warning  ] slow                           job_id=job-7f3a",
         {"level": Level.WARN, "message": "slow", "job_id": "job-7f3a"}),
        ('timestamp=2026-11-23T08:54:07Z level=info event="two words" flag ts=1 text="a b" done',
         {"message": "two words", "fields": {"flag": "true", "ts": "1", "text": "a b", "done": "true"}}),
        ("INFO:     127.0.0.1:57868 - \"GET /solve/job-7f3a HTTP/1.1\" 200 OK",
         {"level": Level.INFO, "marks": ("access",)}),
        ("2026-11-23T08:54:07.123456Z  INFO optimizer::solver: done",
         {"logger": "optimizer::solver", "message": "done"}),
        ("I1123 08:54:07.410123   12345 main.go:12] hi",
         {"level": Level.INFO, "pid": 12345, "file": "main.go", "message": "hi"}),
        ("info: job scheduled {\"jobId\":\"job-7f3a\"}",
         {"level": Level.INFO, "job_id": "job-7f3a", "message": "job scheduled"}),
        ("[08:54:07.410] WARN (scheduler/9290 on vm): retry {\"jobId\":\"j\"}",
         {"service": "scheduler", "pid": 9290, "host": "vm", "job_id": "j", "message": "retry"}),
        ("[2026-11-23 08:59:13,757: INFO/MainProcess] shop.charge[0df9ca6a-12f1-4365-ae04-c19b2aea3be2]: charging",
         {"logger": "shop.charge", "message": "charging",
          "fields": {"task_id": "0df9ca6a-12f1-4365-ae04-c19b2aea3be2"}}),
        ("[2026-11-23 08:59:13,757: INFO/MainProcess] shop.charge[f5a30e2c-553b-4c4e-8138-fe285fb8033a]: charging",
         {"logger": "shop.charge", "message": "charging",
          "fields": {"task_id": "f5a30e2c-553b-4c4e-8138-fe285fb8033a"}}),
        ('2026-11-23T08:54:07.410Z info: order placed {"jobId":"job-7f3a","total":12}',
         {"message": "order placed", "job_id": "job-7f3a", "fields": {"total": 12}}),
        ('2026-11-23T08:54:07.410Z info: {"total":12}', {"message": '{"total":12}', "fields": {}}),
        ('2026-11-23 08:57:32,311 INFO opt.solver: order placed {"total":12}',
         {"message": 'order placed {"total":12}', "fields": {}}),
        ("INFO     shop.orders:test_orders.py:4 order placed",
         {"logger": "shop.orders", "function": None, "file": "test_orders.py", "line": 4, "message": "order placed"}),
        ("16:24:06 [    INFO] shop.orders: order placed (test_orders.py:4)",
         {"logger": "shop.orders", "file": "test_orders.py", "line": 4, "message": "order placed"}),
        ("[Nest] 18316  - 11/28/2026, 4:21:40 PM     LOG [InvoiceService] invoice created +5ms",
         {"format": "nest", "level": Level.INFO, "logger": "InvoiceService", "pid": 18316,
          "message": "invoice created"}),
        ("INFO  billing  ready", {"message": "billing  ready"}),
        ("2026-11-23 08:57:32,311 INFO     billing         model built",
         {"logger": "billing", "message": "model built"}),
        ("2026-11-23 08:57:32,311 INFO     solve started                    solve.py:7", {"logger": None, "line": 7}),
        ("2026-11-23 08:57:32,311 | INFO | ready | jobs=3", {"logger": None, "message": "ready | jobs=3"}),
        ("2026-11-23 08:57:32,311 INFO retry, then stop", {"logger": None, "message": "retry, then stop"}),
        ("2026-11-23 08:57:32,311 INFO optimizer.solver port:8080 open", {"message": "port:8080 open", "line": None}),
        ("2026/11/23 09:31:36 router listening on :8080", {"level": None, "message": "router listening on :8080"}),
    ],
)  # fmt: skip
def test_layouts_of_known_libraries(line: str, wanted: dict[str, object]) -> None:
    (record,) = decode_bytes(line.encode())
    assert wanted == {name: getattr(record, name) for name in wanted}


@pytest.mark.parametrize(
    ("line", "look"),
    [
        ("solve requested job-7f3a", ()),
        ("42", ("plain: value",)),
        ("[1, 2]", ("plain: value",)),
        ("{ jobId: 'job-7f3a', steps: [ 'a' ] }", ("plain: console.log",)),
        ("{'job_id': 'job-7f3a'}", ("plain: repr",)),
        ("<string>:6: UserWarning: deprecated", ("plain: warning",)),
        ("Error: upstream closed", ("plain: error",)),
        ("> scheduler@1.0.0 dev", ("plain: banner",)),
        ("Received ERROR from the host", ()),
        ("Warning: this is a sentence", ()),
        ("The INFO page", ()),
        ("note - see below", ()),
    ],
)
def test_lines_without_a_head_are_plain_and_say_what_they_look_like(line: str, look: tuple[str, ...]) -> None:
    (record,) = decode_bytes(line.encode())
    assert ("plain", line, None) == (record.format, record.message, record.level)
    assert (look or ("plain",)) == record.marks


BARE = [
    "2026-11-23 08:57:32,311 - worker - INFO - {message}",
    "2026-11-23 08:57:32,311 - INFO - worker - {message}",
    "2026-11-23 08:57:32,311 -- INFO -- worker -- {message}",
    "INFO - worker - {message}",
    "2026-11-23 08:57:32,311 [worker:INFO] {message}",
    "2026-11-23 08:57:32,311 [INFO:worker] {message}",
    "2026-11-23 08:57:32,311 INFO (MainThread) [worker] {message}",
    "2026-11-23 08:57:32,311 [MainThread] INFO  worker - {message}",
    "2026-11-23 08:57:32.311 4711 INFO worker [-] {message}",
    "INFO 2026-11-23 08:57:32,311 worker 4711 140213123456789 {message}",
]


@pytest.mark.parametrize("message", ["solve started", "job-7f3a accepted", "req-12 - could not - end", "queue: 3 left"])
@pytest.mark.parametrize("layout", BARE)
def test_a_bare_logger_is_found_where_the_layout_marks_it(layout: str, message: str) -> None:
    [record] = decode_bytes(layout.format(message=message).encode())
    assert (record.level, record.logger, record.function, record.message) == (Level.INFO, "worker", None, message)


@pytest.mark.parametrize(
    "head",
    ["2026-11-23 08:57:32,311 - INFO - ", "2026-11-23 08:57:32,311 INFO run.py:11 ", "2026-11-23 08:57:32 INFO "],
)
@pytest.mark.parametrize("message", ["job-7f3a accepted", "retry - attempt 2", "Shutdown - bye", "a - b"])
def test_a_message_keeps_its_first_word(head: str, message: str) -> None:
    [record] = decode_bytes((head + message).encode())
    assert (record.logger, record.message) == (None, message)
