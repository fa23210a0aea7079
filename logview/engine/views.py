"""The views that are open, and what has changed of records since the filtered ones among them looked."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from logview.engine.view import View


class Views:
    """The views, as long as somebody holds them and has not closed them.

    writing  held by whoever changes the store
    """

    def __init__(self, writing: threading.RLock) -> None:
        self._writing = writing
        self._open: weakref.WeakSet[View] = weakref.WeakSet()
        self._changes: list[NDArray[np.uint32]] = []
        self._before = 0
        """Changes that every filtered view has looked at and that are kept no longer."""

    def __iter__(self) -> Iterator[View]:
        return iter([view for view in list(self._open) if not view.closed])

    def add(self, make: Callable[[int], View]) -> View:
        """Another view, made with its place in the changes."""
        with self._writing:
            view = make(self.place)
            self._open.add(view)
        return view

    @property
    def place(self) -> int:
        """The place behind the last change."""
        return self._before + len(self._changes)

    @property
    def all_filtered(self) -> bool:
        """Whether there are views, and all show new records only once they were tested."""
        views = list(self)
        return bool(views) and all(view.is_filtered for view in views)

    def note(self, gids: NDArray[np.uint32]) -> bool:
        """Keep what has changed until every filtered view has looked at it; True when there is one.

        The others keep no rows of their own: without any, nothing is kept.
        """
        with self._writing:
            seen = [view.seen for view in self if view.is_filtered]
            self._changes.append(gids)
            oldest = min(seen, default=self.place)
            if oldest > self._before:
                del self._changes[: oldest - self._before]
                self._before = oldest
        return bool(seen)

    def changed_since(self, seen: int) -> tuple[NDArray[np.uint32], int]:
        """Records that have changed since the place `seen`, and the place now."""
        with self._writing:
            news, now = self._changes[max(seen - self._before, 0) :], self.place
        return (np.unique(np.concatenate(news)) if news else np.empty(0, np.uint32)), now
