"""The rules, one family per file, and the registry that knows them all."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from logview.standard.rules import (  # noqa: F401  each file registers its rules
    across,
    correlation,
    divergence,
    errors,
    framing,
    handoff,
    identity,
    keynames,
    level,
    lifecycle,
    liveness,
    message,
    privacy,
    styles,
    timestamp,
    values,
    wording,
)
from logview.standard.rules.registry import ENTRIES

if TYPE_CHECKING:
    from logview.standard.model import Rule

if importlib.util.find_spec("logview.standard.rules.source") is not None:
    importlib.import_module("logview.standard.rules.source")

RULES: dict[str, Rule] = {code: ENTRIES[code].rule for code in sorted(ENTRIES)}
"""Every rule by code, in code order."""
BY_NAME: dict[str, Rule] = {known.name: known for known in RULES.values()}
"""Every rule by name: "job-id-missing"."""
