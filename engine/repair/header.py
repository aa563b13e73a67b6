"""Where the signature of a definition ends."""

from __future__ import annotations

from midfill.engine.completion.code import code
from midfill.grammars.outline import NAMED_ONLY, Definition
from midfill.grammars.registry import Language

_OPENING, _CLOSING = "([", ")]"


def header_end(text: str, definition: Definition, language: Language | None) -> int | None:
    """The offset in `text` after the signature; None where it cannot be told from the body.

    It ends with the brace or colon that begins the body, or with its line.
    """
    if language is None or definition.kind in NAMED_ONLY:
        return None
    blank, _ = code(text[definition.start : definition.end], language)
    depth = 0
    at = definition.name_start - definition.start
    while at < len(blank):
        character = blank[at]
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif depth == 0 and _ends(blank, at, language.blocks):
            return definition.start + at + (character != "\n")
        elif depth == 0 and character == "\n" and language.blocks == "braces":
            rest = blank[at:].lstrip()
            if not rest.startswith("{"):
                return None
        at += 1
    return None


def _ends(blank: str, at: int, style: str) -> bool:
    match style:
        case "braces":
            return blank[at] == "{"
        case "indentation":
            return blank[at] == ":" and blank[at + 1 : at + 2] != "="
        case "keywords":
            return blank[at] == "\n"
        case _:
            return False
