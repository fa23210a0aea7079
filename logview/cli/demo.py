"""`logview demo`: the two sample services working jobs, in the viewer."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logview.cli.options import filter_options, query_text
from logview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_S = 300.0
"""Building the scheduler on a fresh machine takes a minute or two."""
STOP_S = 15.0
"""run.py lets running jobs finish before it ends."""
SERVICES = ("scheduler", "optimizer")


@click.command(name="demo")
@click.option("--rate", type=click.FloatRange(0.1, 200), default=2.5, show_default=True, help="client actions a second")
@click.option("--replay", is_flag=True, help="replay the scheduler's recording instead of running it")
@click.option("--theme", metavar="NAME", help="dark, light, ansi, or any of Textual's themes")
@filter_options
def command(
    *,
    rate: float,
    replay: bool,
    theme: str | None,
    filters: tuple[str, ...],
    job: str | None,
    level: str | None,
    services: tuple[str, ...],
    since: str | None,
    until: str | None,
    config_path: str | None,
    format_text: str | None,
) -> int:
    """Run the two sample services under load and watch their logs live.

    Without Node.js and npm the scheduler's recording is replayed; the optimizer is live either way.
    """
    from logview.cli.view import is_screen, watch, with_format
    from logview.config import load

    if not is_screen():
        raise UsageError("`logview demo` needs a terminal")
    samples = samples_folder()
    text = query_text(filters=filters, job=job, level=level, services=services, since=since, until=until)
    config = with_format(load(config_path or str(samples / "logview.toml")), format_text)
    with working(samples, rate=rate, replay=replay) as folder:
        return watch(config, [str(folder / f"{name}.log") for name in SERVICES], text, theme=theme)


def samples_folder() -> Path:
    """Where the samples are: beside the package, in a clone.

    raises UsageError  logview was installed without them
    """
    folder = Path(__file__).resolve().parents[2] / "samples"
    if not (folder / "run.py").is_file():
        raise UsageError("the samples are not installed with the package; `logview demo` works in a clone of logview")
    return folder


@contextmanager
def working(samples: Path, *, rate: float, replay: bool) -> Iterator[Path]:
    """The services at work; yields the folder of their logs, stops them and removes it at the end.

    What run.py says while it gets ready goes to standard error.
    """
    folder = Path(tempfile.mkdtemp(prefix="logview-demo-"))
    for name in SERVICES:
        (folder / f"{name}.log").touch()
    said = folder / "run.txt"
    arguments = ["--into", str(folder), "--rate", str(rate), *(["--replay"] if replay else [])]
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(samples / "run.py"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await_ready(process, said)
        yield folder
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def await_ready(process: subprocess.Popen[bytes], said: Path) -> None:
    """Pass on what run.py says until a service has started.

    raises UsageError  it ended before that
    """
    shown, deadline = 0, time.monotonic() + READY_S
    while time.monotonic() < deadline:
        lines = said.read_text("utf-8", "replace").splitlines()
        for line in lines[shown:]:
            click.echo(line, err=True)
        shown = len(lines)
        if any(" started, pid" in line for line in lines):
            return
        if process.poll() is not None:
            raise UsageError(f"the samples ended with status {process.returncode} before a service had started")
        time.sleep(0.05)
    raise UsageError(f"no service started within {READY_S:.0f} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Let run.py stop its services in order; end it by force when it takes too long."""
    if process.poll() is not None:
        return
    click.echo("logview: stopping the samples …", err=True)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
