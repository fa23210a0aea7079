"""What the source code logs: `take` reads TypeScript, JavaScript and Python into an Inventory. Runs nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logview.inventory.files import PYTHON, Owners, is_test, source_files
from logview.inventory.model import Inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def take(
    paths: Sequence[str],
    roots: Mapping[str, Sequence[str]] | None = None,
    *,
    wanted: Callable[[str], bool] | None = None,
) -> Inventory:
    """The inventory of all source files under the paths.

    paths   files and folders
    roots   service → its source folders, as configured; files elsewhere belong to the nearest project folder
    wanted  tells which files to report on; names are followed into the others all the same
    raises  UsageError  a path that does not exist
    """
    owners = Owners(roots or {}, paths)
    files = [file for file in source_files(paths) if wanted is None or wanted(file)]
    root = common_folder(paths)
    found = Inventory()
    python = [file for file in files if file.endswith(PYTHON)]
    script = [file for file in files if not file.endswith(PYTHON)]
    if python:
        from logview.inventory.python import read_python

        read_python(python, owners, root, found)
    if script:
        from logview.inventory.typescript import read_typescript

        read_typescript(script, owners, root, found)
    found.tests = {file for file in found.files if is_test(os.path.relpath(os.path.abspath(file), root))}
    found.sort()
    return found


def common_folder(paths: Sequence[str]) -> str:
    """The deepest folder that holds all the paths."""
    folders = [os.path.abspath(p if os.path.isdir(p) else os.path.dirname(p) or ".") for p in paths]
    try:
        return os.path.commonpath(folders)
    except ValueError:  # two Windows drives
        return folders[0]
