"""One search over a whole block for everything that makes a value worth a look, by hyperscan, without the GIL.

A line in which nothing is found holds no value that the rules LV005 and LV602–LV608, LV308 and LV411 speak about, nor
an integer that may be a card number. The expressions find a superset of what the rules find (tested).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Sequence

_VALUE = r':\s?"'
LOOK = (
    # LV603; what stands before the sign may be a letter of any script.
    r"[^\s]@[A-Za-z0-9]",
    # LV602
    r"eyJ[\w-]{4}", r"(AKIA|ASIA)[A-Z0-9]{16}", r"gh[pousr]_[A-Za-z0-9]{20}", r"github_pat_", r"xox[baprs]-",
    r"[rs]k_live_", r"AIza[\w-]{30}", r"npm_[A-Za-z0-9]{30}", r"PRIVATE KEY-----",
    r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16}",
    r"""://[^\s/@?#"']+:[^\s@/"']+@""",
    r"(?i)[?&]([\w.-]*(api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|secret)|token)=",
    # LV604, and integers that are too large for anything else.
    r"(^|[^\w.*-])([3-9]\d{12}|\d{14}|[3-6]\d{3}[ -]\d{4}[ -]\d{4}[ -]\d|3\d{3}[ -]\d{6}[ -]\d{4})",
    # LV608: loguru shows the values of variables behind this sign.
    "\u2514",
    # LV308, and values that are not there.
    _VALUE + r'(undefined|null|None|\[object Object\]|00000000-0000-0000-0000-000000000000)?"',
    # LV411
    r"(?i)" + _VALUE + r'(true|false|nan|-?\d[\d.]*(e[+-]?\d+)?)"',
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
        return looks, near
