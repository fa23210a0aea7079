"""What a shell is told when it asks for completions."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("logview che", ["plain,check", "file,che"]),
        ("logview var/l", ["file,var/l"]),
        ("logview cat var/l", ["file,var/l"]),
        ("logview cat --level wa", ["plain,warn"]),
        ("logview standard explain lv304", ["plain,LV304"]),
        ("logview check --output sa", ["plain,sarif"]),
    ],
)
def test_a_shell_is_offered_commands_paths_levels_and_rules(typed: str, offered: list[str]) -> None:
    words = typed.split()
    environ = {
        **os.environ,
        "_LOGVIEW_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "logview"], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == offered
