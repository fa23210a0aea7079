"""Bounds of the real commands: peak resident memory, and what becomes of the lines. Memory is held, time is not."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from hostile import ROOT
from tui.terminal import Terminal

MIB = 1 << 20

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


def measured(*arguments: str, files: int | None = None, stdin: int | None = None) -> tuple[int, bytes, bytes, int]:
    """Exit status, output, what was said, and peak resident MiB of `logview ARGUMENTS`, forked processes left out."""

    def few_files() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    script = (
        "import sys\nfrom logview.cli.main import main\n"
        "try:\n    main()\nfinally:\n"
        # Not ru_maxrss: that of a new program begins with what the process that forked it had.
        "    peak = int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) >> 10\n"
        "    sys.stderr.write(f'\\n{peak}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        capture_output=True,
        cwd=ROOT,
        check=False,
        preexec_fn=few_files,
    )
    said, _, peak = done.stderr.rpartition(b"\n")
    return done.returncode, done.stdout, said, int(peak)


@pytest.fixture(scope="module")
def long_line(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("long") / "long.log"
    with path.open("wb") as file:
        file.write(b'{"level":30,"time":1795424047000,"msg":"first"}\n{"level":30,"time":1795424047001,"msg":"')
        for _ in range(100):
            file.write(b"x" * MIB)
        file.write(b'"}\n{"level":30,"time":1795424047002,"msg":"last"}\n')
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (("cat", "--output", "pretty"), 100),
        (("cat", "--output", "json"), 100),
        (("cat", "--output", "raw"), 60),
        (("check", "--no-config"), 150),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_b1_commands_bear_a_line_of_100_mb(long_line, arguments, most):
    status, output, _, peak = measured(*arguments, long_line)
    assert status in {0, 1}
    assert b"last" in output or arguments[0] == "check"
    assert peak < most


@pytest.mark.slow
def test_b1_f14_the_viewer_bears_a_line_of_100_mb_and_a_hole_of_50_gb(long_line, tmp_path):
    sparse = tmp_path / "sparse.log"
    with sparse.open("wb") as file:
        file.write(b'{"level":30,"time":1795424047000,"msg":"first"}\n')
        file.seek(50 << 30)
        file.write(b'\n{"level":30,"time":1795424047002,"msg":"final"}\n')
    for path, last in ((long_line, "last"), (str(sparse), "final")):
        with Terminal(["-m", "logview", "view", "--no-cache", path], cwd=tmp_path) as terminal:
            terminal.wait_for(last)
            terminal.rest(1.0)
            with open(f"/proc/{terminal.process.pid}/status") as file:
                peak = int(file.read().split("VmHWM:")[1].split()[0]) >> 10
            terminal.keys("q")
            assert 0 == terminal.status()
        assert peak < 200, path


@pytest.mark.slow
@pytest.mark.parametrize("command", [("cat", "--output", "raw"), ("check", "--no-config", "--output", "json")])
def test_f21_commands_read_a_thousand_files_with_64_descriptors(tmp_path, command):
    for number in range(1000):
        lines = b"".join(
            b'{"level":30,"time":%d,"msg":"%d of %d","password":"hunter22"}\n'
            % (1_795_424_047_000 + line, line, number)
            for line in range(3)
        )
        (tmp_path / f"s{number:04}.log").write_bytes(lines)
    status, output, said, peak = measured(*command, str(tmp_path), files=64)
    assert status in {0, 1}, said
    if command[0] == "cat":
        assert 3000 == len(set(output.splitlines()))
    else:
        assert 3000 == output.count(b'"rule":"LV601"')
    assert b"Traceback" not in said
    assert peak < 300


@pytest.mark.slow
def test_s16_an_endless_standard_input_is_spooled_within_its_budget(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGVIEW_SPOOL", "16M")
    lines = 3_000_000
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os\nfor n in range({lines // 1000}): os.write(1, b'plain text of 30 bytes a line\\n' * 1000)",
        ],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    status, output, said, peak = measured("cat", "--output", "raw", "-", stdin=writer.stdout.fileno())
    writer.stdout.close()
    writer.wait()
    assert (0, lines) == (status, output.count(b"\n")), said
    assert peak < 100
