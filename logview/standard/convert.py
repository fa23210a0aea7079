"""TOML values to typed ones, and msgspec's complaints to ours: which line, what was wanted, what was perhaps meant."""

from __future__ import annotations

import enum
import re
import types
import typing
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from logview.standard.model import Severity
from logview.standard.place import Path, Toml, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logview.errors import ConfigError

T = TypeVar("T")

_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2027-03-31",
    "null": "nothing",
}


def convert(toml: Toml, path: Path, value: Any, wanted: type[T]) -> T:
    """`value`, which stands at `path` of `toml`, as a `wanted`.

    raises ConfigError  at the line of the part that does not fit
    """
    try:
        return msgspec.convert(value, wanted, strict=True)
    except msgspec.ValidationError as error:
        raise _complaint(toml, path, value, wanted, str(error)) from None


def _complaint(toml: Toml, path: Path, value: Any, wanted: Any, text: str) -> ConfigError:
    found = re.fullmatch(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<where>.*)`)?", text, re.DOTALL)
    what, where = (found["what"], found["where"] or "") if found else (text, "")
    inner = tuple(_steps(where, value, wanted))
    here = path + inner
    name = _named(here)
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        known = _keys(_type_at(wanted, inner))
        return toml.error((*here, unknown[1]), f'"{unknown[1]}" is not known here{_meant(unknown[1], known)}')
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return toml.error(here, f'{_called(here)} needs "{missing[1]}"')
    if wrong := re.fullmatch(r"Invalid enum value (.*)", what):
        choices = _choices(_type_at(wanted, inner))
        given = wrong[1].strip("'\"")
        what = "severity" if _bare(_type_at(wanted, inner)) is Severity else name
        return toml.error(here, f'"{given}" is no {what}{_meant(given, choices)}', value=True)
    if "RFC3339 encoded date" in what:
        return toml.error(here, f"{name} must be a date such as 2027-03-31", value=True)
    if "matching regex" in what:
        return toml.error(here, f"{name} {_shape(what)}", value=True)
    if types_found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        want, got = (" or ".join(_WORDS.get(one, one) for one in side.split(" | ")) for side in types_found.groups())
        return toml.error(here, f"{name} must be {want}, not {got}", value=True)
    return toml.error(here, f"{name}: {what}", value=True)


def _named(path: Path) -> str:
    """What a value is called in a sentence: its key, or its place in the list under a key."""
    if not path:
        return "the file"
    if isinstance(path[-1], int) and len(path) > 1:
        return f"{path[-2]}, item {path[-1] + 1},"
    return str(path[-1])


def _called(path: Path) -> str:
    """How a table is named in a sentence: `[[waivers]]`, `[ids.job]`, "match"."""
    if path and isinstance(path[-1], int):
        return f"[[{'.'.join(str(part) for part in path[:-1])}]]"
    return f"[{'.'.join(str(part) for part in path)}]" if path else "the file"


def _meant(word: str, known: list[str]) -> str:
    hint = suggestion(word, known)
    if hint or not known:
        return hint
    return "; " + ("known: " if len(known) > 1 else "only ") + ", ".join(f'"{name}"' for name in known)


def _shape(what: str) -> str:
    if "ms|s|m|h|d" in what:
        return 'must be a number and a unit, ms s m h or d: "50ms", "10m"'
    if "LV" in what:
        return 'must be a rule\'s code: "LV304"'
    return what[0].lower() + what[1:]


def _steps(where: str, value: Any, wanted: Any) -> Iterator[str | int]:
    """msgspec's path as keys and positions; for `[...]`, "some value", the key of the first one that does not fit."""
    for name, index in re.findall(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", where):
        step: str | int
        if name:
            step = name
        elif index == "...":
            inner = _item_type(wanted)
            step = next((key for key, item in value.items() if not _fits(item, inner)), next(iter(value), ""))
        else:
            step = int(index)
        wanted = _type_at(wanted, (step,))
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        yield step


def _fits(value: Any, wanted: Any) -> bool:
    try:
        msgspec.convert(value, wanted, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _bare(wanted: Any) -> Any:
    """The type without Annotated and `| None`."""
    while True:
        origin = typing.get_origin(wanted)
        if origin is typing.Annotated:
            wanted = typing.get_args(wanted)[0]
        elif origin in (typing.Union, types.UnionType):
            wanted = next(one for one in typing.get_args(wanted) if one is not type(None))
        else:
            return wanted


def _item_type(wanted: Any) -> Any:
    arguments = typing.get_args(_bare(wanted))
    if typing.get_origin(_bare(wanted)) is dict:
        return arguments[1]
    return arguments[0] if arguments else Any


def _type_at(wanted: Any, path: Path) -> Any:
    for step in path:
        bare = _bare(wanted)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            wanted = next((f.type for f in msgspec.structs.fields(bare) if f.encode_name == step), Any)
        else:
            wanted = _item_type(bare)
    return wanted


def _keys(wanted: Any) -> list[str]:
    bare = _bare(wanted)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return [field.encode_name for field in msgspec.structs.fields(bare)]
    return []


def _choices(wanted: Any) -> list[str]:
    bare = _bare(wanted)
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return [str(member.value) for member in bare]
    return [str(one) for one in typing.get_args(bare)]
