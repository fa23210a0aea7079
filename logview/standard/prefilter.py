"""Everything that makes a value worth a look, in a whole block at once: one search by hyperscan, without the GIL.

A line in which nothing is found holds no value that the rules LV005 and LV602–LV608, LV308 and LV411 speak about, nor
an integer that may be a card number. The expressions find a superset of what the rules find (tested).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import hyperscan

from logview.standard.figures import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK = (
    # LV603; what stands before the sign may be a letter of any script, but no quote: `"@timestamp"`.
    r"""[^\s"]@[A-Za-z0-9]""",
    # LV602
    r"eyJ[\w-]{4}", r"(AKIA|ASIA)[A-Z0-9]{16}", r"gh[pousr]_[A-Za-z0-9]{20}", r"github_pat_", r"xox[baprs]-",
    r"[rs]k_live_", r"AIza[\w-]{30}", r"npm_[A-Za-z0-9]{30}", r"PRIVATE KEY-----",
    r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16}",
    r"""://[^\s/@?#"']+:[^\s@/"']+@""",
    r"(?i)[?&]([\w.-]*(api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|secret)|token)=",
    # LV604: groups of digits; those that stand together are found by figures.py.
    r"(^|[^\w.*-])([3-6]\d{3}[ -]\d{4}[ -]\d{4}[ -]\d|3\d{3}[ -]\d{6}[ -]\d{4})",
    # LV608: loguru shows the values of variables behind this sign.
    "\u2514",
    # LV308, LV411, and values that are not there. Each with its own beginning: a text that is searched for as such.
    '"undefined"', '"null"', '"None"', r'"\[object Object\]"', '"00000000-0000-0000-0000-000000000000"', ':""', ': ""',
    '(?i)"true"', '(?i)"false"', '(?i)"nan"',
)  # fmt: skip
NEAR = (r"(?i)ttempt[ #=:/]", r"(?i)etr(y|ies)[ #=:]", r"(?i)tatus(_?code)?[ #=:]")
"""Words of texts near which a number means more than that it is one (LV205, LV207)."""


class Prefilter:
    """The compiled search; for one thread at a time."""

    def __init__(self) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = [one.encode() for one in (*LOOK, *NEAR)]
        flags = [0] * len(LOOK) + [0] * len(NEAR)
        self._database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=flags)

    def search(self, data: bytes) -> tuple[Sequence[int], Sequence[int]]:
        """(places in lines that need a look, places near which numbers count)."""
        looks: list[int] = []
        near: list[int] = []
        last = len(LOOK)

        def found(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            (looks if number < last else near).append(end - 1)

        self._database.scan(data, match_event_handler=found)
        looks += figures(data)
        return looks, near
