"""Which files paths, directories and globs stand for."""

from __future__ import annotations

import os

import pytest

from logview.errors import UsageError
from logview.sources import expand
from logview.sources.paths import is_log_like, is_rotated_copy, natural, rotation_bases


def made(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def names(tmp_path, found):
    return [os.path.relpath(path, tmp_path) for path in found]


def test_a_directory_gives_its_log_like_files_recursively_in_natural_order(tmp_path):
    made(tmp_path, "w-10.log", "w-2.log", "sub/x.jsonl", "README.md", "package.json", ".hidden.log", "a.log.gz")
    made(tmp_path, "node_modules/m/npm.log", ".git/y.log", "log.py", "log.txt", "syslog")
    assert ["a.log.gz", "log.txt", "syslog", "w-2.log", "w-10.log", "sub/x.jsonl"] == names(
        tmp_path, expand([str(tmp_path)])
    )


def test_a_directory_leaves_out_the_past_of_files_that_are_there(tmp_path):
    made(
        tmp_path, "app.log", "app.log.1", "app.log.2.gz", "app.log-20261123", "old.log.1", "worker.log", "worker-1.log"
    )
    assert ["app.log", "old.log.1", "worker-1.log", "worker.log"] == sorted(names(tmp_path, expand([str(tmp_path)])))


def test_a_glob_names_files_only_and_each_once(tmp_path):
    made(tmp_path, "a.log", "b.log", "d.log/x")
    pattern = str(tmp_path / "*.log")
    assert ["a.log", "b.log"] == names(tmp_path, expand([pattern, str(tmp_path / "a.log")]))


def test_a_name_with_glob_characters_that_exists_is_a_name(tmp_path):
    made(tmp_path, "a[1].log")
    assert [str(tmp_path / "a[1].log")] == expand([str(tmp_path / "a[1].log")])


def test_standard_input_stays(tmp_path):
    assert ["-"] == expand(["-"])


def test_a_missing_path_is_bad_use_with_a_suggestion(tmp_path):
    made(tmp_path, "scheduler.log")
    with pytest.raises(UsageError, match=r'did you mean ".*/scheduler\.log"'):
        expand([str(tmp_path / "schedular.log")])


def test_a_glob_without_a_match_and_an_empty_directory_are_bad_use(tmp_path):
    with pytest.raises(UsageError, match="no file matches"):
        expand([str(tmp_path / "*.log")])
    with pytest.raises(UsageError, match="holds no file that looks like a log"):
        expand([str(tmp_path)])


@pytest.mark.parametrize(
    "name", [b"\x1b]0;pwned\x07.log", b"new\nline.log", b"-rf.log", b"[red].log", b"\xff\xfe.log", b"x" * 251 + b".log"]
)
def test_s11_hostile_file_names_are_found_and_opened_as_they_are(tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as file:
        file.write(b"line\n")
    from logview.sources import open_source

    found = expand([str(tmp_path)])
    assert [os.fsdecode(path)] == found
    source = open_source(found[0])
    assert b"line\n" == source.read(0, 100)
    source.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.log", True),
        ("APP.LOG", True),
        ("server.log.2026-11-22", True),
        ("app.log.1", True),
        ("app-log.json", True),
        ("logs.txt", True),
        ("stderr", True),
        ("worker.err", True),
        ("container-json.log", True),
        ("package.json", False),
        ("changelog.md", False),
        ("catalog.json", False),
        ("log.ts", False),
        ("notes.txt", False),
        (".app.log", False),
    ],
)
def test_log_like_names(name, expected):
    assert expected == is_log_like(name)


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("app.log.1", ["app.log"]),
        ("app.log.2.gz", ["app.log"]),
        ("app.log-20261123", ["app.log"]),
        ("app.log.2026-11-23.1", ["app.log"]),
        ("app.log.2026-11-23T08:00", ["app.log"]),
        ("app.log.old", ["app.log"]),
        ("app-2026-11-23.log", ["app.log"]),
        ("app.1.log", ["app.log"]),
        ("app.log.audit", []),
        ("app.log", []),
    ],
)
def test_names_that_rotation_makes(name, bases):
    assert bases == rotation_bases(name)


def test_a_second_worker_is_no_rotated_copy():
    assert not is_rotated_copy("worker-1.log", {"worker.log"})
    assert is_rotated_copy("worker.log.1", {"worker.log"})


def test_natural_order():
    assert ["a2", "a10", "b"] == sorted(["b", "a10", "a2"], key=natural)
