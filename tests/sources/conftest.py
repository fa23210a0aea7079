"""Followed paths and log files for the tests beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from followed import Followed, Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def follow() -> Iterator[Callable[..., Followed]]:
    """Makes Followed objects and closes them."""
    made: list[Followed] = []

    def make(*paths: str | Path, **options: object) -> Followed:
        made.append(Followed(*map(str, paths), **options))
        return made[-1]

    yield make
    for followed in made:
        followed.follower.close()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty app.log."""
    made = Log(tmp_path / "app.log")
    made.write(b"")
    return made
