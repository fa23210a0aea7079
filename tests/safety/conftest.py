"""A hostile log file for the tests beside this."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hostile import hostile_lines


@pytest.fixture
def hostile(tmp_path) -> Path:
    """A log of hostile lines in a directory with a hostile name, under a hostile file name."""
    folder = os.fsencode(tmp_path) + b"/[red]\x1b]0;CANARY\x07"
    os.mkdir(folder)
    path = folder + b"/\x1b]52;c;Q0FOQVJZ\x07\xff[@click=app.quit]x\xc2\x9b2J.log"
    with open(path, "wb") as file:
        file.write(b"\n".join(hostile_lines()) + b"\n")
    return Path(os.fsdecode(path))
