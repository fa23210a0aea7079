"""The house is in order: no machine in the files, locked packages, a README that tells the truth."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from logview.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
RECORDED = {".log", ".ndjson", ".jsonl", ".svg", ".gz", ".bz2", ".xz", ".zst"}
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "samples/README.md",
    "docs/architecture.md",
    "docs/changelog.md",
    "docs/guide.md",
    "docs/commands.md",
    "docs/check.md",
]


def files() -> list[Path]:
    """What git has or would take; without git, what is there and is not made by a tool."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    made = {"node_modules", "dist", "var", "__pycache__"}
    folders = [(path, set(path.relative_to(ROOT).parts[:-1])) for path in ROOT.rglob("*") if path.is_file()]
    return [path for path, parents in folders if not made & parents and not any(p[0] == "." for p in parents - {".ci"})]


def requirements() -> dict[str, str]:
    """Locked package → version."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_pytest_can_tell_every_file_from_the_others():
    """Where no package gives it one, a test file's name is its module's: two of one name are not collected."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    assert sorted(set(names)) == sorted(names)


def test_no_file_names_a_path_of_this_machine():
    homes = {str(ROOT), os.path.expanduser("~")} - {"/", "~"}
    naming = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.suffix not in RECORDED and "vectors" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1)
        if any(f"{home}/" in line for home in homes)
    ]
    assert [] == naming


@pytest.mark.parametrize(
    "name", ["requirements.lock", "samples/scheduler/package-lock.json", "samples/scheduler/.npmrc"]
)
def test_lock_files_hold_no_address(name):
    assert [] == re.findall(r"https?:/+\S+|--(?:extra-)?index-url\S*", (ROOT / name).read_text(encoding="utf-8"))


def test_every_locked_python_package_has_an_exact_version_and_hashes():
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.lock").read_text(encoding="utf-8"))[1:]
    assert len(entries) > 40
    assert [] == [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]


def test_every_declared_python_package_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.match(r"[\w-]+", entry)[0].lower() for entry in declared}
    assert set() == names - requirements().keys()


def test_every_package_of_the_scheduler_is_locked_with_a_hash_in_the_version_that_is_declared():
    folder = ROOT / "samples" / "scheduler"
    declared = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in (declared["dependencies"] | declared["devDependencies"]).items():
        assert version == locked[f"node_modules/{name}"]["version"]
    assert [] == [path for path, package in locked.items() if path and not package["integrity"].startswith("sha512-")]


def test_every_dependency_has_its_sentence_in_the_architecture():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    names = {re.match(r"[\w-]+", entry)[0] for entry in project["dependencies"]}
    assert [] == sorted(name for name in names if not re.search(rf"^\|.*\b{name}\b.*\|", table, re.MULTILINE))


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_a_page_shows_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:\$ |\| |`)logview ([a-z]+)\b(?![/.])", text))
    targets = set(re.findall(r"(?:\$ |`)make ([a-z-]+)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set() == {name for name in shown if name not in COMMANDS and not (ROOT / name).exists()}
    assert set() == {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_links_to_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    assert [] == [link for link in links if not ((ROOT / page).parent / link).exists()]


def test_what_ci_runs_is_executable_and_parses():
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    subprocess.run(["bash", "-n", str(run)], check=True)


def test_make_help_lists_every_task():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())
    assert phony == set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))


def test_what_make_starts_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    started = re.findall(r"\$\(BIN\)/python (\S+\.py)", makefile)
    assert [] == [script for script in started if not (ROOT / script).is_file()]
