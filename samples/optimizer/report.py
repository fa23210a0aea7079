"""A line about the optimizer's throughput now and then."""

from __future__ import annotations

import logging
import statistics
import sys
import threading

log = logging.getLogger(__name__)
log.propagate = False
handler = logging.StreamHandler(sys.stderr)
handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
log.addHandler(handler)


class Reporter(threading.Thread):
    """Writes one record each `every_s` seconds in which jobs were solved."""

    def __init__(self, every_s: float = 10.0) -> None:
        super().__init__(name="reporter", daemon=True)
        self.every_s = every_s
        self.durations_ms: list[float] = []
        self.stopped = threading.Event()

    def add(self, duration_ms: float) -> None:
        self.durations_ms.append(duration_ms)

    def run(self) -> None:
        while not self.stopped.wait(self.every_s):
            durations_ms, self.durations_ms = self.durations_ms, []
            if durations_ms:
                log.info("throughput: %d solved, mean %.0f ms", len(durations_ms), statistics.fmean(durations_ms))
