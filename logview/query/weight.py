r"""How large an automaton a pattern would become: hyperscan compiles large ones for seconds, and can die of huge ones.

Measured with 0.9: `.{1000}` compiles for 1 s and `.{30000}` for 30 s, `\p{L}` for 0.3 s, 100 alternatives of 12 letters
for 0.1 s; `(?i)` before 800 letters that are not ASCII ends the process with SIGSEGV at the first scan. The weight is
an estimate from the pattern's text alone, in any dialect: about one millisecond a point.
"""

from __future__ import annotations

import re

MOST = 64.0
"""A heavier pattern is matched by `regex`, with a time limit."""

TOKEN = re.compile(
    r"""
      (?P<property>  \\[pPX] (?:\{[^}]*\}|.)? )
    | (?P<kind>      \\[wWdDsShHvVRN] )
    | (?P<coded>     \\x\{[^}]*\} | \\x[0-9a-fA-F]{0,2} | \\u.{0,4} )
    | (?P<escaped>   \\. )
    | (?P<many>      \[\^ \]? (?:\[:\^?\w+:\]|\\.|[^\]\\])* \]? )
    | (?P<set>       \[ \]? (?:\[:\^?\w+:\]|\\.|[^\]\\])* \]? )
    | (?P<open>      \( (?:\?(?:[a-zA-Z^-]*[:)]|P?<\w+>|'\w+'|P[=>]\w*|<?[=!]|[>|\#]))? )
    | (?P<close>     \) )
    | (?P<repeat>    \{ \s*(?P<least>\d*)\s*(?:,\s*(?P<most>\d*)\s*)? \} )
    | (?P<few>       [*+?] )
    | (?P<either>    \| )
    | (?P<any>       \. )
    | (?P<letter>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""The signs of a pattern, as any of the dialects writes them."""
_CASELESS = re.compile(r"\(\?[a-zA-Z]*i")
_HEAVY = 100.0
_ATOMS = {"property": _HEAVY, "kind": 1.0, "coded": 0.2, "escaped": 0.02, "many": 1.5, "set": 1.0, "any": 1.5}
_FEW = 0.3
_EITHER = 0.5


def fits(pattern: str) -> bool:
    """Whether hyperscan may have the pattern."""
    return weight(pattern) <= MOST


def weight(pattern: str) -> float:
    """The estimate; never an error, whatever the pattern is."""
    is_caseless = _CASELESS.search(pattern) is not None
    groups = [0.0]
    last = 0.0
    for token in TOKEN.finditer(pattern):
        kind, text = token.lastgroup or "", token[0]
        if kind == "open":
            if not text.endswith(")"):  # (?i) is no group
                groups.append(0.0)
            last = 0.0
        elif kind == "close":
            last = groups.pop() if len(groups) > 1 else 0.0
            groups[-1] += last
        elif kind == "repeat":
            times = max(int(token[name] or 0) if token[name] else 0 for name in ("least", "most"))
            groups[-1] += last * (max(times, 1) - 1)
            last *= max(times, 1)
        elif kind in {"few", "either"}:
            groups[-1] += _FEW if kind == "few" else _EITHER
        else:
            last = _letter(text, is_caseless) if kind == "letter" else _atom(kind, text)
            groups[-1] += last
        if groups[-1] > _HEAVY:
            return groups[-1]
    return sum(groups)


def _atom(kind: str, text: str) -> float:
    if kind in {"many", "set"} and (r"\p" in text or r"\P" in text):
        return _HEAVY
    return _ATOMS[kind]


def _letter(letter: str, is_caseless: bool) -> float:
    if not letter.isascii():
        return 1.0 if is_caseless else 0.05
    # The long s and the Kelvin sign are small letters of ASCII ones.
    return 1.0 if is_caseless and letter in "kKsS" else 0.01
