"""`python -m optimizer`: serve until SIGTERM or SIGINT.

OPTIMIZER_PORT (default 7302), OPTIMIZER_TOKEN (default: none), and what logging_config.py reads.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from types import FrameType

from .logging_config import configure
from .report import Reporter
from .server import Server
from .worker import Worker

logger = logging.getLogger("optimizer")


def report_crash(crash: threading.ExceptHookArgs) -> None:
    """Tell of a thread that died, in one write; other threads' records get between the pieces of the stock hook."""
    name = crash.thread.name if crash.thread else "?"
    sys.stderr.write(f"Exception in thread {name}:\n{''.join(traceback.format_exception(crash.exc_value))}")


def main() -> None:
    configure()
    threading.excepthook = report_crash
    reporter = Reporter()
    reporter.start()
    port = int(os.environ.get("OPTIMIZER_PORT", "7302"))
    server = Server(port, Worker(reporter.add), os.environ.get("OPTIMIZER_TOKEN", ""))

    def stop(signum: int, frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever, which runs in this very thread.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logger.info("optimizer started", extra={"port": port})
    server.serve_forever(poll_interval=0.1)
    logger.info("optimizer stopped")


if __name__ == "__main__":
    main()
