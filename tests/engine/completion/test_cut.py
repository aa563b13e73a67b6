"""Where a completion ends.

In each text the suggestion stands between ⟦ and ⟧, and what is to be left of it ends at ┊.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.cut import complete_at, cut
from midfill.engine.completion.multiline import Extent, extent
from midfill.grammars.registry import languages

CASES = {
    "a line ends at its end": ("python", "x = ⟦f(y)┊\nz = 2\n⟧"),
    "a blank first line is no line": ("python", "x = 1⟦┊\ny = 2\n⟧\n"),
    "a body": ("python", "def f():⟦\n    return 1┊\n\nprint(f())⟧"),
    "a body that stays on the line": ("python", "def f():⟦ return 1┊\n\nprint(f())⟧"),
    "a block": ("python", "def f():\n    ⟦x = 1\n    return x┊\n\ndef g():\n    return 2⟧"),
    "a block of a block": ("python", "def f(a):\n    if a:\n        ⟦b()┊\n    return 1\n⟧"),
    "another branch": ("python", "if a:\n    ⟦b()\nelse:\n    c()┊\nd()\n⟧"),
    "a branch of something else": (
        "python",
        "try:\n    for a in b:\n        ⟦c()┊\nexcept E:\n    pass\n⟧",
    ),
    "a comment that belongs to what follows": (
        "python",
        "def f():\n    ⟦return 1┊\n\n# And g.\n#   And so on.\ndef g():\n    pass\n⟧",
    ),
    "a comment that belongs to the branch": (
        "python",
        "if a:\n    ⟦b()\n# Or else.\nelse:\n    c()┊\nd()⟧",
    ),
    "a string that is less indented": (
        "python",
        'def f():\n    ⟦x = """\nzero\n"""\n    return x┊\n\nf()⟧',
    ),
    "a variable that is called like a keyword": (
        "python",
        "for a in b:\n    ⟦c(a)┊\nend = 1\nloop.run()\n⟧",
    ),
    "a brace that is missing": ("go", "func f() int {⟦\n\treturn 1\n}┊\n\nfunc g() {}⟧"),
    "a brace that is there": ("go", "func f() int {\n\t⟦return 1┊\n}\n\nfunc g() {}⟧\n}\n"),
    "a brace to the right": ("javascript", "  f(() => {⟦\n    a();\n  });┊\n  b();⟧});\n"),
    "an argument to the left of another": ("python", "f(a, ⟦b, ┊\nc⟧c)"),
    "an empty body": ("go", "func f() {⟦┊\n}\n⟧\n}\n"),
    "the end of an outer block": ("c", "if (a) {\n  if (b) {\n    ⟦c();\n  }┊\n}\n⟧"),
    "another branch in braces": (
        "c",
        "  if (a) {\n    ⟦b();\n  } else {\n    c();\n  }┊\n  d();\n⟧",
    ),
    "a brace on a line of its own": ("c", "int f()⟦\n{\n  return 1;\n}┊\n\nint g()\n{\n⟧"),
    "labels": ("go", "switch a {\n\t⟦case 1:\n\t\tb()\n\tdefault:\n\t\tc()┊\n}\nd()⟧\n}"),
    "the cases of an unindented switch": (
        "javascript",
        "switch (a) {⟦\ncase 1:\n  b();\ndefault:\n  c();\n}┊\nd();⟧",
    ),
    "one case of them": (
        "javascript",
        "switch (a) {\ncase 1:\n  ⟦b();\n  break;┊\ncase 2:\n  c();⟧",
    ),
    "sections of a class": (
        "cpp",
        "class A {\n⟦public:\n  int a;\nprivate:\n  int b;\n};┊\n\nclass B {⟧",
    ),
    "one section": ("cpp", "class A {\npublic:\n  ⟦int a;┊\nprivate:\n  int b;⟧"),
    "preprocessor": ("c", "int f() {\n  ⟦a();\n#ifdef B\n  b();\n#endif\n  c();\n}┊\n\nint g() {⟧"),
    "an end that is missing": ("ruby", "def f\n  ⟦1\nend┊\n\ndef g\n⟧"),
    "an end that is there": ("ruby", "def f\n  ⟦1┊\nend\n\ndef g⟧\nend\n"),
    "a rescue": ("ruby", "def f\n  ⟦a\nrescue\n  b┊\nend\n\ndef g⟧\nend\n"),
    "an else of an outer if": (
        "ruby",
        "if a\n  if b\n    ⟦c\n  else\n    d\n  end┊\nelse\n  e\nend\n⟧",
    ),
    "a list": ("python", "names = [\n    ⟦'a',\n    'b',\n]┊\nprint(names)\n⟧"),
    "a list whose bracket is there": ("python", "names = [\n    ⟦'a',\n    'b',┊\n]\nx()⟧\n]\n"),
    "arguments": ("javascript", "  call(⟦\n    a,\n    b\n  ).then(c);┊\n  d();⟧"),
    "a callback that goes on": (
        "javascript",
        "f(() => {⟦\n  a();\n}, () => {\n  b();\n});┊\nc();⟧",
    ),
    "tags": ("html", "<ul>⟦\n  <li>a</li>\n</ul>┊\n<p>b</p>⟧"),
    "a mapping": ("yaml", "jobs:\n  ⟦test:\n    steps: []┊\nother:\n  a: b\n⟧"),
    "lisp": ("common_lisp", "(defun f (x)\n  ⟦(* x x))┊\n\n(defun g (y)\n  y)⟧"),
    "code that nobody indented": (
        "elixir",
        "def f(x) do⟦ # twice\nif x do\n1\nelse\n2\nend\nend┊\n\ndef g(x) do\n3\nend⟧\n",
    ),
    "an explanation": (
        "python",
        "def f():\n    ⟦return 1┊\n```\n\nIn this code, we return 1.⟧",
    ),
    "a list of examples": (
        "julia",
        '"""\n    f(x)\n⟦```jldoctest┊\njulia> f(1)⟧\n"""\n',
    ),
    "an unknown language": (None, "when it rains:\n  ⟦take one\n  take two┊\nstop it\n⟧"),
}
KNOWN_BAD = {
    "code that nobody indented": "without indentation one line is all that can be told",
}


def _parse(language: str | None, text: str) -> tuple[str, Cursor, str]:
    prefix, _, rest = text.partition("⟦")
    marked, _, suffix = rest.partition("⟧")
    cursor = Cursor.between(prefix, suffix, languages()[language] if language else None)
    return marked.replace("┊", ""), cursor, marked.partition("┊")[0]


@pytest.mark.parametrize("name", CASES)
def test_cut(name: str, request: pytest.FixtureRequest) -> None:
    if name in KNOWN_BAD:
        request.applymarker(pytest.mark.xfail(reason=KNOWN_BAD[name], strict=True))
    suggestion, cursor, expected = _parse(*CASES[name])
    assert cut(suggestion, cursor, extent(cursor)) == expected


@pytest.mark.parametrize("name", sorted(CASES.keys() - KNOWN_BAD))
def test_streaming_stops_there_or_later_and_never_changes_its_mind(name: str) -> None:
    suggestion, cursor, expected = _parse(*CASES[name])
    limits = extent(cursor)
    answers = [complete_at(suggestion[:end], cursor, limits) for end in range(len(suggestion) + 2)]
    told = [answer for answer in answers if answer is not None]
    assert len(set(told)) <= 1
    assert all(answer >= len(expected) for answer in told)
    if told:
        assert cut(suggestion[: told[0]], cursor, limits) == expected


def test_an_explicit_request_gets_a_paragraph() -> None:
    cursor = Cursor("import os\n\n", "\n", languages()["python"], explicit=True)
    text = "def f():\n    a = 1\n\n    return a\n\n\ndef g():\n    pass"
    assert cut(text, cursor, extent(cursor)) == "def f():\n    a = 1\n\n    return a"
    inside = Cursor("def f():\n    a = 1\n    ", "\n", languages()["python"], explicit=True)
    text = "b = 2\n    return b\n\n    # never\nprint(f())"
    assert cut(text, inside, extent(inside)) == "b = 2\n    return b"


def test_an_interrupted_line_is_left_out() -> None:
    cursor = Cursor("def f():\n    ", "\n", languages()["python"])
    assert cut("a = 1\n    b = a +", cursor, extent(cursor), finished=False) == "a = 1"
    assert cut("a = 1 +", cursor, extent(cursor), finished=False) == "a = 1 +"
    assert cut("a = 1\n\nb = 2\nc", cursor, extent(cursor), finished=False) == "a = 1"


def test_windows_line_ends() -> None:
    cursor = Cursor("def f():\r\n    ", "\r\n", languages()["python"])
    text = "a = 1\r\n    return a\r\n\r\nf()\r\n"
    end = complete_at(text, cursor, extent(cursor))
    assert end is not None
    assert text[:end] == "a = 1\r\n    return a"
    assert cut(text, cursor, extent(cursor)) == text[:end]
    text = "if a:\r\n        b()\r\n    else:\r\n        c()\r\nend()\r\n"
    assert cut(text, cursor, extent(cursor)) == text.removesuffix("\r\nend()\r\n")


def test_an_empty_answer_does_not_go_on_for_ever() -> None:
    cursor = Cursor("def f():\n    ", "\n", languages()["python"])
    assert complete_at("\n\n", cursor, extent(cursor)) is None
    assert complete_at("\n\n\n\n", cursor, extent(cursor)) == 0


WORDS = ["def f():", "if a:", "else:", "}", "{", "(", ")", "end", "x", '"""', "'", "#", "case 1:"]
BLANKS = ["\n", "\n    ", "\n  ", "\n\n", "\t", " ", "\r\n", "é"]
texts = st.lists(st.sampled_from(WORDS + BLANKS), max_size=20).map("".join)
kinds = st.sampled_from(["line", "body", "block", "paragraph"])


@given(
    texts, texts, texts, st.sampled_from([*languages(), None]), kinds, st.integers(-1, 8), st.data()
)
def test_it_only_ever_cuts(
    prefix: str,
    suffix: str,
    suggestion: str,
    language: str | None,
    kind: str,
    depth: int,
    data: st.DataObject,
) -> None:
    cursor = Cursor(prefix, suffix, languages()[language] if language else None)
    for limits in (extent(cursor), Extent(kind, depth, data.draw(st.booleans()))):  # type: ignore[arg-type]
        kept = cut(suggestion, cursor, limits)
        assert suggestion.startswith(kept)
        end = complete_at(suggestion, cursor, limits)
        assert end is None or 0 <= end <= len(suggestion)
        assert cut(kept, cursor, limits) == kept
