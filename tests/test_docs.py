"""The generated pages of docs/ are what the code says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import DOCS, pages


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_current(name: str) -> None:
    page = Path(DOCS, name)
    assert pages()[name] == page.read_text(encoding="utf-8"), "run `make docs`"
