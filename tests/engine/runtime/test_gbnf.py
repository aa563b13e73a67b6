"""Which grammars llama.cpp is not shown."""

from __future__ import annotations

import pytest

from midfill.engine.errors import UsageError
from midfill.engine.runtime.gbnf import check


@pytest.mark.parametrize(
    ("grammar", "why"),
    [
        ("root ::= " + "(" * 201, "nested"),
        ('root ::= "\\"" ' + "(" * 201 + '"', "nested"),
        ('# a quote: "\nroot ::= ' + "(" * 201 + '"', "nested"),
        ('root ::= "a"{5,2}', "at least 5"),
        ('root ::= "a"{ 5 , 2 }', "at least 5"),
        ("x" * 65_537, "characters"),
    ],
)
def test_what_it_would_not_survive(grammar: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check(grammar)


@pytest.mark.parametrize(
    "grammar",
    [
        "root ::= " + "(" * 200 + '"a"' + ")" * 200,
        'root ::= "' + "(" * 300 + '"',
        "root ::= [" + "(" * 300 + "\\]]",
        'root ::= "a" # ' + "(" * 300,
        'root ::= ("a" | "b")+ ' * 300,
        'root ::= "{5,2}" "a"{2,5} "b"{2,} "c"{3}',
    ],
)
def test_what_it_is_shown(grammar: str) -> None:
    check(grammar)
