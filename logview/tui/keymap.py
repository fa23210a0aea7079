"""Every key of the viewer, once: bindings, footer, help screen, palette and docs/keys.md are made from this table.

A user's keymap (`[keys]` in logview.toml: id → keys) replaces keys by id. Knows no widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Key:
    """One thing the viewer can do, and the keys that do it."""

    id: str
    """"job.only": stable, what a user's keymap names."""
    keys: str
    """Textual key names, comma-separated; the first is the one shown."""
    action: str
    label: str
    """Two words at most, for the footer."""
    help: str
    """One sentence, for help, palette and docs."""
    group: str
    """The heading it stands under in the help."""
    where: str = "main"
    """Which widget or screen binds it: app, main, lines, chips, prompt, outline, panel, fields, rules,
    page."""
    footer: int = 0
    """0: not in the footer; else its rank, 1 leftmost."""
    palette: bool = True
    """Whether it makes sense to choose it from a list (moving the cursor does not)."""


MOVE, FIND, FILTER, JOB, LOOK, READ, APP, IN_OUTLINE, IN_PROMPT = (
    "Moving", "Finding", "Filtering", "Following a job", "Violations", "Reading a record", "Viewer",
    "In the record panel and in pages", "While typing a filter or a search",
)  # fmt: skip

KEYS: tuple[Key, ...] = (
    Key("move.up", "up,k", "move(-1)", "up", "One record up; stops following.", MOVE, "lines", palette=False),
    Key("move.down", "down", "move(1)", "down", "One record down.", MOVE, "lines", palette=False),
    Key("move.page-up", "pageup,ctrl+u", "page(-1)", "page up", "One page up.", MOVE, "lines", palette=False),
    Key("move.page-down", "pagedown,ctrl+d", "page(1)", "page down", "One page down.", MOVE, "lines", palette=False),
    Key("move.home", "home,g", "home", "first", "The first record.", MOVE, "lines"),
    Key("move.end", "end,G", "end", "newest", "The newest record, and follow what comes.", MOVE, "lines", footer=9),
    Key("move.follow", "space", "follow", "follow", "Follow new records, or hold still.", MOVE, "lines"),
    Key("move.field-left", "left", "field(-1)", "field", "The field to the left.", MOVE, "lines", palette=False),
    Key("move.field-right", "right", "field(1)", "field", "The field to the right.", MOVE, "lines", palette=False),
    Key("move.shift-left", "shift+left,less_than_sign", "shift(-16)", "scroll", "Scroll the messages left.", MOVE,
        "lines", palette=False),
    Key("move.shift-right", "shift+right,greater_than_sign", "shift(16)", "scroll",
        "Scroll the messages right, to read long ones.", MOVE, "lines", palette=False),
    Key("move.panel", "tab", "other_pane", "panel", "From the timeline to the record panel and back.", MOVE),
    Key("move.time", "ctrl+t", "time_column", "time", "Time of day, time since the record above, or time since the "
        "marked record (the first, if none is).", MOVE),
    Key("move.zone", "Z", "zone", "zone", "Times in the local zone or in UTC.", MOVE),

    Key("find.search", "slash", "search", "search", "Search for text or /regex/ without hiding anything.", FIND,
        footer=3),
    Key("find.next", "n", "find_next(1)", "next", "The next record that matches the search.", FIND),
    Key("find.previous", "N", "find_next(-1)", "previous", "The previous record that matches the search.", FIND),
    Key("find.error", "e", "find_error(1)", "next error", "The next record of level error or fatal.", FIND, footer=7),
    Key("find.error-back", "ctrl+e", "find_error(-1)", "previous error", "The previous error.", FIND),
    Key("find.warning", "a", "find_warning(1)", "next warning", "The next warning or worse.", FIND),
    Key("find.warning-back", "A", "find_warning(-1)", "previous warning", "The previous warning or worse.", FIND),

    Key("find.time", "t", "moment", "go to time", "Go to a time: 17:40, 2026-11-23 17:40:05, or +5m from this record.",
        FIND),
    Key("mark.toggle", "m", "mark", "mark", "Mark this record, or take its mark away.", FIND),
    Key("mark.next", "u", "find_mark(1)", "next mark", "The next marked record.", FIND),
    Key("mark.previous", "U", "find_mark(-1)", "previous mark", "The previous marked record.", FIND),

    Key("filter.edit", "f", "filter", "filter", "Write a filter in the query language; Tab completes.", FILTER,
        footer=2),
    Key("filter.include", "plus", "include", "filter in", "Only records with the value under the cursor.", FILTER),
    Key("filter.exclude", "minus", "exclude", "filter out", "Hide records with the value under the cursor.", FILTER),
    Key("filter.level", "l", "level", "level", "Raise the lowest level shown: all, info, warn, error, all.", FILTER),
    Key("filter.clear-above", "c", "clear_above", "from now", "Hide everything up to now; what comes next stays.",
        FILTER),
    Key("filter.chips", "F", "chips", "chips", "Walk the filters: switch one off, negate, edit or remove it.", FILTER),
    Key("filter.lift", "z", "lift", "all around", "All filters off, to see what stands around this record; again: on.",
        FILTER),
    Key("filter.fields", "d", "fields", "fields", "The fields of the records shown: how many have each, and with which "
        "values.", FILTER),
    Key("filter.copy-command", "ctrl+y", "copy_command", "as command", "Copy the command line that shows this view.",
        FILTER),
    Key("filter.solo", "s", "solo", "solo", "Only the service of this record; again: all services.", FILTER),
    Key("filter.mute", "1,2,3,4,5,6,7,8,9", "mute", "mute", "Mute or unmute the service with this number.", FILTER,
        palette=False),
    Key("filter.all-services", "0", "unmute", "all services", "Show all services again.", FILTER),

    Key("job.only", "j", "job", "this job", "Only this record's job, across services and spellings; shows first to "
        "last time.", JOB, footer=4),
    Key("job.request", "J", "request", "this request", "Only this record's request, else its trace.", JOB),

    Key("look.next", "v", "find_violation(1)", "violation", "The next record that breaks the standard.", LOOK,
        footer=5),
    Key("look.previous", "p", "find_violation(-1)", "previous violation", "The previous one.", LOOK),
    Key("look.only", "V", "only_violations", "only violations", "Show only records that break the standard.", LOOK,
        footer=6),
    Key("look.rules", "r", "rules", "rules", "Violations by rule, message and record.", LOOK, footer=8),
    Key("look.explain", "x", "explain", "explain", "The page of the rule this record breaks: why, bad, good.", LOOK),
    Key("look.waive", "w", "waive", "waive", "Allow this violation until a day, with a reason; goes into logview.toml.",
        LOOK),

    Key("read.details", "enter", "details", "details", "Open the record panel; again: move into it.", READ, footer=1),
    Key("read.copy", "y", "copy", "copy", "Copy the record's line.", READ),
    Key("read.copy-raw", "Y", "copy_raw", "copy raw", "Copy the record as it was written, control characters made "
        "visible.", READ),
    Key("read.column", "T", "column", "column", "Show the field under the cursor as a column, or take its column away.",
        READ),
    Key("read.source", "E", "open_source", "source", "Open the logging call of this record in your editor.", READ),
    Key("read.export", "ctrl+s", "export", "export", "Write the records shown, or the marked ones, to a file: .log, "
        ".jsonl, .txt or .md.", READ),

    Key("app.back", "escape", "back", "back", "Take back the last step: filter, search, mute, panel.", APP),
    Key("app.compare", "C", "compare", "compare", "Two services' logging side by side.", APP),
    Key("app.overview", "o", "overview", "overview", "Show or hide the histogram of levels over time.", APP),
    Key("app.notices", "i", "notices", "notices", "What happened to the sources: rotations, gaps, exits.", APP),
    Key("app.help", "question_mark,f1", "help", "help", "All keys, and the query language on a page.", APP, footer=10),
    Key("app.palette", "ctrl+p", "command_palette", "palette", "Every action by name.", APP, "app", palette=False),
    Key("app.suspend", "ctrl+z", "suspend_process", "suspend", "Back to the shell; `fg` returns.", APP, "app"),
    Key("app.quit", "q,ctrl+q,ctrl+c", "quit", "quit", "Leave.", APP, "app", footer=11),

    Key("chips.left", "left,up", "chip(-1)", "left", "The chip to the left.", "In the filter chips", "chips",
        palette=False),
    Key("chips.right", "right,down,tab", "chip(1)", "right", "The chip to the right.", "In the filter chips", "chips",
        palette=False),
    Key("chips.toggle", "space", "toggle_chip", "on/off", "Switch the filter off, or on again.",
        "In the filter chips", "chips", footer=1, palette=False),
    Key("chips.negate", "minus,exclamation_mark", "negate_chip", "negate", "Turn the filter round.",
        "In the filter chips", "chips", footer=2, palette=False),
    Key("chips.edit", "enter,f", "edit_chip", "edit", "Edit the filter.", "In the filter chips", "chips", footer=3,
        palette=False),
    Key("chips.remove", "delete,backspace,x", "remove_chip", "remove", "Remove the filter.", "In the filter chips",
        "chips", footer=4, palette=False),
    Key("chips.back", "escape", "leave_chips", "back", "Back to the timeline.", "In the filter chips", "chips",
        footer=5, palette=False),

    Key("outline.up", "up,k", "move(-1)", "up", "One line up.", IN_OUTLINE, "outline", palette=False),
    Key("outline.down", "down", "move(1)", "down", "One line down.", IN_OUTLINE, "outline", palette=False),
    Key("outline.page-up", "pageup", "page(-1)", "page up", "One page up.", IN_OUTLINE, "outline", palette=False),
    Key("outline.page-down", "pagedown", "page(1)", "page down", "One page down.", IN_OUTLINE, "outline",
        palette=False),
    Key("outline.home", "home,g", "edge(-1)", "top", "The first line.", IN_OUTLINE, "outline", palette=False),
    Key("outline.end", "end,G", "edge(1)", "bottom", "The last line.", IN_OUTLINE, "outline", palette=False),
    Key("outline.fold", "space,left,right", "fold", "fold", "Fold or unfold the part under the cursor.", IN_OUTLINE,
        "outline", footer=1, palette=False),
    Key("panel.enter", "enter", "enter", "open", "Unfold; on a violation: explain its rule; on a source line: open "
        "it.", IN_OUTLINE, "panel", footer=2, palette=False),
    Key("panel.back", "escape", "leave_panel", "back", "Back to the timeline; the panel stays.", IN_OUTLINE, "panel",
        footer=4, palette=False),

    Key("prompt.apply", "enter", "submit", "apply", "Apply the filter, or find what is searched.", IN_PROMPT, "prompt",
        footer=1, palette=False),
    Key("prompt.complete", "tab", "complete", "complete", "Take the chosen completion.", IN_PROMPT, "prompt", footer=2,
        palette=False),
    Key("prompt.next", "down", "choose(1)", "next", "Choose the next completion.", IN_PROMPT, "prompt", footer=3,
        palette=False),
    Key("prompt.previous", "up", "choose(-1)", "previous", "Choose the previous completion; in an empty line, "
        "what was typed before.", IN_PROMPT, "prompt",
        palette=False),
    Key("prompt.cancel", "escape,ctrl+c", "cancel", "give up", "Back to the timeline; nothing changes.", IN_PROMPT,
        "prompt", footer=4, palette=False),

    Key("page.close", "escape,q", "close", "back", "Back to the timeline.", "In a page", "page", footer=9,
        palette=False),
    Key("fields.open", "enter", "choose", "open", "Unfold a field; on a value: only the records that have it.",
        "In the fields page", "fields", footer=1, palette=False),
    Key("fields.include", "plus", "filter", "filter in", "Only records with this value, or with this field.",
        "In the fields page", "fields", footer=2, palette=False),
    Key("fields.exclude", "minus", "filter('-')", "filter out", "Only records without this value, or without this "
        "field.", "In the fields page", "fields", footer=3, palette=False),
    Key("rules.open", "enter", "choose", "open", "Unfold; on a record: go to it.", "In the rules page", "rules",
        footer=1, palette=False),
    Key("rules.explain", "x", "explain", "explain", "The rule's page.", "In the rules page", "rules", footer=2,
        palette=False),
    Key("rules.filter", "f", "filter", "filter", "Show only the records of this rule in the timeline.",
        "In the rules page", "rules", footer=3, palette=False),
)  # fmt: skip

BY_ID = {key.id: key for key in KEYS}

NAMES = {
    "slash": "/", "plus": "+", "minus": "-", "question_mark": "?", "less_than_sign": "<", "greater_than_sign": ">",
    "exclamation_mark": "!", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
    "delete": "Del", "backspace": "Bksp", "f1": "F1",
}  # fmt: skip


def shown(key: str) -> str:
    """One key as a person reads it: `ctrl+p` stays, `slash` is `/`."""
    *modifiers, name = key.strip().split("+")
    return "+".join([*modifiers, NAMES.get(name, name)])


def shown_keys(keys: str) -> str:
    """All keys of an entry: `↑ k`; the nine digits as `1–9`."""
    if keys == "1,2,3,4,5,6,7,8,9":
        return "1–9"
    return " ".join(shown(key) for key in keys.split(","))


def bindings(*where: str) -> list[BindingType]:
    """The Textual bindings of one widget or screen; a key that counts (1–9) carries its number into the action."""
    made: list[BindingType] = []
    for key in KEYS:
        if key.where not in where:
            continue
        if key.id == "filter.mute":
            made += [
                Binding(digit, f"mute({digit})", key.help, show=False, id=f"filter.mute-{digit}")
                for digit in key.keys.split(",")
            ]
            continue
        # What the application binds works from everywhere, text inputs included, only if it has priority there;
        # letters must not: they are typed.
        made.append(Binding(key.keys, key.action, key.label, tooltip=key.help, show=key.footer > 0, id=key.id))
    return made


def unknown_ids(keymap: Mapping[str, str]) -> list[str]:
    """Ids in a user's keymap that no key has."""
    return [name for name in keymap if name not in BY_ID]


def page() -> str:
    """docs/keys.md: every key under its heading."""
    lines = [
        "# Keys",
        "",
        "Made from `logview/tui/keymap.py` by `make docs`; do not edit.",
        "",
        "Every key can be changed in `logview.toml` by its id:",
        "",
        "```toml",
        "[keys]",
        '"find.search" = "slash,ctrl+f"',
        "```",
    ]
    for group in dict.fromkeys(key.group for key in KEYS):
        lines += ["", f"## {group}", "", "| key | does | id |", "|---|---|---|"]
        lines += [
            f"| {' '.join(f'`{part}`' for part in shown_keys(key.keys).split(' '))} | {key.help} | `{key.id}` |"
            for key in KEYS
            if key.group == group
        ]
    return "\n".join(lines) + "\n"
