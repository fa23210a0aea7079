"""The generated pages of docs/ are what the code says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import DOCS, pages

PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_current(name: str) -> None:
    # Compared outside the assert: pytest's difference of two long pages takes minutes.
    is_current = PAGES[name] == Path(DOCS, name).read_text(encoding="utf-8")
    assert is_current, "run `make docs`"
