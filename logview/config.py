"""logview.toml and what follows from it: which files belong to which service, how they are read, which standard holds.

One frozen Config per process. Nothing in the file can run anything.
"""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from logview.errors import UsageError
from logview.sources.paths import AFTER, BETWEEN, PACKED
from logview.standard.convert import convert
from logview.standard.load import TABLES, is_zone, standard_of
from logview.standard.model import BUILT_IN_IDS, Service, Standard
from logview.standard.place import Toml, suggestion

if TYPE_CHECKING:
    import datetime as dt

    from logview.decode import Hints
    from logview.decode.hints import IdAliases
    from logview.decode.pylog import Format as Described

FILE_NAME = "logview.toml"


class Format(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[formats]]` entry: a formatter string under a name, and lines it must take."""

    name: str
    format: str
    """As the program has it: "%(asctime)s …", "{asctime} …", "$asctime …" or loguru's."""
    sample: tuple[str, ...] = ()
    """Lines that the format must take; tried when the file is loaded."""


class View(Struct, frozen=True, forbid_unknown_fields=True):
    """The `[view]` table: how the viewer shows things."""

    theme: str | None = None
    """A theme's name; None: the viewer's own."""
    zone: str | None = None
    """The zone in which times are shown: "utc", an IANA name or an offset; None: the machine's."""
    columns: tuple[str, ...] = ()
    """Fields that have a column of their own in the timeline, before the message."""


class Config(Struct, frozen=True, kw_only=True):
    """What was typed, as what is meant."""

    file: str | None = None
    """The logview.toml that was read, absolute; None: none was found, everything is as it comes."""
    directory: str = "."
    """Paths in the file are relative to this directory."""
    standard: Standard = msgspec.field(default_factory=lambda: standard_of(Toml("", file=FILE_NAME)))
    formats: tuple[Format, ...] = ()
    keys: dict[str, str] = {}
    """`[keys]`: the id of a key binding → the keys it is to have, separated by commas."""
    view: View = View()
    views: dict[str, str] = {}
    """`[views]`: name → filter; saved views."""

    @property
    def services(self) -> dict[str, Service]:
        """The `[services]` table."""
        return self.standard.services

    def absolute(self, path: str) -> str:
        """A path of the file, made absolute."""
        return os.path.normpath(os.path.join(os.path.abspath(self.directory), os.path.expanduser(path)))

    def log_paths(self) -> list[str]:
        """The logs of all services, in the file's order: files, directories and globs, relative to where we are."""
        return [os.path.relpath(self.absolute(path)) for service in self.services.values() for path in service.logs]

    def source_paths(self) -> list[str]:
        """The source directories of all services, likewise."""
        return [os.path.relpath(self.absolute(path)) for service in self.services.values() for path in service.source]

    def service_of(self, path: str) -> str | None:
        """The service whose `logs` name the file, or the file it was rotated from; None where none does."""
        mine = os.path.abspath(path)
        exact = {mine, os.path.realpath(mine)}
        for names in (exact, {unrotated(name) for name in exact} - exact):
            for name, service in self.services.items():
                if any(_covers(self.absolute(pattern), names) for pattern in service.logs):
                    return name
        return None

    def zone_of(self, service: str | None) -> dt.tzinfo | None:
        """The zone of the service's zone-less times; None: the machine's."""
        zone = self.services[service].zone if service in self.services else None
        return None if zone is None else zone_named(zone)

    def hints_of(self, path: str) -> Hints:
        """What the configuration knows about a file before it is read."""
        from logview.decode import Hints

        name = self.service_of(path)
        service = self.services.get(name, Service()) if name else Service()
        try:
            modified_ns: int | None = os.stat(path).st_mtime_ns
        except (OSError, ValueError):
            modified_ns = None
        return Hints(
            service=name,
            zone=self.zone_of(name),
            format=self.format_named(service.format),
            formats=self._formats_in_source(service, path),
            reference_ns=modified_ns,
            ids=self.id_aliases(),
        )

    def _formats_in_source(self, service: Service, path: str) -> tuple[Described, ...]:
        """What the service's Python source says its lines look like, where decoding needs to be told."""
        if service.format is not None or not service.source or service.dialect == "pino" or is_json(path):
            return ()
        from logview.inventory.formatters import formats_of

        return formats_of(tuple(self.absolute(path) for path in service.source))

    def id_aliases(self) -> IdAliases:
        """The keys of the ids, as decoding looks them up: those of the file first, the usual ones behind.

        A spelling that the standard does not list is a violation and still an id.
        """
        from logview.decode.hints import DEFAULT_IDS, IdAliases

        ids = self.standard.ids

        def spellings(name: str, usual: tuple[str, ...]) -> tuple[str, ...]:
            one = ids[name]
            return usual if BUILT_IN_IDS[name] == one else tuple(dict.fromkeys((one.key, *one.aliases, *usual)))

        return IdAliases(
            job=spellings("job", DEFAULT_IDS.job),
            request=spellings("request", DEFAULT_IDS.request),
            trace=spellings("trace", DEFAULT_IDS.trace),
            span=spellings("span", DEFAULT_IDS.span),
            more=tuple((one.key, one.aliases) for name, one in ids.items() if name not in BUILT_IN_IDS),
        )

    def format_named(self, text: str | None) -> str | None:
        """A `[[formats]]` entry's formatter string for its name; any other text as it is."""
        return next((entry.format for entry in self.formats if entry.name == text), text)


def load(path: str | None = None, *, start: str = ".") -> Config:
    """The configuration in `path`, or in the nearest logview.toml from `start` upwards; defaults where there is none.

    raises UsageError   `path` cannot be read
    raises ConfigError  what stands there does not hold; with file, line and caret
    """
    file = path if path is not None else find(start)
    if file is None:
        return Config(directory=start)
    try:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
    except UnicodeDecodeError:
        raise UsageError(f"{file}: a configuration is UTF-8 text, this is not") from None
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    return parse(text, file=file)


def find(start: str = ".") -> str | None:
    """The nearest logview.toml from the directory `start` upwards."""
    directory = os.path.abspath(start)
    while True:
        candidate = os.path.join(directory, FILE_NAME)
        if os.path.isfile(candidate):
            return os.path.relpath(candidate) if os.path.relpath(candidate)[:2] != ".." else candidate
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def parse(text: str, *, file: str = FILE_NAME) -> Config:
    """The configuration that a text describes.

    file  its name, for errors and relative paths
    """
    toml = Toml(text, file=file)
    known = (*TABLES, "formats", "keys", "view", "views")
    for key in toml.data:
        if key not in known:
            raise toml.error((key,), f'"{key}" is not known here{suggestion(key, known)}')
    view = convert(toml, ("view",), toml.data.get("view", {}), View)
    if view.zone is not None and view.zone.lower() != "utc" and not is_zone(view.zone):
        raise toml.error(("view", "zone"), f'"{view.zone}" is no time zone; write "utc" or "Europe/Berlin"', value=True)
    return Config(
        file=os.path.abspath(file),
        directory=os.path.dirname(os.path.abspath(file)),
        standard=standard_of(toml),
        formats=_formats(toml),
        keys=convert(toml, ("keys",), toml.data.get("keys", {}), dict[str, str]),
        view=view,
        views=convert(toml, ("views",), toml.data.get("views", {}), dict[str, str]),
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of the whole file."""
    from logview.standard.schema import schema as standard_schema

    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    extra = {
        "formats": {"type": "array", "items": {"$ref": "#/$defs/Format"}},
        "keys": {**texts, "description": "the viewer's keys: id of a binding → keys, separated by commas"},
        "view": {"$ref": "#/$defs/View"},
        "views": {**texts, "description": "saved views: name → filter"},
    }
    return standard_schema(extra, more=(Format, View))


def zone_named(text: str) -> dt.tzinfo:
    """The zone that "Europe/Berlin" or "+02:00" names."""
    import datetime as dt
    import zoneinfo

    if not is_zone(text):
        raise UsageError(f'"{text}" is no time zone; write "Europe/Berlin" or "+02:00"')
    if text[0] not in "+-":
        return zoneinfo.ZoneInfo(text)
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return dt.timezone(dt.timedelta(minutes=minutes if text[0] == "+" else -minutes))


def unrotated(path: str) -> str:
    """The name a rotated copy had: "app.log.1", "app-2026-11-23.log.gz" → "app.log"."""
    directory, name = os.path.split(path)
    between = BETWEEN.fullmatch(name)
    if between is not None:
        name = between["stem"] + between["end"]
    return os.path.join(directory, PACKED.sub("", AFTER.sub("", name)))


def _formats(toml: Toml) -> tuple[Format, ...]:
    value = toml.data.get("formats", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise toml.error(("formats",), "formats must be tables in a list: [[formats]]")
    made = tuple(convert(toml, ("formats", at), item, Format) for at, item in enumerate(value))
    for at, entry in enumerate(made):
        if entry.sample:
            _try_samples(toml, at, entry)
    return made


def _try_samples(toml: Toml, at: int, entry: Format) -> None:
    """A format that does not take its own sample is a mistake, and better found now than on a quiet screen."""
    from logview.decode import Hints, decode_bytes

    for number, line in enumerate(entry.sample):
        records = decode_bytes(line.encode("utf-8", "surrogateescape"), Hints(format=entry.format))
        if len(records) != 1 or records[0].format == "plain":
            raise toml.error(("formats", at, "sample", number), f'format "{entry.name}" does not take its sample')


def _covers(pattern: str, names: set[str]) -> bool:
    """Whether an absolute file, directory or glob names one of the files."""
    if pattern in names or any(name.startswith(pattern + os.sep) for name in names):
        return True
    if not glob.has_magic(pattern):
        return os.path.realpath(pattern) in names
    found = set(glob.glob(pattern, recursive=True))
    return bool(found & names) or any(_covers(path, names) for path in found if os.path.isdir(path))


def is_json(path: str) -> bool:
    """The file begins as JSON lines do; one that is empty or not there yet may become anything."""
    try:
        if not os.path.isfile(path):  # a named pipe would wait for its writer
            return False
        with open(path, "rb") as file:
            return file.read(1) == b"{"
    except (OSError, ValueError):
        return False
