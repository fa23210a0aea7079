"""Python's own parser, one thread at a time.

`ast.parse` and `ast.literal_eval` count their depth in a place that all threads share: two at work at once may end in
"SystemError: AST constructor recursion depth mismatch", or in a RecursionError that is none (seen with Python 3.11.7;
CPython issue 106905). Logs are decoded, judged and joined to source code in threads.
"""

from __future__ import annotations

import ast
import os
import threading
from typing import Any

BAD_LITERAL = (ValueError, SyntaxError, MemoryError, RecursionError)
"""What `literal` raises for a text that is no literal."""

_lock = threading.Lock()


def _renew() -> None:
    """A forked process begins with the lock free: whoever held it is not there."""
    global _lock  # noqa: PLW0603  one lock a process
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def literal(text: str) -> Any:
    """The value of a Python literal.

    raises  BAD_LITERAL
    """
    with _lock:
        return ast.literal_eval(text)


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree of a module.

    raises  SyntaxError, ValueError (a NUL in the source), RecursionError
    """
    with _lock:
        return ast.parse(source)


def parse_expression(source: str) -> ast.expr:
    """The syntax tree of one expression; raises what `parse` raises."""
    with _lock:
        return ast.parse(source, mode="eval").body
