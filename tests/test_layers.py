"""The arrows of docs/architecture.md hold, in the source and in a running interpreter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from logview.cli.main import COMMANDS

PACKAGE = Path(__file__).resolve().parents[1] / "logview"
OPENS_A_SCREEN = {"view", "run", "demo"}
HEAVY = {"textual", "rich.console", "watchfiles", "asyncio"}


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, module) of each absolute import, wherever it stands."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.lineno, node.module))
    return found


def importers_of(package: str) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE).as_posix()}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, module in imports(path)
        if module.split(".")[0] == package
    ]


def modules_after(statement: str) -> set[str]:
    """What a fresh interpreter has loaded after `statement`."""
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_only_the_screens_import_textual():
    assert [] == [place for place in importers_of("textual") if not place.startswith("tui/")]


def test_only_screens_and_commands_import_rich():
    assert [] == [place for place in importers_of("rich") if not place.startswith(("tui/", "cli/"))]


def test_commands_import_the_screens_only_where_they_open_one():
    reaching = {
        path.stem
        for path in (PACKAGE / "cli").glob("*.py")
        if any(module.startswith("logview.tui") for _, module in imports(path))
    }
    assert reaching <= OPENS_A_SCREEN


def test_the_package_itself_imports_nothing_of_ours():
    assert {"logview"} == {name for name in modules_after("import logview") if name.split(".")[0] == "logview"}


@pytest.mark.parametrize("command", ["main", *sorted(COMMANDS.keys() - OPENS_A_SCREEN)])
def test_a_command_line_tool_starts_without_the_screens_libraries(command):
    assert set() == modules_after(f"import logview.cli.{command}") & HEAVY


def test_every_command_of_the_table_has_its_module():
    missing = [name for name in COMMANDS if not (PACKAGE / "cli" / f"{name}.py").exists()]
    assert [] == missing
