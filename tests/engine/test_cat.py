"""`logview cat`: every road prints the same records; raw is the file; several files are one timeline."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engine_oracle import VECTORS

from logview.cli import cat, printout
from logview.cli.output import Out
from logview.decode.hints import Hints
from logview.engine.collect import Collection
from logview.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logview.engine.feed import Feed

LOGS = [Path(__file__).parents[2] / "samples" / "logs" / f"{name}.log" for name in ("optimizer", "scheduler")]
COMMAND = [sys.executable, "-m", "logview", "cat"]
ENVIRON = {**os.environ, "TZ": "UTC"}


def printed(*args: object) -> bytes:
    done = subprocess.run([*COMMAND, *map(str, args)], capture_output=True, env=ENVIRON, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_road(capfdbinary: pytest.CaptureFixture[bytes], *args: object) -> bytes:
    assert cat.command.main([str(arg) for arg in args], standalone_mode=False) == 0
    return capfdbinary.readouterr().out


@pytest.mark.parametrize("filters", [(), ("--level", "warn"), ("--job", "job-7f3a"), ("-f", "solve or /s[ct]/")])
@pytest.mark.parametrize("path", VECTORS[::6], ids=lambda path: path.stem)
def test_columns_print_what_plain_decoding_prints(
    path: Path, filters: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    plain = by_road(capfdbinary, path, "-o", "json", "--provenance", *filters)
    monkeypatch.setattr(cat, "LITTLE", 0)
    monkeypatch.setattr(printout, "SMALL", 3)
    monkeypatch.setattr(printout, "TASK", 2)
    assert plain == by_road(capfdbinary, path, "-o", "json", "--provenance", *filters)


def test_pretty_lines_of_several_processes_read_as_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    log = tmp_path / "app.log"
    line = '{"level":30,"time":%d,"service":"%s","msg":"m%d"}\n'
    hours = range(0, 200, 5)
    names = ("a", "scheduler", "a-longer-name", "one-that-is-too-long")
    log.write_text("".join(line % (1_795_424_047_000 + h * 3_600_000, names[h // 55], h) for h in hours))
    for args in ((), ("-f", "time>=2026-11-24"), ("-f", "m5 or m15 or m1 or missing:x")):
        plain = by_road(capfdbinary, log, *args)
        assert plain.count("── 2026".encode()) >= 6
        with monkeypatch.context() as patched:
            patched.setattr(cat, "LITTLE", 0)
            patched.setattr(printout, "SMALL", 3)
            patched.setattr(printout, "TASK", 3)
            patched.setattr(printout, "FIRST", 400)
            patched.setattr("logview.engine.collect.BLOCK", 500)
            patched.setattr("logview.engine.collect.FIRST_BYTES", 300)
            patched.setattr("logview.engine.collect.PART", 2)
            assert plain == by_road(capfdbinary, log, *args)


@pytest.mark.parametrize(
    "filters", [("--job", "job-7f3a"), ("-f", "level>=warn or missing:level"), ("--service", "scheduler")]
)
def test_two_files_are_one_timeline_on_every_road(
    filters: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    args = (*LOGS, "-o", "json", "--provenance", *filters)
    plain = by_road(capfdbinary, *args)
    monkeypatch.setattr(cat, "LITTLE", 0)
    monkeypatch.setattr(printout, "SMALL", 3)
    assert plain == by_road(capfdbinary, *args)
    times = [record["time"] for record in map(json.loads, plain.splitlines()) if "time" in record]
    assert sorted(times) == times
    assert times


TEXT = "2026-11-23 {}:{:02}:07,{:03} - app - INFO - n{}"
TRACE = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'"


def jumbled(folder: Path) -> list[Path]:
    """Sources whose times go back and forth, are missing, equal, in another file's future; plain, packed, empty."""
    pino = '{"level":30,"time":%d,"service":"s","msg":"m%d \\u00e9 é"}'
    start = 1_795_424_047_000
    steps = [(n * 7919) % 997 * 60_000 for n in range(120)]
    files = {
        "pino.ndjson": [pino % (start + step, n) for n, step in enumerate(steps)],
        "text.log": [
            TRACE,
            *(TEXT.format(8 + n % 3, n % 60, n % 1000, n) + "\n" + TRACE * (n % 9 == 0) for n in range(90)),
        ],
        "again.log": [TEXT.format(8 + n % 3, n % 60, n % 1000, n) for n in range(60)],
        "timeless.ndjson": [f'{{"level":{30 + n % 3 * 10},"msg":"t{n}"}}' for n in range(20)],
        "empty.log": [],
    }
    for name, lines in files.items():
        (folder / name).write_text("".join(line.rstrip("\n") + "\n" for line in lines))
    (folder / "packed.log.gz").write_bytes(gzip.compress((folder / "text.log").read_bytes()))
    (folder / "unended.log").write_bytes((folder / "again.log").read_bytes()[:-1])
    return sorted(folder.iterdir())


def in_pieces(patched: pytest.MonkeyPatch) -> None:
    """Every road in columns, with several processes and many segments even for the smallest sources."""
    patched.setattr(cat, "LITTLE", 0)
    patched.setattr(printout, "SMALL", 3)
    patched.setattr(printout, "TASK", 5)
    patched.setattr(printout, "MOST", 60)
    patched.setattr("logview.engine.collect.BLOCK", 700)
    patched.setattr("logview.engine.collect.FIRST_BYTES", 300)
    patched.setattr("logview.engine.collect.PART", 4)


@pytest.mark.parametrize("output", ["pretty", "json", "logfmt", "raw", "csv"])
@pytest.mark.parametrize(
    "filters", [(), ("--level", "error"), ("-f", "n7 or m1 or missing:time"), ("--since", "2026-11-23T09:30Z")]
)
def test_any_sources_are_one_timeline_on_every_road(
    output: str,
    filters: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    args = (*jumbled(tmp_path), "-o", output, *filters)
    plain = by_road(capfdbinary, *args)
    in_pieces(monkeypatch)
    assert plain == by_road(capfdbinary, *args)
    assert plain


@pytest.mark.parametrize("first", range(0, len(VECTORS) - 3, 7))
def test_the_vectors_are_one_timeline_on_every_road(
    first: int, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    args = (*VECTORS[first : first + 3], "-o", "json", "--provenance")
    plain = by_road(capfdbinary, *args)
    in_pieces(monkeypatch)
    assert plain == by_road(capfdbinary, *args)


def test_a_scan_for_bytes_prints_what_plain_decoding_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    log = tmp_path / "optimizer.log"
    log.write_bytes(LOGS[0].read_bytes() * 6)
    for filters in (("--job", "job-7f3a"), ("-f", '"Exception in thread"'), ("-f", "KeyError or refused")):
        plain = by_road(capfdbinary, log, "-o", "raw", *filters)
        for rare in (1 << 30, 0):  # by hits, by columns
            with monkeypatch.context() as patched:
                patched.setattr(cat, "LITTLE", 0)
                patched.setattr("logview.engine.needle.RARE", rare)
                assert plain == by_road(capfdbinary, log, "-o", "raw", *filters)
        assert plain


@pytest.mark.parametrize("path", [*VECTORS[::9], *LOGS], ids=lambda path: path.stem)
def test_raw_of_one_file_is_the_file(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert path.read_bytes() == by_road(capfdbinary, path, "-o", "raw")


def test_rules_filter_as_the_screen_does(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    broken = by_road(capfdbinary, LOGS[0], "-o", "raw", "-f", "rule:LV501").splitlines()
    clean = by_road(capfdbinary, LOGS[0], "-o", "raw", "-f", "-is:violation").splitlines()
    assert broken
    assert not set(broken) & set(clean)


@pytest.mark.parametrize("output", ["pretty", "logfmt", "csv"])
def test_every_output_prints_every_record(output: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = next(path for path in VECTORS if path.stem == "pino-conforming")
    lines = by_road(capfdbinary, path, "-o", output).decode().splitlines()
    records = by_road(capfdbinary, path, "-o", "json").splitlines()
    assert len(lines) >= len(records)
    for record in map(json.loads, records):
        assert any(record["message"] in line for line in lines)


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    process = subprocess.Popen([*COMMAND, "-o", "raw", str(LOGS[0])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRON)  # fmt: skip  # noqa: E501
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(100)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 128 + signal.SIGPIPE
    process.stderr.close()


def test_the_first_lines_are_printed_before_much_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "big.log"
    line = '{"level":30,"time":1795424047000,"service":"s","msg":"m","text":"%s"}\n' % ("x" * 2000)
    log.write_text(line * 10_000)
    taken: list[int] = []
    read = Collection.read
    monkeypatch.setattr(Collection, "read", lambda self, feed: taken.append(read(self, feed)) or taken[-1])

    def leave(_out: Out, data: bytes) -> None:
        if data:
            raise BrokenPipeError

    monkeypatch.setattr(Out, "write", leave)
    with pytest.raises(BrokenPipeError):
        cat.command.main([str(log), "-o", "json"], standalone_mode=False)
    assert sum(taken) <= 2 << 20 < log.stat().st_size


def test_follow_prints_what_is_appended_once(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    line = '{"level":30,"time":%d,"msg":"m%d"}\n'
    log.write_text(line % (1_795_424_047_000, 0))
    process = subprocess.Popen([*COMMAND, "--follow", "-o", "raw", str(log)], stdout=subprocess.PIPE, env=ENVIRON)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == (line % (1_795_424_047_000, 0)).encode()
        wanted = [line % (1_795_424_047_000 + n, n) for n in range(1, 200)]
        with log.open("a") as file:
            for text in wanted:
                file.write(text[:20])
                file.flush()
                file.write(text[20:])
        deadline = time.monotonic() + 60
        got: list[str] = []
        while len(got) < len(wanted) and time.monotonic() < deadline:
            got.append(process.stdout.readline().decode())
        assert wanted == got
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        process.wait(timeout=60)


class Followed:
    """`cat --follow` on a growing file; its lines as they come."""

    def __init__(self, log: Path, *args: str) -> None:
        self.log = log
        self.process = subprocess.Popen(
            [*COMMAND, "-F", str(log), *args], stdout=subprocess.PIPE, bufsize=0, env=ENVIRON
        )

    def append(self, text: str) -> None:
        with self.log.open("a") as file:
            file.write(text)

    def line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout.fileno()], [], [], 60)
        assert ready, "nothing came"
        return self.process.stdout.readline().decode()

    def rest(self) -> str:
        """What is printed when it is interrupted."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[0].decode()


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Callable[..., Followed]]:
    started: list[Followed] = []

    def start(*args: str) -> Followed:
        log = tmp_path / "app.log"
        log.write_text(HEAD % "started")
        started.append(Followed(log, *args))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


HEAD = "2026-11-23 08:57:32,310 - app - ERROR - %s\n"
TRACEBACK = """Traceback (most recent call last):
  File "a.py", line 1, in f
KeyError: 'cost'
"""


@pytest.mark.slow
def test_follow_raw_prints_lines_that_come_after_their_record(followed: Callable[..., Followed]) -> None:
    cat = followed("-o", "raw")
    assert cat.line() == HEAD % "started"
    cat.append(TRACEBACK)
    assert [cat.line() for _ in range(3)] == TRACEBACK.splitlines(keepends=True)


@pytest.mark.slow
def test_follow_keeps_the_order_of_one_file_whatever_its_times_say(followed: Callable[..., Followed]) -> None:
    cat = followed("-o", "raw")
    assert cat.line() == HEAD % "started"
    lines = [(HEAD % f"n{n}").replace(":32,", f":{n * 7 % 60:02d},") for n in range(40)]
    cat.append("".join(lines))
    assert lines == [cat.line() for _ in lines]


@pytest.mark.slow
def test_follow_json_prints_lines_that_come_after_their_record_as_its_continuation(
    followed: Callable[..., Followed],
) -> None:
    cat = followed("-o", "json", "--provenance")
    assert json.loads(cat.line())["message"] == "started"
    cat.append(TRACEBACK)
    cat.append(HEAD % "went on")
    late = json.loads(cat.line())
    assert (late["fields"]["continues"], late["offset"], late["lines"]) == (0, len(HEAD % "started"), 3)
    assert "KeyError" in json.dumps(late)
    assert json.loads(cat.rest())["message"] == "went on"


@pytest.mark.slow
def test_follow_holds_a_text_record_until_it_is_quiet_and_gives_it_out_when_interrupted(
    followed: Callable[..., Followed],
) -> None:
    cat = followed("-o", "json")
    cat.line()
    cat.append(HEAD % "failed")
    time.sleep(0.4)  # longer than a JSON line is held, shorter than a text line
    cat.append(TRACEBACK)
    record = json.loads(cat.line())
    assert (record["message"], record["error"]["type"]) == ("failed", "KeyError")
    cat.append(HEAD % "last" + TRACEBACK)
    cat.append(HEAD % "the very last")
    assert json.loads(cat.line())["message"] == "last"
    assert json.loads(cat.rest())["message"] == "the very last"


@pytest.mark.slow
def test_a_last_record_is_waited_for_by_what_is_later_and_only_while_its_source_is_busy(tmp_path: Path) -> None:
    text, lines = tmp_path / "optimizer.log", tmp_path / "scheduler.log"
    text.touch()
    lines.touch()
    sources = [(open_source(str(path)), Hints()) for path in (text, lines)]
    collection = Collection(sources, None, None)
    optimizer, scheduler = collection.feeds.values()

    def given() -> list[str | None]:
        return [collection.record_of(gid).message for gid in collection.ready(merged=True).tolist()]

    def take(path: Path, feed: Feed, data: str) -> None:
        with path.open("a") as file:
            file.write(data)
        feed.take(data.encode(), feed.taken)

    pino = '{"level":30,"time":%d,"msg":"%s"}\n'
    take(text, optimizer, "2026-11-23 08:54:07,410 INFO solver first\n2026-11-23 08:54:07,500 INFO solver open\n")
    take(lines, scheduler, pino % (1_795_424_047_300, "early") + pino % (1_795_424_047_600, "late"))
    take(lines, scheduler, pino % (1_795_424_047_700, "last"))
    assert [collection.record_of(0).time_ns, collection.record_of(2).time_ns] == [
        1_795_424_047_410_000_000,
        1_795_424_047_300_000_000,
    ]
    assert ["early", "solver first"] == given()
    assert [] == given()
    collection.quiet = {0}
    assert ["late"] == given()
    take(text, optimizer, "2026-11-23 08:54:07,800 INFO solver next\n")
    assert ["solver open"] == given()


def test_follow_prints_a_record_that_passes_only_with_its_late_lines(followed: Callable[..., Followed]) -> None:
    cat = followed("-o", "raw", "-f", "KeyError or marker")
    cat.append(HEAD % "marker")
    assert cat.line() == HEAD % "marker"
    cat.append(HEAD % "failed")
    time.sleep(1.5)  # given up as whole by now, and it did not pass
    cat.append(TRACEBACK)
    assert [cat.line() for _ in range(4)] == [HEAD % "failed", *TRACEBACK.splitlines(keepends=True)]


def test_bad_use_is_two_and_says_where() -> None:
    done = subprocess.run([*COMMAND, "-f", "level>=wran", str(LOGS[0])], capture_output=True, env=ENVIRON, check=False)
    assert (2, b"") == (done.returncode, done.stdout)
    assert b'did you mean "warn"?' in done.stderr
    done = subprocess.run([*COMMAND, "no-such.log"], capture_output=True, env=ENVIRON, check=False)
    assert done.returncode == 2
