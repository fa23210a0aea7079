"""What clients do to the two services: a seeded, endless mix of orders, good and bad. Logs nothing."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Order = dict[str, Any]

DECK = {
    "route": 63,  # an ordinary job
    "urgent": 5,  # … with a priority
    "large": 4,  # takes its time
    "cancelled": 3,  # large, and cancelled while it is solved
    "huge": 1,  # slower than the optimizer's watch on slow jobs expects
    "repeated": 4,  # the very stops of an earlier order
    "stacked": 3,  # all stops in one place
    "overloaded": 3,  # more demand than the vehicle can carry
    "few": 3,  # too few stops for a tour
    "broken": 3,  # a stop without its y
    "empty": 2,  # no stops: the scheduler refuses it
    "unknown": 2,  # asks for a job that does not exist
    "stats": 2,  # an operator looks at /stats, with a token
    "stranger": 1,  # someone calls the optimizer with a wrong token
    "burst": 1,  # more large jobs at once than there are slots, and routes behind them
}
"""Kind of action → how often it comes in a deck; every deck is shuffled anew."""


def order(kind: str, rng: random.Random) -> Order:
    """One order of the given kind, as the scheduler's POST /jobs takes it."""
    count = {"large": 70, "cancelled": 70, "huge": 1400, "few": 3, "empty": 0}.get(kind, rng.randint(12, 40))
    body: Order = {
        "tenant": rng.randint(1, 40),
        "stops": [{"x": round(rng.uniform(0, 100), 2), "y": round(rng.uniform(0, 100), 2)} for _ in range(count)],
        "budget_ms": rng.randint(700, 1000) if count == 70 else rng.randint(40, 160),
    }
    match kind:
        case "urgent":
            body["priority"] = rng.randint(1, 3)
        case "stacked":
            body["stops"] = [{"x": 50.0, "y": 50.0}] * count
        case "overloaded":
            body["capacity"] = 10
            for stop in body["stops"]:
                stop["demand"] = rng.randint(1, 5)
        case "broken":
            del rng.choice(body["stops"])["y"]
    return body


def kinds(rng: random.Random) -> Iterator[str]:
    """Kinds of action, for ever; the first one is a route."""
    yield "route"
    while True:
        deck = [kind for kind, count in DECK.items() for _ in range(count)]
        rng.shuffle(deck)
        yield from deck


def call(url: str, *, method: str = "GET", body: Order | None = None, token: str = "") -> Any:
    """The JSON answer, whatever the status; None when nobody answers."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as refused:
        with refused:
            return json.load(refused)
    except (OSError, ValueError):
        return None


@dataclass(slots=True)
class Load:
    """A client of the scheduler, and now and then of the optimizer.

    token  what an operator sends with /stats
    """

    scheduler: str
    optimizer: str
    token: str
    rng: random.Random
    open_jobs: list[str] = field(default_factory=list)
    earlier: list[Order] = field(default_factory=list)
    submitted: int = 0

    def act(self, kind: str) -> None:
        """One action; then ask after the oldest job that nobody asked for yet."""
        match kind:
            case "unknown":
                call(f"{self.scheduler}/jobs/job-{self.rng.randint(0, 0xFFF):04x}")
            case "stats":
                call(f"{self.scheduler}/stats", token=self.token)
            case "stranger":
                wrong = f"{self.rng.getrandbits(128):032x}"
                body = order("route", self.rng) | {"job_id": "job-0000"}
                call(f"{self.optimizer}/solve", method="POST", body=body, token=wrong)
            case "burst":
                for which in ["large"] * 7 + ["route"] * 4:
                    self.submit(order(which, self.rng))
            case "repeated" if self.earlier:
                self.submit(self.earlier[0])
            case "cancelled":
                job_id = self.submit(order(kind, self.rng))
                time.sleep(0.3)
                call(f"{self.scheduler}/jobs/{job_id}", method="DELETE")
            case _:
                self.submit(order(kind, self.rng))
        if len(self.open_jobs) > 3:
            call(f"{self.scheduler}/jobs/{self.open_jobs.pop(0)}")

    def submit(self, body: Order) -> str | None:
        answer = call(f"{self.scheduler}/jobs", method="POST", body=body)
        self.submitted += 1
        job_id: str | None = answer.get("job_id") if answer else None
        if job_id:
            self.open_jobs.append(job_id)
            self.earlier = [*self.earlier[-3:], body]
        return job_id
