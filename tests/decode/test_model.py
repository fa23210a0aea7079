"""A state machine for the decoder: written, wrapped, fed in chunks of any size, drawn again at any time.

The model is a decoder that is given everything at once. Whatever the order of steps, the same lines stand in the same
records, and a record that is drawn again, or by a decoder that starts at its first line, is the same record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from logview.decode import Frame, Hints, StreamDecoder

if TYPE_CHECKING:
    from logview.record import Record

LINES = [
    b'{"level":30,"time":1795424047000,"msg":"pino","job_id":"job-7f3a"}',
    b'{"level":50,"time":1795424047001,"msg":"no","err":{"type":"E","message":"m","stack":"E: m\\n    at f (a:1:2)"}}',
    b"2026-11-23 08:54:07,410 ERROR optimizer: failed",
    b"2026-11-23 08:54:07,411 [INFO] app job=job-7f3a: started",
    b"Traceback (most recent call last):",
    b'  File "a.py", line 1, in f',
    b"    g()",
    b"ValueError: no",
    b"level=warn ts=2026-11-23T08:54:07Z msg=logfmt",
    b"plain text",
    b"",
    b"{",
    b'{"level":30,"msg":"cut',
    b'off"}',
    b"\xff\xfe\x00",
    b"\x1b[31mred\x1b[0m",
]
WRAPPERS = [b"", b"scheduler-1  | ", b"optimizer-1  | ", b"[api] ", b"2026-11-23T08:54:07.411000000Z stdout F "]

Runs = list[tuple[int, int, int]]


def joined(frames: list[Frame]) -> dict[int, Runs]:
    """Record's start → its runs (offset, size, lines), those that stand side by side as one."""
    records: dict[int, Runs] = {}
    for frame in frames:
        runs = records.setdefault(frame.of, [])
        if runs and runs[-1][0] + runs[-1][1] == frame.start:
            start, size, lines = runs[-1]
            runs[-1] = (start, size + frame.size, lines + frame.lines)
        else:
            runs.append((frame.start, frame.size, frame.lines))
    return records


class Decoding(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.decoder = StreamDecoder(Hints())
        self.data = b""
        self.fed = 0
        self.frames: list[Frame] = []
        self.wrapper = b""
        self.drawn: dict[int, tuple[Runs, Record]] = {}

    @initialize(line=st.sampled_from(LINES))
    def begin(self, line: bytes) -> None:
        self.write(line, b"\n")

    @rule(line=st.one_of(st.sampled_from(LINES), st.binary(max_size=30)), end=st.sampled_from([b"\n", b"\n", b"\r\n"]))
    def write(self, line: bytes, end: bytes) -> None:
        self.data += self.wrapper + line + end

    @rule(wrapper=st.sampled_from(WRAPPERS))
    def wrap(self, wrapper: bytes) -> None:
        self.wrapper = wrapper

    @precondition(lambda self: self.fed < len(self.data))
    @rule(size=st.integers(1, 200))
    def feed(self, size: int) -> None:
        chunk = self.data[self.fed : self.fed + size]
        self.frames += self.decoder.feed(chunk, self.fed)
        self.fed += len(chunk)

    @precondition(lambda self: bool(self.frames))
    @rule(number=st.integers(0, 1000))
    def draw(self, number: int) -> None:
        """What no line can join any more is drawn, now or again."""
        live = self.decoder.open_starts()
        whole = {start: runs for start, runs in joined(self.frames).items() if start not in live}
        if not whole:
            return
        start = sorted(whole)[number % len(whole)]
        record = self.decode(self.decoder, whole[start])
        before = self.drawn.setdefault(start, (whole[start], record))
        assert before == (whole[start], record)

    def decode(self, decoder: StreamDecoder, runs: Runs) -> Record:
        chunks = [self.data[start : start + size] for start, size, _ in runs]
        linefeeds = self.data.count(b"\n", 0, runs[0][0])
        return decoder.decode(chunks, offset=runs[0][0], lineno=linefeeds + 1)

    def teardown(self) -> None:
        while self.fed < len(self.data):
            self.feed(200)
        self.frames += self.decoder.finish()
        model = StreamDecoder(Hints())
        at_once = joined([*model.feed(self.data, 0), *model.finish()])
        mine = joined(self.frames)
        assert at_once == mine
        for start, runs in mine.items():
            record = self.decode(self.decoder, runs)
            assert record == self.decode(model, runs)
            if start in self.drawn:
                assert self.drawn[start] == (runs, record)


TestDecoding = Decoding.TestCase
TestDecoding.settings = settings(stateful_step_count=40)
