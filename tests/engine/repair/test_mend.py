"""Faults of syntax that a token or a few mend, as the parser tells."""

from __future__ import annotations

import pytest

from midfill.engine.repair.deviation import Deviation
from midfill.engine.repair.mend import Frame, mends
from midfill.grammars.registry import Language, languages

PYTHON = languages()["python"]


def found(code: str, *tokens: tuple[str, str, str], language: Language = PYTHON) -> list[str]:
    """The mends of code in a file, by what a model writes at the end of a beginning: the token
    that is there, and another one. The first promises most."""
    deviations = []
    for promise, (before, token, text) in enumerate(reversed(tokens)):
        at = code.index(before) + len(before)
        assert code.startswith(token, at)
        deviations.append(Deviation(at, token, text, float(promise)))
    return mends(code, deviations[::-1], Frame(language, "\n\n", ""))


def test_a_token_is_put_in() -> None:
    code = "for i char in enumerate(text):\n    print(char)"
    assert found(code, ("for i", " char", ","))[0] == code.replace("i char", "i, char")


def test_a_token_is_put_in_the_place_of_another() -> None:
    assert found("if a = 2:\n    b = 1", ("if a", " =", " ==")) == ["if a == 2:\n    b = 1"]
    assert found("s = 'A\"", ("'A", '"', "'")) == ["s = 'A'"]


def test_a_token_is_left_out_where_what_follows_is_likelier() -> None:
    rust = languages()["rust"]
    code = "fn f(x: f64) -> f64 {\n    let return x % 1.0;\n}"
    assert found(code, ("{\n   ", " let", " return"), language=rust) == [
        code.replace("let return", "return")
    ]


def test_a_fault_that_was_made_twice_needs_two_edits() -> None:
    code = "def f(a)\n    if a\n        return 1"
    assert found(code, ("f(a)", "\n", ":\n"), ("if a", "\n", ":\n")) == [
        "def f(a):\n    if a:\n        return 1"
    ]
    assert found(code, ("f(a)", "\n", ":\n")) == []


def test_what_makes_code_a_comment_comes_last() -> None:
    tokens = ("", "x", "# x"), ("x =", " =", " 1")
    assert found("x = = 1", *tokens) == ["x = 1", "# x = = 1"]


def test_a_bracket_that_is_missing_at_the_end_has_a_line_of_its_own() -> None:
    c = languages()["c"]
    code = "int f(void) {\n    return 1;\n// © 2019"
    assert found(code, ("1;\n", "//", "}"), language=c) == [code.replace("//", "}\n//")]
    code = "int f(void) {\n    return 1;"
    end = Deviation(len(code) + 1, "```", "}\n", 1.0)
    assert mends(code, [end], Frame(c, "", "")) == [f"{code}\n}}"]


def test_of_several_the_most_promising_comes_first() -> None:
    code = "x y = point"
    assert found(code, ("x", " y", ","), ("x", " y", ".")) == [
        "x, y = point",
        "x. y = point",
        "x, = point",
    ]


@pytest.mark.parametrize("code", ["x = 1", "x = (1"])
def test_nothing_is_mended_that_no_parser_finds_wrong_or_no_token_mends(code: str) -> None:
    assert found(code, ("x", " =", " +=")) == []


def test_faults_elsewhere_in_the_file_are_left_alone() -> None:
    frame = Frame(PYTHON, "def broken(:\n    pass\n\n\n", "\n\ndef fine():\n    pass\n")
    code = "def f():\n    return 1 +* 2"
    at = code.index("*")
    assert mends(code, [Deviation(at, "*", " 2", 1.0)], frame) == [code.replace("*", "")]
