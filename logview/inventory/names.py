"""Words of identifiers and messages that both languages share: identifiers of jobs, printf conversions, masks."""

from __future__ import annotations

import re

from logview.standard.keys import snake

JOB_KEYS = frozenset({"job_id", "jobid", "job"})
"""Snake forms under which a job's id is passed: jobId, job_id, jobID, job.id, job."""

HARMLESS_CALLS = re.compile(
    r"(?i)^(len|bool|boolean|id|type|typeof|isinstance|hash|is_?\w*|has_?\w*)$"
    r"|mask|redact|censor|obfuscat|sanitiz|scrub|anonymi|hashed|sha\d|digest|fingerprint|truncate"
)
"""Functions whose result is no secret although their argument is."""

_PYTHON_CONVERSION = re.compile(
    r"%(?:(?P<percent>%)|(?P<name>\([^)]*\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?[hlL]?"
    r"[diouxXeEfFgGcrsa])"
)
_PINO_CONVERSION = re.compile(r"%(?:(?P<percent>%)|[sdifjoOc])")
_BARE = re.compile(r"(?<![%\w])%(?:\.\d+)?[sdifjoO](?![A-Za-z0-9_])")
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}!:]*)(?:![rsa])?(?::[^{}]*)?\}")


def is_job_name(name: str) -> bool:
    """A parameter that holds a job's id: jobId, job_id, jobID."""
    return snake(name) in {"job_id", "jobid"}


def is_job_key(name: str) -> bool:
    """A field key under which the standard finds a job's id."""
    return snake(name.rsplit(".", 1)[-1] if name.startswith("labels.") else name) in JOB_KEYS


def python_conversions(text: str) -> tuple[int, bool]:
    """How many arguments `text % args` takes, and whether it takes one mapping (`%(name)s`) instead."""
    count, mapping = 0, False
    for match in _PYTHON_CONVERSION.finditer(text):
        if match["percent"]:
            continue
        mapping = mapping or match["name"] is not None
        count += 1 + (match["width"] == "*") + (match["precision"] == "*")
    return count, mapping


def pino_conversions(text: str) -> int:
    """How many arguments pino's format string takes (quick-format-unescaped: s d i f j o O, `%%` is a percent)."""
    return sum(not match["percent"] for match in _PINO_CONVERSION.finditer(text))


def bare_conversions(text: str) -> int:
    """Conversions that nobody writes by chance, for messages without arguments: `%s`, `%d`, `%.2f`; not "100% of"."""
    return len(_BARE.findall(text))


def brace_fields(text: str) -> tuple[int, frozenset[str]]:
    """Positional `{}` fields of a str.format text, counted, and the names of the others.

    A numbered field counts up to its number.
    """
    automatic, highest, names = 0, 0, set()
    for match in _BRACES.finditer(text):
        if match["name"] is None:
            continue
        head = re.split(r"[.\[]", match["name"], maxsplit=1)[0]
        if head == "":
            automatic += 1
        elif head.isdigit():
            highest = max(highest, int(head) + 1)
        else:
            names.add(head)
    return max(automatic, highest), frozenset(names)
