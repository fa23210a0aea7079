"""Works one job: slots, the tour cache, the watch on slow jobs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from .logging_config import current_job
from .solver import Progress, Solution, solve

logger = logging.getLogger(__name__)

CACHE_SIZE = 64


class NoSlotError(Exception):
    """All slots are taken."""


class Worker:
    """Solves jobs, a few at a time.

    slots      jobs that are solved at once
    patience   seconds a further job waits for a slot
    slow_s     after so long a job counts as slow
    on_solved  is told each job's duration, ms
    """

    def __init__(
        self, on_solved: Callable[[float], None], *, slots: int = 2, patience: float = 0.25, slow_s: float = 0.5
    ) -> None:
        self.slots = threading.BoundedSemaphore(slots)
        self.patience = patience
        self.slow_s = slow_s
        self.on_solved = on_solved
        self.cache: dict[str, Solution] = {}

    def run(self, job_id: str, body: dict[str, Any]) -> Solution:
        """The job's solution.

        raises  NoSlotError  no slot came free in time;  ValueError, KeyError  the order is not usable
        """
        if not self.slots.acquire(timeout=self.patience):
            logger.info("turned %s away, all slots are taken", job_id)
            raise NoSlotError
        token = current_job.set(job_id)
        started = time.perf_counter()
        try:
            logger.info("solve requested", extra={"tenant": body.get("tenant")})
            return self.solution(body)
        finally:
            self.on_solved((time.perf_counter() - started) * 1000)
            current_job.reset(token)
            self.slots.release()

    def solution(self, body: dict[str, Any]) -> Solution:
        key = str(body["stops"])
        if key in self.cache:
            print("tour cache hit, nothing to solve", flush=True)
            return self.cache[key]
        progress = Progress()
        watch = threading.Timer(self.slow_s, self.report_slow, [progress])
        watch.start()
        try:
            solution = solve(body, progress)
        finally:
            watch.cancel()
        self.cache[key] = solution
        logger.debug(f"tour cache holds {len(self.cache)} tours")
        if len(self.cache) > CACHE_SIZE:
            del self.cache[next(iter(self.cache))]
        return solution

    def report_slow(self, progress: Progress) -> None:
        """Runs in a timer's thread, where no job is current."""
        logger.warning("job is slower than expected", extra={"best_cost": round(progress.costs[-1], 3)})
