"""C4: no byte of a log or a file name reaches the terminal from any command unless it is printable.

`--output raw` is the exception on purpose: byte-exact, as `cat` is. Its bytes are those of the file, nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hostile import CANARY, ROOT, assert_harmless, hostile_lines, run


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


TEXT = CANARY.replace("\udc80", "").replace("\x00", "")
"""The canary as an argument: an operating system takes no NUL in one."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        (TEXT,),
        ("cat", f"--{TEXT}"),
        ("cat", "--output", TEXT, "app.log"),
        ("cat", "--level", TEXT, "app.log"),
        ("cat", "--since", TEXT, "app.log"),
        ("cat", "--format", f"%({TEXT})s", "app.log"),
        ("cat", "--filter", f"a and /({TEXT}/", "app.log"),
        ("cat", "--filter", f"{TEXT}>", "app.log"),
        ("check", "--rules", TEXT, "app.log"),
        ("check", "--config", TEXT, "app.log"),
        ("check", "--baseline", TEXT, "app.log"),
        ("standard", "explain", TEXT),
        ("standard", "snippet", TEXT),
        ("compare", TEXT, TEXT),
        ("inventory", TEXT),
        ("review", "diff", TEXT, TEXT),
        ("review", "simulate", "--config", TEXT, "app.log"),
        ("formats", "test", TEXT),
        ("cache", TEXT),
        ("run", "--name", TEXT),
    ],
    ids=lambda arguments: " ".join(arguments[:2]).partition("\x1b")[0],
)
def test_s11_messages_about_hostile_arguments_are_printable(arguments, tmp_path):
    (tmp_path / "app.log").write_text('{"level":30,"msg":"x"}\n')
    arguments = [str(tmp_path / "app.log") if one == "app.log" else one for one in arguments]
    done = run(*arguments)
    assert 2 == done.returncode, done.stderr.decode()
    assert_harmless(done.stderr, colors=False)
    assert_harmless(done.stdout, colors=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "standard = %s",
        "profile = %s",
        "%s = 1",
        "[services.%s]\nlogs = 1",
        "[services.a]\nlogs = [%s]\nzone = %s",
        "[rules]\n%s = 'error'",
        "[rules.LV403]\npatterns = [%s, '(']",
        "[ids.job]\npattern = %s\nscope = {message = '('}",
        "[[lifecycle]]\nname = %s\nkey = 1",
        "[view]\nzone = %s\ntheme = %s",
        "a = %s b",
    ],
)
def test_s11_messages_about_a_hostile_configuration_are_printable(text, tmp_path):
    (tmp_path / "app.log").write_text('{"level":30,"msg":"x"}\n')
    config = tmp_path / "logview.toml"
    config.write_text(
        'standard = "default@1"\n' * (not text.startswith("standard")) + text.replace("%s", json.dumps(TEXT))
    )
    for command in ("check", "cat"):
        done = run(command, "--config", str(config), str(tmp_path / "app.log"))
        assert done.returncode in {0, 1, 2}, done.stderr.decode()
        assert_harmless(done.stderr, colors=False)
        assert_harmless(done.stdout, colors=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        *(("review", "export", "--output", form) for form in ("markdown", "csv", "json")),
        *(("review", "simulate", "--output", form) for form in ("text", "json")),
        ("review", "sheet"),
        *(("inventory", "--output", form, "--logs") for form in ("terminal", "json", "markdown", "html")),
    ],
    ids=" ".join,
)
def test_b6_reviews_and_inventories_with_hostile_logs_are_printable(command, hostile, tmp_path):
    source = tmp_path / "src"
    source.mkdir()
    for name, text in HOSTILE_SOURCES.items():
        (source / name).write_text(text)
    paths = [str(hostile), str(source)] if command[0] == "inventory" else [str(hostile)]
    done = run(*command, *([] if command[1] == "sheet" else paths))
    assert b"Traceback (most recent call last):\n" not in done.stderr, done.stderr.decode()
    assert done.returncode in {0, 1, 2}
    assert_harmless(done.stdout, colors=True)
    assert_harmless(done.stderr, colors=True)


@pytest.mark.slow
def test_b6_the_difference_of_two_hostile_reviews_is_printable(hostile, tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).write_bytes(run("review", "export", "--output", "json", str(hostile)).stdout)
    for form in ("text", "json"):
        done = run("review", "diff", "--output", form, str(tmp_path / "old"), str(tmp_path / "new"))
        assert 0 == done.returncode, done.stderr.decode()
        assert_harmless(done.stdout, colors=True)


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_s11_what_a_shell_is_offered_is_printable(hostile, shell):
    for typed in ("logview cat ", "logview cat --level \x1b]0;", "logview standard explain \x9b", f"logview {TEXT}"):
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_LOGVIEW_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - (not typed.endswith(" "))),
        }
        done = subprocess.run(
            [sys.executable, "-m", "logview"],
            env=environment,
            cwd=hostile.parent,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert b"Traceback" not in done.stderr
        # What was typed comes back as it was, for the shell to compare with; nothing from the directory does.
        offered = done.stdout.replace(typed.split(" ")[-1].encode("utf-8", "surrogateescape"), b"")
        assert_harmless(offered, colors=False)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["cat", "check"])
def test_s5_a_fault_of_ours_that_quotes_a_log_is_printable(command, hostile):
    script = (
        "import sys\nfrom logview.cli.main import main\nimport logview.decode.stream as stream\n"
        f"def fail(*_): raise ValueError({TEXT!r})\n"
        "stream.StreamDecoder.feed = stream.StreamDecoder.decode = fail\n"
        f"main([{command!r}, {os.fsencode(hostile)!r}.decode('utf-8', 'surrogateescape')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, check=False, timeout=60)
    assert 70 == done.returncode
    assert b"ValueError" in done.stderr
    assert_harmless(done.stderr, colors=False)


def test_s5_a_crash_report_is_printable(tmp_path):
    from logview.tui.crash import Crash, report, write_report

    try:
        raise ValueError(TEXT)
    except ValueError as error:
        crash = Crash.of(error, "screen")
    assert "CANARY" in report(crash)
    assert_harmless(report(crash).encode(), colors=False)
    assert_harmless(crash.summary.encode(), colors=False)
    path = write_report(crash, str(tmp_path))
    assert path is not None
    with open(path, "rb") as file:
        assert_harmless(file.read(), colors=False)
