"""What of a text is code: brackets and keywords in comments and strings mean nothing.

Found by regular expressions from what a language declares of its comments, in a fraction of the
time a parser takes; rules of single languages (nested comments, heredocs) are left out.
"""

from __future__ import annotations

import re
from functools import cache

from midfill.grammars.registry import Comments, Language, languages

_UNKNOWN = Comments(line=("//", "#"), block=(("/*", "*/"),))
_TRIPLES = ('"""', "'''")
# Not lifetimes ('a), primes (x'), attributes (X'First): after a word only where it is a prefix.
_QUOTE = r"'(?:(?<![\w&<)\]]')|(?<=\b[bfruBFRU]'))"
# These begin only whole lines of comments.
_AT_LINE_START = ("*", "..")
_LINE = re.compile(r".+")
PAIRS = {"(": ")", "[": "]", "{": "}"}
BRACKET = re.compile(r"[()\[\]{}]")


def code(text: str, language: Language | None) -> tuple[str, str]:
    """`text` with blanks for comments and strings; and the one that is not closed at its end."""
    opened = ""

    def blank(found: re.Match[str]) -> str:
        nonlocal opened
        opened = found[0] if found.lastindex is not None and found.end() == len(text) else ""
        return _LINE.sub(lambda line: " " * len(line[0]), found[0])

    return _not_code(language.name if language else "").sub(blank, text), opened


def opened_in(text: str, language: Language | None) -> str:
    """What begins the long comment or string that the end of `text` lies in; cheap and rough."""
    comments = language.comments if language else _UNKNOWN
    for start, end in comments.block:
        if start != end and text.rfind(start) > text.rfind(end):
            return start
    return next((triple for triple in _TRIPLES if text.count(triple) % 2), "")


def missing(code: str) -> tuple[str, str]:
    """The closing brackets without an opening one, and those that are still to come."""
    lone = ""
    expected: list[str] = []
    for bracket in BRACKET.findall(code):
        if bracket in PAIRS:
            expected.append(PAIRS[bracket])
        elif expected and expected[-1] == bracket:
            expected.pop()
        elif not expected:
            lone += bracket
    return lone, "".join(reversed(expected))


@cache
def _not_code(name: str) -> re.Pattern[str]:
    """What starts first wins: a comment may hold quotes, and a string what begins a comment.

    An empty group marks what may still be open at the end. Each alternative begins with a literal
    character, for which `re` searches ten times faster.
    """
    comments = languages()[name].comments if name else _UNKNOWN
    quotes = ["`"] if ";" in comments.line else [_QUOTE, "`"]  # In Lisp, ' quotes a list.
    blocks = [(re.escape(start), re.escape(end)) for start, end in comments.block]
    blocks += [(triple, triple) for triple in _TRIPLES]
    parts = [rf"{start}(?s:.*?){end}" for start, end in blocks]
    parts += [rf"{start}(?s:.*)\Z()" for start, _ in blocks]
    parts += [_line_comment(mark) for mark in comments.line if mark not in _AT_LINE_START]
    for quote in ['"', *quotes]:
        inner = rf"(?:\\.|[^{quote[0]}\\\n])*"
        end = r"'(?!\w)" if quote == _QUOTE else quote
        parts += [rf"{quote}{inner}{end}", rf"{quote}{inner}\Z()"]
    return re.compile("|".join(parts))


def _line_comment(mark: str) -> str:
    if mark == '"':  # Vim's; with a second one on the line it is a string.
        return r'"[^"\n]*(?=\n|\Z)()'
    if len(mark) == 1:  # Not in $#, ${#x}, \%.
        return rf"{re.escape(mark)}(?<![\\$\w{{&].).*()"
    return rf"{re.escape(mark)}.*()"
