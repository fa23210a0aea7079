"""Text → Query. The whole grammar:

    either   = both { "or" both }
    both     = term { ["and"] term }
    term     = ("-" | "not") term | "(" either ")" | compare | has | rule | word | phrase | "/" regex "/"
    compare  = field operator value { "," value }
    operator = "=" | "!=" | ":" | "~" | "!~" | ">" | ">=" | "<" | "<="

What does not parse is a QueryError that points at the character and says what to write instead.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NoReturn

from logview.errors import QueryError
from logview.query.fields import canonical
from logview.query.model import (
    FIELD,
    KEYWORDS,
    OPERATOR,
    And,
    Breaks,
    Compare,
    Has,
    IsViolation,
    Missing,
    Node,
    Not,
    Op,
    Query,
    Search,
    Text,
    conjunction,
    disjunction,
)
from logview.query.value import LEVEL_NAMES, Moment, Value, moment_of, value_of

if TYPE_CHECKING:
    from datetime import tzinfo

MAX_DEPTH = 100
"""Deepest nesting of brackets and negations; far beyond what anybody writes."""

_BLANK = re.compile(r"\s*")
_COMPARE = re.compile(rf"({FIELD})({OPERATOR})(?!//)")
_OPERATOR = re.compile(OPERATOR)
_WORD = re.compile(r'[^\s()"]+')
_PLAIN_VALUE = re.compile(r'[^\s(),"]+')
_RULE_GLOB = re.compile(r"[A-Za-z0-9*?]+")
_SPELLED = {"n": "\n", "t": "\t", "r": "\r"}
_ORDER = {Op.GT, Op.GE, Op.LT, Op.LE}
_FOREIGN = {"&&": "write both terms one after the other", "||": "write `or`", "|": "write `or`", "&": "leave it out"}


def parse(text: str, *, now_ns: int | None = None, zone: tzinfo | None = None) -> Query:
    """The filter that `text` means.

    now_ns  what "-15m" and "today" count from, ns since the epoch; None: the machine's clock
    zone    of times written without one; None: the machine's local zone
    raises  QueryError with the position and a suggestion
    """
    return _Parser(text, now_ns, zone).whole()


class _Parser:
    def __init__(self, text: str, now_ns: int | None, zone: tzinfo | None) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.now_ns = now_ns
        self.zone = zone

    # -- structure

    def whole(self) -> Query:
        self.blanks()
        if self.at == len(self.text):
            return Query(And(()))
        node = self.either()
        if self.at < len(self.text):
            self.fail("this bracket was never opened", self.at)
        return Query(node)

    def either(self) -> Node:
        parts = [self.both()]
        while self.keyword("or"):
            parts.append(self.both())
        return disjunction(tuple(parts))

    def both(self) -> Node:
        parts = [self.term()]
        while True:
            joined = self.keyword("and")
            self.blanks()
            if not joined and (self.at == len(self.text) or self.peek(")") or self.word_here() == "or"):
                return conjunction(tuple(parts))
            parts.append(self.term())

    def term(self) -> Node:
        self.blanks()
        start = self.at
        if start == len(self.text) or self.peek(")"):
            self.fail("a term is missing here", start)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} deep", start)
        node = self.one_term(start)
        self.depth -= 1
        return node

    def one_term(self, start: int) -> Node:
        here = self.text[start]
        if here == "-":
            self.at += 1
            if self.at == len(self.text) or self.text[self.at].isspace():
                self.fail('a lone "-"; write it directly before what it excludes, as in -service:gateway', start)
            return Not(self.term())
        if self.keyword("not"):
            return Not(self.term())
        if here == "(":
            return self.bracket(start)
        if here == "/":
            return self.slashed(start)
        if here == '"':
            return self.phrase()
        return self.compared_or_word(start)

    def bracket(self, start: int) -> Node:
        self.at += 1
        self.blanks()
        if self.peek(")"):
            self.at += 1
            return And(())
        node = self.either()
        self.blanks()
        if not self.peek(")"):
            self.fail("this bracket is never closed", start)
        self.at += 1
        return node

    # -- leaves

    def slashed(self, start: int) -> Node:
        pattern: list[str] = []
        at = start + 1
        while at < len(self.text) and self.text[at] != "/":
            if self.text[at] == "\\" and at + 1 < len(self.text):
                pattern.append("/" if self.text[at + 1] == "/" else self.text[at : at + 2])
                at += 2
            else:
                pattern.append(self.text[at])
                at += 1
        if at == len(self.text):
            self.fail('no closing "/"; for a path as text write it in quotes: "/var/log"', start)
        if at == start + 1:
            self.fail("an empty pattern matches everything; write something between the slashes", start)
        if at + 1 < len(self.text) and self.text[at + 1] not in " \t\n\r)":
            self.fail('text goes on after the regex; for a path as text write it in quotes: "/var/log"', at + 1)
        self.at = at + 1
        self.check_pattern("".join(pattern), start + 1)
        return Search("".join(pattern))

    def phrase(self) -> Node:
        start = self.at
        body = self.quotes()
        operator = _OPERATOR.match(self.text, self.at)
        if operator:
            self.at = operator.end()
            return self.compare(body, Op(operator[0]), start)
        if not body:
            self.fail("an empty phrase is in every record; leave it out", start)
        return Text(body)

    def compared_or_word(self, start: int) -> Node:
        compared = _COMPARE.match(self.text, start)
        if compared:
            self.at = compared.end()
            return self.compare(compared[1], Op(compared[2]), start)
        found = _WORD.match(self.text, start)
        if found is None:
            self.fail("not understood", start)
        word = found[0]
        if word in _FOREIGN:
            self.fail(f"{word} is not known here; {_FOREIGN[word]}", start)
        if _OPERATOR.match(word):
            self.fail("a field name is missing before the operator; as text, put it in quotes", start)
        if word.lower() in KEYWORDS:
            self.fail(f'a term is missing before "{word}"; to search for the word, put it in quotes', start)
        self.at = found.end()
        return Text(word)

    def compare(self, name: str, op: Op, start: int) -> Node:
        if not name:
            self.fail("a field name is missing before the operator", start)
        if self.at < len(self.text) and self.text[self.at] in "=><~" and op is not Op.REGEX:
            self.foreign_operator(op)
        if op in {Op.GLOB, Op.EQ} and name in {"has", "missing"}:
            field = canonical(self.value(name))
            return Has(field) if name == "has" else Missing(field)
        if op in {Op.GLOB, Op.EQ} and name in {"rule", "violation"}:
            return self.rule()
        if op in {Op.GLOB, Op.EQ} and name == "is":
            return self.claim()
        field = canonical(name)
        if op in {Op.REGEX, Op.NOT_REGEX}:
            at = self.at
            pattern = self.regex_value(name)
            self.check_pattern(pattern, at)
            return Compare(field, op, (Value(pattern),))
        values = [self.typed(field, op, name)]
        while op not in _ORDER and self.peek(","):
            self.at += 1
            values.append(self.typed(field, op, name))
        if self.peek(","):
            self.fail(f"{op.value} takes one value", self.at)
        return Compare(field, op, tuple(values))

    def foreign_operator(self, op: Op) -> NoReturn:
        typed = op.value + self.text[self.at]
        known = {"==": "=", "=>": ">=", "=<": "<=", "=~": "~", ":=": "=", "<>": "!=", "!==": "!=", ">>": ">", "<<": "<"}
        hint = f"; did you mean {known[typed]}?" if typed in known else ""
        self.fail(f"{typed} is no operator{hint}", self.at - len(op.value))

    def rule(self) -> Node:
        globs: list[str] = []
        while True:
            found = _RULE_GLOB.match(self.text, self.at)
            if found is None:
                self.fail("a rule code is missing, as in rule:LV303 or rule:LV3*", self.at)
            if not re.match(r"(?i)[l*?]", found[0]):
                self.fail(f'"{found[0]}" is no rule code; rules are LV001 … LV999, globs like LV3* are fine', self.at)
            globs.append(found[0].upper())
            self.at = found.end()
            if not self.peek(","):
                break
            self.at += 1
        self.ends_here()
        return Breaks(tuple(globs))

    def claim(self) -> Node:
        start = self.at
        word = self.value("is")
        if word != "violation":
            close = difflib.get_close_matches(word, ["violation"], cutoff=0.5)
            self.fail('"is:" knows only is:violation' + ("; did you mean that?" if close else ""), start)
        return IsViolation()

    # -- values

    def typed(self, field: str, op: Op, name: str) -> Value:
        start = self.at
        written = self.value(name)
        moment = self.moment(written) if field == "time" or op in _ORDER else None
        value = value_of(written, moment=moment)
        if field == "level" and op is not Op.GLOB:
            self.check_level(value, start)
        elif field == "time" and op is not Op.GLOB and moment is None:
            self.fail(f'"{written}" is no time; write -15m, 08:15, 2026-11-23 or 2026-11-23T08:00:00Z', start)
        elif op in _ORDER and value.number is None and value.duration_ns is None and moment is None:
            self.fail(f'"{written}" has no order; write a number, a duration like 500ms, or a time', start)
        if field == "time" and re.match(r"\s+\d\d?:\d\d", self.text[self.at :]) and "T" not in written:
            self.fail("write date and time as one, with a T between them: 2026-11-23T08:00", self.at + 1)
        return value

    def moment(self, written: str) -> Moment | None:
        return moment_of(written, now_ns=self.now_ns, zone=self.zone)

    def check_level(self, value: Value, start: int) -> None:
        if value.level is None and value.number is None:
            close = difflib.get_close_matches(value.text.lower(), LEVEL_NAMES, n=1, cutoff=0.5)
            hint = f'did you mean "{close[0]}"?' if close else "write trace, debug, info, warn, error or fatal"
            self.fail(f'"{value.text}" is no level; {hint}', start)

    def check_pattern(self, pattern: str, start: int) -> None:
        from logview.query.regexp import PatternError, searcher

        try:
            searcher(pattern)
        except PatternError as error:
            self.fail(f"bad regex: {error}", min(start + error.position, len(self.text)))

    def value(self, name: str) -> str:
        """One value: quoted, or everything up to a blank, comma or the bracket that closes an outer one."""
        if self.peek('"'):
            body = self.quotes()
            self.ends_here(",")
            return body
        found = _PLAIN_VALUE.match(self.text, self.at)
        if found is None:
            missing = f'a value is missing after "{self.text[self.start_of_term() : self.at]}"'
            self.fail(f'{missing}; for an empty text write {name}=""', self.at)
        self.at = found.end()
        if self.peek("("):
            self.fail("a value with brackets in it needs quotes", self.at)
        self.ends_here(",")
        return found[0]

    def regex_value(self, name: str) -> str:
        """A regex: quoted, or everything up to a blank outside a class or the bracket that closes an outer one."""
        if self.peek('"'):
            body = self.quotes()
            self.ends_here()
            if not body:
                self.fail(f"an empty pattern; to ask whether the field is there write has:{name}", self.at - 1)
            return body
        start = at = self.at
        depth, in_class = 0, False
        while at < len(self.text):
            here = self.text[at]
            if here == "\\":
                at += 2
                continue
            if here.isspace():
                break
            if in_class:
                in_class = here != "]"
            elif here == "[":
                in_class = True
            elif here == "(":
                depth += 1
            elif here == ")":
                if depth == 0:
                    break
                depth -= 1
            at += 1
        self.at = min(at, len(self.text))
        if self.at == start:
            self.fail(f'a pattern is missing after "{name}"', start)
        return self.text[start : self.at]

    def quotes(self) -> str:  # noqa: RET503
        start = self.at
        body: list[str] = []
        at = start + 1
        while at < len(self.text):
            here = self.text[at]
            if here == '"':
                self.at = at + 1
                return "".join(body)
            if here == "\\" and at + 1 < len(self.text):
                follows = self.text[at + 1]
                # Only what `quoted` writes is an escape: a regex or a Windows path keeps its backslashes.
                body.append(follows if follows in '"\\' else _SPELLED.get(follows, "\\" + follows))
                at += 2
                continue
            body.append(here)
            at += 1
        self.fail("this quote is never closed", start)

    # -- characters

    def blanks(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self, what: str) -> bool:
        return self.text.startswith(what, self.at)

    def word_here(self) -> str:
        found = _WORD.match(self.text, self.at)
        return found[0].lower() if found else ""

    def keyword(self, keyword: str) -> bool:
        self.blanks()
        if self.word_here() != keyword:
            return False
        self.at += len(keyword)
        return True

    def start_of_term(self) -> int:
        at = self.at
        while at and not self.text[at - 1].isspace() and self.text[at - 1] != "(":
            at -= 1
        return at

    def ends_here(self, also: str = "") -> None:
        if self.at < len(self.text) and self.text[self.at] not in " \t\n\r\f\v)" + also and not self.blank_here():
            self.fail("a blank is missing here", self.at)

    def blank_here(self) -> bool:
        return self.text[self.at].isspace()

    def fail(self, message: str, position: int) -> NoReturn:
        raise QueryError(message, self.text, position)
