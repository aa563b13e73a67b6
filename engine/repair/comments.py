"""Where comments and documentation strings are, in code that may not be valid."""

from __future__ import annotations

import re
from functools import cache

from midfill.grammars.registry import Comments, Language, languages

_UNKNOWN = Comments(line=("//", "#"), block=(("/*", "*/"),))
TRIPLES = ('"""', "'''")
_INNER = re.compile(r"[^\r\n]")


def without(text: str, language: Language | None) -> str:
    """The text with blanks for its comments, as long as before.

    What begins in a string is none, and neither is what never ends. A string in three quotes that
    is the first statement of a block documents it, as in Python.
    """
    documented = language is not None and language.blocks == "indentation"

    def blank(found: re.Match[str]) -> str:
        if found["string"] is not None and not (documented and _stands_alone(text, found)):
            return found[0]
        return _INNER.sub(" ", found[0])

    return _tokens(language.name if language else "").sub(blank, text)


def _stands_alone(text: str, found: re.Match[str]) -> bool:
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    after = text[found.end() :].partition("\n")[0]
    if not found[0].startswith(TRIPLES) or line.strip(" \trRuU") or after.strip():
        return False
    before = text[: found.start() - len(line)].rstrip()
    return not before or before.endswith(":")


@cache
def _tokens(name: str) -> re.Pattern[str]:
    """Comments and strings; what starts first wins."""
    comments = languages()[name].comments if name else _UNKNOWN
    blocks = [rf"{re.escape(start)}(?s:.*?){re.escape(end)}" for start, end in comments.block]
    marks = [_line_comment(mark) for mark in comments.line]
    strings = [rf"{triple}(?s:.*?){triple}" for triple in TRIPLES]
    strings += [rf"{quote}(?:\\.|[^{quote}\\\r\n])*{quote}" for quote in '"`']
    # A lone quote begins a lifetime or a list, or ends a name with a prime.
    single = r"'(?:\\[^'\r\n]+|[^'\\\r\n])'" if _is_lone(name) else r"'(?:\\.|[^'\\\r\n])*'"
    return re.compile("|".join([*blocks, *marks, f"(?P<string>{'|'.join([*strings, single])})"]))


def _line_comment(mark: str) -> str:
    if mark == '"':  # Vim's, which also begins strings
        return r'(?m:^)[ \t]*"[^\r\n]*'
    if len(mark) == 1:  # not in $#, ${#x}, \%
        return rf"(?<![\\$\w{{&]){re.escape(mark)}[^\r\n]*"
    return rf"{re.escape(mark)}[^\r\n]*"


def _is_lone(name: str) -> bool:
    return name in ("rust", "haskell", "ocaml") or ";" in (
        languages()[name].comments.line if name else ()
    )
