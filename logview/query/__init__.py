"""Which records: the filter language.

`parse` makes a Query from text, `matches` asks it about one record, `plan` splits it by what each part costs.
"""

from __future__ import annotations

from logview.query.match import matches
from logview.query.model import Query
from logview.query.parse import parse

__all__ = ["Query", "matches", "parse"]
