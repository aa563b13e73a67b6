"""Imports that a file lacks: how others have them, and where they go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midfill.engine.repair import lines
from midfill.grammars.outline import Import, imports
from midfill.grammars.tree import Tree

_UNDEFINED = re.compile(
    r"(?:[Uu]ndefined(?: name|:) |[Cc]annot find name )['\"`]?(?P<name>[\w$]+)"
    r"|(?P<other>[\w$]+)['\"`]? is not defined"
)
_DOCSTRING = re.compile(r"[rR]?(\"\"\"|''')[\s\S]*?\1[^\n]*(?:\n|$)")
_ALONE = re.compile(r"\(\s*([^()]*?),?\s*\)")


def undefined(message: str) -> str:
    """The name that a failure calls undefined; "" if it is about something else."""
    found = _UNDEFINED.search(message)
    return (found["name"] or found["other"]) if found else ""


def importing(tree: Tree, name: str) -> Iterator[tuple[Import, str]]:
    """The imports at the margin that bring in the name, each with a statement for it alone.

    Raises:
        NotParsed: a query took too long.
    """
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    found = imports(tree)
    starts = [each.start for each in found]
    for each in found:
        start = tree.text.rfind("\n", 0, each.start) + 1
        end = tree.text.find("\n", each.end)
        statement = tree.text[start : end if end >= 0 else None].rstrip()
        if starts.count(each.start) > 1 or lines.margin(statement):
            continue
        if len(each.names) > 1:
            statement = _for_one(statement, each.names, name)
        if "\n" not in statement and word.search(statement):
            yield each, statement


def _for_one(statement: str, names: tuple[str, ...], name: str) -> str:
    """The statement with one name in the place of several."""
    all_of_them = re.search(
        rf"(?<![\w$.]){re.escape(names[0])}(?![\w$])[\w$\s,]*"
        rf"(?<![\w$]){re.escape(names[-1])}(?: +as +[\w$]+)?,?",
        statement,
    )
    if all_of_them is None:
        return ""
    taken = [" ".join(each.split()) for each in all_of_them[0].split(",")]
    one = next((each for each in taken if each.split()[-1:] == [name]), "")
    alone = statement[: all_of_them.start()] + one + statement[all_of_them.end() :]
    return _ALONE.sub(r"\1", alone) if one else ""


def place(tree: Tree) -> int:
    """Where another import goes: behind the last at the margin, or below what is said of the file.

    Raises:
        NotParsed: a query took too long.
    """
    text = tree.text
    at_margin = [each.end for each in imports(tree) if _begins(text, each) not in (" ", "\t")]
    if at_margin:
        return _next_line(text, at_margin[-1] - 1)
    at = 0
    while at < len(text):
        line = text[at : _next_line(text, at)]
        if not line.startswith(("#!", *tree.language.comments.line)):
            break
        at += len(line)
    docstring = _DOCSTRING.match(text, at) if tree.language.name == "python" else None
    return docstring.end() if docstring else at


def _begins(text: str, each: Import) -> str:
    """The first character of the line that the import begins in."""
    return text[text.rfind("\n", 0, each.start) + 1]


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end + 1 if end >= 0 else len(text)
