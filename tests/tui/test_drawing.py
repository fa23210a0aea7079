"""Rows, panels and bars as pure functions: widths are exact, nothing hostile passes, nothing told by color alone."""

from __future__ import annotations

import re
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from logview import present
from logview.record import Fault, Level
from logview.tui import row as drawing
from logview.tui.detail import FOLDED_AT_FIRST, LINE_LIMIT, Subject, detail_lines, wrap
from logview.tui.paint import Piece, action_at, matcher, restyle, spread, width_of
from logview.tui.state import Chip
from logview.tui.theme import DARK, LIGHT, ServiceColors, ansi_palette, make_palette
from logview.tui.widgets.chip_line import Shown, chip_pieces, result_pieces
from logview.tui.widgets.overview import bar_pieces, heights, shapes, worst
from logview.tui.widgets.source_bar import Sources, count, source_pieces
from logview.tui.widgets.status import Hint, Place, status_pieces

from .fake_engine import ServiceStats, violation
from .records import START, TRACEBACK, record

PALETTE = make_palette({}, dark=True, ansi=False)
HOSTILE = "a\x1b]52;c;aGk=\x07b\x9bc\u202ed\x00e\rf[/][@click=app.quit]g"
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def row_text(one: object, **look: object) -> str:
    layout = drawing.Layout()
    settings = {"service": "scheduler", "service_style": Style(), "time_text": "08:54:07.410", **look}
    parts = drawing.row_parts(one, drawing.Look(palette=PALETTE, layout=layout, **settings))  # type: ignore[arg-type]
    return "".join(part.text for part in parts)


def test_a_row_names_time_level_service_origin_job_and_message():
    one = record(0, Level.WARN, "queue is long", logger="queue", function="tick", job_id="job-1", fields={"length": 9})

    text = row_text(one, severity="error")

    assert text == "✗ 08:54:07.410 WARN  scheduler  queue:tick           job-1        queue is long  length=9"


@pytest.mark.parametrize("severity", ["error", "warn", "info"])
def test_each_severity_has_a_glyph_of_its_own(severity):
    glyphs = set(present.SEVERITY_GLYPHS.values())

    assert len(glyphs) == 3
    assert row_text(record(0, Level.INFO, "x"), severity=severity)[0] == present.SEVERITY_GLYPHS[severity]
    assert row_text(record(0, Level.INFO, "x"), severity=None)[0] == " "


def test_an_error_shows_type_message_and_how_many_lines_are_folded():
    one = record(0, Level.ERROR, "failed", error=Fault("ValueError", "bad", TRACEBACK), rest=TRACEBACK, lines=8)

    assert row_text(one).endswith("failed  ValueError: bad  ↳ 7 more")


@pytest.mark.parametrize(
    ("value", "shown"), [({}, "x  error={}"), (None, "x  error={}"), ("lost", "x  lost  error={}")]
)
def test_an_error_that_says_nothing_is_not_quoted(value, shown):
    one = record(0, Level.ERROR, "x", error=Fault(value=value), fields={"error": {}})

    assert row_text(one).endswith(shown)


def test_an_http_exchange_reads_as_people_say_it():
    request = {"id": "r-1", "method": "POST", "url": "/jobs?\x1b[2Jdry=1", "headers": {"accept": "*/*"}}
    fields = {"tenantId": 8, "req": request, "res": {"statusCode": 404}, "responseTime": 12}
    one = record(0, Level.INFO, "request completed", fields=fields)

    assert row_text(one).endswith("request completed  POST /jobs?␛[2Jdry=1  404  12 ms  tenantId=8")
    assert [(part.field, part.value) for part in drawing.fields_of(drawing.tail(one, PALETTE))][1:4] == [
        ("req.url", "/jobs?\x1b[2Jdry=1"),
        ("res.statusCode", 404),
        ("responseTime", 12),
    ]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"req": "r-1", "res": None}, "  req=r-1"),
        ({"req": {"id": 1}}, '  req={"id":1}'),
        ({"res": {"statusCode": 200}, "responseTime": 0.4}, "  200  400 µs"),
        ({"req": {"method": 1, "url": "/"}}, "  /"),
        ({"responseTime": 3}, "  responseTime=3"),
    ],
)
def test_what_is_no_http_exchange_stays_as_it_is(fields, shown):
    assert row_text(record(0, Level.INFO, "x", fields=fields)).endswith("x" + shown)


def test_log_text_cannot_reach_the_terminal_as_anything_but_text():
    one = record(0, Level.INFO, HOSTILE, job_id=HOSTILE, logger=HOSTILE, fields={HOSTILE: HOSTILE, "n": {HOSTILE: 1}})

    text = row_text(one, service=HOSTILE)
    lines = detail_lines(Subject(one, HOSTILE, HOSTILE), PALETTE, UTC, 40, set())

    assert UNSAFE.search(text) is None
    assert all(UNSAFE.search(piece.text) is None for line in lines for piece in line.pieces)
    assert "[/][@click=app.quit]g" in text


def test_a_message_of_many_megabytes_is_cut_before_it_is_drawn():
    text = row_text(record(0, Level.INFO, "😀" * 5_000_000))

    assert len(text) < 3 * present.TEXT_LIMIT


@given(st.text(max_size=60), st.integers(0, 40), st.booleans())
def test_fit_gives_exactly_the_width(text, width, keep_end):
    cleaned = present.one_line(text)

    assert cell_len(drawing.fit(cleaned, width, keep_end=keep_end)) == width


@given(st.text(max_size=300), st.integers(1, 50))
def test_wrap_loses_nothing_but_blanks_and_keeps_to_the_width(text, width):
    cleaned = present.one_line(text)

    lines = wrap(cleaned, width)

    assert "".join(lines).replace(" ", "") == cleaned.replace(" ", "")
    assert all(cell_len(line) <= max(width, 2) for line in lines)


@pytest.mark.parametrize("width", [0, 1, 5, 19, 20, 39, 60, 89, 120, 500])
def test_columns_fit_every_width(width):
    layout = drawing.make_layout(width, services=["a-very-long-service"], time_width=12, job_width=14, origins=True)

    assert layout.message >= 0
    assert width < 60 or layout.message >= width // 4


def test_a_fields_first_part_alone_is_marked():
    one = record(0, Level.INFO, "x", fields={"a": "same", "b": "same"})
    look = drawing.Look(palette=PALETTE, layout=drawing.Layout(), service="s", service_style=Style())
    marked = Style(bold=True, bgcolor="red")

    made = drawing.segments(drawing.row_parts(one, look), field="b", field_style=marked)

    assert [text for text, style, _ in made if style is not None and style.bgcolor == marked.bgcolor] == ["same"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], [("abc", False), ("def", False)]),
        ([(1, 2)], [("a", False), ("b", True), ("c", False), ("def", False)]),
        ([(2, 4)], [("ab", False), ("c", True), ("d", True), ("ef", False)]),
        ([(0, 1), (5, 6)], [("a", True), ("bc", False), ("de", False), ("f", True)]),
        ([(0, 99)], [("abc", True), ("def", True)]),
    ],
)
def test_spans_are_laid_over_segments_by_character(spans, expected):
    made = restyle([Segment("abc"), Segment("def")], spans, Style(bold=True))

    assert [(text, bool(style and style.bold)) for text, style, _ in made] == expected


@pytest.mark.parametrize(
    ("search", "text", "spans"),
    [
        ("job", "a JOB job", [(2, 5), (6, 9)]),
        ("Job", "a JOB Job", [(6, 9)]),
        ("/j.b/", "jab job", [(0, 3), (4, 7)]),
        ("/[/", "[", []),
        ("a.b", "aXb a.b", [(4, 7)]),
        ("/x*/", "axxb", [(1, 3)]),
    ],
)
def test_matches_are_found_with_smart_case(search, text, spans):
    assert matcher(search)(text) == spans


def test_s10_a_pattern_that_backtracks_for_ever_marks_nothing():
    assert matcher("/(a+)+$/")("a" * 60 + "!") == []


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 s"),
        (1_500, "1.5 µs"),
        (412_000_000, "412 ms"),
        (999_600_000, "1 s"),
        (2_474_000_000, "2.47 s"),
        (200_000_000_000, "3 min 20 s"),
        (18_720_000_000_000, "5 h 12 min"),
        (400_000_000_000_000, "4 d 15 h"),
        (-1_000_000_000, "-1 s"),
    ],
)
def test_durations_read_well(ns, text):
    assert present.duration(ns) == text


@pytest.mark.parametrize("ns", [10**21, -(10**21), 253402300800 * 10**9])
def test_times_no_calendar_holds_are_no_time(ns):
    assert present.clock(ns, UTC) == ""
    assert present.moment(ns, UTC) == f"{ns} ns"


def test_times_are_drawn_in_a_zone_with_daylight_saving():
    assert present.moment(START, ZoneInfo("Europe/Oslo")) == "2026-11-23 09:54:07.410 +01:00"
    assert present.clock(START, UTC, date=True) == "11-23 08:54:07.410"


def test_colors_of_a_services_own_terminal_are_left_out_and_other_controls_shown():
    assert present.one_line("\x1b[31mred\x1b[0m \x1b[2J") == "red ␛[2J"


def test_the_panel_shows_violations_first_with_what_to_write_instead():
    one = record(0, Level.INFO, "queue length 2")
    subject = Subject(one, "scheduler", "logs/a.log", (violation("LV303", "job-id-missing", want="child({ job_id })"),))

    lines = ["".join(p.text for p in line.pieces) for line in detail_lines(subject, PALETTE, UTC, 60, set())]

    assert lines[:7] == [
        "INFO  scheduler  2026-11-23 08:54:07.410Z",
        "queue length 2",
        "",
        "▾ violations  1",
        "  ✗ LV303 job-id-missing  error",
        "    job-id-missing found",
        "    write  child({ job_id })",
    ]


def test_a_record_of_ten_thousand_deep_and_wide_fields_has_a_bounded_panel():
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"d": deep}
    one = record(0, Level.INFO, "x", fields={"deep": deep, **{f"k{n}": n for n in range(20_000)}})

    lines = detail_lines(Subject(one, "s", "f"), PALETTE, UTC, 80, set())

    assert len(lines) <= LINE_LIMIT + 1


@pytest.mark.parametrize("width", [1, 5, 20, 39, 80, 200])
def test_bars_never_overflow(width):
    stats = [ServiceStats(f"service-{n}", 10**n, 12.5, n, n * 3) for n in range(8)]
    colors = ServiceColors()

    bar = source_pieces(Sources(stats, frozenset({"service-1"}), frozenset({"service-2"}), 0.4), PALETTE, colors, width)
    foot = status_pieces(Place(3, 1200, False, 128), [Hint("f", "filter", "key:f")] * 9, PALETTE, width)

    assert width_of(bar) <= max(width, 10)
    assert width_of(foot) <= max(width, 20)


def test_the_footer_says_how_much_is_new_while_held():
    text = text_of(status_pieces(Place(4, 1204, False, 128), [], PALETTE, 60))

    assert text.endswith("5 of 1,204  ‖ +128 new · End ")


def test_a_muted_service_is_told_by_its_sign_too():
    stats = [ServiceStats("scheduler", 5, 0.0, 0, 0)]

    heard = text_of(source_pieces(Sources(stats), PALETTE, ServiceColors(), 80))
    muted = text_of(source_pieces(Sources(stats, frozenset({"scheduler"})), PALETTE, ServiceColors(), 80))

    assert "● scheduler" in heard
    assert "○ scheduler" in muted


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (9999, "9999"), (12_345, "12.3k"), (3_100_000, "3.1M")])
def test_counts_are_short(number, text):
    assert count(number) == text


def test_bars_of_the_histogram_rise_with_the_root_and_take_the_worst_level():
    buckets = [{}, {Level.INFO: 1}, {Level.INFO: 99, Level.ERROR: 1}, {None: 25}]

    assert heights(buckets, 16) == [0, 2, 16, 8]
    assert [worst(bucket) for bucket in buckets] == ["", "INFO", "ERROR", ""]
    assert text_of(bar_pieces(shapes(buckets, 16), None, PALETTE, 0, 2)) == "  █ "
    assert text_of(bar_pieces(shapes(buckets, 16), None, PALETTE, 1, 2)) == " ▂██"


def test_clicks_find_the_piece_under_them_by_cells():
    pieces = [Piece("日本", Style(), "a"), Piece("x", Style(), "b")]

    assert [action_at(pieces, x) for x in range(6)] == ["a", "a", "a", "a", "b", None]


def test_a_line_without_room_drops_its_right_side_from_the_left():
    left, right = [Piece("left", Style())], [Piece("one ", Style()), Piece("two", Style())]

    assert text_of(spread(left, right, 20, Style())) == "left         one two"
    assert text_of(spread(left, right, 10, Style())) == "left   two"
    assert text_of(spread(left, right, 5, Style())) == "left "


def test_chips_show_their_hits_and_can_be_removed_by_mouse():
    from logview.tui.state import Chip

    pieces = chip_pieces(Shown((Chip("level>=warn"),), (("level>=warn", 1204),)), PALETTE, selected=None)

    assert text_of(pieces) == "  level>=warn 1,204 ×  "
    assert action_at(pieces, text_of(pieces).index("×")) == "remove:0"


def test_service_colors_depend_on_the_name_and_do_not_repeat_while_there_are_free_ones():
    first, second = ServiceColors(), ServiceColors()
    names = [f"service-{n}" for n in range(8)]
    first.meet(names)
    second.meet(names)

    assert len({first.place(name) for name in names}) == 8
    assert [first.place(name) for name in names] == [second.place(name) for name in names]


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_dim_text_is_still_readable(theme):
    names = ("background", "foreground", "primary", "warning", "error", "success", "panel")
    colors = {name: getattr(theme, name) for name in names}
    palette = make_palette(colors, dark=theme.dark, ansi=False)

    def luminance(hexed: str) -> float:
        parts = [int(hexed[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(style: Style) -> float:
        assert style.color is not None
        ink, ground = luminance(style.color.name), luminance(theme.background)
        return (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05)

    assert contrast(palette.text) > 7
    assert contrast(palette.dim) > 4.5
    assert all(contrast(style) > 4.4 for style in (palette.warn, palette.error, palette.key, *palette.services))


def test_the_terminals_own_colors_are_used_in_ansi_themes():
    palette = ansi_palette()

    named = [style.color for style in (palette.warn, palette.error, palette.info, *palette.services)]
    assert all(color is not None and color.number is not None and color.number < 16 for color in named)


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (90, "7 have no such field  optimizer 95  scheduler 102  10:00:00.000 → 10:00:02.000  2 s"),
        (70, "optimizer 95  scheduler 102  10:00:00.000 → 10:00:02.000  2 s"),
        (54, "197 records  10:00:00.000 → 10:00:02.000  2 s"),
        (40, "10:00:00.000 → 10:00:02.000  2 s"),
        (25, "197 records    2 s"),
        (8, "2 s"),
        (3, ""),
    ],
)
def test_what_filters_leave_is_told_in_whole_parts(width, told):
    """At 80 columns "scheduler 102" stood alone beside 197 records: the other service had been cut off."""
    span = (START, START + 2_000_000_000)
    shown = Shown((Chip("x"),), rows=197, hidden_without_field=7, span_ns=span,
                  services=(("optimizer", 95), ("scheduler", 102)))  # fmt: skip

    text = text_of(result_pieces(shown, PALETTE, ServiceColors(), UTC, width))

    at, end = (present.clock(time_ns, UTC) for time_ns in span)
    assert text.strip() == told.replace("10:00:00.000", at).replace("10:00:02.000", end)
    assert len(text) <= width


@pytest.mark.parametrize("width", [30, 46, 60, 80, 120])
def test_however_narrow_the_footer_names_the_key_for_help(width):
    hints = [Hint("Enter", "details", "key:enter"), Hint("f", "filter", "key:f"), Hint("/", "search", "key:slash"),
             Hint("?", "help", "key:question_mark"), Hint("q", "quit", "key:q")]  # fmt: skip

    text = text_of(status_pieces(Place(4, 1204), hints, PALETTE, width))

    assert ("? help" in text) is (width >= 46)
    assert ("Enter details" in text) is (width >= 60)
    assert ("q quit" in text) is (width >= 120)
    assert len(text) == width


def test_a_long_message_leaves_sight_of_what_is_wrong_with_the_record():
    one = record(0, Level.INFO, "x " * 2_000)
    subject = Subject(one, "s", "f", [violation("LV404", "message-too-long")])

    def panel(folded):
        return [text_of(line.pieces) for line in detail_lines(subject, PALETTE, UTC, 80, folded)]

    short, whole = panel(FOLDED_AT_FIRST), panel({"raw"})
    assert next(n for n, line in enumerate(short) if "LV404" in line) < 20
    assert any(line.startswith("▸ 38 more lines of the message") for line in short)
    assert len(whole) - len(short) == 38
    assert "".join(line for line in whole if line.startswith("x ")).count("x") == 2_000
