"""Which findings are reported and whether they fail the run: baseline, comparison, budgets, severity floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logview.sources.events import LOSS
from logview.standard import waivers
from logview.standard.model import Severity, Standard
from logview.standard.report import Notice, Report
from logview.standard.tally import Group, Tally

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from logview.sources import Notice as SourceNotice
    from logview.standard.baseline import Baseline, Comparison
    from logview.standard.model import Finding


def severity_floor(word: str) -> Severity:
    """What `--fail-on` means; OFF for "never"."""
    return Severity.OFF if word == "never" else Severity(word)


class Gate:
    """Counts findings, holds back the known ones, and says at the end whether the run fails.

    keep      findings kept of each group; 0: all
    fail_on   lowest severity that fails; OFF: none does
    baseline  known faults, not reported
    compare   an earlier run's findings, likewise, and what changed since
    """

    def __init__(
        self,
        standard: Standard,
        *,
        keep: int = 5,
        fail_on: Severity = Severity.ERROR,
        baseline: Baseline | None = None,
        compare: str | None = None,
    ) -> None:
        self.standard = standard
        self.tally = Tally(keep)
        self.fail_on = fail_on
        self.compare = compare
        self.lost = False
        self.notices: list[Notice] = []
        self.budget = standard.check.budget
        self.known = set(baseline.known()) if baseline else set()
        if self.budget or compare is not None:
            from logview.standard.baseline import budget_now, earlier_counts

            self.budget = budget_now(self.budget, baseline)
            self.known |= set() if compare is None else set(earlier_counts(compare))

    def take(self, finding: Finding) -> bool:
        """Count a finding; whether it is reported."""
        return self.tally.add(finding).fingerprint not in self.known

    def note(self, file: str, notice: SourceNotice) -> None:
        """Take note of what happened to a file; where lines may be missing, the run fails: nobody has judged them."""
        lost = notice.kind in LOSS
        self.lost = self.lost or lost
        self.notices.append(Notice(Severity.ERROR if lost else Severity.INFO, f"{file}: {notice.text}"))

    def report(
        self,
        *,
        waived: Mapping[int, int],
        today: dt.date,
        source: bool = False,
        color: bool = False,
        excerpt: Callable[[Finding], list[str]] | None = None,
    ) -> Report:
        """The run, ready to be written.

        waived  position of a waiver → violations it allowed
        """
        groups = [group for key, group in self.tally.groups.items() if key not in self.known]
        groups.sort(key=lambda group: (-group.worst.rank, group.violation.rule, _place(group)))
        notices = [*self.notices, *waivers.attention(self.standard, waived, today=today), *self._budget_notices()]
        totals: dict[str, int] = {}
        for group in groups:
            word = group.worst.value
            totals[word] = totals.get(word, 0) + group.count
        return Report(
            standard=self.standard,
            tally=self.tally,
            groups=groups,
            fail_on=self.fail_on,
            failed=self._fails(groups),
            notices=notices,
            known=sum(group.count for key, group in self.tally.groups.items() if key in self.known),
            waived=sum(waived.values()),
            comparison=self._comparison(),
            source=source,
            color=color,
            excerpt=excerpt,
            totals=totals,
        )

    def _comparison(self) -> Comparison | None:
        if self.compare is None:
            return None
        from logview.standard.baseline import compare

        return compare(self.compare, self.tally)

    def _total(self, code: str) -> int:
        return sum(self.tally.by_rule.get(code, {}).values())

    def _fails(self, groups: list[Group]) -> bool:
        if self.fail_on is Severity.OFF:
            return False
        if self.lost:
            return True
        if any(self._total(code) > allowed for code, allowed in self.budget.items()):
            return True
        return any(
            group.worst.rank >= self.fail_on.rank and group.violation.rule not in self.budget for group in groups
        )

    def _budget_notices(self) -> list[Notice]:
        notices = []
        for code, allowed in self.budget.items():
            found = self._total(code)
            if found > allowed:
                notices.append(Notice(Severity.ERROR, f"{code}: {found:,} findings, the budget allows {allowed:,}"))
            elif found < allowed:
                text = f"{code}: {found:,} findings of {allowed:,} allowed; the budget can go down to {found:,}"
                notices.append(Notice(Severity.INFO, text))
        return notices


def _place(group: Group) -> tuple[str, int]:
    first = group.findings[0]
    return first.file, first.line
