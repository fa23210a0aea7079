"""A formatter string is a parser: what the real logging.Formatter writes, the decoder made of the same string reads."""

from __future__ import annotations

import datetime as dt
import logging
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import Hints, decode_bytes
from logview.decode.clock import rfc3339
from logview.decode.pylog import define
from logview.errors import UsageError
from logview.record import Level

STYLES = {
    "%": "{before}%({name})s",
    "{": "{before}{{{name}}}",
    "$": "{before}${{{name}}}",
}
ATTRIBUTES = ["asctime", "levelname", "name", "funcName", "job_id", "lineno", "process", "threadName"]
SEPARATORS = [" ", " - ", " | ", " [", "] ", " :: ", "\t", " (", ") "]
LEVELS = {
    logging.DEBUG: Level.DEBUG, logging.INFO: Level.INFO, logging.WARNING: Level.WARN, logging.ERROR: Level.ERROR,
    logging.CRITICAL: Level.FATAL,
}  # fmt: skip

word = st.text(string.ascii_letters + "_", min_size=1, max_size=12)
dotted = st.lists(word, min_size=1, max_size=3).map(".".join)
message = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60).map(
    lambda text: " ".join(text.split())
)


@given(
    style=st.sampled_from(sorted(STYLES)),
    attributes=st.lists(st.sampled_from(ATTRIBUTES), min_size=1, max_size=5, unique=True),
    separators=st.lists(st.sampled_from(SEPARATORS), min_size=6, max_size=6),
    level=st.sampled_from(sorted(LEVELS)),
    name=dotted,
    function=word,
    job=st.from_regex(r"job-[0-9a-f]{4}", fullmatch=True),
    text=message,
    line=st.integers(1, 99999),
)
def test_what_a_formatter_writes_is_read_back(
    *,
    style: str,
    attributes: list[str],
    separators: list[str],
    level: int,
    name: str,
    function: str,
    job: str,
    text: str,
    line: int,
) -> None:
    parts = [STYLES[style].format(before="" if not i else separators[i - 1], name=n) for i, n in enumerate(attributes)]
    formatter = "".join(parts) + ": " + STYLES[style].format(before="", name="message")
    record = logging.LogRecord(name, level, "/srv/app/solve.py", line, text.replace("%", "%%"), (), None, func=function)
    record.msg = text
    record.job_id = job
    record.created, record.msecs = 1795424252.311, 311.0
    written = logging.Formatter(formatter, style=style).format(record)  # type: ignore[arg-type]
    (read,) = decode_bytes(written.encode() + b"\n", Hints(format=formatter))
    assert "formatter" == read.format
    assert (text or None) == read.message
    if "levelname" in attributes:
        assert LEVELS[level] == read.level
    if "name" in attributes:
        assert name == read.logger
    if "funcName" in attributes:
        assert function == read.function
    if "job_id" in attributes:
        assert job == read.job_id
    if "lineno" in attributes:
        assert line == read.line
    if "asctime" in attributes:
        assert read.time.digits == 3
        assert read.time.ns is not None
    if "process" in attributes:
        assert record.process == read.pid


@pytest.mark.parametrize(
    ("formatter", "line", "wanted"),
    [
        (
            "%(asctime)s [%(levelname)-8s] %(name)s job=%(job_id)s: %(message)s",
            "2026-11-23 08:57:32,311 [INFO    ] solver job=-: two words",
            (Level.INFO, "solver", None, "two words"),
        ),
        (
            "<green>{time:YYYY-MM-DD HH:mm:ss.SSS}</green> | <level>{level: <8}</level> | {name} | "
            "{extra[job_id]} | {message}",
            "2026-11-23 08:58:46.617 | WARNING  | opt.solver | job-7f3a | slow | but fine",
            (Level.WARN, "opt.solver", "job-7f3a", "slow | but fine"),
        ),
        (
            "%(asctime)s.%(msecs)03d %(levelname)s %(message)s (%(name)s)",
            "2026-11-23 08:57:32.311 ERROR a (b) c (opt)",
            (Level.ERROR, "opt", None, "a (b) c"),
        ),
        ("%(levelname).1s %(name)s %(message)s", "W opt hi", (Level.WARN, "opt", None, "hi")),
        ("%(levelname).4s %(name)s %(message)s", "DEBU opt hi", (Level.DEBUG, "opt", None, "hi")),
        ("%(levelname)s %(name)s.%(funcName)s: %(message)s", "INFO a.b.run: hi", (Level.INFO, "a.b", None, "hi")),
        ("%(levelname)s|%(name)s|%(message)s", "INFO|root|a|b", (Level.INFO, "root", None, "a|b")),
    ],
)
def test_formatter_strings_of_all_kinds(formatter: str, line: str, wanted: tuple[object, ...]) -> None:
    (read,) = decode_bytes(line.encode(), Hints(format=formatter))
    assert wanted == (read.level, read.logger, read.job_id, read.message)


def test_a_date_format_no_one_knows_is_read_with_its_pattern() -> None:
    (read,) = decode_bytes(
        b"23rd 11 2026 at 08.57.32 INFO hi",
        Hints(format="%(asctime)s %(levelname)s %(message)s", datefmt="%drd %m %Y at %H.%M.%S"),
    )
    assert "hi" == read.message
    assert read.time.ns is not None


@pytest.mark.parametrize(
    ("formatter", "datefmt", "line", "instant"),
    [
        ("%(asctime)s %(message)s", "%d/%m/%Y %H:%M:%S", "05/11/2026 08:57:32 hi", "2026-11-05T08:57:32.000Z"),
        ("%(asctime)s %(message)s", "%m/%d/%Y %H:%M:%S", "05/11/2026 08:57:32 hi", "2026-05-11T08:57:32.000Z"),
        ("%(asctime)s %(message)s", "%d-%m-%y %H:%M:%S", "05-11-26 08:57:32 hi", "2026-11-05T08:57:32.000Z"),
        ("%(asctime)s %(message)s", "%c", "Mon Nov 23 08:57:32 2026 hi", "2026-11-23T08:57:32.000Z"),
        ("{time:DD/MM/YYYY HH:mm:ss} | {message}", None, "05/11/2026 08:57:32 | hi", "2026-11-05T08:57:32.000Z"),
        ("{time:MMMM D, YYYY > HH:mm:ss!UTC} | {message}", None, "November 5, 2026 > 08:57:32 | hi",
         "2026-11-05T08:57:32.000Z"),
        ("{time:YYYY-MM-DD HH:mm:ss.SSS} | {message}", None, "2026-11-05 08:57:32.311 | hi",
         "2026-11-05T08:57:32.311Z"),
    ],
)  # fmt: skip
def test_a_date_format_decides_what_is_day_and_month(
    formatter: str, datefmt: str | None, line: str, instant: str
) -> None:
    (read,) = decode_bytes(line.encode(), Hints(format=formatter, datefmt=datefmt, zone=dt.UTC))
    assert read.message == "hi"
    assert read.time.ns is not None
    assert rfc3339(read.time.ns) == instant


def test_what_a_described_format_takes_is_no_wrapper() -> None:
    lines = (
        b"[billing] INFO: ready\n[billing.db] ERROR: failed\n" + b"Traceback (most recent call last):\nKeyError: 1\n"
    )
    records = decode_bytes(lines, Hints(format="[%(name)s] %(levelname)s: %(message)s"))
    assert [("billing", "ready", None), ("billing.db", "failed", None)] == [
        (record.logger, record.message, record.service) for record in records
    ]


def test_a_line_that_a_described_format_takes_begins_a_record_inside_a_traceback_too() -> None:
    lines = b'<ERROR> failed\nTraceback (most recent call last):\n  File "x", line 1, in y\n<INFO> next\n'
    records = decode_bytes(lines, Hints(format="<%(levelname)s> %(message)s"))
    assert ["failed", "next"] == [record.message for record in records]


def test_a_field_without_its_conversion_is_shown_with_a_caret() -> None:
    with pytest.raises(UsageError, match=r"lacks its conversion") as caught:
        decode_bytes(b"", Hints(format="%(levelname)s %(message)"))
    assert str(caught.value).endswith("\n  " + " " * len("%(levelname)s %(message)") + "^")


def test_tracebacks_stay_with_a_record_of_a_described_format() -> None:
    records = decode_bytes(
        b"<solver> boom\nTraceback (most recent call last):\n"
        b"  File \"x\", line 1, in y\nKeyError: 'cost'\n<solver> next\n",
        Hints(format="<%(name)s> %(message)s"),
    )
    assert ["boom", "next"] == [record.message for record in records]
    assert records[0].error is not None
    assert "KeyError" == records[0].error.type


def test_an_unknown_format_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'pino-pretty'"):
        decode_bytes(b"", Hints(format="pino-prety"))


def test_a_described_format_is_proven_on_its_sample() -> None:
    made = define(
        "legacy", pattern=r"(?P<time>\S+ \S+) <(?P<level>\w+)> (?P<message>.*)", sample="2026-11-23 08:57:32 <WARN> hi"
    )
    (read,) = decode_bytes(b"2026-11-23 08:57:33 <ERROR> now\n", Hints(formats=(made,)))
    assert ("legacy", Level.ERROR, "now") == (read.format, read.level, read.message)


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"pattern": "(?P<message", "sample": "x"}, "missing"),
        ({"pattern": "abc", "sample": "abc"}, "no named group"),
        ({"formatter": "%(asctime)s %(message)s", "sample": ""}, "needs a sample line"),
        ({"formatter": "[%(levelname)s] %(message)s", "sample": "INFO hi"}, "does not match its sample"),
        ({"formatter": "%(asctime)s|%(message)s", "sample": "noon|hi"}, 'no known time in "noon"'),
        ({"formatter": "plain", "sample": "plain"}, "has no field"),
        ({"sample": "x"}, "either a formatter string"),
    ],
)
def test_a_described_format_that_does_not_hold_says_why(kwargs: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        define("bad", **kwargs)  # type: ignore[arg-type]
