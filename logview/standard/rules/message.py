"""LV401–LV409: does the message say one thing, in words, with the data beside it?"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar

from logview.decode import literals, marks
from logview.standard.model import Options, Regex, Severity
from logview.standard.pattern import pattern
from logview.standard.rules.registry import Hit, Late, Mode, Tracker, rule
from logview.standard.template import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logview.standard.rules.rows import Rows
    from logview.standard.rules.seen import Seen

MAX_TEMPLATES = 4_096
MAX_DATA_CHARS = 65_536


def first_line(seen: Seen) -> str:
    """The message without continuation lines of a text layout."""
    return seen.message if seen.is_json else seen.message.partition("\n")[0]


@rule("LV401", "message-missing", Severity.ERROR, needs="message")
def message_missing(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""A record without a message, or with one that is not text.

    Why: Nobody knows what happened; lists, templates and alerts are built on the text (ECS logging spec: `message` is
    required).

    Bad:
        {"level":30,"time":1748939461100,"jobId":"job-7f3a"}

    Bad:
        {"level":30,"time":1748938500700,"msg":42}

    Good:
        {"level":30,"time":1748939462500,"msg":"job scheduled"}

    Pino: pass a text after the object: `log.info({ job_id }, 'job scheduled')`
    Python: pass a text first: `log.info("job scheduled", extra=…)`
    """
    if not seen.is_json or seen.record.message or marks.LONG in seen.record.marks:
        return
    value = seen.record.message_value
    if value is not None and not isinstance(value, str):
        yield Hit("the message is not a text", field=seen.record.message_key or "msg", found=str(value))
    else:
        yield Hit("the record has no message", field=seen.record.message_key or "msg")


class Dynamic(Options, frozen=True):
    """Options of LV402."""

    max_distinct: int = 20
    window: int = 100


_NUMBER = re.compile(
    r"(?<![\w./-])-?\d+(?:[.,:]\d+)*(?:%|(?:ms|us|µs|ns|s|sec|m|min|h|kb|mb|gb|kib|mib|gib|b|x)\b)?(?![\w])",
    re.IGNORECASE,
)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w/.:~])/(?:[\w.@+-]+/)+[\w.@+-]*|(?<![\w])[A-Za-z]:\\[\w.-]+\\[\w.\\-]+")


def dynamic_part(message: str) -> str | None:
    """The first number, UUID or absolute path in `message`; names with digits (http2, s3, p95) are none."""
    if "/" not in message and "\\" not in message and not any(char.isdigit() for char in message):
        return None
    found = _UUID.search(message) or _PATH.search(message) or _NUMBER.search(message)
    return found[0] if found else None


@rule("LV402", "message-dynamic", Severity.WARN, needs="message", options=Dynamic)
def message_dynamic(seen: Seen, _options: Dynamic) -> Iterator[Hit]:
    r"""Data in the message and in no field; or one call site that writes a new message each time.

    Why: The message is the name of the event. When it changes, nothing can be counted or grouped, and the numbers in it
    cannot be plotted (sloglint static-msg; ruff G004).

    Config:
        [rules]
        LV402 = { max_distinct = 3 }

    Bad:
        {"level":30,"time":1748939473000,"msg":"solved 12 routes in 950 ms"}

    Bad:
        {"level":30,"time":1748939491200,"n":0,"msg":"route 0 checked"}
        {"level":30,"time":1748939491900,"n":1,"msg":"route 37 checked"}
        {"level":30,"time":1748939492600,"n":2,"msg":"route 74 checked"}
        {"level":30,"time":1748939493300,"n":3,"msg":"route 111 checked"}

    Good:
        {"level":30,"time":1748939476500,"routes":12,"duration_ms":950,"msg":"plan solved"}

    Good:
        {"level":30,"time":1748939477200,"msg":"http2 enabled"}

    Options:
        max_distinct  messages one template may have within the window
        window  records of the template that are looked at

    Pino: keep the text constant and pass the data as fields: `log.info({ routes, duration_ms }, 'plan solved')`
    Python: keep the text constant and pass the data as fields: `log.info("plan solved", extra={"routes": n})`
    """
    if not seen.is_json or not seen.message or seen.user_fields or seen.ids or seen.errors:
        return
    data = seen.data
    if any(isinstance(data.get(key), dict) for key in ("req", "res", "request", "response", "http")):
        return
    found = dynamic_part(seen.message)
    if found is not None:
        message = f'"{found}" stands only in the message'
        yield Hit(message, field=seen.record.message_key or "message", found=found)


@rule("LV402", "message-dynamic", Severity.WARN, scope="S", beside="LV402")
class MessageDynamic(Tracker):
    """The stream half of LV402: too many messages of one template within a window."""

    mode: ClassVar[Mode] = "hole"

    def __init__(self, options: Any, late: Late) -> None:
        super().__init__(options, late)
        self._templates: OrderedDict[str, tuple[list[int], OrderedDict[str, int]]] = OrderedDict()
        self._told: set[str] = set()

    def see(self, seen: Seen, times: int = 1) -> Iterable[Hit]:  # noqa: ARG002
        """Keep the last distinct messages of each template that has a hole."""
        if seen.is_plain or not seen.message or HOLE not in seen.template or seen.template in self._told:
            return ()
        if not self._is_too_many(seen.template, seen.message):
            return ()
        return (self._hit(seen),)

    def sweep(self, rows: Rows) -> Iterable[tuple[int, Hit]]:
        """The same, by template and message alone."""
        dynamic = rows.where(
            lambda one: one.has_hole and not one.is_plain and bool(one.message) and one.template not in self._told
        )
        for row in dynamic.nonzero()[0].tolist():
            template = rows.facts[rows.kind[row]].template
            if template not in self._told and self._is_too_many(template, rows.message(row)):
                yield row, self._hit(rows.seen(row))

    def _is_too_many(self, template: str, message: str) -> bool:
        known = self._templates.get(template)
        if known is None:
            known = self._templates[template] = ([0], OrderedDict())
            if len(self._templates) > MAX_TEMPLATES:
                self._templates.popitem(last=False)
        counter, messages = known
        counter[0] += 1
        messages[message] = counter[0]
        messages.move_to_end(message)
        while messages and next(iter(messages.values())) <= counter[0] - self.options.window:
            messages.popitem(last=False)
        if len(messages) <= self.options.max_distinct:
            return False
        del self._templates[template]
        if len(self._told) < MAX_TEMPLATES:
            self._told.add(template)
        return True

    def _hit(self, seen: Seen) -> Hit:
        text = f"one call site wrote more than {self.options.max_distinct} messages in {self.options.window} records"
        return Hit(text, field=seen.record.message_key or "message", found=seen.template)


_PRINTF = re.compile(r"(?<![\d%\w])%(?:\(\w+\)[-+#0 ]*[.\d]*[sdifrxeg]|[-+#0]*[.\d]*[sdifjoOrx](?![A-Za-z0-9]))")
_BRACES = re.compile(r"(?<![$\w])\{[A-Za-z_][\w.]*(?:\[\w+\])?(?:![rsa])?(?::[^{}\s]*)?\}")
_TEMPLATE_LITERAL = re.compile(r"\$\{[^{}]*\}")
_OBJECT_AT = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")
_UNDEFINED = re.compile(r"\bundefined\b")
_ENGINE_WORDING = re.compile(
    r"properties of undefined|of undefined \((?:reading|setting)|undefined is not|is undefined$|undefined \(evaluating"
)


class Leftover(Options, frozen=True):
    """Options of LV403."""

    patterns: tuple[Regex, ...] = ()


@rule("LV403", "placeholder-leftover", Severity.ERROR, options=Leftover, needs="message")
def placeholder_leftover(seen: Seen, options: Leftover) -> Iterator[Hit]:
    r"""A placeholder that nobody filled.

    Why: The value is lost: the call had too few arguments, an f was forgotten, or an object was joined to a text
    (pylint
    E1206, ruff PLE1206).

    Bad:
        {"level":30,"time":1748939636800,"msg":"job %s took long"}

    Bad:
        {"level":30,"time":1748939638900,"msg":"payload [object Object]"}

    Good:
        {"level":30,"time":1748939642400,"msg":"disk 80%, cpu 20%"}

    Options:
        patterns  further regular expressions of leftovers

    Pino: give the call as many arguments as the text has conversions, or pass the value as a field
    Python: give the call as many arguments as the text has conversions, or pass the value in `extra`
    """
    message = seen.message
    if not message or seen.is_plain:
        return
    text = first_line(seen)
    found = _leftover(text, seen)
    if found is None and options.patterns:
        found = next((m[0] for m in (pattern(p).search(text) for p in options.patterns) if m), None)
    if found is not None:
        yield Hit(f'"{found}" was never filled', field=seen.record.message_key or "message", found=found)


def _leftover(text: str, seen: Seen) -> str | None:
    if "%" in text and (found := _PRINTF.search(text)):
        return found[0]
    if "{" in text:
        if found := _TEMPLATE_LITERAL.search(text):
            return found[0]
        if (found := _BRACES.search(text)) and not is_data(text):
            return found[0]
    if "[object Object]" in text:
        return "[object Object]"
    if " at 0x" in text and (found := _OBJECT_AT.search(text)):
        return found[0]
    if "undefined" in text and _UNDEFINED.search(text) and not _ENGINE_WORDING.search(text):
        own = seen.record.error.message if seen.record.error is not None else None
        if not own or "undefined" not in own or own not in text:
            return "undefined"
    return None


class Length(Options, frozen=True):
    """Options of LV404."""

    max: int = 200


@rule("LV404", "message-too-long", Severity.INFO, needs="message", options=Length)
def message_too_long(seen: Seen, options: Length) -> Iterator[Hit]:
    r"""A message of more characters than anybody reads in a list.

    Why: A message is a name; what is long is data.

    Config:
        [rules]
        LV404 = { max = 20 }

    Bad:
        {"level":30,"time":1748939660600,"msg":"queue depth sampled for the third time"}

    Good:
        {"level":30,"time":1748939662700,"text":"queue depth sampled for the third time","msg":"sampled"}

    Options:
        max  characters (code points) a message may have

    Pino: move the data to fields
    Python: move the data to fields
    """
    if len(seen.message) > options.max and not seen.is_plain and len(first_line(seen)) > options.max:
        count = len(first_line(seen))
        message = f"the message has {count} characters; {options.max} are enough"
        yield Hit(message, field=seen.record.message_key or "message", found=seen.message)


_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NAMES = {"\n": "a line feed", "\r": "a carriage return", "\x1b": "ESC", "\x00": "NUL", "\x7f": "DEL"}


@rule("LV405", "message-control-chars", Severity.WARN, needs="message")
def message_control_chars(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""Control or direction characters in the message.

    Why: User input that was joined to the text can forge a second record or turn the line around (OWASP ASVS 5.0,
    16.4.1;
    CWE-117; "Trojan Source", CVE-2021-42574).

    Bad:
        {"level":30,"time":1748939674600,"msg":"line one\nline two"}

    Good:
        {"level":30,"time":1748939682300,"text":"a\nb","msg":"שלום"}

    Pino: pass user input as a field, not in the text
    Python: pass user input in `extra`, not in the text
    """
    if seen.is_plain or not seen.message or (seen.message.isprintable() and seen.message.isascii()):
        return
    text = first_line(seen)
    for found in _CONTROL.finditer(text.removesuffix("\n")):
        char = found[0]
        # A raw ESC of a text layout is the color code LV005 reports.
        if char == "\x1b" and not seen.is_json:
            continue
        name = _NAMES.get(char, f"U+{ord(char):04X}")
        yield Hit(f"{name} in the message", field=seen.record.message_key or "message", found=seen.message)
        return


_DICT_START = re.compile(r"\{\s*(?:'[^']*'|\"[^\"]*\"|\d+)\s*:")


def is_data(text: str) -> bool:
    """Whether the whole text is a JSON object, an array of objects, or a Python dictionary as `repr` writes it."""
    text = text.strip()
    if len(text) > MAX_DATA_CHARS or not text.startswith(("{", "[")) or not text.endswith(("}", "]")):
        return False
    if text.startswith("[") and "{" not in text:
        return False
    if text.startswith("{") and _DICT_START.match(text) is None:
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = literals.literal(text)
        except literals.BAD_LITERAL:
            # repr() of a dictionary with objects in it: {'job': <Job 7>, …}
            return text[:2] == "{'" and text[-1] == "}" and "': " in text
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict) and bool(value)


@rule("LV406", "message-is-data", Severity.WARN, needs="message")
def message_is_data(seen: Seen, _options: Options) -> Iterator[Hit]:
    r"""The whole message is a JSON object or a dictionary.

    Why: Data inside a text cannot be filtered (GitLab "Logging development guidelines").

    Bad:
        {"level":30,"time":1748939692100,"msg":"{\"jobId\":\"job-7f3a\",\"event\":\"scheduled\"}"}

    Bad:
        2025-06-03 08:34:52,800 INFO optimizer.solver {'event': 'solve', 'job_id': 'job-7f3a'}

    Good:
        {"level":30,"time":1748939695600,"msg":"[3/12] solved"}

    Pino: pass the object first, without `JSON.stringify`
    Python: pass the dictionary as `extra`
    """
    if not seen.is_plain and seen.message[:1] in ("{", "[", " ") and is_data(first_line(seen)):
        yield Hit("the message is data", field=seen.record.message_key or "message", found=seen.message)


_DECORATION = re.compile(r"^[>=*\-#]{3,}|[>=*\-#]{3,}$")


class Style(Options, frozen=True):
    """Options of LV407."""

    case: str = "lower"
    punct: bool = False


@rule("LV407", "message-style", Severity.INFO, needs="message", options=Style)
def message_style(seen: Seen, options: Style) -> Iterator[Hit]:
    r"""A leading capital, trailing punctuation or decoration.

    Why: Messages are compared and searched as names; sentences and arrows make variants of them (sloglint msg-style).

    Bad:
        {"level":30,"time":1748939708200,"msg":"Job scheduled"}

    Bad:
        {"level":30,"time":1748939711000,"msg":"=== start ==="}

    Good:
        {"level":30,"time":1748939713100,"msg":"GET /healthz"}

    Options:
        case  "lower": a word in front must not be capitalised; "any" allows it
        punct  true allows trailing punctuation

    Pino: write a lower-case phrase without punctuation: 'job scheduled'
    Python: write a lower-case phrase without punctuation: "job scheduled"
    """
    text = first_line(seen).strip()
    if len(text) < 2 or seen.is_plain:
        return
    if options.case == "lower" and text[0].isupper() and text[1].islower():
        fault = "starts with a capital"
    elif not options.punct and (text.endswith((".", "…", "!!"))):
        fault = "ends in punctuation"
    elif _DECORATION.search(text):
        fault = "is decorated"
    else:
        return
    yield Hit(f"the message {fault}", field=seen.record.message_key or "message", found=seen.message)


class Vague(Options, frozen=True):
    """Options of LV408."""

    words: tuple[str, ...] = ("here", "done", "error", "failed", "test")


@rule("LV408", "message-vague", Severity.WARN, needs="message", options=Vague)
def message_vague(seen: Seen, options: Vague) -> Iterator[Hit]:
    r"""A message of one word that says nothing.

    Why: Found in a search among ten thousand of its kind (OWASP Logging Cheat Sheet "what").

    Bad:
        {"level":30,"time":1748939729900,"msg":"done"}

    Good:
        {"level":30,"time":1748939733400,"msg":"solve done"}

    Options:
        words  messages that say nothing, compared without case and punctuation

    Pino: write what happened to what: 'job scheduled'
    Python: write what happened to what: "job scheduled"
    """
    if seen.is_plain or not seen.message or len(seen.message) > 40:
        return
    text = seen.message.strip().strip(".,:;!?…-–—*#=>< \t\"'()[]").lower()
    if text in options.words:
        yield Hit("the message says nothing", field=seen.record.message_key or "message", found=seen.message)


_PREFIX = re.compile(r"\[([^\[\]]*[^\W\d_][^\[\]]*)\]")


class Prefix(Options, frozen=True):
    """Options of LV409."""

    pattern: Regex = ""


@rule("LV409", "context-prefix", Severity.INFO, needs="message", options=Prefix)
def context_prefix(seen: Seen, options: Prefix) -> Iterator[Hit]:
    r"""Context written in brackets in front of the message.

    Why: It is a field that cannot be filtered, and every context makes another message.

    Bad:
        {"level":30,"time":1748939747400,"msg":"[job=job-7f3a] scheduled"}

    Good:
        {"level":30,"time":1748939753000,"msg":"[3/12] solved"}

    Options:
        pattern  a regular expression to use instead

    Pino: bind it with `child({ component: 'sched' })`, not with `msgPrefix`
    Python: add it in a Filter or with `extra`, not in a LoggerAdapter's `process`
    """
    if seen.is_plain:
        return
    if options.pattern:
        found = pattern(options.pattern).match(seen.message)
    elif seen.message[:1] == "[":
        found = _PREFIX.match(seen.message)
        if found and (found[1].lstrip()[:1] in ("{", '"', "'") or found[1] == "object Object"):
            return
        # Celery's worker layout: `optimizer.solve[<task id>]: …`.
        if (
            found
            and seen.is_text
            and _UUID.fullmatch(found[1])
            and f"{seen.record.logger}{found[0]}" in seen.record.first
        ):
            return
    else:
        return
    if found:
        message = f'"{found[0]}" is context, written as text'
        yield Hit(message, field=seen.record.message_key or "message", found=found[0])
