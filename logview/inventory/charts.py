"""Inline SVG charts: stacked shares, a timeline of counts, pairs of bars. No script, no style from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.document import Chart, escaped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 900
LABEL = 150
BAR = 22
GAP = 10
LEVEL_COLORS = {
    "trace": "#8c959f", "debug": "#6e7781", "info": "#1f6feb", "warn": "#bf8700", "error": "#cf222e",
    "fatal": "#8250df", "none": "#afb8c1",
}  # fmt: skip
"""Told apart by position and by the words below each chart as well, so that color is never needed."""
SERVICE_COLORS = ("#1f6feb", "#bf8700")


def stacked(title: str, rows: Mapping[str, Mapping[str, int]], order: Sequence[str]) -> Chart:
    """One bar per row, cut into shares in the given order."""
    parts, words = [], []
    for position, (name, counts) in enumerate(rows.items()):
        total = sum(counts.values())
        y = position * (BAR + GAP)
        parts.append(f'<text x="0" y="{y + 15}">{escaped(name[:24])}</text>')
        x, said = float(LABEL), []
        for key in order:
            count = counts.get(key, 0)
            if not count or not total:
                continue
            width = (WIDTH - LABEL) * count / total
            share = 100 * count / total
            color = LEVEL_COLORS.get(key, "#57606a")
            label = f"{key}: {count} ({share:.1f} %)"
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="{BAR}" fill="{color}">'
                f"<title>{escaped(label)}</title></rect>"
            )
            x += width
            said.append(f"{key} {share:.1f} %")
        words.append(f"{name}: {', '.join(said) or 'nothing'}")
    return Chart(title, svg("".join(parts), len(rows) * (BAR + GAP)), "; ".join(words) + ".")


def timeline(title: str, rows: Mapping[str, Mapping[int, int]], width_s: int) -> Chart:
    """Counts over time, one strip of columns per row; the same time axis for all."""
    buckets = [bucket for counts in rows.values() for bucket in counts]
    if not buckets:
        return Chart(title, svg("", BAR), "No record has a time.")
    first, last = min(buckets), max(buckets)
    columns = last - first + 1
    step = (WIDTH - LABEL) / columns
    height = 48
    parts, words = [], []
    for position, (name, counts) in enumerate(rows.items()):
        y, most = position * (height + GAP), max(counts.values(), default=1)
        color = SERVICE_COLORS[position % len(SERVICE_COLORS)]
        parts.append(f'<text x="0" y="{y + height - 4}">{escaped(name[:24])}</text>')
        for bucket, count in sorted(counts.items()):
            tall = max(height * count / most, 1)
            parts.append(
                f'<rect x="{LABEL + (bucket - first) * step:.1f}" y="{y + height - tall:.1f}" '
                f'width="{max(step - 0.5, 0.5):.1f}" height="{tall:.1f}" fill="{color}"><title>{count}</title></rect>'
            )
        words.append(f"{name}: at most {most} records in {width_s} s")
    return Chart(title, svg("".join(parts), len(rows) * (height + GAP)), "; ".join(words) + ".")


def paired(title: str, rows: Sequence[tuple[str, float, float]], names: tuple[str, str]) -> Chart:
    """Two bars of percent per row, the first service above the second."""
    parts = []
    for position, (label, first, second) in enumerate(rows):
        y = position * (BAR + GAP)
        parts.append(f'<text x="0" y="{y + 15}">{escaped(label[:24])}</text>')
        for offset, (name, value) in enumerate(zip(names, (first, second), strict=True)):
            width = (WIDTH - LABEL - 60) * value / 100
            parts.append(
                f'<rect x="{LABEL}" y="{y + offset * 11}" width="{max(width, 1):.1f}" height="10" '
                f'fill="{SERVICE_COLORS[offset]}"><title>{escaped(name)}: {value:.0f} %</title></rect>'
            )
            parts.append(f'<text x="{LABEL + max(width, 1) + 4:.1f}" y="{y + offset * 11 + 9}">{value:.0f} %</text>')
    words = ", ".join(f"{label} {first:.0f} % / {second:.0f} %" for label, first, second in rows)
    return Chart(title, svg("".join(parts), len(rows) * (BAR + GAP)), f"{names[0]} / {names[1]}: {words}.")


def svg(body: str, height: int) -> str:
    """The picture around its shapes."""
    return f'<svg role="img" viewBox="0 0 {WIDTH} {height + 4}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
