"""Tours by nearest neighbor, 2-opt and random restarts. Knows no HTTP and no job."""

from __future__ import annotations

import logging
import math
import random
import time
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)

Tour = list[int]
Distances = list[list[float]]

FEWEST_STOPS = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What to solve.

    points     x and y of each stop
    demand     sum over the stops; more than `capacity` has no feasible tour
    budget_ms  how long restarts may go on
    """

    points: list[tuple[float, float]]
    demand: float
    capacity: float
    budget_ms: float


@dataclass(frozen=True, slots=True)
class Solution:
    """A closed tour over all stops; its cost is infinite when the vehicle cannot carry the demand."""

    tour: Tour
    cost: float
    restarts: int


@dataclass(slots=True)
class Progress:
    """The best cost after each restart, for whoever watches."""

    costs: list[float] = field(default_factory=list)


def read_order(body: dict[str, Any]) -> Order:
    """The order in a request's body.

    raises  ValueError  too few stops;  KeyError  a stop without x or y
    """
    stops = body["stops"]
    if len(stops) < FEWEST_STOPS:
        raise ValueError(f"a tour needs {FEWEST_STOPS} stops, not {len(stops)}")
    return Order(
        points=[(stop["x"], stop["y"]) for stop in stops],
        demand=sum(stop.get("demand", 0) for stop in stops),
        capacity=body.get("capacity", math.inf),
        budget_ms=body.get("budget_ms", 60),
    )


def solve(body: dict[str, Any], progress: Progress, *, seed: int = 0) -> Solution:
    """A short tour for the order in `body`, within its budget."""
    started = time.perf_counter()
    try:
        order = read_order(body)
        logger.info("solve started", extra={"stop_count": len(order.points)})
        if order.demand > order.capacity:
            logger.warning("vehicle {vehicle} is over its capacity", extra={"demand": order.demand})
            logger.error("no feasible tour", extra={"cost": math.inf})
            return Solution([], math.inf, 0)
        solution = improve(order, progress, random.Random(seed))
    except KeyError:
        logger.exception("solve failed")
        raise
    duration_ms = round((time.perf_counter() - started) * 1000)
    logger.info("solve finished", extra={"cost": round(solution.cost, 3), "duration_ms": duration_ms})
    return solution


def improve(order: Order, progress: Progress, rng: random.Random) -> Solution:
    """The best of as many restarts as the budget allows, at least one."""
    distances = [[math.dist(a, b) for b in order.points] for a in order.points]
    deadline = time.perf_counter() + order.budget_ms / 1000
    start = nearest_neighbor(distances)
    best, best_cost = start, length(start, distances)
    restarts = 0
    while restarts == 0 or time.perf_counter() < deadline:
        tour = two_opt(best if restarts == 0 else kicked(best, rng), distances, deadline)
        cost = length(tour, distances)
        restarts += 1
        if cost < best_cost - 1e-9:
            best, best_cost = tour, cost
            progress.costs.append(cost)
    logger.debug("search finished", extra={"restart_count": restarts, "best_cost": round(best_cost, 3)})
    if not progress.costs:
        logger.info("could not improve the start tour")
    elif len(progress.costs) > 12:
        logger.debug("best of %d restarts after %d improvements, cost %.1f", restarts, len(progress.costs))
    return Solution(best, best_cost, restarts)


def nearest_neighbor(distances: Distances) -> Tour:
    """A tour that always goes on to the closest stop not seen yet."""
    tour, left = [0], set(range(1, len(distances)))
    while left:
        row = distances[tour[-1]]
        tour.append(min(left, key=row.__getitem__))
        left.remove(tour[-1])
    return tour


def two_opt(tour: Tour, distances: Distances, deadline: float) -> Tour:
    """`tour` with crossing edges undone until none is left or the deadline (perf_counter seconds) has passed.

    A move replaces edges (a, b) and (c, d) by (a, c) and (b, d) (Croes 1958).
    """
    tour = tour[:]
    size = len(tour)
    improved = True
    while improved and time.perf_counter() < deadline:
        improved = False
        for i in range(size - 2):
            a, b = tour[i], tour[i + 1]
            for j in range(i + 2, size - (i == 0)):
                c, d = tour[j], tour[(j + 1) % size]
                if distances[a][c] + distances[b][d] < distances[a][b] + distances[c][d] - 1e-9:
                    tour[i + 1 : j + 1] = tour[i + 1 : j + 1][::-1]
                    b = tour[i + 1]
                    improved = True
    return tour


def kicked(tour: Tour, rng: random.Random) -> Tour:
    """`tour` with two of its parts swapped: the double bridge, which 2-opt alone cannot undo."""
    a, b, c = sorted(rng.sample(range(1, len(tour)), 3))
    return tour[:a] + tour[b:c] + tour[a:b] + tour[c:]


def length(tour: Tour, distances: Distances) -> float:
    return sum(distances[a][b] for a, b in zip(tour, tour[1:] + tour[:1], strict=True))
