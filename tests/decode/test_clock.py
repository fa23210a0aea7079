"""Every kind of written time: the instant it means, its kind, its precision."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logview.decode import clock
from logview.decode.clock import Near, by_pattern, clock_text, read, rfc3339, scan
from logview.record import TimeKind

UTC = Near(dt.UTC)
NOON = Near(dt.UTC, 1_795_435_200 * 10**9)  # 2026-11-23T12:00:00Z


@pytest.mark.parametrize(
    ("value", "kind", "instant"),
    [
        (1795424047, TimeKind.EPOCH_S, "2026-11-23T08:54:07.000Z"),
        (1795424047.41, TimeKind.EPOCH_S, "2026-11-23T08:54:07.410Z"),
        (1795424326.5361726, TimeKind.EPOCH_S, "2026-11-23T08:58:46.536173Z"),
        (1795424047410, TimeKind.EPOCH_MS, "2026-11-23T08:54:07.410Z"),
        (1795424047410.25, TimeKind.EPOCH_MS, "2026-11-23T08:54:07.410250Z"),
        (1795424047410123, TimeKind.EPOCH_US, "2026-11-23T08:54:07.410123Z"),
        (1795424047410123456, TimeKind.EPOCH_NS, "2026-11-23T08:54:07.410123456Z"),
        ("1795424047410", TimeKind.EPOCH_MS, "2026-11-23T08:54:07.410Z"),
        ("2026-11-23T08:54:07.417Z", TimeKind.RFC3339, "2026-11-23T08:54:07.417Z"),
        ("2026-11-23T10:54:07.410+02:00", TimeKind.RFC3339, "2026-11-23T08:54:07.410Z"),
        ("2026-11-23T14:24:07.410+0530", TimeKind.RFC3339, "2026-11-23T08:54:07.410Z"),
        ("2026-11-23 09:54:07.410 +0100", TimeKind.RFC3339, "2026-11-23T08:54:07.410Z"),
        ("2026-11-23T08:54:07,410Z", TimeKind.RFC3339, "2026-11-23T08:54:07.410Z"),
        ("2026-11-23 08:57:31,156+0000", TimeKind.RFC3339, "2026-11-23T08:57:31.156Z"),
        ("2026-11-23 08:54:07 UTC", TimeKind.RFC3339, "2026-11-23T08:54:07.000Z"),
        ("20261123T085407Z", TimeKind.RFC3339, "2026-11-23T08:54:07.000Z"),
        ("Mon, 23 Nov 2026 08:54:07 GMT", TimeKind.RFC3339, "2026-11-23T08:54:07.000Z"),
        ("Mon Nov 23 2026 08:54:07 GMT+0100 (CET)", TimeKind.RFC3339, "2026-11-23T07:54:07.000Z"),
        ("2026-11-23 08:57:32,311", TimeKind.NAIVE, "2026-11-23T08:57:32.311Z"),
        ("2026-11-23T08:58:46.536445", TimeKind.NAIVE, "2026-11-23T08:58:46.536445Z"),
        ("2026/11/23 09:31:36", TimeKind.NAIVE, "2026-11-23T09:31:36.000Z"),
        ("2026-11-23T08:54:07.410+02", TimeKind.RFC3339, "2026-11-23T06:54:07.410Z"),
        ("2026-11-23 08:57:32 CET", TimeKind.RFC3339, "2026-11-23T07:57:32.000Z"),
        ("2026-11-23 08:57:32.311 PST", TimeKind.RFC3339, "2026-11-23T16:57:32.311Z"),
        ("2026-11-23 12:54:07 PM", TimeKind.NAIVE, "2026-11-23T12:54:07.000Z"),
        ("2026-11-23 12:54:07 AM", TimeKind.NAIVE, "2026-11-23T00:54:07.000Z"),
        ("Nov 23, 2026 8:54:07 PM", TimeKind.LOCALE, "2026-11-23T20:54:07.000Z"),
        ("23-Nov-2026 08:57:32", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("20261123 08:57:32", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("2026-11-23-08:57:32", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("2026-11-23 at 08:57:32", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("2026-11-23 08:57", TimeKind.NAIVE, "2026-11-23T08:57:00.000Z"),
        ("26-11-23 08:57:32", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("Mon Nov 23 08:57:32 2026", TimeKind.NAIVE, "2026-11-23T08:57:32.000Z"),
        ("2016-12-31T23:59:60Z", TimeKind.RFC3339, "2017-01-01T00:00:00.000Z"),
        ("23/Nov/2026:08:58:50 +0000", TimeKind.CLF, "2026-11-23T08:58:50.000Z"),
        ("23/Nov/2026 08:58:58", TimeKind.CLF, "2026-11-23T08:58:58.000Z"),
        ("11/23/2026, 8:54:07 AM", TimeKind.LOCALE, "2026-11-23T08:54:07.000Z"),
        ("11/23/2026, 12:54:07 AM", TimeKind.LOCALE, "2026-11-23T00:54:07.000Z"),
        ("23.11.2026, 20:54:07", TimeKind.LOCALE, "2026-11-23T20:54:07.000Z"),
        ("11/23/26 08:57:31", TimeKind.LOCALE, "2026-11-23T08:57:31.000Z"),
    ],
)
def test_a_time_is_read_as_the_instant_it_means(value: object, kind: TimeKind, instant: str) -> None:
    made = read(value, UTC)
    assert kind == made.kind
    assert made.ns is not None
    assert instant == rfc3339(made.ns)


@pytest.mark.parametrize(
    "value",
    [
        12,
        -1,
        10**30,
        1e300,
        float("nan"),
        float("inf"),
        "2026-13-45T99:99:99Z",
        "2026-02-30 10:00:00",
        "noon",
        [],
        {},
        True,
        "13/13/2026 1:00",
    ],
)
def test_what_is_no_time_has_no_instant_and_raises_nothing(value: object) -> None:
    made = read(value, UTC)
    assert TimeKind.UNREADABLE == made.kind
    assert made.ns is None


@pytest.mark.parametrize("value", [None, "", "  "])
def test_nothing_written_is_no_time(value: object) -> None:
    assert TimeKind.NONE == read(value, UTC).kind


@pytest.mark.parametrize(
    ("text", "near", "instant"),
    [
        ("08:54:07.410", "2026-11-23T12:00:00Z", "2026-11-23T08:54:07.410Z"),
        ("23:59:59", "2026-11-23T00:10:00Z", "2026-11-22T23:59:59.000Z"),
        ("00:00:05", "2026-11-23T23:59:00Z", "2026-11-24T00:00:05.000Z"),
        ("Nov 23 08:54:07", "2026-12-01T00:00:00Z", "2026-11-23T08:54:07.000Z"),
        ("Dec 31 23:59:59", "2027-01-01T00:00:10Z", "2026-12-31T23:59:59.000Z"),
        ("Jan  1 00:00:01", "2026-12-31T23:59:50Z", "2027-01-01T00:00:01.000Z"),
        ("Feb 29 10:00:00", "2028-03-01T00:00:00Z", "2028-02-29T10:00:00.000Z"),
    ],
)
def test_what_is_left_out_comes_from_the_neighborhood(text: str, near: str, instant: str) -> None:
    around = read(near, UTC).ns
    made = read(text, Near(dt.UTC, around))
    assert made.ns is not None
    assert instant == rfc3339(made.ns)


def test_a_clock_time_without_a_neighborhood_keeps_its_reading() -> None:
    made = read("08:54:07.410", UTC)
    assert (None, TimeKind.TIME_ONLY, "08:54:07.410") == (
        made.ns,
        made.kind,
        clock_text(made.of_day_ns or 0, made.digits),
    )


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-07-01 12:00:00", "2026-07-01T10:00:00.000Z"),
        ("2026-12-01 12:00:00", "2026-12-01T11:00:00.000Z"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00.000Z"),  # repeated: the first of the two
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59.000Z"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00.000Z"),
    ],
)
def test_zone_less_times_are_read_in_the_zone_of_the_source(text: str, instant: str) -> None:
    made = read(text, Near(ZoneInfo("Europe/Berlin")))
    assert made.ns is not None
    assert instant == rfc3339(made.ns)


@given(st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2099, 12, 31), timezones=st.just(dt.UTC)))
def test_iso_times_round_trip_to_the_microsecond(when: dt.datetime) -> None:
    made = read(when.isoformat(), UTC)
    assert made.ns is not None
    assert when == dt.datetime.fromisoformat(rfc3339(made.ns))


@given(st.text(max_size=40), st.integers(0, 5))
def test_any_text_scans_without_exception(text: str, at: int) -> None:
    found = scan(text, at, NOON)
    assert found is None or at < found[1] <= len(text)


@given(st.one_of(st.integers(), st.floats(), st.text(max_size=30)))
def test_every_instant_fits_64_bits(value: object) -> None:
    made = read(value, NOON)
    assert made.ns is None or -(2**63) <= made.ns < 2**63


def test_a_pattern_reads_what_it_writes() -> None:
    assert "2026-11-23T08:57:32.000Z" == rfc3339(by_pattern("23 11 26 08h57m32", "%d %m %y %Hh%Mm%S", UTC).ns or 0)
    assert TimeKind.UNREADABLE == by_pattern("x", "%d", UTC).kind
    assert TimeKind.TIME_ONLY == by_pattern("08h57", "%Hh%M", UTC).kind


STAMPS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["2026-11-23", "2026-02-30", "1999-12-31", "2099-01-01", "2026-1-23", "٢٠٢٦-11-23"]),
    st.sampled_from(["T", " ", "t", "_"]),
    st.sampled_from(["02:11:12", "24:00:00", "23:59:60", "00:00:00", "2:11:12"]),
    st.sampled_from(
        ["", ".297", ",297", ".000", ".120000", ".297001", ".1", ".123456789", ".1234567890", ".29a", ".٢٩"]
    ),
    st.sampled_from(["Z", "+00:00", "z", "+02:00", "-00:00", "+0000", "", " UTC"]),
)


@given(STAMPS)
def test_times_in_utc_are_read_the_short_way_as_the_long_way(text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(clock, "_utc", lambda _value, _key: None)
        slow = clock.read(text, key="time")
    assert slow == clock.read(text, key="time")
    assert clock.utc_text(text) in {None, slow.ns is not None and clock.rfc3339(slow.ns)}


@given(st.integers(-(2**63), 2**63))
def test_milliseconds_are_written_as_they_are_read(number: int) -> None:
    slow = clock.read(number)
    text = clock.utc_text(number)
    assert text is None or (slow.kind, text) == (TimeKind.EPOCH_MS, clock.rfc3339(slow.ns or 0))


def test_common_times_take_the_short_way() -> None:
    assert clock.utc_text("2026-11-23T02:11:12.297Z") == "2026-11-23T02:11:12.297Z"
    assert clock.utc_text("2026-11-23 02:11:12.297000+00:00") == "2026-11-23T02:11:12.297Z"
    assert clock.utc_text(1795399872215) == "2026-11-23T02:11:12.215Z"
