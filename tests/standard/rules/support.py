"""What the tests of the rules share: examples and cases as files, checked in this process."""
# ruff: noqa: E501  log lines, whole

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logview.decode import decode_bytes
from logview.standard.check import Checker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logview.standard.model import Finding, SourceIndex, Standard

VECTORS = Path(__file__).parents[2] / "vectors" / "rules"


def standard_from(text: str) -> Standard:
    """The standard that a configuration's text describes."""
    from logview.standard.load import standard_of
    from logview.standard.place import Toml

    if "standard" not in text.split("[", 1)[0]:
        text = 'standard = "default@1"\n' + text
    return standard_of(Toml(text, file="logview.toml"))


def findings(
    standard: Standard,
    files: Sequence[tuple[str, bytes]],
    *,
    index: SourceIndex | None = None,
    quick: bool = True,
) -> list[tuple[str, str, int]]:
    """(rule, file, line) of everything found in files given as bytes."""
    return [(one.violation.rule, one.file, one.line) for one in full(standard, files, index=index, quick=quick)]


def full(
    standard: Standard, files: Sequence[tuple[str, bytes]], *, index: SourceIndex | None = None, quick: bool = True
) -> list[Finding]:
    """Everything found in files given as bytes."""
    from logview.standard.lines import finding_at

    checker = Checker(standard, index=index, quick=quick)
    found: list[Finding] = []
    for name, data in files:
        stream = checker.stream(name)
        for record in decode_bytes(data):
            service = record.service or stream.service
            found += [finding_at(one, record, name, service) for one in stream.check(record)]
            found += stream.drain()
        found += stream.finish()
    return found + checker.finish()


def example_files(example: str) -> list[tuple[str, bytes]]:
    """The files of a page's example: `== name ==` heads one; a single one is called scheduler.ndjson. ␛ stands for ESC."""
    files: list[tuple[str, list[str]]] = []
    for line in example.replace("␛", "\x1b").split("\n"):
        if line.startswith("== ") and line.endswith(" =="):
            files.append((line[3:-3], []))
        else:
            if not files:
                files.append(("scheduler.ndjson", []))
            files[-1][1].append(line)
    return [(name, ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")) for name, lines in files]


@dataclass(frozen=True)
class Case:
    """One labelled case: files, what is judged, what must be found."""

    name: str
    files: tuple[tuple[str, bytes], ...]
    folder: Path
    judged: tuple[str, ...]
    expect: tuple[dict[str, Any], ...]
    config: str
    why: str

    def faults(self, found: Sequence[tuple[str, str, int]]) -> list[str]:
        """What was found too much and what was missed, as sentences; empty when all is right.

        An expectation without a line is met by any finding of its rule in its file, and absorbs all of them.
        """
        faults = []
        one = len(self.files) == 1
        for rule in self.judged:
            got = {(None if one else file, line) for code, file, line in found if code == rule}
            wanted = [e for e in self.expect if e["rule"] == rule]
            exact = {(None if one else e.get("file"), e["line"]) for e in wanted if e["line"] is not None}
            rest = got - exact
            faults += [f"{rule} missed at {place}" for place in sorted(exact - got, key=str)]
            for e in wanted:
                if e["line"] is None:
                    file = None if one else e.get("file")
                    mine = {place for place in rest if file is None or place[0] == file}
                    faults += [] if mine else [f"{rule} missed in {file or 'any file'}"]
                    rest -= mine
            faults += [f"{rule} false at {place}" for place in sorted(rest, key=str)]
        return faults


def cases() -> list[Case]:
    """All copied cases, in order of name."""
    found = []
    for labels in sorted(VECTORS.rglob("*labels.json")):
        text = json.loads(labels.read_text("utf-8"))
        if labels.name == "labels.json":
            name = str(labels.parent.relative_to(VECTORS))
            paths = sorted(p for p in labels.parent.iterdir() if p.is_file() and p != labels)
        else:
            name = str(labels.relative_to(VECTORS)).removesuffix(".labels.json")
            paths = [labels.with_name(labels.name.removesuffix(".labels.json") + ".log")]
        files = tuple((path.name, path.read_bytes()) for path in paths)
        found.append(
            Case(
                name, files, labels.parent, tuple(text["judged"]), tuple(text["expect"]),
                text.get("config") or "", text["why"],
            )
        )  # fmt: skip
    return found
