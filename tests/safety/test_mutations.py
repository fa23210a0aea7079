"""Every safeguard is needed: without it, a test that stands for its row of the fault matrix fails.

A copy of the project is changed in one place, and the named tests run on it, processes and terminals included.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROTATION = "tests/sources/test_rotation.py"
BYTES = "tests/safety/test_bytes.py"
PROCESS = "tests/safety/test_process.py"
PATTERNS = "tests/safety/test_patterns.py"
BOUNDS = "tests/safety/test_bounds.py"
LIFE = "tests/tui/test_life.py"


@dataclass(frozen=True)
class Mutation:
    """Without what does which test fail?

    row    of the fault matrix, and what is taken away
    file   below logview/
    old    stands there once
    new    stands there instead
    expression, tests   the tests by -k and their file
    """

    row: str
    file: str
    old: str
    new: str
    expression: str
    tests: str = ROTATION


MUTATIONS = [
    Mutation(
        "f1 the path is looked at again",
        "sources/rotation.py",
        "            self._turn()\n\n    def _absent",
        "            pass\n\n    def _absent",
        "f1",
    ),
    Mutation("f2 grace", "sources/retire.py", "now - generation.grown_at >= GRACE_S and", "True and", "f2_a_writer"),
    Mutation(
        "f2 lingering",
        "sources/retire.py",
        "if isinstance(generation.reader, FileSource) and _size",
        "if False and _size",
        "f2_a_line",
    ),
    Mutation(
        "f3 siblings",
        "sources/siblings.py",
        "        return [s for s in self._rotations() if not self._is_seen(s)]",
        "        return []",
        "f3_several",
    ),
    Mutation(
        "f3 order of generations",
        "sources/siblings.py",
        "return upwards if _counts_up(upwards, latest) else upwards[::-1]",
        "return upwards",
        "f3_several",
    ),
    Mutation(
        "f3 direction of numbers",
        "sources/siblings.py",
        "return upwards if _counts_up(upwards, latest) else upwards[::-1]",
        "return upwards[::-1]",
        "f3_numbers",
    ),
    Mutation(
        "f3 f4 the unread file is sorted with the others",
        "sources/past.py",
        "    finger = finger_of(file)\n    for at, reader in enumerate(between):",
        "    return None\n    finger = finger_of(file)\n    for at, reader in enumerate(between):",
        "f3_f4",
    ),
    Mutation(
        "f4 copies",
        "sources/siblings.py",
        "if not is_old or taken >= FINGER or sibling.size == taken:",
        "if False:",
        "f4_copytruncate_reads",
    ),
    Mutation(
        "f4 a copy that is told twice",
        "sources/past.py",
        "        return any(begin_alike(finger, text, generation.reader) for text in texts)",
        "        return False",
        "f4_a_copy_that_is_empty",
    ),
    Mutation(
        "f4 packed copies",
        "sources/recover.py",
        "is_same = isinstance(reader, PackedSource) and reader.identity == sibling.identity",
        "is_same = False",
        "f4_a_copy_gzipped",
    ),
    Mutation(
        "f4 what the notice says of a shorter copy",
        "sources/truncation.py",
        "if copy.size() < generation.taken:",
        "if False:",
        "f4_lines_written",
    ),
    Mutation(
        "f5 both signatures", "sources/take.py", "            or not generation.signature.holds(reader)\n", "", "f5"
    ),
    Mutation(
        "f5 tail signature",
        "sources/generation.py",
        "        return reader.read(self.taken - len(self.tail), len(self.tail)) == self.tail\n\n\ndef",
        "        return True\n\n\ndef",
        "f5_the_same_beginning",
    ),
    Mutation(
        "f5 head signature",
        "sources/generation.py",
        "        if reader.read(0, len(self.head)) != self.head:\n            return False\n",
        "",
        "f5_another_beginning",
    ),
    Mutation(
        "f6 identity",
        "sources/rotation.py",
        "if self._identity == identity(found):",
        "if self._identity is not None and self.generations[-1].taken == found.st_size:",
        "f6",
    ),
    Mutation(
        "f7 notice", "sources/presence.py", '        self.tell(kind, f"{why}; "', '        str(f"{why}; "', "f7_deleted"
    ),
    Mutation(
        "f8 the path is polled",
        "sources/rotation.py",
        "            self._turn()\n\n    def _absent",
        "            pass\n\n    def _absent",
        "f8",
    ),
    Mutation(
        "f9 a link turned back",
        "sources/rotation.py",
        "            self._turn_back(found.file, claim)\n",
        "            self._turn_to(found)\n",
        "f9_link",
    ),
    Mutation(
        "f10 the same text goes on",
        "sources/rotation.py",
        "carried_on = old is not None and is_alone and is_same_text(old, found.file)",
        "carried_on = False",
        "f10_atomic_replace_by_the_same",
    ),
    Mutation(
        "f10 another text does not",
        "sources/truncation.py",
        "or not old.signature.holds(file):",
        "or False:",
        "f10_atomic_replace_by_another",
    ),
    Mutation("f11 holding back", "sources/take.py", "HOLD_S = 1.0", "HOLD_S = 0.0", "f11_an_unfinished"),
    Mutation(
        "f11 the cut line is told whole",
        "sources/take.py",
        "            cut.was_cut = cut.taken",
        "            cut.was_cut = False and cut.taken",
        "f11_a_line_that_was_cut",
    ),
    Mutation(
        "f11 newer generations wait",
        "sources/rotation.py",
        "            if took is Took.HELD and generation is not self.generations[-1]:\n                return False\n",
        "",
        "f11_a_line_finished",
    ),
    Mutation(
        "f13 a NUL block is left out",
        "sources/take.py",
        "        if nul == 0:\n            return self._skip_nul(generation, reader, data, size)\n",
        "",
        "f13_a_nul_block",
    ),
    Mutation(
        "f13 NUL bytes at the end may be filled",
        "sources/take.py",
        "        if at >= size:\n            return Took.ALL\n        if at >= stop",
        "        if at >= stop",
        "f13_nul_bytes_at_the_end",
    ),
    Mutation(
        "f14 holes are skipped",
        "sources/file.py",
        "                return os.lseek(fd, offset + self._base, os.SEEK_DATA) - self._base",
        "                return offset",
        "f14",
    ),
    Mutation(
        "f15 devices are refused",
        "sources/__init__.py",
        "    if stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or is_null(path, mode):",
        "    if not stat.S_ISDIR(mode):",
        "f15_devices",
        "tests/sources/test_pipe.py",
    ),
    Mutation(
        "f16 what is open is read on",
        "sources/presence.py",
        'else "denied" if number in NO_PERMISSION else "error"',
        'else "error"',
        "f16",
    ),
    Mutation("f18 bounded chunks", "sources/rotation.py", "        room = CHUNK\n", "        room = 1 << 40\n", "f18"),
    Mutation(
        "f19 a shorter file",
        "sources/take.py",
        "        if size < generation.taken:\n            return Took.REWRITTEN\n",
        "        if size < generation.taken:\n            return Took.ALL\n",
        "f19",
    ),
    Mutation(
        "f20 a failing read",
        "sources/rotation.py",
        '            self._tell("error", f"read failed: {error.strerror}")\n            return Took.ALL\n',
        "            return Took.ALL\n",
        "f20",
    ),
    Mutation(
        "f22 members",
        "sources/packed.py",
        "return self._next_member() if self._member.eof else True",
        "return self._end(None) if self._member.eof else True",
        "f22_members",
        "tests/sources/test_packed.py",
    ),
    Mutation(
        "f22 what was unpacked is kept",
        "sources/packed.py",
        '                return self._end("the packed file ends in the middle; unpacked as far as it goes")',
        "                return self._end(None)",
        "f22_a_truncated",
        "tests/sources/test_packed.py",
    ),
    Mutation(
        "f23 budget",
        "sources/packed.py",
        "        if size >= self._budget:\n",
        "        if False:\n",
        "f23_the_budget",
        "tests/sources/test_packed.py",
    ),
    Mutation(
        "f24 times prove nothing",
        "sources/take.py",
        "    is_due = now - generation.checked_at >= CHECK_S and (",
        "    is_due = False and (",
        "f24_a_rewrite",
    ),
    Mutation(
        "c8 flags", "sources/file.py", '    | getattr(os, "O_NONBLOCK", 0)\n', "", "c8", "tests/sources/test_follow.py"
    ),
    Mutation(
        "c1 check looks at the files while it judges",
        "standard/live.py",
        "        self._polling.start()\n",
        "",
        "c1_follow",
        "tests/cli/test_check.py",
    ),
    Mutation(
        "f10 f13 NUL bytes are no text to know a file by",
        "sources/truncation.py",
        "return is_text and file.read",
        "return file.read",
        "f10_f13",
    ),
    Mutation(
        "f13 what was looked through may be something else by now",
        "sources/take.py",
        'at = at if last.strip(b"\\0") else generation.nul_until',
        "at = generation.nul_until",
        "f13_lines_where",
    ),
    Mutation(
        "f2 f3 what is looked at now and then is no news",
        "sources/past.py",
        ", *self.retired.readers()]",
        "]",
        "f2_what_is_written_late",
    ),
    Mutation(
        "f5 f11 a line that was held back is missed",
        "sources/take.py",
        "        if generation.taken == 0 and not data.startswith(generation.held):\n",
        "        if False:\n",
        "f5_f11",
    ),
    Mutation(
        "f20 a forgotten descriptor",
        "sources/file.py",
        "if error.errno != errno.ESTALE or",
        "if True or",
        "f20_a_descriptor",
    ),
    Mutation(
        "b1 the middle of a long line is dropped",
        "decode/stream.py",
        "            window.drop_middle(decoder.unfinished)\n",
        "            pass\n",
        "b1_a_line",
        BYTES,
    ),
    Mutation(
        "b1 check passes a long line on in parts",
        "standard/sweep.py",
        "        if waiting > MAX_BLOCK:\n",
        "        if False:\n",
        "b1_commands and check",
        BOUNDS,
    ),
    Mutation(
        "b9 no widget parses markup",
        "tui/screens/form.py",
        'yield Static(plain(self.heading), classes="title", markup=False)',
        'yield Static(plain(self.heading), classes="title")',
        "b9_no_widget and form",
        "tests/safety/test_markup.py",
    ),
    Mutation(
        "b14 a leap second is a time",
        "decode/clock.py",
        "(?P<minute>[0-5]\\d):(?P<second>[0-5]\\d|60)(?:[.,:]",
        "(?P<minute>[0-5]\\d):(?P<second>[0-5]\\d)(?:[.,:]",
        "b14",
        BYTES,
    ),
    Mutation(
        "b15 an unknown level is kept",
        "decode/jsonrecord.py",
        'out["level_written"] = _level(flat, shape, lifted, python=python)',
        'out["level_written"] = (*_level(flat, shape, lifted, python=python)[:2], None)',
        "b15",
        BYTES,
    ),
    Mutation(
        "b16 a traceback belongs to its record",
        "decode/frame.py",
        '    if first == "T" and TRACEBACK.match(visible):\n',
        '    if first == "T" and TRACEBACK.match(visible) and False:\n',
        "b16",
        BYTES,
    ),
    Mutation(
        "b2 what is no UTF-8 is marked",
        "decode/assemble.py",
        "            found.append(marks.BAD_UTF8)",
        "            pass",
        "b2",
        BYTES,
    ),
    Mutation(
        "b6 controls are escaped",
        "decode/clean.py",
        "    if code < 0x20:\n        return chr(0x2400 + code)\n",
        "    if code < 0x20:\n        return char\n",
        "b6",
        BYTES,
    ),
    Mutation(
        "b7 what is not printable is escaped",
        "decode/clean.py",
        "elif char in _BLANK_LETTERS or not char.isprintable():",
        "elif char in _BLANK_LETTERS or char < ' ':",
        "b7",
        BYTES,
    ),
    Mutation(
        "b8 marks are capped",
        "decode/clean.py",
        '            piece = char if marks <= COMBINING else ""',
        "            piece = char",
        "b8",
        BYTES,
    ),
    Mutation(
        "s1 what is held back is printed",
        "cli/printout.py",
        "                following.settle_all()\n",
        "",
        "c1_s1 and SIGTERM",
        PROCESS,
    ),
    Mutation(
        "s2 the status names the signal",
        "tui/life.py",
        "loop.add_signal_handler(number, app.end, 128 + number)",
        "loop.add_signal_handler(number, app.end, 0)",
        "s1_s2 and SIGINT",
        PROCESS,
    ),
    Mutation(
        "s3 a request to stop is answered",
        "tui/life.py",
        "add_signal_handler(number, handler, number, None)",
        "add_signal_handler(number, lambda *_: None, number, None)",
        "s3_suspended",
        LIFE,
    ),
    Mutation(
        "s4 a change of size is answered however late",
        "tui/timers.py",
        "    timer._skip = False  # noqa: SLF001  `set_timer` has no word for it\n",
        "",
        "s4",
        "tests/tui/test_timers.py",
    ),
    Mutation(
        "s5 a thread that dies ends the viewer",
        "tui/life.py",
        "before, threading.excepthook = threading.excepthook, died",
        "before = threading.excepthook",
        "s5 and thread",
        LIFE,
    ),
    Mutation(
        "s5 a fault has a status of its own",
        "tui/life.py",
        "        tell(app.crash)\n        return CRASHED\n",
        "        tell(app.crash)\n        return 0\n",
        "s5 and task",
        LIFE,
    ),
    Mutation(
        "s9 what is exported is on the disk before it has its name",
        "tui/clipboard.py",
        "            os.fsync(file.fileno())\n",
        "",
        "s9_a_full_disk",
        "tests/tui/test_acts.py",
    ),
    Mutation(
        "s9 nothing is left beside",
        "tui/clipboard.py",
        "        os.unlink(temporary)\n",
        "        pass\n",
        "s9_an_export_appears",
        "tests/tui/test_acts.py",
    ),
    Mutation(
        "s16 what is kept in memory is bounded",
        "sources/stream.py",
        "while self._size > self._budget and len(self._order) > 1:",
        "while False:",
        "s16_memory",
        "tests/sources/test_follow.py",
    ),
    Mutation(
        "s10 hyperscan takes no large pattern",
        "query/weight.py",
        "    return weight(pattern) <= MOST",
        "    return True",
        "s10_hyperscan",
        PATTERNS,
    ),
    Mutation(
        "s12 run is switched off",
        "cli/run.py",
        '    if os.environ.get("LOGVIEW_SECURE", "") not in {"", "0"}:',
        "    if False:",
        "s12_secure",
        PROCESS,
    ),
    Mutation(
        "f3 f4 names that never rest are looked at again",
        "sources/rotation.py",
        "            close_all(file, heir, *between)\n        # What",
        "            return Turned(file, between, renamed_to, heir)\n        # What",
        "c1_packed",
        "tests/sources/test_interleaved.py",
    ),
    Mutation(
        "f3 f4 a deleted file that was packed is not the last",
        "sources/past.py",
        "        return not self._stands_elsewhere(file)",
        "        return True",
        "c1_packed",
        "tests/sources/test_interleaved.py",
    ),
    Mutation(
        "c10 polling waits for who takes the lines in",
        "sources/polling.py",
        "            self._changed.wait_for(lambda: self._is_over or self._ahead < AHEAD)\n",
        "",
        "c10",
        "tests/sources/test_polling.py",
    ),
    Mutation(
        "c3 words are bounded",
        "engine/words.py",
        "        while len(self._words) > self._kept:\n",
        "        while False:\n",
        "c3_words",
        "tests/engine/test_kept_words.py",
    ),
    Mutation(
        "c3 forgotten words are told by their rule",
        "engine/judge.py",
        "        return known + tuple(in_general(*pair) for pair in self._forgotten(gid) if pair[0] not in told)",
        "        return known",
        "c3_a_record",
        "tests/engine/test_kept_words.py",
    ),
    Mutation(
        "b3 utf-16",
        "decode/lines.py",
        '    if head[:2] == b"\\xff\\xfe" and head[2:4] != b"\\0\\0":\n        return "utf-16-le"\n',
        "",
        "b3",
        BYTES,
    ),
    Mutation(
        "b4 lines end at line feeds",
        "decode/lines.py",
        '        pieces = data.split(b"\\n")\n        rest = pieces.pop()',
        '        pieces = data.replace(b"\\x0b", b"\\n").split(b"\\n")\n        rest = pieces.pop()',
        "b4",
        BYTES,
    ),
    Mutation(
        "b5 b17 the last line without an end",
        "decode/lines.py",
        "        if not rest:\n            return\n        size = max",
        "        if len(rest) < 1 << 20:\n            return\n        size = max",
        "b5 or b17",
        BYTES,
    ),
    Mutation(
        "b10 nesting",
        "decode/jsonline.py",
        '        return Parsed(None, (*found, marks.mark(marks.NOT_JSON, "nesting")), (), whole=False)',
        "        raise",
        "b10",
        BYTES,
    ),
    Mutation(
        "b11 numbers that are none are marked",
        "decode/jsonline.py",
        "        found += [marks.mark(marks.NOT_JSON, detail) for detail in _readable_faults(text)]",
        "        pass",
        "b11",
        BYTES,
    ),
    Mutation(
        "b12 repeated keys are marked",
        "decode/jsonline.py",
        "tuple(marks.mark(marks.DUPLICATE_KEY, key) for key in repeated), pairs)",
        "(), pairs)",
        "b12",
        BYTES,
    ),
    Mutation(
        "b13 impossible times are marked",
        "decode/jsonrecord.py",
        "        extra_marks = (*extra_marks, marks.TIME_RANGE)",
        "        pass",
        "b13",
        BYTES,
    ),
    Mutation(
        "f12 two objects in a line are marked",
        "decode/jsonline.py",
        "        return Parsed(first, (*found, marks.mark(marks.NOT_JSON, reason)), (), whole=False)",
        "        return Parsed(first, (*found,), (), whole=False)",
        "f12",
        BYTES,
    ),
    Mutation(
        "f21 new files are looked for",
        "sources/follow.py",
        "        if self._patterns and now >= self._search_at:",
        "        if False:",
        "f21_a_new",
        "tests/sources/test_follow.py",
    ),
    Mutation(
        "s7 a closed pipe is no fault",
        "cli/main.py",
        "    if error.errno == errno.EPIPE:",
        "    if False:",
        "s7_a_closed_pipe",
        PROCESS,
    ),
    Mutation(
        "s8 the whole group is ended",
        "sources/child.py",
        "                os.killpg(self.pid, number)\n            elif",
        "                os.kill(self.pid, number)\n            elif",
        "s8_the_group",
        "tests/sources/test_child.py",
    ),
    Mutation(
        "s11 messages are cleaned",
        "cli/main.py",
        '    lines = (clean(line) for line in message.split("\\n"))',
        '    lines = iter(message.split("\\n"))',
        "s11_messages",
        "tests/safety/test_canary_cli.py",
    ),
    Mutation(
        "s14 what is copied is cleaned",
        "tui/clipboard.py",
        "    return clean_lines(text[:COPY_LIMIT])",
        "    return text[:COPY_LIMIT]",
        "s14",
        "tests/tui/test_acts.py",
    ),
    Mutation(
        "s12 secure mode",
        "tui/clipboard.py",
        '    return environ.get("LOGVIEW_SECURE", "") not in {"", "0"}',
        "    return False",
        "s12",
        "tests/tui/test_screen.py",
    ),
    Mutation(
        "s10 a limit for each record",
        "query/slow.py",
        "LIMIT_S = 0.05",
        "LIMIT_S = 60.0",
        "s10_no_pattern",
        PATTERNS,
    ),
    Mutation(
        "s10 a limit for the patterns of a standard",
        "standard/pattern.py",
        "        return self._count.attempt(lambda: timed.search(text, timeout=LIMIT_S, concurrent=True))",
        "        return self._count.attempt(lambda: timed.search(text, timeout=1.0, concurrent=True))",
        "s10_a_pattern_of_a_standard_ends and not broken",
        PATTERNS,
    ),
    Mutation(
        "s10 a limit for what is painted",
        "tui/paint.py",
        "pattern.finditer(text, timeout=stop_s)",
        "pattern.finditer(text, timeout=5.0)",
        "s10_painting",
        PATTERNS,
    ),
]


def copied(folder: Path) -> Path:
    for name in ("logview", "tests", "docs", "samples"):
        skipped = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "screenshots", "golden")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped, symlinks=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    return copied(tmp_path_factory.mktemp("mutated"))


def ran_on(copy: Path, file: str, expression: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", file, "-k", expression]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", **more}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.row.replace(" ", "_"))
def test_a_test_fails_without_it(copy, mutation):
    path = copy / "logview" / mutation.file
    text = path.read_text()
    assert 1 == text.count(mutation.old), f"{mutation.file} has changed: {mutation.old!r} no longer stands there once"
    path.write_text(text.replace(mutation.old, mutation.new))
    try:
        # What is to fail because something does not come need not wait for long.
        done = ran_on(copy, mutation.tests, mutation.expression, LOGVIEW_TEST_DEADLINE_S="12")
    finally:
        path.write_text(text)
    assert 1 == done.returncode, done.stdout[-1500:] + done.stderr[-500:]
    assert "1 failed" in done.stdout or "FAILED" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS[:1])
def test_the_tests_pass_on_an_unchanged_copy(copy, mutation):
    done = ran_on(copy, mutation.tests, mutation.expression)
    assert 0 == done.returncode, done.stdout[-1500:]
