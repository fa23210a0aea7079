"""Opening a source line in the user's editor: VISUAL or EDITOR, never a command from a log or a project."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logview.standard.model import Site

COLON = frozenset({"subl", "hx", "helix", "zed", "micro", "kak", "lapce"})
GOTO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
JETBRAINS = frozenset({"idea", "pycharm", "webstorm"})


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The user's editor and its arguments; None when none is set and none of the usual ones is there."""
    chosen = environ.get("VISUAL") or environ.get("EDITOR")
    if chosen:
        return shlex.split(chosen)
    return next(([name] for name in ("nano", "vim", "vi") if shutil.which(name)), None)


def position_arguments(editor: str, path: str, line: int) -> list[str]:
    """How this editor is told a line: `+12 file`, `--goto file:12`, `file:12`, `--line 12 file`.

    A file name never starts an option: it is made to begin with a directory.
    """
    name = os.path.basename(editor).removesuffix(".exe")
    path = path if os.path.isabs(path) else os.path.join(os.curdir, path)
    if name in GOTO:
        return ["--goto", f"{path}:{line}"]
    if name in COLON:
        return [f"{path}:{line}"]
    if name in JETBRAINS:
        return ["--line", str(line), path]
    return [f"+{line}", path]


def source_path(site: Site, roots: Sequence[str]) -> str | None:
    """The call site's file as it can be opened: as given, or below one of the roots; None when it is nowhere."""
    places = [site.file, *(os.path.join(root, site.file) for root in roots)]
    return next((place for place in places if os.path.isfile(place)), None)
