"""Which rules judge which record, how hard: the standard's rules, its overrides and its waivers, compiled.

Knows settings, not records: a record is asked about by service, logger, message and file.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from logview.standard.mask import mask_text, shorten
from logview.standard.model import Setting, Severity, Violation, duration_ns
from logview.standard.rules.registry import ENTRIES, CrossTracker

if TYPE_CHECKING:
    from logview.standard.model import Match, Options, Rule, Standard, Waiver
    from logview.standard.rules.registry import Entry, Hit, Tracker
    from logview.standard.rules.seen import Place

MAX_MATCHES = 8_192
FOUND_CHARS = 80


@dataclass(frozen=True, slots=True)
class Program:
    """The record rules of one set of overrides, with their options, in code order."""

    checks: tuple[tuple[Entry, Options], ...]
    settings: dict[str, Setting]
    on_arrival: tuple[tuple[Entry, Options], ...] = ()
    """Those of the checks that look at when a record came."""


def matches(match: Match, place: Place, field: str | None) -> bool:
    """Whether a place, and the field at fault there, is what an override or waiver is about."""
    return (
        (match.service is None or fnmatchcase(place.service, match.service))
        and (match.logger is None or fnmatchcase(place.logger or "", match.logger))
        and (match.template is None or fnmatchcase(place.template, match.template))
        and (match.message is None or fnmatchcase(place.message, match.message))
        and (match.file is None or fnmatchcase(place.file, match.file))
        and (match.field is None or fnmatchcase(field or "", match.field))
    )


class Settings:
    """Answers which settings hold where."""

    def __init__(self, standard: Standard, *, today: dt.date | None = None) -> None:
        self.standard = standard
        day = today if today is not None else dt.datetime.now(dt.UTC).date()
        self._waivers = [(i, waiver) for i, waiver in enumerate(standard.waivers) if waiver.expires >= day]
        self.has_waivers = bool(self._waivers)
        self.waived: dict[int, int] = {}
        """Position of a waiver in the standard → violations it allowed."""
        self._by_record = tuple(o for o in standard.overrides if o.match.field is None)
        self._by_field = tuple(o for o in standard.overrides if o.match.field is not None)
        self._programs: dict[tuple[int, ...], Program] = {}
        self._matched: dict[tuple[str | None, ...], tuple[int, ...]] = {}
        self.has_overrides = bool(self._by_record)
        self.looks_at_text = any(o.match.template or o.match.message for o in self._by_record)
        """Whether overrides tell records apart by their message."""
        self.base = self._program(())
        self.trackers = self._trackers()
        """(entry, class, options) of every rule with state that is on anywhere."""

    def program(self, place: Place) -> Program:
        """The rules for a record."""
        return self.base if not self._by_record else self._program(self._matching(place))

    def _matching(self, place: Place) -> tuple[int, ...]:
        key = (place.service, place.logger, place.template, place.file)
        has_message = any(o.match.message is not None for o in self._by_record)
        if has_message:
            key = (*key, place.message)  # type: ignore[assignment]
        known = self._matched.get(key)
        if known is None:
            known = tuple(i for i, o in enumerate(self._by_record) if matches(o.match, place, None))
            if len(self._matched) >= MAX_MATCHES:
                self._matched.clear()
            self._matched[key] = known
        return known

    def _program(self, chosen: tuple[int, ...]) -> Program:
        known = self._programs.get(chosen)
        if known is None:
            settings = dict(self.standard.rules)
            for i in chosen:
                settings.update(self._by_record[i].rules)
            on = {code: s for code, s in sorted(settings.items()) if s.severity is not Severity.OFF and code in ENTRIES}
            checks = tuple(
                (ENTRIES[code], options_of(ENTRIES[code].rule, s)) for code, s in on.items() if ENTRIES[code].check
            )
            on_arrival = tuple(one for one in checks if one[0].needs == "arrival")
            known = self._programs[chosen] = Program(checks, on, on_arrival)
        return known

    def _trackers(self) -> list[tuple[Entry, type[Tracker], Options]]:
        settings = dict(self.base.settings)
        for override in self.standard.overrides:
            for code, setting in override.rules.items():
                if setting.severity is not Severity.OFF and code in ENTRIES:
                    settings.setdefault(code, setting)
        found = []
        for code, setting in sorted(settings.items()):
            entry = ENTRIES[code]
            options = options_of(entry.rule, setting)
            found += [(entry, made, options) for made in (entry.tracker, entry.second) if made is not None]
        return found

    def least_skew_ns(self) -> int | None:
        """How far a record's time may be from when it came, everywhere; None: nobody asks."""
        programs = (self._program(chosen) for chosen in ((), *((i,) for i in range(len(self._by_record)))))
        skews = [duration_ns(options.max_skew) for one in programs for _, options in one.on_arrival]  # type: ignore[attr-defined]
        return min(skews, default=None)

    def severity_everywhere(self, code: str) -> Severity | None:
        """How bad a rule's hits are when no place, field or waiver changes it; None where one may."""
        is_told = any(code in override.rules for override in self.standard.overrides)
        if is_told or any(_covers(waiver, code) for _, waiver in self._waivers):
            return None
        setting = self.base.settings.get(code)
        return None if setting is None else setting.severity or ENTRIES[code].rule.severity

    def violation(self, rule: Rule, hit: Hit, place: Place) -> Violation | None:
        """The hit as a violation; None where the rule is off for it or a waiver allows it."""
        setting = self.program(place).settings.get(rule.code)
        for override in self._by_field:
            if rule.code in override.rules and matches(override.match, place, hit.field):
                setting = override.rules[rule.code]
        if setting is None or setting.severity is Severity.OFF:
            return None
        for i, waiver in self._waivers:
            if _covers(waiver, rule.code) and matches(waiver.match, place, hit.field):
                self.waived[i] = self.waived.get(i, 0) + 1
                return None
        severity = setting.severity or hit.severity or rule.severity
        want = hit.want or (rule.doc.pino if place.family == "pino" else rule.doc.python)
        return Violation(
            rule.code,
            rule.name,
            severity,
            hit.field,
            shorten(masked(hit.found[:400]), FOUND_CHARS),
            want,
            masked(hit.message),
        )


def options_of(rule: Rule, setting: Setting) -> Options:
    """A setting's options, or the rule's own where the setting has none of its type."""
    return setting.options if isinstance(setting.options, rule.options) else rule.options()


def is_cross(kind: type[Tracker]) -> bool:
    """Whether a rule's state spans streams."""
    return issubclass(kind, CrossTracker)


def _covers(waiver: Waiver, code: str) -> bool:
    return waiver.rule == code or fnmatchcase(code, waiver.rule)


@lru_cache(maxsize=8192)
def masked(text: str) -> str:
    """`mask_text`, remembered: findings repeat their texts."""
    return mask_text(text) if text else text
