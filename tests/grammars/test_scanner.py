from __future__ import annotations

from midfill.grammars.faults import new_errors, syntax_errors
from midfill.grammars.outline import definitions, references
from midfill.grammars.registry import languages
from midfill.grammars.tree import parse

AWK = languages()["awk"]
COFFEE = languages()["coffeescript"]


def test_strings_comments_and_regular_expressions_are_no_code() -> None:
    text = '# function a() {\n{ print "function b() {" }\n/function c() {/ { d(1) }\n'
    tree = parse(AWK, text)
    assert definitions(tree) == []
    assert [each.name for each in references(tree)] == ["d"]
    assert syntax_errors(tree) == []


def test_brackets_without_their_other_half_are_errors() -> None:
    good = parse(AWK, "function f(x) {\n  return g(x)\n}\n")
    bad = parse(AWK, "function f(x) {\n  return g(x\n}\n")
    assert not syntax_errors(good)
    assert new_errors(good, bad)
    assert not new_errors(bad, parse(AWK, "\n\nfunction f(x) {\n  return g(x\n}\n"))


def test_a_body_ends_with_its_brace() -> None:
    text = "function f(x)\n{\n  if (x) { y }\n}\n{ print }\n"
    (found,) = definitions(parse(AWK, text))
    assert text[found.start : found.end] == "function f(x)\n{\n  if (x) { y }\n}"


def test_a_body_ends_with_its_indentation() -> None:
    text = "f = (x) ->\n  a x\n\n  b x\n\nc = 1\n"
    (found,) = definitions(parse(COFFEE, text))
    assert text[found.start : found.end] == "f = (x) ->\n  a x\n\n  b x"


def test_interpolation_and_block_strings_are_skipped() -> None:
    text = 'f = ->\n  """\n  g = -> {\n  """\n  \'h = -> (\'\nk = -> 1\n'
    tree = parse(COFFEE, text)
    assert [each.name for each in definitions(tree)] == ["f", "k"]
    assert not syntax_errors(tree)
