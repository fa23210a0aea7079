"""Starts the two sample services and a load that keeps them busy; each service's output goes to a log file.

python samples/run.py --into DIR [--jobs N] [--rate R] [--json] [--replay] [--seed N]

Runs until --jobs are done, or SIGINT or SIGTERM; then lets running jobs finish. A service that dies is started again.
Where Node.js is missing the scheduler's recording is replayed. Says what it does, a line each, on standard output.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import load
import replay

HERE = Path(__file__).resolve().parent
NODE_MAJOR = 18
STOP_S = 12.0
SHORT_LIFE_S = 3.0
MOST_DEATHS = 3


def say(text: str) -> None:
    # Whoever listened may be gone; the services must be stopped all the same.
    with contextlib.suppress(BrokenPipeError):
        print(f"samples: {text}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Service:
    """A child process whose stdout and stderr are appended to `log`."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    early_deaths: int = 0

    def start(self) -> None:
        self.started_s = time.monotonic()
        with self.log.open("ab") as out:
            # A session of its own: a Ctrl-C in the terminal reaches run.py alone, which stops the services in order.
            self.process = subprocess.Popen(
                self.command,
                cwd=HERE,
                env=os.environ | {"TZ": "UTC"} | self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        say(f"{self.name} started, pid {self.process.pid}")

    def restart_if_dead(self) -> bool:
        """Whether the service goes on; one that dies young again and again does not."""
        if self.process is None or (status := self.process.poll()) is None:
            return True
        say(f"{self.name} ended with status {status}")
        young = time.monotonic() - self.started_s < SHORT_LIFE_S
        self.early_deaths = self.early_deaths + 1 if young else 0
        if self.early_deaths >= MOST_DEATHS:
            say(f"{self.name} does not stay up, see {self.log}")
            return False
        self.start()
        return True

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def scheduler_command() -> list[str] | None:
    """How to start the scheduler, built if need be; None, with the reason said, where that cannot be."""
    folder, node, npm = HERE / "scheduler", shutil.which("node"), shutil.which("npm")
    try:
        version = subprocess.run([node or "node", "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) < NODE_MAJOR:
            say(f"Node.js {NODE_MAJOR} or newer is needed, this one is {version.strip()}")
            return None
        if not (folder / "dist" / "main.js").exists():
            say("building the scheduler (npm ci, npm run build)")
            for step in ("ci --silent --no-audit --no-fund", "run --silent build"):
                subprocess.run([npm or "npm", *step.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    except OSError:
        say("Node.js with npm is not installed")
        return None
    except subprocess.CalledProcessError as failed:
        say(f"{' '.join(map(str, failed.cmd))} ended with status {failed.returncode}")
        return None
    return [node or "node", "--enable-source-maps", str(folder / "dist" / "main.js")]


@dataclass(slots=True)
class Samples:
    """Both services, or the optimizer and the replay."""

    into: Path
    options: argparse.Namespace
    stopped: threading.Event = field(default_factory=threading.Event)
    services: list[Service] = field(default_factory=list)

    def run(self) -> int:
        """Work until stopped; the exit status: 1 when a service did not stay up."""
        self.into.mkdir(parents=True, exist_ok=True)
        command = None if self.options.replay else scheduler_command()
        scheduler, optimizer, client = self.parts(command or [])
        self.services = [optimizer, scheduler] if command else [optimizer]
        watch = threading.Thread(target=self.keep_alive, daemon=True)
        watch.start()
        try:
            if command:
                scheduler.start()
                self.drive(client, optimizer)
            else:
                say("replaying the scheduler's recording; the optimizer is live")
                optimizer.start()
                self.await_answer(client.optimizer)
                recording = HERE / "logs" / "scheduler.log"
                replay.replay(recording, scheduler.log, client.optimizer, client.token, self.stopped)
        finally:
            self.stopped.set()
            watch.join()  # or it might start a service again that is being stopped
            self.stop()
        return int(any(service.early_deaths >= MOST_DEATHS for service in self.services))

    def parts(self, command: list[str]) -> tuple[Service, Service, load.Load]:
        """Scheduler, optimizer and their client, on ports that are free now."""
        ports, token = {"scheduler": free_port(), "optimizer": free_port()}, secrets.token_hex(16)
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        scheduler_env = {
            "SCHEDULER_PORT": str(ports["scheduler"]),
            "SCHEDULER_DATA": str(self.into / "jobs.db"),
            "OPTIMIZER_URL": urls["optimizer"],
            "OPTIMIZER_TOKEN": token,
        }
        optimizer_env = {
            "OPTIMIZER_PORT": str(ports["optimizer"]),
            "OPTIMIZER_TOKEN": token,
            "OPTIMIZER_LOG_FORMAT": "json" if self.options.json else "text",
        }
        python = [sys.executable, "-m", "optimizer"]
        return (
            Service("scheduler", command, scheduler_env, self.into / "scheduler.log"),
            Service("optimizer", python, optimizer_env, self.into / "optimizer.log"),
            load.Load(urls["scheduler"], urls["optimizer"], token, random.Random(self.options.seed)),
        )

    def drive(self, client: load.Load, optimizer: Service) -> None:
        """Clients' actions at the wanted rate; the first order comes before the optimizer is up, as it does in life."""
        self.await_answer(client.scheduler)
        for kind in load.kinds(client.rng):
            client.act(kind)
            if optimizer.process is None:
                optimizer.start()
                self.await_answer(client.optimizer)
            if client.submitted >= self.options.jobs > 0:
                return
            if self.stopped.wait(client.rng.expovariate(self.options.rate)):
                return

    def await_answer(self, url: str) -> None:
        while load.call(f"{url}/healthz") is None and not self.stopped.wait(0.05):
            pass

    def keep_alive(self) -> None:
        """Restarts services that died, and stops all when whoever started run.py is gone."""
        parent = os.getppid()
        while not self.stopped.wait(0.5):
            if os.getppid() != parent or not self.all_alive():
                self.stopped.set()

    def all_alive(self) -> bool:
        # A list, so that each service is looked at.
        return all([service.restart_if_dead() for service in self.services])  # noqa: C419

    def stop(self) -> None:
        """The scheduler first, so that its last jobs still find the optimizer."""
        say("stopping")
        for service in reversed(self.services):
            service.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="samples/run.py", description="Run the two sample services under load.")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="where the log files go")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="stop after N orders (default: never)")
    parser.add_argument("--rate", type=float, default=2.5, metavar="R", help="client actions a second (default 2.5)")
    parser.add_argument("--json", action="store_true", help="the optimizer logs JSON instead of text")
    parser.add_argument("--replay", action="store_true", help="replay the scheduler's recording, as without Node.js")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="which mix of orders")
    samples = Samples((options := parser.parse_args()).into.resolve(), options)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: samples.stopped.set())
    began = time.monotonic()
    status = samples.run()
    say(f"ended after {time.monotonic() - began:.0f} s")
    sys.exit(status)


if __name__ == "__main__":
    main()
