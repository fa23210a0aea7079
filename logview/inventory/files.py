"""Which files are source code, and which service each belongs to. Reads directories, no code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PYTHON = (".py", ".pyi")
TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")

SKIPPED = frozenset(
    [
        "node_modules",
        "bower_components",
        "dist",
        "build",
        "out",
        "coverage",
        "vendor",
        "site-packages",
        "__pycache__",
        "venv",
        "env",
        "virtualenv",
        "__generated__",
        "generated",
    ]
)
"""Folders that hold what others wrote or a tool made. Those with a leading dot are skipped as well."""

PROJECT_MARKS = ("package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Dockerfile", "Pipfile")
"""A folder holding one of these is a service of its own, named after the folder."""

MAX_BYTES = 2_000_000
"""Larger files are bundles, not source code."""


def is_source(name: str) -> bool:
    """A file that the inventory reads, by its name."""
    if name.endswith((".d.ts", ".d.mts", ".d.cts", ".pyi")) or ".min." in name:
        return False
    return name.endswith(PYTHON + TYPESCRIPT)


def is_test(path: str) -> bool:
    """A file of tests, by the naming customs of pytest, unittest, Jest, Vitest and Mocha."""
    *folders, name = path.replace(os.sep, "/").split("/")
    if any(folder in {"test", "tests", "__tests__", "__mocks__", "spec", "e2e", "fixtures"} for folder in folders):
        return True
    stem = name.rsplit(".", 1)[0]
    return stem.endswith((".test", ".spec", "_test", ".stories")) or stem.startswith("test_") or stem == "conftest"


def source_files(paths: Iterable[str]) -> Iterator[str]:
    """Source files under the paths, sorted within each folder; a file named outright is taken whatever its name says.

    raises  UsageError  a path that does not exist
    """
    seen = set()
    for path in paths:
        if os.path.isfile(path):
            found: Iterable[str] = [path] if path.endswith(PYTHON + TYPESCRIPT) else []
        elif os.path.isdir(path):
            found = walk(path)
        else:
            raise UsageError(f"{path}: no such file or folder")
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def walk(folder: str) -> Iterator[str]:
    """Source files below a folder, symbolic links to folders not followed."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        folders[:] = [f for f in folders if not os.path.exists(os.path.join(root, f, "pyvenv.cfg"))]
        for name in sorted(names):
            file = os.path.normpath(os.path.join(root, name))
            if is_source(name) and os.path.isfile(file) and os.path.getsize(file) <= MAX_BYTES:
                yield file


class Owners:
    """Which service a source file belongs to.

    roots   service → its source folders, as configured; they decide first, the deepest one wins
    paths   the folders asked for: a file no service claims belongs to the nearest project folder at or below them
    """

    def __init__(self, roots: Mapping[str, Sequence[str]], paths: Sequence[str]) -> None:
        self._roots = sorted(
            ((os.path.abspath(folder), service) for service, folders in roots.items() for folder in folders),
            key=lambda pair: -len(pair[0]),
        )
        self._paths = [os.path.abspath(path) for path in paths]
        self._cache: dict[str, str] = {}

    def service(self, file: str) -> str:
        """The service's name."""
        folder = os.path.dirname(os.path.abspath(file))
        if folder not in self._cache:
            self._cache[folder] = self._find(folder)
        return self._cache[folder]

    def _find(self, folder: str) -> str:
        for root, service in self._roots:
            if folder == root or folder.startswith(root + os.sep):
                return service
        tops = [path for path in self._paths if folder == path or folder.startswith(path + os.sep)]
        top = max(tops, key=len) if tops else folder
        at = folder
        while len(at) >= len(top):
            if any(os.path.exists(os.path.join(at, mark)) for mark in PROJECT_MARKS):
                return os.path.basename(at)
            if at == os.path.dirname(at):
                break
            at = os.path.dirname(at)
        return project_name(top)


def project_name(folder: str) -> str:
    """The name of the project a folder belongs to: of the nearest folder above with a project file, else its own.

    A folder called src, app or lib says nothing: its parent's name is taken.
    """
    at = folder
    while at != os.path.dirname(at):
        if any(os.path.exists(os.path.join(at, mark)) for mark in (*PROJECT_MARKS, ".git")):
            return os.path.basename(at)
        at = os.path.dirname(at)
    if os.path.basename(folder) in {"src", "app", "lib", "source", "server"}:
        folder = os.path.dirname(folder)
    return os.path.basename(folder) or "source"
