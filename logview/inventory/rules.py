"""The source rules LV801–LV824 over an inventory: the same findings as for records, each at a call site.

`check_source` is what `logview check src/` runs. What each rule looks for is in `call_rules` and `setup_rules`; their
pages are in `standard/rules/source.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logview.inventory import take
from logview.inventory.call_rules import CALL_RULES
from logview.inventory.model import Fact, Inventory, LogCall, LoggerSetup
from logview.inventory.setup_rules import FACT_RULES, SETUP_RULES
from logview.standard.model import Finding, Site, Standard
from logview.standard.program import Settings
from logview.standard.rules import RULES
from logview.standard.rules.seen import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logview.standard.rules.registry import Hit

LINTERS = {"ruff": "python", "pylint": "python", "flake8": "python"}
"""Whose findings `equivalent` leaves to the other linter; all others are JavaScript's."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a rule and what it is about."""

    code: str
    hit: Hit
    at: LogCall | LoggerSetup | Fact


def check_source(
    standard: Standard,
    paths: Sequence[str],
    *,
    roots: Mapping[str, Sequence[str]] | None = None,
    waived: dict[int, int] | None = None,
) -> Iterator[Finding]:
    """Findings in the source files under the paths, in order of file and line.

    roots    service → source folders; those of the standard, seen from the working directory, when left out
    waived   filled: position of a waiver → findings it covered
    raises   UsageError  a path that does not exist
    """
    if roots is None:
        roots = {name: service.source for name, service in standard.services.items() if service.source}
    yield from findings_of(standard, take(paths, roots), waived=waived)


def findings_of(standard: Standard, inventory: Inventory, *, waived: dict[int, int] | None = None) -> Iterator[Finding]:
    """Findings in source code that was read already."""
    settings = Settings(standard)
    for found in hits(standard, inventory):
        finding = judged(settings, found)
        if finding is not None:
            yield finding
    if waived is not None:
        for position, count in settings.waived.items():
            waived[position] = waived.get(position, 0) + count


def hits(standard: Standard, inventory: Inventory) -> list[Found]:
    """Every hit of every rule that is on somewhere, unwaived, by file, line and rule."""
    wanted = set(standard.rules) | {code for override in standard.overrides for code in override.rules}
    setups = [setup for setup in inventory.setups if setup.file not in inventory.tests]
    facts = [fact for fact in inventory.facts if fact.file not in inventory.tests]
    out: list[Found] = []
    for code, check in CALL_RULES.items():
        if code in wanted:
            out += [Found(code, hit, call) for call in inventory.calls for hit in check(call, inventory)]
    for code, setup_check in SETUP_RULES.items():
        if code in wanted:
            out += [Found(code, hit, setup) for setup in setups for hit in setup_check(setup, inventory)]
    for code, fact_check in FACT_RULES.items():
        if code in wanted:
            out += [Found(code, hit, fact) for fact in facts for hit in fact_check(fact, inventory)]
    out.sort(key=lambda found: (found.at.file, found.at.line, found.at.start, found.code))
    return out


def judged(settings: Settings, found: Found) -> Finding | None:
    """The finding with the severity of its place; None where the rule is off, waived or left to a linter."""
    at = found.at
    template = (at.template or "") if isinstance(at, LogCall) else ""
    logger = (at.channel or at.logger) if isinstance(at, LogCall) else None
    size = max(at.end - at.start, 0)
    place = Place(
        at.file, at.line, at.start, size, at.service, logger, template, template,
        "pino" if at.language == "typescript" else "python",
    )  # fmt: skip
    setting = settings.program(place).settings.get(found.code)
    equivalent = getattr(setting.options, "equivalent", None) if setting is not None else None
    if equivalent and LINTERS.get(equivalent.partition(":")[0], "typescript") == at.language:
        return None
    violation = settings.violation(RULES[found.code], found.hit, place)
    if violation is None:
        return None
    function = None if isinstance(at, LoggerSetup) else at.function
    site = Site(at.file, at.line, function, template or None)
    return Finding(violation, at.file, at.line, at.service, template, at.start, size, site)
