"""A definition in few words: its signature, the first sentence about it, and what it has in it.

Bodies are left out with the language's own means, so that what is shown still reads as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import dedent, indent

from midfill.engine.completion.code import code
from midfill.engine.context.store import Site
from midfill.grammars.registry import Language

# Definitions that consist of others.
CONTAINERS = frozenset({"class", "enum", "interface", "type", "module"})
# A signature is looked for in so many characters, and one of more lines is cut.
_LONGEST = 2000
_MOST_LINES = 8
# A value that is longer than this tells less than its name.
_LONGEST_VALUE = 160
_LONGEST_DOC = 120
_OPENING, _CLOSING = "([", ")]"
_MARKS = re.compile(r"^[\s/*#\-;%!\"'`({|]+|[\s*/\-\"'`)}|]+$")


def skeleton(
    text: str, site: Site, inside: Iterable[Site], language: Language | None, *, doc: bool = True
) -> str:
    """The definition `site` of the file `text`, of whose members only those `inside` are shown.

    A function is shown as its signature, a constant with its value, a class with the signatures of
    its members; those that stand beside it in the file, as in Go and Rust, come after it.
    """
    margin = _margin(text, site.start)
    head = dedent(margin + _head(text, site, language))
    summary = _summary(text, site) if doc else ""
    members: list[str] = []
    beside: list[str] = []
    for each in inside:
        within = site.start < each.start and each.end <= site.end
        (members if within else beside).append(skeleton(text, each, (), language, doc=False))
    shown = _laid_out(head, summary, _documented_inside(site), members, site, language)
    if beside and site.language == "rust":
        beside = [f"impl {site.name} {{", *(indent(each, "    ") for each in beside), "}"]
    return "\n".join([shown, *beside])


def whole(text: str, site: Site) -> str:
    """All of a definition, with a comment that documents it, moved to the left margin."""
    start = min(site.start, site.doc[0]) if site.doc else site.start
    return dedent(_margin(text, start) + text[start : site.end])


def remark(names: Iterable[str], language: Language | None) -> str:
    """A comment for the end of a line that lists `names`."""
    listed = ", ".join(names)
    marks = language.comments.line if language else ()
    return f"  {marks[0]} {listed}" if listed and marks else ""


def lines_of(text: str, site: Site) -> tuple[int, int]:
    """The first and the last line of a definition, 1-based."""
    return site.line, site.line + text.count("\n", site.start, site.end)


def _laid_out(
    head: str,
    summary: str,
    inside: bool,
    members: Sequence[str],
    site: Site,
    language: Language | None,
) -> str:
    style = language.blocks if language else "braces"
    # Python has documentation strings; what stands above a definition elsewhere is a comment.
    comment = _comment(summary, language) if summary and not inside else ""
    body = [f'"""{summary}"""'] if summary and inside else []
    if members or body or site.kind in CONTAINERS or site.kind in ("function", "method"):
        body += members or ["..."]
    if not body:
        return comment + head
    if style == "indentation":
        if body == ["..."]:
            return f"{comment}{head} ..."
        return comment + head + "\n" + indent("\n".join(body), "    ")
    if style != "braces":
        return comment + "\n".join([head, *(indent(each, "  ") for each in members)])
    if not members:
        return f"{comment}{head} {{ ... }}" if head.endswith((")", ">")) else comment + head
    return comment + head + " {\n" + indent("\n".join(members), "    ") + "\n}"


def _head(text: str, site: Site, language: Language | None) -> str:
    """The definition up to its body, or its beginning where it has none."""
    whole = text[site.start : min(site.end, site.start + _LONGEST)]
    if site.kind in ("constant", "field", "variable", "macro"):
        return whole if len(whole) <= _LONGEST_VALUE else f"{whole[:_LONGEST_VALUE].rstrip()} ..."
    blank, _ = code(whole, language)
    style = language.blocks if language else "braces"
    depth, after = 0, site.name_start - site.start
    for at, character in enumerate(blank):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif depth <= 0 and at > after and _ends(character, blank, at, style):
            whole = whole[: at + 1] if character == ":" else whole[:at]
            break
    lines = whole.rstrip().split("\n")
    return "\n".join(lines[:_MOST_LINES]).rstrip()


def _ends(character: str, blank: str, at: int, style: str) -> bool:
    """Whether a header ends at `character`, outside of all brackets."""
    match style:
        case "braces":
            if character == "\n":  # before a brace on a line of its own, too
                return True
            return character in "{;"
        case "indentation":
            return character == "\n" or (character == ":" and blank[at + 1 : at + 2] != ":")
        case _:
            return character == "\n"


def _summary(text: str, site: Site) -> str:
    """The first line of the documentation that says something."""
    if site.doc is None:
        return ""
    for line in text[slice(*site.doc)].split("\n"):
        said = _MARKS.sub("", line).strip()
        if said:
            return said[:_LONGEST_DOC]
    return ""


def _documented_inside(site: Site) -> bool:
    return site.doc is not None and site.doc[0] > site.start


def _comment(summary: str, language: Language | None) -> str:
    comments = language.comments if language else None
    if comments is None or not (comments.line or comments.block):
        return ""
    if comments.line:
        return f"{comments.line[0]} {summary}\n"
    start, end = comments.block[0]
    return f"{start} {summary} {end}\n"


def _margin(text: str, start: int) -> str:
    """The blank space before `start` on its line."""
    line = text.rfind("\n", 0, start) + 1
    before = text[line:start]
    return before if before.isspace() else ""
