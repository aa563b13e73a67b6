from __future__ import annotations

from pathlib import Path

import pytest

from midfill.grammars.cursor import block_at, enclosing_definition
from midfill.grammars.outline import definitions, references
from midfill.grammars.registry import languages
from midfill.grammars.tree import Span, parse

CURSOR = "‸"
# fmt: off
TYPED = [
    "ada", "c", "clojure", "cpp", "csharp", "dart", "elm", "fortran", "fsharp", "go", "java",
    "javascript", "julia", "kotlin", "lua", "pascal", "php", "python", "r", "ruby", "rust",
    "scala", "scheme", "shell", "swift", "typescript", "vhdl", "visual_basic",
]
# fmt: on


def enclosing(language: str, marked: str) -> str | None:
    tree = parse(languages()[language], marked.replace(CURSOR, ""))
    found = enclosing_definition(tree, marked.index(CURSOR))
    return found.qualified if found else None


def block(language: str, marked: str) -> str | None:
    text = marked.replace(CURSOR, "")
    found = block_at(parse(languages()[language], text), marked.index(CURSOR))
    return text[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("def f():\n    x = 1\n    ‸\n\ny = 2\n", "f"),
        ("def f():\n    x = 1\n\n\n    ‸", "f"),
        ("def f():\n    x = 1\n‸\n\ny = 2\n", None),
        ("class A:\n    def f(self):\n        x = 1\n    ‸\n", "A"),
        ("class A:\n    def f(self):\n        x = 1\n        ‸\n", "A.f"),
        ("class A:\n    def f(self):\n        x = 1\n\n‸\n    def g(self): pass\n", "A"),
        ("def f():\n    ‸", "f"),
        ("def f():\n    return ‸\n\ny = 2\n", "f"),
        ("x‸ = 1\n\ndef f(): pass\n", "x"),
        ("‸", None),
        ("@cache\n‸def f(): pass\n", "f"),
    ],
)
def test_enclosing_definition_follows_indentation(marked: str, expected: str | None) -> None:
    assert enclosing("python", marked) == expected


@pytest.mark.parametrize(
    ("language", "marked", "expected"),
    [
        ("python", "if a:\n    b\n    ‸\nc\n", "if a:\n    b"),
        ("python", "if a:\n    b\n‸\nc\n", None),
        ("python", "def f():\n    if a:\n        b\n    ‸\n", "def f():\n    if a:\n        b"),
        ("python", "if a:\n    b‸\nc\n", "if a:\n    b"),
        ("python", "if a:\n    return ‸\nc\n", "if a:\n    return"),
        ("c", "int f(void) {\n  if (a) {\n    b();\n  }\n  ‸\n}\n", None),
        ("c", "int f(void) ‸{ return 1; }\n", None),
        ("c", "int f(void) {‸ return 1; }\n", "{ return 1; }"),
        ("c", "int f(void) { return 1; }‸\n", None),
        ("lua", "if a then\n  ‸\nend\n", "if a then\n  \nend"),
    ],
)
def test_block_at(language: str, marked: str, expected: str | None) -> None:
    if language == "c" and expected is None and marked.count("{") == 2:
        expected = marked[marked.index("{") :].replace(CURSOR, "").rstrip()
    assert block(language, marked) == expected


def docs(language: str, text: str) -> dict[str, str]:
    found = definitions(parse(languages()[language], text))
    return {each.name: text[each.doc.start : each.doc.end] for each in found if each.doc}


def test_docs() -> None:
    assert docs("python", 'def f():\n    """What."""\n') == {"f": '"""What."""'}
    assert docs("python", "# One.\n# Two.\ndef f(): pass\n") == {"f": "# One.\n# Two."}
    assert docs("python", "# Far.\n\ndef f(): pass\n") == {}
    assert docs("python", "#!/usr/bin/python\ndef f(): pass\n") == {}
    assert docs("python", "x = 1  # Same line.\ndef f(): pass\n") == {}
    assert docs("c", "/* One.\n   Two. */\nint f(void) { return 1; }\n") == {
        "f": "/* One.\n   Two. */"
    }
    assert docs("c", "int a; /* x */\nint f(void) { return 1; }\n") == {}
    assert docs("rust", "/// What.\n#[inline]\n#[cold]\nfn f() {}\n") == {"f": "/// What."}


def test_a_function_in_a_class_is_a_method_with_a_qualified_name() -> None:
    text = "class A:\n    def f(self):\n        def g(): pass\n\ndef h(): pass\n"
    found = [
        (each.kind, each.qualified) for each in definitions(parse(languages()["python"], text))
    ]
    assert found == [("class", "A"), ("method", "A.f"), ("function", "A.f.g"), ("function", "h")]


def test_clauses_are_one_definition_even_from_a_cursor_in_the_last() -> None:
    text = "-module(m).\nf(0) -> 1;\nf(N) -> N.\ng() -> 1.\nf(A, B) -> A + B.\n"
    tree = parse(languages()["erlang"], text)
    found = [text[each.start : each.end] for each in definitions(tree) if each.name == "f"]
    assert found == ["f(0) -> 1;\nf(N) -> N.", "f(A, B) -> A + B."]
    whole = enclosing_definition(tree, text.index("N) ->"))
    assert whole is not None
    assert text[whole.start : whole.end] == found[0]


def test_references_within_a_part() -> None:
    text = "def f():\n    a()\n\ndef g():\n    b()\n"
    tree = parse(languages()["python"], text)
    part = Span(text.index("def g"), len(text))
    assert [each.name for each in references(tree, part)] == ["b"]


@pytest.mark.parametrize("typed", ["call(", "x = call(a, ", "if x", "x."])
@pytest.mark.parametrize("language", TYPED)
def test_half_typed_lines_do_not_hide_what_is_around_them(language: str, typed: str) -> None:
    (sample,) = (Path(__file__).parent / "cases" / language).glob("[!e]*")
    marked = sample.read_text("utf-8")
    before = marked[: marked.index(CURSOR)]
    line = before[before.rindex("\n") + 1 :]
    indentation = line[: len(line) - len(line.lstrip())]
    half_typed = marked.replace(CURSOR, f"\n{indentation}{typed}{CURSOR}")
    assert enclosing(language, half_typed) == enclosing(language, marked)
    assert block(language, half_typed) is not None


def test_another_broken_function_does_not_hide_this_one() -> None:
    broken = "int f(int a) {\n  return g(a;\n}\n\nint h(int b) {\n  y(b‸\n}\n"
    assert enclosing("c", broken) == "h"


def test_scripts_and_styles_of_a_page_are_read_in_their_own_languages() -> None:
    script = "<script lang='ts'>\nfunction f(a: number) {\n  g(a);‸\n}\n</script>\n"
    page = script + "<style>.a {}</style>\n"
    assert enclosing("vue", page) == "f"
    assert block("vue", page) == "{\n  g(a);\n}"
    tree = parse(languages()["vue"], page.replace(CURSOR, ""))
    assert [each.name for each in definitions(tree)] == ["f", ".a", "a"]
    assert [each.name for each in references(tree)] == ["g"]
    assert not tree.faults()
    assert parse(languages()["vue"], "<script>\nf(\n</script>\n").faults()
