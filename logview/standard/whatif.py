"""A standard as it would be with other settings, for `logview review simulate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from logview.errors import UsageError
from logview.standard.load import preset, rule_codes, unknown_rule
from logview.standard.model import Setting, Severity, Standard
from logview.standard.place import suggestion
from logview.standard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence


def changed(
    standard: Standard, *, settings: Sequence[str] = (), preset_name: str | None = None, keys: Sequence[str] = ()
) -> Standard:
    """The standard with changes.

    settings     "LV304=error": code, name or glob, and a severity
    preset_name  the preset to start from instead; options that were set stay
    keys         "job_id=jobId": the id that is asked for as the first is asked for as the second
    raises UsageError  a change that cannot be meant
    """
    rules = dict(standard.rules)
    if preset_name is not None:
        rules = {
            code: Setting(setting.severity, rules[code].options if code in rules else setting.options)
            for code, setting in preset(preset_name).rules.items()
        }
    for text in settings:
        name, _, word = text.partition("=")
        codes = rule_codes(name.strip())
        if not codes:
            raise UsageError(unknown_rule(name.strip()))
        try:
            severity = Severity(word.strip())
        except ValueError:
            known = [one.value for one in Severity]
            hint = suggestion(word, known) or f"; one of {', '.join(known)}"
            raise UsageError(f'"{word}" is no severity{hint}') from None
        for code in codes:
            if severity is Severity.OFF:
                rules.pop(code, None)
            else:
                rules[code] = Setting(severity, rules[code].options if code in rules else RULES[code].options())
    ids = dict(standard.ids)
    for text in keys:
        old, _, new = (part.strip() for part in text.partition("="))
        renamed = next((key for key, one in ids.items() if old in (one.key, key)), None)
        if renamed is None or not new:
            keys_now = ", ".join(one.key for one in ids.values())
            raise UsageError(f'"{text}" renames no id; the keys are {keys_now}: --key job_id=jobId')
        one = ids[renamed]
        aliases = tuple(dict.fromkeys(alias for alias in (one.key, *one.aliases) if alias != new))
        ids[renamed] = msgspec.structs.replace(one, key=new, aliases=aliases)
    return msgspec.structs.replace(
        standard, name=preset_name or standard.name, rules=dict(sorted(rules.items())), ids=ids
    )
