"""A configuration where one format, named on the command line, holds for every source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from logview.config import Config

if TYPE_CHECKING:
    from logview.decode import Hints


class OneFormat(Config, frozen=True, kw_only=True):
    """Config, except for the format of what is read."""

    forced: str

    def hints_of(self, path: str) -> Hints:
        """What the configuration knows about a file, the format replaced."""
        return replace(Config.hints_of(self, path), format=self.format_named(self.forced))


def one_format(config: Config, text: str) -> Config:
    """`config` with `text`, a format's name or a formatter string, for every source."""
    return OneFormat(forced=text, **msgspec.structs.asdict(config))
