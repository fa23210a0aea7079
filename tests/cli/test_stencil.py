"""Filled stencils print what the slow road prints, for every output that has them, whatever was printed before."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.cli import patterns
from logview.cli.press import Press
from logview.cli.printing import Printer, printer
from logview.decode import Hints
from logview.decode.catalogue import GROUPS
from logview.engine.collect import Collection
from logview.sources import open_source
from tests.decode.test_heads import LINES, edited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HINTS = Hints(reference_ns=1_795_424_000_000_000_000)
VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "formats").glob("*.*"))
SEEN = 5
"""Lines of a kind after which its stencil is in use."""
PRINTERS = {"json": ("json", False), "pretty": ("pretty", False), "colored": ("pretty", True)}
TEXTS = (
    *("a", "", "x" * 65, "y" * 400, "z" * 5000, 'say "hi"', "back\\slash", "two\nlines", "tab\there", "é", "日本"),
    *("e\u0301\u0301",),
    *("\x1b[31mred\x1b[0m", "\x7f", "\u202e", "100% %s", "  blank  ", "0x1f", "000", "projects/p/traces/ab"),
    *("12:30:01",),
    *("2026-11-23T02:11:12.297Z", "2026-11-23 02:11:12", "2026-11-24T00:00:00.5+01:00", "warning", "q0001k"),
    *("7000100341",),
)  # fmt: skip
NUMBERS = (0, 7, 30, 50, 202, 1_795_399_872, 1_795_399_872_215, 1_795_486_272_215, 10**18, 10**19, -5)
OTHERS: tuple[Any, ...] = (
    1.5,
    1e22,
    30.0,
    True,
    False,
    None,
    [],
    ["x", {"y": "é"}],
    {},
    {"id": "7", "url": "/a"},
    {"statusCode": 202},
)
NUMERALS = (
    "1.50",
    "1e5",
    "1E-7",
    "-0",
    "-0.0",
    "0.00001",
    "01",
    "1.",
    "100.0",
    "12345678901234567890",
    "1.2.3",
    "null",
)
KEYS = (
    *("level", "time", "msg", "message", "event", "service", "name", "logger", "component", "pid", "hostname", "jobId"),
    *("job_id", "request_id", "trace_id", "spanId", "req", "res", "responseTime", "err", "function", "file", "line"),
    *("timestamp", "levelname", "severity", "v", "x", "tenantId", "note%"),
)  # fmt: skip


class Counting(Press):
    """A press that counts how many records were printed by themselves."""

    slow = 0

    def _slowly(self, batch: Any, row: int) -> bytes:
        self.slow += 1
        return super()._slowly(batch, row)


@pytest.fixture(autouse=True, scope="module")
def eager() -> Iterator[None]:
    """Every kind is told by an expression as soon as it is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "WORTH", 1 << 40)
        yield


def assert_alike(texts: Sequence[str], output: str) -> int:
    """Stencils change no line; returns how many records did not take the slow road."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write(b"".join(text.encode("utf-8", "surrogatepass") + b"\n" for text in texts))
        file.flush()
        source = open_source(file.name)
        collection = Collection([(source, HINTS)], None, None)
        while collection.read(collection.feeds[0]):
            pass
        gids = collection.ready(merged=False)
        name, color = PRINTERS[output]
        slow = Press(collection, Printer(printer(name, color=color).line))
        fast = Counting(collection, printer(name, color=color))
        # A few at first, as `cat` does; then all once more, for what is printed by many at once.
        for part in (gids[:3], gids[3:12], gids[12:]):
            assert slow.printed(part) == fast.printed(part)
        many = len(gids) - fast.slow
        assert slow.printed(gids) == fast.printed(gids)
        source.close()
    return many


@st.composite
def records(draw: st.DrawFn) -> list[str]:
    """Lines of one kind, then such with other values."""
    if draw(st.booleans()):
        base: dict[str, Any] = json.loads(draw(st.sampled_from(SAMPLES)))
    else:
        keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=9, unique=True))
        base = {key: draw(st.sampled_from((*TEXTS, *NUMBERS, *OTHERS))) for key in keys}
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    escaped = draw(st.booleans())
    made = [base] * (SEEN + 1)
    for _ in range(draw(st.integers(1, 6))):
        changed = dict(base)
        for key in draw(st.lists(st.sampled_from(sorted(base)), max_size=4)) if base else ():
            changed[key] = draw(st.sampled_from(alike(base[key])))
        made.append(changed)
    return [json.dumps(one, separators=separators, ensure_ascii=escaped) for one in made]


def alike(value: Any) -> Sequence[Any]:
    """Values mostly of the same kind."""
    if isinstance(value, str):
        return TEXTS
    return NUMBERS if type(value) is int else (*OTHERS, "a", 7)


def is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


SAMPLES = [
    line
    for line in dict.fromkeys(
        [
            *(entry.sample.split("\n", 1)[0] for _, formats in GROUPS for entry in formats),
            *(line for path in VECTORS for line in path.read_bytes().decode("utf-8", "replace").split("\n")[:4]),
        ]
    )
    if line.startswith('{"') and is_object(line)
]


@pytest.mark.parametrize("output", PRINTERS)
@given(lines=records())
def test_a_line_is_the_same_whatever_was_printed_before(output: str, lines: list[str]) -> None:
    assert_alike(lines, output)


@pytest.mark.parametrize("output", PRINTERS)
@given(lines=st.lists(edited(), min_size=1, max_size=8))
def test_a_text_line_is_the_same_whatever_was_printed_before(output: str, lines: list[str]) -> None:
    assert_alike([line for line in (*LINES, *lines) for _ in range(SEEN)] + lines, output)


@pytest.mark.parametrize("output", PRINTERS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_line_may_say_anything(text: str, output: str) -> None:
    line = "2026-11-23T08:57:32.311Z [INFO] optimizer.solver solve job={} req={}: {}"
    usual = [line.format("-", "-", "done"), line.format("job-7f3a", "-", "done"), line.format("7", "8", "done")]
    odd = [line.format("-", "-", text), line.format("job-7f3a", "-", text), line.format(text, "8", text)]
    assert_alike([*usual * SEEN, *(one.replace("\n", " ") for one in odd)], output)


@pytest.mark.parametrize("output", PRINTERS)
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vectors_are_printed_alike(path: Path, output: str) -> None:
    lines = [line for line in path.read_bytes().decode("utf-8", "replace").split("\n") if line]
    assert_alike([line for line in lines for _ in range(SEEN)] + lines, output)


@pytest.mark.parametrize("output", PRINTERS)
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vectors_that_come_again_are_printed_alike(path: Path, output: str) -> None:
    # Whole: records of several lines come again as they are.
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    assert_alike(lines * (SEEN + 1), output)


BELOW = (
    'Traceback (most recent call last):\n  File "/srv/app/server.py", line 80, in answer\n    self.send(400)\n'
    "ValueError: no stops",
    'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nKeyError: "x"\n\nDuring handling of the '
    "above exception, another exception occurred:\n\nTraceback (most recent call last):\nRuntimeError",
    "    at Dispatcher.solve (/srv/app/src/dispatcher.ts:80:29)\n    at async main (/srv/app/src/main.ts:7:1)",
    "  second line\n\tthird \x1b[31mred\x1b[0m  ",
    "{",
    "é\u202e",
)


@pytest.mark.parametrize("output", PRINTERS)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(("done", "failed: no stops", "a=1", "{x", "é")), st.sampled_from(BELOW)), min_size=1
    )
)
def test_what_stands_below_a_line_is_printed_alike(output: str, rows: list[tuple[str, str]]) -> None:
    line = "2026-11-23T08:57:32.%03dZ [ERROR] optimizer.solver solve job=job-%d: %s"
    usual = [f"{line % (n, n, rows[0][0])}\n{rows[0][1]}" for n in range(SEEN + 1)]
    made = [f"{line % (n, n % 3, message)}\n{below}" for n, (message, below) in enumerate(rows)]
    assert_alike([*usual, *made * SEEN], output)


@pytest.mark.parametrize("output", PRINTERS)
def test_tracebacks_that_come_again_do_not_ask_the_slow_road(output: str) -> None:
    line = "2026-11-23T08:57:32.%03dZ [ERROR] optimizer.solver solve job=job-%d: solve failed\n" + BELOW[0]
    assert assert_alike([line % (n, n) for n in range(10, 50)], output) >= 40 - SEEN - 4
    assert assert_alike([line % (10, 10), *[BELOW[0]] * 5, *["tour cache hit"] * 40], output) >= 30


ERRORS: tuple[Any, ...] = (
    {"type": "Error", "message": "no stops", "stack": "Error: no stops\n    at f (/a.ts:1:2)"},
    {
        "type": "TypeError",
        "message": 'answered {"error": "x"}',
        "stack": "TypeError: x\n    at g (/b.ts:1:2)",
        "code": 7,
    },
    *("ValueError: no stops", "Traceback (most recent call last):\nValueError: no stops", "", None, {}, 5, ["x"], True),
)


@pytest.mark.parametrize("output", PRINTERS)
@given(
    key=st.sampled_from(("err", "error", "exc_info", "exception", "stack", "traceback")),
    rows=st.lists(
        st.tuples(st.sampled_from(ERRORS), st.sampled_from(("m", "no stops", "a\nb"))), min_size=1, max_size=6
    ),
    more=st.sampled_from(({}, {"stack": "Error: x\n    at h (/c.ts:1:2)"}, {"exception_name": "E"}, {"n": 1})),
)
def test_errors_are_printed_alike(output: str, key: str, rows: list[tuple[Any, str]], more: dict[str, Any]) -> None:
    made = [
        {"level": 50, "time": 1_795_399_872_215 + n, "jobId": f"job-{n}", "msg": message, key: error, **more}
        for n, (error, message) in enumerate(rows * (SEEN + 1))
    ]
    assert_alike([json.dumps(one, separators=(",", ":")) for one in made], output)


@pytest.mark.parametrize("output", PRINTERS)
def test_errors_that_come_again_do_not_ask_the_slow_road(output: str) -> None:
    made = [
        {"level": 50, "time": 1_795_399_872_215 + n, "jobId": f"job-{n}", "err": ERRORS[n % 2], "msg": "job failed"}
        for n in range(60)
    ]
    assert assert_alike([json.dumps(one, separators=(",", ":")) for one in made], output) >= 60 - 2 * SEEN - 8


@pytest.mark.parametrize("output", PRINTERS)
def test_common_lines_do_not_ask_the_slow_road(output: str) -> None:
    pino = '{"level":30,"time":%d,"service":"s","pid":1,"jobId":"job-%x","n":%d,"ok":true,"msg":"took %d ms"}'
    exchange = (
        '{"level":30,"time":%d,"pid":1,"req":{"id":"r%x","method":"GET","url":"/a/%d"},"res":{"statusCode":202},'
        '"responseTime":%d,"msg":"done"}'
    )
    python = (
        '{"level": "INFO", "logger": "o", "message": "m%d", "x": 0.%d, "job_id": null, '
        '"time": "2026-11-22T21:13:10.8%02d927+00:00"}'
    )
    escaped = (
        '{"level":30,"time":%d,"note":"a \\"b\\" %x","long":"' + "x" * 100 + '","k":%d,"msg":"Pr\u00fcfung \\t %d"}'
    )
    for line in (pino, exchange, escaped):
        made = [line % (1_795_399_872_215 + n * 1_003, n, n, n) for n in range(40)]
        assert assert_alike(made, output) >= 40 - SEEN - 4
    assert assert_alike([python % (n, n, n) for n in range(40)], output) >= 40 - SEEN - 4


@pytest.mark.parametrize("output", PRINTERS)
@pytest.mark.parametrize("line", LINES[:3])
def test_common_text_lines_do_not_ask_the_slow_road(line: str, output: str) -> None:
    assert assert_alike([line.replace("12", str(n)).replace("7f3a", f"{n:x}") for n in range(10, 50)], output) >= 30


def test_seconds_are_not_taken_for_milliseconds() -> None:
    line = '{"level": 20, "time": %d, "depth": 3, "msg": "sampled"}'
    assert_alike([*[line % 1_795_424_047_483] * SEEN, line % 1_795_399_872], "colored")


def test_keys_that_never_repeat_cost_no_stencils() -> None:
    lines = [f'{{"level":30,"time":1795399872215,"user-{n}":1,"msg":"m"}}' for n in range(200)]
    assert assert_alike(lines, "json") == 0


@pytest.mark.parametrize("output", PRINTERS)
@given(numbers=st.lists(st.one_of(st.sampled_from(NUMERALS), st.floats().map(repr), st.integers().map(str))))
def test_a_number_may_be_written_in_any_way(output: str, numbers: list[str]) -> None:
    line = '{"level":30,"time":1795399872215,"n":%s,"res":{"statusCode":%s},"responseTime":%s,"msg":"m"}'
    usual = [line % (n, n, n) for n in (1, 1.5)]
    assert_alike([*usual * SEEN, *(line % (number, number, number) for number in numbers)], output)


@pytest.mark.parametrize("output", PRINTERS)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(("api", "scheduler", "a-long-name", "a-name-longer-than-any")), st.integers(0, 40)),
        max_size=40,
    )
)
def test_days_and_wider_names_change_the_lines_behind_them(output: str, rows: list[tuple[str, int]]) -> None:
    line = '{"level":30,"time":%d,"service":"%s","msg":"m"}'
    text = "2026-11-%02dT08:57:32.311Z [INFO] optimizer.solver solve job=job-%d: done"
    lines = [line % (1_795_399_872_215 + hours * 3_600_000, service) for service, hours in rows]
    assert_alike([*[line % (1_795_399_872_215, "api")] * SEEN, *lines], output)
    assert_alike([text % (22 + hours // 20, hours) for _, hours in rows for _ in range(2)], output)
