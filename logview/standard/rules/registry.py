"""How a rule is written down: one function or class, its code, its severity, its page.

A record rule (scope R) is a generator `(seen, options) -> Hit…`. A rule with state (W, S, X) is a class: `Tracker`
holds one stream, `CrossTracker` all of them. The docstring is the rule's page and is parsed here, once, on demand.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, Union

from logview.standard.model import Doc, Options, Rule, Scope, Severity

if TYPE_CHECKING:
    from logview.standard.model import Standard
    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Place, Seen

Needs = Literal["head", "message", "values", "arrival"]
"""What a record rule's answer depends on for an ordinary record (see kinds.py), so that equal ones are judged once.

head     format, keys and the types of their values, level, service, logger, notation of the time, wrapper
message  the head and the message's text
values   values of fields too; `varies` may say for which heads they matter
arrival  when it came: asked of every record that was seen arriving, of no other
"""
Mode = Literal["each", "text", "count", "sample", "kind", "hole", "error"]
"""How a rule with state is fed ordinary records (kinds.py); all others it always sees.

each    every record, in order
text    every record of a text layout; JSON records as "count"
count   one record of each kind and how often it came, late
sample  the first 100 records of each kind
kind    one record of each kind
hole    every record whose message holds words with digits
error   every record with an error
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


Late = Callable[["Place", Hit], None]
"""Takes hits that concern an earlier record."""


MadeLater = tuple[Callable[[bytes, int, int], "Seen"], bytes, int, int, tuple[int, int]]
"""What makes a record of a line, the line, its offset and number, and where in it the time stands."""
Made = Union["Seen", MadeLater]


def record_of(made: Made) -> Seen:
    """The record that was kept, or the one made now of what was kept of its line."""
    if isinstance(made, tuple):
        make, line, offset, lineno, _ = made
        return make(line, offset, lineno)
    return made


class Tracker:
    """A rule with state over one stream. Subclasses bound their state: a stream may never end."""

    mode: ClassVar[Mode] = "each"

    def __init__(self, options: Any, late: Late) -> None:
        self.options = options
        self.late = late

    @staticmethod
    def concerns(standard: Standard) -> bool:  # noqa: ARG004
        """Whether the rule has anything to do under a standard."""
        return True

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:
        """Hits of this record; hits of earlier ones go to `late`.

        times   how many records of this kind came (mode "count"); the others always see one
        """
        raise NotImplementedError

    def see_later(self, made: MadeLater, service: str) -> None:
        """Mode "sample": a record whose keys and types were seen before; it need not be made now."""
        raise NotImplementedError

    def settle(self) -> None:
        """What was to be seen later is seen: so that nothing is kept of a stream that has ended."""

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """(row, hit) of many records at once: what `see` would say of one after the other."""
        for row in range(len(rows)):
            for hit in self.see(rows.seen(row)):
                yield row, hit

    def finish(self) -> None:
        """The stream ended: what waited is decided."""

    def __getstate__(self) -> dict[str, Any]:
        """The state without `late`, which belongs to the process it was made in."""
        self.settle()
        return {name: value for name, value in self.__dict__.items() if name != "late"}


class CrossTracker(Tracker):
    """A rule with state over all streams; `finish` may be called more than once and must not change the state."""

    def merge(self, other: Any) -> None:
        """Add what a tracker of the same rule has seen in later streams, as if this one had seen them."""
        raise NotImplementedError


RecordCheck = Callable[["Seen", Any], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule and what runs it: exactly one of `check` and `tracker`; both None for a rule that only documents."""

    rule: Rule
    needs: Needs
    check: RecordCheck | None
    tracker: type[Tracker] | None
    varies: Callable[[Seen], bool] | None = None
    """Whether values may change the answer for records with this one's head; None: only when `needs` is "values"."""
    reads: frozenset[str] | None = None
    """Where it varies: the keys of those values; None: any value may matter."""
    second: type[Tracker] | None = None
    """A rule that looks at a record and at the stream has a tracker beside its check."""
    spares: Callable[[Any], int] | None = None
    """Of its options, the bytes of a line up to which values do not matter."""
    forms: Callable[[Standard], frozenset[str]] | None = None
    """Keys whose values matter by their form alone."""


FAMILIES = {
    "LV0": "framing", "LV1": "timestamp", "LV2": "level", "LV3": "identity", "LV4": "message", "LV5": "errors",
    "LV6": "privacy", "LV7": "across", "LV8": "source",
}  # fmt: skip
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
    varies: Callable[[Seen], bool] | None = None,
    reads: frozenset[str] | None = None,
    spares: Callable[[Any], int] | None = None,
    forms: Callable[[Standard], frozenset[str]] | None = None,
) -> Callable[[_T], _T]:
    """Register the decorated function (scope R) or class (W, S, X) as a rule.

    beside   the code of a record rule whose stream half this class is; then it has no page of its own
    forms    under a standard, the keys of ids that matter by nothing but how long a word of hexadecimal digits they are
    spares   of its options, the bytes up to which a line whose numbers have no exponents breaks it in no case
    """

    def add(target: _T) -> _T:
        if beside is not None:
            first = ENTRIES[beside]
            ENTRIES[beside] = replace(first, second=_tracker(target))
            return target
        family = FAMILIES[code[:3]]
        if severity is Severity.ERROR and code[:3] in {"LV0", "LV1", "LV2", "LV3", "LV6"} and "default" in presets:
            chosen = ("minimal", *presets)
        else:
            chosen = presets
        made = Rule(
            code=code, name=name, family=family, scope=scope, severity=severity, doc=page(target.__doc__ or ""),
            options=options, presets=chosen, once=once,
        )  # fmt: skip
        tracker = _tracker(target)
        ENTRIES[code] = Entry(
            made, needs, None if tracker else target, tracker, varies, reads, spares=spares, forms=forms
        )
        return target

    return add


def _tracker(target: object) -> type[Tracker] | None:
    return target if isinstance(target, type) and issubclass(target, Tracker) else None


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
