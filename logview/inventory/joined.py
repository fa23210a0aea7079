"""Source joined to logs: declared and seen, never seen, seen and not declared; violations per call site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory.document import Table
from logview.inventory.tables import share

if TYPE_CHECKING:
    from logview.inventory.model import Inventory
    from logview.inventory.observe import ServiceSeen


def joined_tables(inventory: Inventory, seen: ServiceSeen) -> list[Table]:
    """Three tables and a line of coverage for one service."""
    declared = [call for call in inventory.calls if seen.seen_at[(call.file, call.line)]]
    never = [call for call in inventory.calls if not seen.seen_at[(call.file, call.line)]]
    unknown = [(text, found) for text, found in seen.templates.items() if not found.known]
    coverage = (
        f"{share(len(declared), len(inventory.calls))} call sites seen; "
        f"{share(seen.matched, seen.records)} records explained by a call site or a known library."
    )
    return [
        Table(
            "Declared and seen",
            ("Where", "Level", "Template", "Records", "Violations"),
            tuple(
                (
                    f"{call.file}:{call.line}",
                    call.level or "computed",
                    call.template or "(computed)",
                    records_at(seen, (call.file, call.line)),
                    ", ".join(
                        f"{code} ×{n}" for code, n in sorted(seen.findings_at.get((call.file, call.line), {}).items())
                    ),
                )
                for call in declared
            ),
            code=frozenset({0, 2}),
            note=coverage,
            empty="none",
        ),
        Table(
            "Declared and never seen",
            ("Where", "Level", "Template"),
            tuple((f"{c.file}:{c.line}", c.level or "computed", c.template or "(computed)") for c in never),
            code=frozenset({0, 2}),
            empty="none",
        ),
        Table(
            "Seen and not declared",
            ("Template", "Records", "Levels", "Example"),
            tuple(
                (text, str(found.count), ", ".join(sorted(found.levels)), found.example)
                for text, found in sorted(unknown, key=lambda item: (-item[1].count, item[0]))
            ),
            code=frozenset({0, 3}),
            empty="none",
        ),
    ]


def records_at(seen: ServiceSeen, place: tuple[str, int]) -> str:
    """How many records a call site wrote; of sites that write alike it is not known which one did."""
    shared = seen.shared_at.get(place)
    return f"{seen.seen_at[place]}" + (f", one of {shared} sites" if shared else "")
