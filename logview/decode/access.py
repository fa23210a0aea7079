"""Access lines: one HTTP request per line, as servers write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logview.decode import clock

if TYPE_CHECKING:
    from logview.decode.clock import Near
    from logview.record import Time

_REQUEST = r'"(?P<method>[A-Z]{3,12}) (?P<path>[^"]*?)(?: (?:HTTP/)?(?P<version>[\d.]+))?"'
_CLF = re.compile(
    r"(?P<client>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    rf'{_REQUEST} (?P<status>\d{{3}}) (?P<size>\d+|-)(?: "(?P<referer>[^"]*)" "(?P<agent>[^"]*)")?(?P<more>.*)'
)
_DJANGO = re.compile(rf"\[(?P<time>[^\]]+)\] {_REQUEST} (?P<status>\d{{3}})(?: (?P<size>\d+|-))?")
_UVICORN = re.compile(
    rf"(?P<client>\S*?(?::\d+)?) - {_REQUEST} (?P<status>\d{{3}})(?: (?:(?P<reason>[A-Z][\w -]*)|\d+\.\d+))?"
)
"""uvicorn's; with the time taken, granian's."""
_AIOHTTP = re.compile(rf"(?P<client>\S+) (?:- - )?\[[^\]]+\] {_REQUEST} (?P<status>\d{{3}}) (?P<size>\d+|-)(?: .*)?")
"""aiohttp's and hypercorn's, behind the head of their logger."""
_BROKEN = re.compile(r"(?P<client>\S+) - - \[(?P<time>[^\]]+)\] (?P<what>.+)")


def read(text: str, near: Near) -> tuple[Time, dict[str, Any]] | None:
    """(time, fields) of an access line with a time: CLF, combined, werkzeug, Django's runserver; else None."""
    found = _DJANGO.fullmatch(text) if text[:1] == "[" else _CLF.fullmatch(text) if " [" in text else None
    if found is None and " - - [" in text:
        found = _BROKEN.fullmatch(text)
    if found is None:
        return None
    time = clock.scan(found["time"], 0, near)
    if time is None:
        return None
    return time[0], _fields(found.groupdict())


def request(text: str) -> dict[str, Any] | None:
    """The fields of a message that is an access line without a time (uvicorn's); None for every other message."""
    if '"' not in text:
        return None
    found = _UVICORN.fullmatch(text) if " - " in text else None
    if found is None and '] "' in text:
        found = _AIOHTTP.fullmatch(text)
    return _fields(found.groupdict()) if found is not None else None


def _fields(part: dict[str, str | None]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if part.get("client"):
        out["client"] = part["client"]
    if part.get("user") not in (None, "-"):
        out["user"] = part["user"]
    if part.get("method"):
        out["method"], out["path"] = part["method"], part["path"]
    if part.get("status"):
        out["status_code"] = int(part["status"] or 0)
    size = part.get("size")
    if size and size != "-":
        out["size_bytes"] = int(size)
    for name, key in (("referer", "referer"), ("agent", "user_agent")):
        if part.get(name) not in (None, "-", ""):
            out[key] = part[name]
    return out
