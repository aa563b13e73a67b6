"""The form of an answer, for decoding that cannot leave it."""

from __future__ import annotations

from collections.abc import Iterable


def rest_of_block(fence: str, most: int, *, in_line: bool = False) -> str:
    """GBNF for `most` lines, or fewer, and then the closing fence, which only backticks at the
    beginning of a line are: those in a string or a comment end nothing. With `in_line` the first of
    the lines has begun.

    The end of its line may follow: "```\\n" is "``" and "`\\n" to Qwen's tokenizer, so that a model
    which has begun to write it could not end, and would go on for ever.
    """
    fewer = "".join(f' | "{"`" * count}" ([^`\\n] [^\\n]*)?' for count in range(1, len(fence)))
    begun = '[^\\n]* "\\n" ' if in_line else ""
    root = f'{begun}(line "\\n"){{0,{most}}} "{fence}" "\\n"{{0,2}}'
    return f"root ::= {root}\nline ::= ([^`\\n] [^\\n]*)?{fewer}\n"


def blocks(paths: Iterable[str]) -> str:
    """GBNF for search/replace blocks in these files, and no others."""
    named = " | ".join(f'"{_escaped(path)}"' for path in paths)
    return (
        "root ::= block+\n"
        'block ::= path "\\n<<<<<<< SEARCH\\n" line+ "=======\\n" line* ">>>>>>> REPLACE\\n"\n'
        f"path ::= {named}\n"
        'line ::= ([^<=>\\n] [^\\n]* | [<=>] ([^<=>\\n] [^\\n]*)?)? "\\n"\n'
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
