"""The form of an answer, for decoding that cannot leave it."""

from __future__ import annotations


def rest_of_block(fence: str) -> str:
    """GBNF for whole lines and then the closing fence, which only backticks at the beginning of a
    line are: those in a string or a comment end nothing."""
    fewer = "".join(f' | "{"`" * count}" ([^`\\n] [^\\n]*)?' for count in range(1, len(fence)))
    return f'root ::= (line "\\n")* "{fence}"\nline ::= ([^`\\n] [^\\n]*)?{fewer}\n'
