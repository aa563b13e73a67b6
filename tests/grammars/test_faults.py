from __future__ import annotations

import pytest

from midfill.grammars.faults import new_errors, syntax_errors
from midfill.grammars.registry import languages
from midfill.grammars.tree import parse


def new(language: str, before: str, after: str) -> list[str]:
    known = languages()[language]
    found = new_errors(parse(known, before), parse(known, after))
    return [after[fault.start : fault.end] for fault in found]


GOOD = "def f(a):\n    return g(a)\n"
BAD = "def h(:\n    x = )\n"


def test_a_missing_token_is_told() -> None:
    (fault,) = syntax_errors(parse(languages()["c"], "int f(void) { return 1 }\n"))
    assert fault.kind == "missing ;"


def test_a_new_error_is_told_among_old_ones() -> None:
    assert not new("python", GOOD + BAD, GOOD + BAD)
    assert new("python", GOOD + BAD, GOOD.replace("(a)\n", "(a]]\n") + BAD)
    assert new("python", GOOD, GOOD + BAD)


def test_old_errors_move_with_their_lines() -> None:
    assert not new("python", GOOD + BAD, "import os\n\n" + GOOD + BAD)
    assert not new("python", GOOD + "x = )\n", "x = )\n" + GOOD)
    assert not new("python", "import os\n\n" + GOOD + BAD, GOOD + BAD)


def test_old_errors_between_two_changes_stay_old() -> None:
    assert not new("python", "a = 1\nx = )\nb = 1\n", "aa = 2\n\nx = )\nbb = 2\n")


def test_a_second_error_of_the_same_words_is_new() -> None:
    assert new("python", "x = )\n", "x = )\ny = 1\nx = )\n")


def test_repairing_an_error_brings_none() -> None:
    assert not new("python", BAD + GOOD, "def h():\n    x = 1\n" + GOOD)


@pytest.mark.parametrize(
    ("language", "valid", "broken"),
    [
        (
            "kotlin",
            "interface I { val a: Int; companion object { const val K = 1 } }\n",
            "fun f() { g( }\n",
        ),
        ("css", "a { background: url(?x=1&y=2); }\n", "b { c: d; }}\n"),
        ("scss", ".a { &:not(.b):hover { width: calc(1px + #{$x}); } }\n", "b { c: ; }}\n"),
        ("tcl", "puts $State(sash)\n", "proc f {x} {\n"),
    ],
)
def test_errors_a_parser_sees_in_valid_code_are_not_new(
    language: str, valid: str, broken: str
) -> None:
    known = languages()[language]
    assert syntax_errors(parse(known, valid)), "the parser has learned it: choose other code"
    assert not new(language, valid, "\n\n" + valid)
    assert new(language, valid, valid + broken)
