"""C4 in the viewer: every key of the table is pressed on hostile logs, and each byte that comes out is looked at.

The keys come from the table itself, so a screen that is added is walked too. With LOGVIEW_SECURE the
same, and then nothing is exported, edited or copied.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hostile import CANARY, hostile_lines
from tui.terminal import Terminal

from logview.tui.keymap import KEYS, Key

if TYPE_CHECKING:
    from pathlib import Path

SENT = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~", "shift+left": "\x1b[1;2D",
    "shift+right": "\x1b[1;2C", "enter": "\r", "escape": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f",
    "slash": "/", "plus": "+", "minus": "-", "question_mark": "?", "exclamation_mark": "!",
}  # fmt: skip
"""Textual's names of keys → what a terminal sends."""

CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
OURS = re.compile(
    rb"\x1b\[[0-9;:]*[mH]|\x1b\[\?[0-9;]+[hl]|\x1b\[[0-9;]*[ABCDGJKXr]|\x1b\[\?[0-9]+\$p|\x1b\[[<>=][0-9;]*[a-z]|\x1b\[c"
)
"""Colors, the cursor, modes, erasing, and Textual's questions about modes."""
NEVER = re.compile(rb"\x1b\[(?:6n|2J|201~|31337m|31337;1H)")
"""What the canary holds, and Textual never sends."""
POINTER = re.compile(rb"\x1b\]22;[a-z-]+\x07")
"""OSC 22, the pointer's shape: Textual's own, with a fixed text."""
HIDDEN = re.compile("[\x80-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")

# Quits, stops the process or waits for a program of the user's.
LEFT_OUT = {"app.quit", "app.suspend", "read.source"}
FIRST = {"panel": "\r\r", "outline": "\r\r", "chips": "fCANARY\rF", "prompt": "f", "page": "?", "rules": "r"}
"""What opens the place in which a key is bound."""
THEN = {"find.search": "CANARY\r", "filter.edit": "msg", "app.palette": "can", "read.export": "../x\x1b[A"}
"""What is typed after it."""


def sent(key: Key) -> str:
    name = key.keys.split(",")[0]
    if name.startswith("ctrl+"):
        return chr(ord(name[-1]) & 0x1F)
    return SENT.get(name, name)


def stray(output: bytes) -> bytes:
    """What there is in `output` besides printable text, line ends and the control sequences that Textual draws with."""
    left = POINTER.sub(b"", output)
    told = NEVER.search(left)
    if told is not None:
        return told[0]
    left = OURS.sub(b"", left)
    found = re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", left)
    if found is not None:
        return left[max(0, found.start() - 60) : found.end() + 60]
    hidden = HIDDEN.search(left.decode("utf-8", "replace"))
    return b"" if hidden is None else hidden[0].encode()


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Two hostile logs under hostile names."""
    folder = os.fsencode(tmp_path) + b"/[red]\x1b]0;CANARY\x07"
    os.mkdir(folder)
    flood = b"e\xcc\x81" + b"\xcc\x81" * 500 + b" " + "👩\u200d👩\u200d👧\u200d".encode() * 40
    paths = []
    for name in (
        b"\x1b]52;c;Q0FOQVJZ\x07\xff[@click=app.quit]x\xc2\x9b2J.log",
        b"[\xe2\x81\x84]\x1b[31337m\xe2\x80\xae.log",
    ):
        paths.append(os.fsdecode(folder + b"/" + name))
        with open(folder + b"/" + name, "wb") as file:
            lines = [*hostile_lines(), b"\x1b[31337m\x1b[31337;1H\x1b[201~ CANARY " + flood]
            file.write(b"\n".join(lines * 3) + b"\n")
    return paths


GROUPS = sorted({key.where for key in KEYS})


@pytest.mark.slow
@pytest.mark.parametrize(("where", "secure"), [*((where, "") for where in GROUPS), ("main", "1")])
def test_b6_b9_s11_no_key_brings_hostile_bytes_to_the_terminal(two, tmp_path, where, secure):
    before = sorted(os.listdir(tmp_path))
    environment = {"LOGVIEW_SECURE": secure, "HOME": str(tmp_path), "EDITOR": "false"}
    with Terminal(
        ["-m", "logview", "view", *two], size=(150, 45), cwd=tmp_path, env={k: v for k, v in environment.items() if v}
    ) as terminal:
        terminal.wait_for("CANARY")
        terminal.rest(0.2)
        pressed = 0
        for key in KEYS:
            if key.where != where or key.id in LEFT_OUT:
                continue
            for keys in (*FIRST.get(where, ""), sent(key), THEN.get(key.id, ""), "\x1b", "\x1b"):
                if keys:
                    terminal.keys(keys)
                    terminal.rest(0.06)
            assert terminal.process.poll() is None, key.id
            pressed += 1
        terminal.signal(15)
        assert 143 == terminal.status()
    # The clipboard is logview's own business, printable text in base64, and switched off in secure mode.
    output = (
        re.sub(rb"\x1b\]52;c;[A-Za-z0-9+/=]*(?:\x07|\x1b\\)", b"", terminal.output) if not secure else terminal.output
    )
    assert pressed
    assert b"CANARY" in output
    assert b"" == stray(output)
    if secure:
        assert before == sorted(name for name in os.listdir(tmp_path) if not name.startswith("."))


def test_the_look_at_the_bytes_finds_what_it_is_for():
    assert b"" == stray(b"\x1b[?1049h\x1b[1;31mCANARY\x1b[0m\x1b[3;4H plain\r\n\x1b]22;pointer\x07")
    for bad in (b"\x1b]0;x\x07", b"\x1b]52;c;eA==\x07", b"\x1b[6n", b"\x1bc", b"\x1bP+q\x1b\\", b"\x07", b"\xc2\x9b2J"):
        assert stray(b"a" + bad), bad
    assert stray("\u202e".encode())
    assert stray(CANARY.encode("utf-8", "surrogateescape"))
