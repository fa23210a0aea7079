"""How a rule is written down: one function or class, its code, its severity, its page.

A record rule (scope R) is a generator `(seen, options) -> Hit…`. A rule with state (W, S, X) is a class: `Tracker`
holds one stream, `CrossTracker` all of them. The docstring is the rule's page and is parsed here, once, on demand.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator  # noqa: TC003  used in type aliases at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from logview.standard.model import Doc, Options, Rule, Scope, Severity

if TYPE_CHECKING:
    from logview.standard.rules.seen import Place, Seen

Needs = Literal["head", "message", "values", "bytes"]
"""What a record rule's answer depends on, so that equal records are judged once.

head     format, keys and their types, level, time's notation, wrapper, marks: everything but values
message  the head and the message's text
values   values of fields too
bytes    the raw lines
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One violation as its rule sees it."""

    message: str
    """One sentence: what is wrong."""
    field: str | None = None
    found: str = ""
    want: str | None = None
    """None: the fix of the rule's page for the record's logger."""
    severity: Severity | None = None
    """None: the rule's."""
    key: str | None = None
    """What "once" counts by; None: the field."""


class Late(Protocol):
    """Takes hits that concern an earlier record."""

    def __call__(self, place: Place, hit: Hit) -> None: ...


class Tracker:
    """A rule with state over one stream. Subclasses bound their state: a stream may never end."""

    def __init__(self, options: Any, late: Late) -> None:
        self.options = options
        self.late = late

    def see(self, seen: Seen) -> Iterable[Hit]:
        """Hits of this record; hits of earlier ones go to `late`."""
        raise NotImplementedError

    def finish(self) -> None:
        """The stream ended: what waited is decided."""


class CrossTracker(Tracker):
    """A rule with state over all streams; `finish` may be called more than once and must not change the state."""


RecordCheck = Callable[["Seen", Any], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule and what runs it: exactly one of `check` and `tracker`; both None for a rule that only documents."""

    rule: Rule
    needs: Needs
    check: RecordCheck | None
    tracker: type[Tracker] | None
    second: type[Tracker] | None = None
    """A rule that looks at a record and at the stream has a tracker beside its check."""


ENTRIES: dict[str, Entry] = {}

_T = TypeVar("_T", bound=Callable[..., Any])
_HEADING = re.compile(r"^(Why|Bad|Good|Config|Options|Pino|Python):[ \t]*(.*)$", re.MULTILINE)


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    scope: Scope = "R",
    needs: Needs = "values",
    options: type[Options] = Options,
    once: bool = False,
    presets: tuple[str, ...] = ("default", "strict"),
    beside: str | None = None,
) -> Callable[[_T], _T]:
    """Register the decorated function (scope R) or class (W, S, X) as a rule.

    beside   the code of a record rule whose stream half this class is; then it has no page of its own
    """

    def add(target: _T) -> _T:
        if beside is not None:
            first = ENTRIES[beside]
            ENTRIES[beside] = Entry(first.rule, first.needs, first.check, None, second=target)  # type: ignore[arg-type]
            return target
        family = target.__module__.rpartition(".")[2]
        if severity is Severity.ERROR and code[:3] in {"LV0", "LV1", "LV2", "LV3", "LV6"} and "default" in presets:
            chosen = ("minimal", *presets)
        else:
            chosen = presets
        made = Rule(
            code=code, name=name, family=family, scope=scope, severity=severity, doc=page(target.__doc__ or ""),
            options=options, presets=chosen, once=once,
        )  # fmt: skip
        is_class = inspect.isclass(target)
        ENTRIES[code] = Entry(made, needs, None if is_class else target, target if is_class else None)
        return target

    return add


def page(docstring: str) -> Doc:
    """The rule's page from its docstring.

    The first paragraph is *what*; then headed parts: `Why:`, `Config:`, `Bad:`, `Good:`, `Options:`, `Pino:`,
    `Python:`. Examples are indented below their heading; a heading may come twice for two examples.
    """
    text = inspect.cleandoc(docstring)
    parts = _HEADING.split(text)
    what = " ".join(parts[0].split())
    found: dict[str, list[str]] = {}
    for heading, inline, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        found.setdefault(heading, []).append(_body(inline, body))
    prose = {name: " ".join(" ".join(found.get(name, [])).split()) for name in ("Why", "Pino", "Python")}
    return Doc(
        what=what,
        why=prose["Why"],
        bad=tuple(found.get("Bad", [])),
        good=tuple(found.get("Good", [])),
        config="\n".join(found.get("Config", [])),
        options=_options(found.get("Options", [])),
        pino=prose["Pino"],
        python=prose["Python"],
    )


def _body(inline: str, body: str) -> str:
    indented = inspect.cleandoc("\n" + body.strip("\n")) if body.strip() else ""
    return "\n".join(part for part in (inline.strip(), indented) if part)


def _options(parts: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    name = ""
    for line in "\n".join(parts).splitlines():
        if line[:1].strip():
            name, _, text = line.partition(" ")
            options[name] = text.strip()
        elif name:
            options[name] = f"{options[name]} {line.strip()}"
    return options
