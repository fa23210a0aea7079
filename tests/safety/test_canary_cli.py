"""C4: no byte of a log or a file name reaches the terminal from any command unless it is printable.

`--output raw` is the exception on purpose: byte-exact, as `cat` is. Its bytes are those of the file, nothing else.
"""

from __future__ import annotations

import json

import pytest
from hostile import assert_harmless, hostile_lines, run


@pytest.mark.slow
@pytest.mark.parametrize("output", ["pretty", "json", "logfmt", "csv"])
def test_b6_cat_writes_only_printable_text(hostile, output):
    done = run("cat", "--output", output, str(hostile))
    assert 0 == done.returncode
    assert b"CANARY" in done.stdout
    assert_harmless(done.stdout, colors=False)
    assert_harmless(done.stderr, colors=False)


@pytest.mark.slow
def test_b6_cat_in_colors_writes_only_printable_text_and_colors(hostile):
    done = run("cat", str(hostile), env={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"})
    assert b"CANARY" in done.stdout
    assert_harmless(done.stdout, colors=True)


@pytest.mark.slow
def test_c6_cat_raw_gives_the_bytes_of_the_file(hostile):
    assert b"\n".join(hostile_lines()) + b"\n" == run("cat", "--output", "raw", str(hostile)).stdout


@pytest.mark.slow
def test_b9_json_output_holds_the_text_itself_escaped(hostile):
    done = run("cat", "--output", "json", str(hostile))
    first = json.loads(done.stdout.split(b"\n")[0])
    assert first["message"].startswith("\x1b]0;CANARY")


@pytest.mark.slow
@pytest.mark.parametrize("output", ["text", "full", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"])
def test_b6_check_writes_only_printable_text(hostile, output):
    done = run("check", "--output", output, str(hostile))
    assert done.returncode in {0, 1}, done.stderr.decode()
    assert_harmless(done.stdout, colors=True)
    assert_harmless(done.stderr, colors=True)


HOSTILE_SOURCES = {
    "a\x1b]0;CANARY\x07.py": "import logging\nlog = logging.getLogger('\x1b]0;CANARY\x07')\n"
    "log.info(f'\u202e\x9b {x}')\n",
    "c.ts": "import pino from 'pino'\nconst l = pino({name: '\x1b]0;CANARY\x07'})\n"
    "l.error('\x1b]52;c;eA==\x07\u202e')\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("output", ["terminal", "json", "markdown", "html"])
def test_b6_inventories_of_hostile_sources_are_printable(tmp_path, output):
    for name, text in HOSTILE_SOURCES.items():
        (tmp_path / name).write_text(text)
    done = run("inventory", "--output", output, str(tmp_path))
    assert 0 == done.returncode, done.stderr.decode()
    assert_harmless(done.stdout, colors=True)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["terminal", "json", "markdown", "html"])
def test_b6_comparisons_of_hostile_logs_are_printable(hostile, output):
    done = run("compare", "--output", output, str(hostile), str(hostile))
    assert 0 == done.returncode, done.stderr.decode()
    assert_harmless(done.stdout, colors=True)


@pytest.mark.slow
def test_b6_a_standard_proposed_from_hostile_logs_is_printable_and_toml(hostile, tmp_path):
    import tomllib

    done = run("standard", "init", str(hostile))
    assert 0 == done.returncode, done.stderr.decode()
    assert_harmless(done.stdout, colors=False)
    assert any("CANARY" in name for name in tomllib.loads(done.stdout.decode())["services"])


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("formats", "test"), ("view",), ("review", "export")])
def test_b6_other_commands_write_only_printable_text(hostile, arguments):
    done = run(*arguments, str(hostile))
    assert b"Traceback" not in done.stderr.replace(b"Traceback (most recent call last):\\n", b""), done.stderr.decode()
    assert_harmless(done.stdout, colors=True)
    assert_harmless(done.stderr, colors=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["cat", "check", "view"])
def test_s11_messages_about_hostile_paths_and_filters_are_printable(command, tmp_path):
    for arguments in (
        (str(tmp_path / "\x1b]0;CANARY\x07\x9b.log"),),
        ("--filter", "\x1b]0;CANARY\x07 and (", str(tmp_path)),
    ):
        done = run(command, *arguments)
        assert 2 == done.returncode
        assert done.stderr
        assert_harmless(done.stderr, colors=False)
        assert b"" == done.stdout


@pytest.mark.slow
def test_s11_notices_about_hostile_files_are_printable(hostile):
    import gzip
    import os

    packed = os.fsencode(hostile) + b".gz"
    with open(packed, "wb") as file:
        file.write(gzip.compress(b"line\n" * 100)[:-9])
    done = run("cat", "--output", "json", os.fsdecode(packed))
    assert b"ends in the middle" in done.stderr
    assert_harmless(done.stderr, colors=False)
