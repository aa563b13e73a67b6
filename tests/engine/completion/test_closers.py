"""What editors closed right of the cursor, and suggestions that close it too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.completion.closers import before_closers, take_over
from midfill.engine.completion.cursor import CLOSERS, Cursor
from midfill.engine.completion.reason import Reason
from midfill.grammars.registry import languages

# The language, the text with its cursor, the suggestion, and what becomes of it all.
CASES = [
    ("python", "print(¦)", "x, y)", "print(x, y)¦"),
    ("python", "print(¦)", "x, y", "print(x, y¦)"),
    ("python", "print(¦)", "f(x), y", "print(f(x), y¦)"),
    ("python", "if check(¦)", "x):", "if check(x):¦"),
    ("python", "f(g(¦))", "x) + 1", "f(g(x) + 1¦)"),
    ("python", "f(g(¦))", "x) + y[0])", "f(g(x) + y[0])¦"),
    ("python", "f(a[¦])", "0])", "f(a[0])¦"),
    ("python", "f(a[¦])", "0)", "f(a[0)¦])"),
    ("python", 'print("¦")', 'it (", x)', 'print("it (", x)¦'),
    ("python", 'print("¦")', "it's)", 'print("it\'s)¦")'),
    ("python", "f('¦')", "a\\'b')", "f('a\\'b')¦"),
    ("python", 'x = """¦"""', 'text"""', 'x = """text"""¦'),
    ("python", "f(¦)", 'x, ")")', 'f(x, ")")¦'),
    ("python", "    f(¦),", "x),", "    f(x),¦"),
    ("python", "    f(¦),", "x)", "    f(x)¦,"),
    ("javascript", "f(¦);", "x);", "f(x);¦"),
    ("javascript", "f(¦ ) ;", "x);", "f(x);¦"),
    ("javascript", "let x = ¦;", "f(y);", "let x = f(y);¦"),
    ("javascript", "let x = ¦;", "f(y)", "let x = f(y)¦;"),
    ("java", "List<¦>", "String> names", "List<String> names¦"),
    ("java", "List<¦>", "Map<A, B>> names", "List<Map<A, B>> names¦"),
    ("cpp", "std::vector<¦>", "a->b", "std::vector<a->b¦>"),
    ("javascript", "  f(() => {¦});", "\n    g();\n  });", "  f(() => {\n    g();\n  });¦"),
    ("javascript", "  f(() => {¦});", "\n    g();", "  f(() => {\n    g();\n  });¦"),
]


def _cursor(language: str, text: str) -> Cursor:
    before, _, after = text.partition("¦")
    return Cursor.between(before, after + "\nbelow()\n", languages()[language])


@pytest.mark.parametrize(("language", "text", "suggestion", "expected"), CASES)
def test_they_are_replaced(language: str, text: str, suggestion: str, expected: str) -> None:
    cursor = _cursor(language, text)
    taken = take_over(suggestion, cursor)
    assert not isinstance(taken, Reason)
    assert f"{cursor.prefix}{taken[0]}¦{cursor.closers[taken[1] :]}" == expected


@pytest.mark.parametrize(
    ("text", "suggestion", "expected"),
    [
        ("print(¦)", "x, y)", "x, y"),
        ("print(¦)", "f(x), y", "f(x), y"),
        ("if check(¦)", "x):", "x"),
        ('print("¦")', 'it", x)', "it"),
        ("x = ¦;", "f(y);", "f(y)"),
        ("x = ¦", "f(y)", "f(y)"),
        ("print(¦)", ")", Reason.CLOSED),
    ],
)
def test_they_stay_where_a_client_only_inserts(
    text: str, suggestion: str, expected: str | Reason
) -> None:
    assert before_closers(suggestion, _cursor("python", text)) == expected


@pytest.mark.parametrize(("text", "suggestion"), [("f(¦)", ")"), ("f(g(¦))", "))"), ("x¦;", ";")])
def test_what_only_closes_is_no_suggestion(text: str, suggestion: str) -> None:
    assert take_over(suggestion, _cursor("python", text)) is Reason.CLOSED


def test_code_to_the_right_is_part_of_the_suffix() -> None:
    assert Cursor.between("f(", ") + 1\n").closers == ""
    assert Cursor.between("f(", ") \r\nx").closers == ") "
    assert Cursor.between("f(", ")").suffix == ""


@given(
    st.text(alphabet="(a", max_size=6),
    st.text(alphabet=")]}\"'; ,>", max_size=6),
    st.text(alphabet="()[]{}<>ab\"' ;,\n", max_size=12),
    st.sampled_from(list(languages())),
)
def test_what_is_replaced_is_in_the_text(
    prefix: str, closers: str, text: str, language: str
) -> None:
    cursor = Cursor.between(prefix, closers + "\nx", languages()[language])
    assert cursor.closers == closers
    assert CLOSERS.fullmatch(closers)
    taken = take_over(text, cursor)
    if not isinstance(taken, Reason):
        assert taken[0].startswith(text)
        rest = iter(taken[0])
        assert all(sign in rest for sign in closers[: taken[1]] if not sign.isspace())
    inserted = before_closers(text, cursor)
    assert isinstance(inserted, Reason) or text.startswith(inserted)
