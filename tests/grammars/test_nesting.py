"""Texts that crash a parser, and with it the process, when they nest too deep."""

from __future__ import annotations

import pytest

from midfill.grammars.nesting import brackets, markers
from midfill.grammars.registry import languages
from midfill.grammars.tree import NotParsed, parse


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kotlin", '"${' * 2000),
        ("markdown", "> " * 500),
        ("perl", '"${' * 100),
        ("typst", "[" * 300 + "\n" + "]" * 300),
        ("yaml", "".join(" " * depth + "a:\n" for depth in range(500))),
    ],
)
def test_what_a_parser_cannot_stand_is_refused(language: str, text: str) -> None:
    with pytest.raises(NotParsed, match="deeper"):
        parse(languages()[language], text)


def test_depths() -> None:
    assert brackets("f(a[1], {b})") == 2
    assert brackets("))((") == 2
    assert brackets("") == 0
    assert markers("- - a\n  > b\n") == 4
    assert markers("") == 0
