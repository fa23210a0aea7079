"""The source index that rules, findings and the viewer ask: which call sites may have written a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.inventory import take
from logview.inventory.model import HTTP_LOGGERS
from logview.inventory.templates import SiteIndex, is_library
from logview.standard.model import Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logview.inventory.model import Inventory, LogCall
    from logview.record import Record

LIBRARY = (Site("", 0, library="a library"),)


class ServiceIndex:
    """A `standard.model.SourceIndex` over an inventory, one SiteIndex per service, built when first asked."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._covered = frozenset(inventory.services())
        self._indexes: dict[str, SiteIndex] = {}
        self._libraries: dict[str, Sequence[Site]] = {}

    def covers(self, service: str) -> bool:
        """Whether source code of the service was read."""
        return service in self._covered

    def index(self, service: str) -> SiteIndex:
        """The service's calls, to be asked by message."""
        found = self._indexes.get(service)
        if found is None:
            found = SiteIndex(call for call in self.inventory.calls if call.service == service)
            self._indexes[service] = found
        return found

    def calls(self, service: str, record: Record) -> tuple[LogCall, ...]:
        """The calls that may have written the record, likeliest first."""
        return self.index(service).sites(record) if self.covers(service) else ()

    def sites(self, service: str, record: Record) -> Sequence[Site]:
        """The same as `Site`s; a message that only a known library writes has the library's set-up."""
        calls = self.calls(service, record)
        if calls:
            return [Site(call.file, call.line, call.function, call.template) for call in calls]
        if record.message is not None and self.covers(service) and is_library(record.message):
            return self._http_loggers(service) if record.data and "req" in record.data else LIBRARY
        return ()

    def _http_loggers(self, service: str) -> Sequence[Site]:
        found = self._libraries.get(service)
        if found is None:
            setups = [s for s in self.inventory.setups if s.service == service and s.kind in HTTP_LOGGERS]
            found = tuple(Site(s.file, s.line, library=s.kind) for s in setups) or LIBRARY
            self._libraries[service] = found
        return found


def source_index(roots: Mapping[str, Sequence[str]]) -> ServiceIndex:
    """The index of the services' source folders.

    roots   service → folders
    raises  UsageError  a folder that does not exist
    """
    paths = list(dict.fromkeys(path for folders in roots.values() for path in folders))
    return ServiceIndex(take(paths, roots))
