"""One line or many."""

from __future__ import annotations

import textwrap

import pytest

from midfill.engine.completion.code import code, missing, opened_in
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import Extent, extent
from midfill.grammars.registry import languages

# The language, what is expected, and the text with its cursor.
CASES = [
    # An empty body: indented by the editor, whatever opened it.
    ("python", "block", "def area(r):\n    ¦"),
    ("python", "block", "def area(r):\n    ¦\n\ndef other():\n    pass"),
    ("python", "block", 'def area(r):\n    """Area of\n\n  a circle."""\n    ¦\n'),
    ("python", "block", "def area(r):\n    # Pi is roughly three.\n    ¦"),
    ("python", "block", "def area(\n    r,\n) -> float:\n    ¦"),
    ("go", "block", "func area(r float64) float64 {\n\t¦\n}"),
    ("c", "block", "if (a &&\n    (b || c)) {\n  ¦\n}"),
    ("ruby", "block", "def area(r)\n  ¦\nend"),
    ("lua", "block", "for i = 1, 10 do\n  ¦\nend"),
    ("elixir", "block", "def area(r) do\n  ¦\nend"),
    ("haskell", "block", "area r =\n  ¦"),
    ("common_lisp", "block", "(defun area (r)\n  ¦"),
    ("html", "block", "<ul>\n  ¦\n</ul>"),
    ("yaml", "block", "jobs:\n  ¦"),
    (None, "block", "whatever opens this\n  ¦"),
    # An open bracket.
    ("python", "block", "total = sum(¦"),
    ("python", "block", "names = [\n    ¦\n]"),
    ("go", "block", "func area(r float64) float64 {¦"),
    ("javascript", "block", "function area(r) {¦}"),
    ("javascript", "block", "items.map((item) => {¦});"),
    (None, "block", "call {¦"),
    # The answer decides: the rest of the line, or a body.
    ("python", "body", "def area(r):¦"),
    ("ruby", "body", "def area(r)¦\nend"),
    ("python", "body", "x = 1¦"),
    ("python", "body", "x = 1\n¦"),
    ("python", "body", "    return 1\n\n¦"),
    ("python", "body", "¦"),
    ("c", "body", "    if (a) return b;¦\n}"),
    # The body is there.
    ("python", "line", "def area(r):¦\n    return r"),
    ("python", "line", "def area(r):\n    ¦\n    return r"),
    ("python", "line", "def area(r):\n    ¦\n\n    return r"),
    ("go", "line", "func area(r float64) float64 {¦\n\treturn r\n}"),
    ("ruby", "line", "def area(r)\n  ¦\n  r\nend"),
    # In the middle of a line.
    ("python", "line", "total = sum(¦)"),
    ("python", "line", "total = [¦]"),
    ("python", "line", "if x ¦ == 3:"),
    ("python", "line", "def area(¦):"),
    # What looks like it is no code.
    ("python", "line", "# the body:¦"),
    ("python", "line", "# sizes {¦"),
    ("python", "line", 'print("sizes {¦'),
    ("python", "line", 'def area(r):\n    """Area of:\n    ¦'),
    ("c", "line", "/* sizes {\n   ¦"),
    ("rust", "block", "fn longest<'a>(x: &'a str, y: &'a str) -> &'a str {¦"),
]


def _cursor(language: str | None, text: str, explicit: bool = False) -> Cursor:
    prefix, _, suffix = text.partition("¦")
    return Cursor(prefix, suffix, languages()[language] if language else None, explicit)


@pytest.mark.parametrize(("language", "kind", "text"), CASES)
def test_kind(language: str | None, kind: str, text: str) -> None:
    assert extent(_cursor(language, text)).kind == kind
    windows = text.replace("\n", "\r\n")
    assert extent(_cursor(language, windows)).kind == kind


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "class A:\n    def f(self):\n        ¦", Extent("block", 4)),
        ("go", "\tif x {\n\t\t¦\n\t}", Extent("block", 4, closed=True)),
        ("go", "\tif x {\n\t\t¦\n}", Extent("block", 4)),
        ("c", "if (a &&\n    (b || c)) {\n  ¦\n}", Extent("block", 0, closed=True)),
        ("javascript", "  f(() => {¦})", Extent("block", 2)),
        ("ruby", "  def f\n    ¦\n  end", Extent("block", 2, closed=True)),
        ("python", "def f():\n    ¦\nend = 1", Extent("block", 0)),
        ("json", '  "a": {\n    ¦\n  }', Extent("block", 2, closed=True)),
        ("cpp", "class A {\npublic:\n    ¦\n};", Extent("block", 0, closed=True, labelled=True)),
    ],
)
def test_where_a_block_ends(language: str, text: str, expected: Extent) -> None:
    assert extent(_cursor(language, text)) == expected


def test_an_explicit_request_on_a_blank_line_wants_a_paragraph() -> None:
    text = "x = 1\n\n# Adds two numbers.\n¦\n\nprint(x)"
    assert extent(_cursor("python", text)).kind == "body"
    assert extent(_cursor("python", text, explicit=True)) == Extent("paragraph", -1)
    assert extent(_cursor("python", "x = ¦", explicit=True)).kind == "body"


def test_the_window_may_begin_inside_a_string_or_comment() -> None:
    lines = "".join(f"line {n} of the text, as it's told:\n" for n in range(1000))
    for language, opening, closing in (
        ("python", 'TEXT = """\n', '"""\n'),
        ("c", "/*\n", "*/\n"),
    ):
        inside = _cursor(language, f"{opening}{lines}    it says:¦")
        assert extent(inside).kind == "line"
        behind = _cursor(language, f"{opening}{lines}{closing}call(¦")
        assert extent(behind).kind == "block"
        assert len(behind.before) < 20_000


def test_a_minified_line_is_no_trouble() -> None:
    cursor = _cursor("javascript", "call([1, 2], {a: 'b'});" * 10_000 + "¦")
    assert extent(cursor).kind == "body"


@pytest.mark.parametrize(
    ("language", "text", "expected", "inside"),
    [
        ("python", "f('(') # (", "f(   )    ", True),
        ("python", 'f\'(\' + r"\\"(" + x', "f    + r      + x", False),
        ("python", '"""(\n( """ (', "    \n      (", False),
        ("python", "x = 'it", "x =    ", True),
        ("javascript", "`(` /* ( */ + '(' // (", "            +        ", True),
        ("rust", "f<'a, 'b>(x: &'a T, '(')", "f<'a, 'b>(x: &'a T,    )", False),
        ("haskell", "x' = g x' '('", "x' = g x'    ", False),
        ("common_lisp", "'(a b) '(c d) ; (", "'(a b) '(c d)    ", True),
        ("verilog", "8'hFF + 4'b(", "8'hFF + 4'b(", False),
        ("shell", "echo $# ${#x} # (", "echo $# ${#x}    ", True),
        ("vimscript", 'let x = "(" | call f( " (', "let x =     | call f(    ", True),
        ("pascal", "x := { ( } 1 (* ( *) + 2", "x :=       1         + 2", False),
        (None, "x = '(' // (", "x =         ", True),
    ],
)
def test_code(language: str | None, text: str, expected: str, inside: bool) -> None:
    blanked, ends_inside = code(text, languages()[language] if language else None)
    assert blanked.rstrip() == expected.rstrip()
    assert len(blanked) == len(text)
    assert bool(ends_inside) == inside


def test_opened_in() -> None:
    python, c = languages()["python"], languages()["c"]
    assert opened_in('x = """a\n', python) == '"""'
    assert opened_in('x = """a"""\n', python) == ""
    assert opened_in("/* a */ /* b\n", c) == "/*"
    assert opened_in("/* a */ b\n", c) == ""


def test_missing() -> None:
    assert missing("f(a, [b]") == ("", ")")
    assert missing("}) + f({[") == ("})", "]})")
    assert missing("a)") == (")", "")
    assert missing(textwrap.dedent("f(a){ b }")) == ("", "")
