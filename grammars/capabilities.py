"""What works for a language; the cases under `tests/grammars/cases` prove each claim."""

from __future__ import annotations

import msgspec

from midfill.grammars.registry import Language
from midfill.grammars.syntax import grammar, query_source


class Capabilities(msgspec.Struct, frozen=True):
    """`parser`: it loads here. `enclosing`: the definition a cursor stands in can be told."""

    parser: bool
    definitions: bool
    references: bool
    enclosing: bool
    errors: bool


def capabilities(language: Language) -> Capabilities:
    """What the language's queries, or its scanner, provide on this machine."""
    if language.scanner is not None:
        definitions = bool(language.scanner.definitions)
        return Capabilities(True, definitions, bool(language.scanner.references), definitions, True)
    if not _loads(language):
        return Capabilities(False, False, False, False, False)
    tags = query_source(language, "tags")
    definitions = "@definition." in tags
    here = not language.isolated
    return Capabilities(
        parser=True,
        definitions=definitions,
        references="@reference." in tags,
        enclosing=definitions and language.encloses and here,
        errors=language.reports_errors and here,
    )


def _loads(language: Language) -> bool:
    try:
        grammar(language.name)
    except (ImportError, LookupError):
        return False
    return True
