"""Which of the files beside a followed one is older."""

from __future__ import annotations

import pytest

from logview.sources.siblings import Sibling, by_age


def siblings(**times: int) -> list[Sibling]:
    """Files whose names are app.log.SUFFIX, with these times."""
    return [
        Sibling(f"/var/log/app.log.{name.strip('_')}", (1, number), 10, time, b"")
        for number, (name, time) in enumerate(times.items())
    ]


@pytest.mark.parametrize(
    ("times", "latest", "oldest_first"),
    [
        pytest.param({"_1": 5, "_2": 5, "_3": 5}, "app.log.4", "321", id="shifted: the one before has a higher number"),
        pytest.param({"_4": 5, "_5": 5, "_6": 5}, "app.log.3", "456", id="counted: the one before has a lower number"),
        pytest.param({"_1": 9, "_2": 9, "_3": 2}, None, "321", id="shifted, by the times of both ends"),
        pytest.param({"_1": 2, "_2": 9, "_3": 9}, None, "123", id="counted, by the times of both ends"),
        pytest.param({"_1": 9, "_3": 2}, "app.log.2", "31", id="the one before stands among them"),
        pytest.param({"_1": 5, "_2": 5}, None, "21", id="nothing tells: logrotate's"),
        pytest.param({"_10": 9, "_9": 5}, None, "9 10", id="numbers, not letters"),
        pytest.param({"old": 3, "_1": 2}, "app.log.2", "1 old", id="not all numbered: the times"),
    ],
)
def test_f3_older_files_come_first(times, latest, oldest_first):
    found = [s.path.rpartition(".")[2] for s in by_age(siblings(**times), latest and f"/var/log/{latest}")]
    assert (oldest_first.split() if " " in oldest_first else list(oldest_first)) == found


def test_f3_dates_in_names_decide_between_equal_times():
    names = ("20261123", "20261121", "20261122")
    found = by_age([Sibling(f"/l/app.log-{n}", (1, int(n)), 1, 7, b"") for n in names], None)
    assert ["app.log-20261121", "app.log-20261122", "app.log-20261123"] == [s.path[3:] for s in found]
