"""A definition given back whole: what of an answer is taken, and what stays as it was."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from midfill.engine.repair.answer import LONGEST
from midfill.engine.repair.edit import NoEdit, Unchanged, applied
from midfill.engine.repair.region import Region, region_of
from midfill.engine.repair.whole import rewritten
from midfill.grammars.cursor import enclosing_definition
from midfill.grammars.outline import definitions
from midfill.grammars.registry import language_for, languages
from midfill.grammars.tree import Span, parse

LANGUAGES = Path(__file__).parents[2] / "grammars" / "cases"
CART = '''\
import os


class Cart:
    """A cart."""

    @property
    def total(self, rate: int = 1) -> int:
        """Sum.

        Of all.
        """
        # start
        result=0  # an int

        for x in self.items:
            # add it
            result =+ x * rate
        return result

    def other(self):
        pass
'''


def region(path: str, text: str, at: str) -> Region:
    language = language_for(path)
    assert language is not None
    tree = parse(language, text)
    definition = enclosing_definition(tree, text.index(at))
    assert definition is not None
    return region_of(tree, definition)


def fixed(path: str, text: str, at: str, answer: str, **options: bool) -> str:
    edit = rewritten(text, region(path, text, at), answer, language_for(path), **options)
    return applied(text, [edit])


def test_what_was_dropped_comes_back() -> None:
    answer = """\
    Here is the fix:
    ```python
    @property
    def total(self):
      result = 0
      for x in self.items:
        result += x * rate
      return result

    def test_total():
      assert Cart().total == 0
    ```
    I changed the operator."""
    assert fixed("a.py", CART, "=+", dedent(answer)) == CART.replace("=+", "+=")


def test_comments_of_the_model_stay_only_where_it_changed_something() -> None:
    body = CART[CART.index("    @prop") : CART.index("    def other")]
    answer = body.replace("# start", "# Fixed").replace("# add it", "# was =+").replace("=+", "+=")
    assert fixed("a.py", CART, "=+", answer) == CART.replace("# add it", "# was =+").replace(
        "=+", "+="
    )


def test_a_comment_goes_with_its_code() -> None:
    text = "def f(x):\n    y = 1\n    # double it\n    y = y * 2\n    return x\n"
    answer = "def f(x):\n    y = 1\n    return x\n"
    assert fixed("a.py", text, "y = 1", answer) == answer


def test_a_documentation_string_outlives_the_code_under_it() -> None:
    text = 'def f(x):\n    """Say."""\n    raise NotImplementedError\n'
    answer = "def f(x):\n    return x\n"
    wanted = 'def f(x):\n    """Say."""\n    return x\n'
    assert fixed("a.py", text, "raise", answer) == wanted


def test_another_documentation_string_is_not_needed() -> None:
    text = 'def f(x):\n    """Say."""\n    raise NotImplementedError\n'
    answer = 'def f(x):\n    """Say it."""\n    return x\n'
    wanted = 'def f(x):\n    """Say."""\n    return x\n'
    assert fixed("a.py", text, "raise", answer) == wanted


def test_comments_may_be_what_was_asked_for() -> None:
    text = "def f(x):\n    # old\n    return x\n"
    answer = "def f(x):\n    # new\n    return x\n"
    assert fixed("a.py", text, "return", answer, keep_comments=False) == answer
    with pytest.raises(Unchanged):
        fixed("a.py", text, "return", answer)


def test_the_signature_stays_unless_the_fault_is_in_it() -> None:
    text = "def f(x):\n    return x + y\n"
    answer = "def f(x, y=0):\n    return x + y\n"
    with pytest.raises(Unchanged):
        fixed("a.py", text, "return", answer)
    assert fixed("a.py", text, "return", answer, keep_signature=False) == answer


@pytest.mark.parametrize(
    "name", [each for each, of_it in languages().items() if not of_it.isolated]
)
def test_a_definition_given_back_as_it_is_changes_nothing(name: str) -> None:
    """Where there is a fault elsewhere in the file, too."""
    language = languages()[name]
    text = next((LANGUAGES / name).glob("[!e]*")).read_text("utf-8").replace("‸", "")
    for whole in (text, f"{text}\n\n)]}}\n"):
        tree = parse(language, whole)
        for each in definitions(tree, Span(0, len(text))):
            asked = region_of(tree, each)
            code = whole[asked.start : asked.end].rstrip()
            with pytest.raises(Unchanged):
                rewritten(whole, asked, f"````\n{code}\n````", language)


def test_a_fault_elsewhere_makes_no_definition_longer() -> None:
    text = "struct shape {\n    int many;\n} kept;\n\nint count(void) {\n    return (;\n}\n"
    answer = "```c\nstruct shape {\n    long many;\n};\nint more;\n```"
    assert fixed("cart.c", text, "many", answer) == text.replace("int many", "long many")


def test_the_end_of_its_line_may_be_a_part_of_a_definition() -> None:
    text = "#define LEAST 1\n#define MOST 100\n\nint all = MOST;\n"
    for more in ("", "#define MORE 1\n"):
        answer = f"```c\n#define MOST 200\n{more}```"
        assert fixed("cart.c", text, "MOST", answer) == text.replace("100", "200")


def test_the_class_around_is_not_taken() -> None:
    answer = "class Cart:\n    @property\n    def total(self) -> int:\n        return 0\n"
    found = fixed("a.py", CART, "=+", answer)
    assert found.count("class Cart") == 1
    assert found.startswith(CART[: CART.index("# start")])
    assert found.endswith("        return 0\n" + CART[CART.index("\n    def other") :])


CASES = {
    "tabs and braces": (
        "A.java",
        "class A {\n\t/** Doc. */\n\tint f(int x) {\n\t\treturn y;\n\t}\n}\n",
        "y;",
        "int f(int x)\n{\n    if (x > 0) {\n        return x;\n    }\n    return 0;\n}",
        "class A {\n\t/** Doc. */\n\tint f(int x) {\n\t\tif (x > 0) {\n\t\t\treturn x;\n\t\t}\n"
        "\t\treturn 0;\n\t}\n}\n",
    ),
    "a body without braces": (
        "a.js",
        "const half = (n) => n * 2;\n",
        "n * 2",
        "const half = (n) => n / 2;",
        "const half = (n) => n / 2;\n",
    ),
    "a remark and a test": (
        "a.rs",
        "impl A {\n    /// Doc\n    pub fn total(&self) -> u32 {\n"
        "        self.x - 1 // why\n    }\n}\n",
        "self.x",
        "pub fn total(&self) -> u32 {\n    self.x + 1\n}\n\n#[test]\nfn t() {}\n",
        "impl A {\n    /// Doc\n    pub fn total(&self) -> u32 {\n"
        "        self.x + 1 // why\n    }\n}\n",
    ),
    "a receiver": (
        "a.go",
        "package a\n\nfunc (c *Cart) Total(x int) (int, error) {\n\treturn x\n}\n",
        "return",
        "```go\nfunc (c *Cart) Total(x int) (int, error) {\n    return x, nil\n}\n```",
        "package a\n\nfunc (c *Cart) Total(x int) (int, error) {\n\treturn x, nil\n}\n",
    ),
    "keywords": (
        "a.rb",
        "class A\n  def total(x)\n    x.sumn\n  end\nend\n",
        "sumn",
        "def total(x)\n  x.sum\nend\n",
        "class A\n  def total(x)\n    x.sum\n  end\nend\n",
    ),
    "a brace on its own line": (
        "a.c",
        "#include <a.h>\nint *half(int n)\n{\n    /* c */\n    return n;\n}\n",
        "return",
        "```c\nint *half(int n) {\n    return n / 2;\n}\n```",
        "#include <a.h>\nint *half(int n)\n{\n    /* c */\n    return n / 2;\n}\n",
    ),
    "a fence inside a string": (
        "a.py",
        'def f():\n    x = """\n```\ncode\n```\n"""\n    return y\n',
        "return",
        '```python\ndef f():\n    x = """\n```\ncode\n```\n"""\n    return x\n```\n',
        'def f():\n    x = """\n```\ncode\n```\n"""\n    return x\n',
    ),
    "the old code first": (
        "a.py",
        "def f():\n    return y\n",
        "return",
        "This is wrong:\n```\ndef f():\n    return y\n```\nThis is right:\n```\n"
        "def f():\n    return x\n```\n",
        "def f():\n    return x\n",
    ),
    "carriage returns": (
        "a.py",
        "x = 1\r\n\r\ndef f():\r\n    # c\r\n    return y",
        "return",
        "def f():\n    return x\n",
        "x = 1\r\n\r\ndef f():\r\n    # c\r\n    return x",
    ),
    "a bracket that is missing": (
        "a.py",
        "def f(n):\n    for i in n:\n        x = a[(i % n\n\n    return x\n\n\n"
        "def g():\n    pass\n",
        "return x",
        "def f(n):\n    for i in n:\n        x = a[i % n]\n\n    return x\n",
        "def f(n):\n    for i in n:\n        x = a[i % n]\n\n    return x\n\n\n"
        "def g():\n    pass\n",
    ),
    "a comment that never ends": (
        "a.js",
        "function f(x)\n\n{\n    /* if (x) {\n        return 1;\n    }\n    return 2;\n}\n",
        "function",
        "function f(x)\n{\n    if (x) {\n        return 1;\n    }\n    return 2;\n}",
        "function f(x)\n\n{\n    if (x) {\n        return 1;\n    }\n    return 2;\n}\n",
    ),
    "the first line without its margin": (
        "a.rs",
        "  fn f() -> u32 {\n    g()\n  }\n",
        "g()",
        "fn f() -> u32 {\n    h()\n  }",
        "  fn f() -> u32 {\n    h()\n  }\n",
    ),
    "a language without a grammar here": (
        "a.coffee",
        "f = (x) ->\n  x + y\n\ng = 1\n",
        "x + y",
        "f = (x) ->\n  x + 1\n",
        "f = (x) ->\n  x + 1\n\ng = 1\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    path, text, at, answer, wanted = CASES[name]
    assert fixed(path, text, at, answer) == wanted


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "holds no code"),
        ("```python\n```", "holds no code"),
        ("\n \n\t\n", "holds no code"),
        ("I cannot fix this.", "no whole definition of total"),
        ("return sum(self.items)", "no whole definition of total"),
        ("def other(self):\n    return 1\n", "no whole definition of total"),
        ("x" * (LONGEST + 1), "too long"),
        ("\n" * 100_000, "holds no code"),
        ("def total(self):\n" + "    pass\n" * 1000, "far longer"),
    ],
)
def test_no_edit(answer: str, reason: str) -> None:
    with pytest.raises(NoEdit, match=reason):
        fixed("a.py", CART, "=+", answer)


def test_an_answer_cut_short_is_never_better_than_a_whole_one() -> None:
    cut = "```python\ndef total(self):\n    return (0\n"
    whole = "```\n```python\ndef total(self):\n    return 0\n```"
    with pytest.raises(NoEdit, match="no whole definition"):
        fixed("a.py", CART, "=+", cut)
    assert "    return 0\n" in fixed("a.py", CART, "=+", cut + whole)


@pytest.mark.parametrize("left_open", ["return (0", "return [", "total = {0", 'x = """'])
def test_a_definition_that_its_own_fault_hides_is_one(left_open: str) -> None:
    signature = "@property\ndef total(self, rate: int = 1) -> int:\n"
    text = fixed("a.py", CART, "=+", f"{signature}    {left_open}\n")
    assert text.startswith(CART[: CART.index('        """Sum')])
    assert f"        {left_open}\n" in text
    assert text.endswith(CART[CART.index("\n    def other") :])


NEWLINES = st.sampled_from(["\n", "\r\n"])


@given(NEWLINES, st.booleans(), st.sampled_from(["", "  ", "\t"]), st.sampled_from(["", "```py\n"]))
@example("\r\n", False, "\t", "")
def test_an_answer_that_is_the_original_is_no_edit(
    newline: str, closed: bool, margin: str, fence: str
) -> None:
    text = CART.replace("\n", newline)
    start = text.index("@property")
    body = CART[CART.index("@property") : CART.index("\n    def other")]
    answer = fence + indent(dedent("    " + body), margin) + ("```" if fence else "")
    text = text if closed else text.rstrip()
    assert region("a.py", text, "=+").start == start
    with pytest.raises(Unchanged):
        fixed("a.py", text, "=+", answer)


SAID = st.lists(
    st.sampled_from(
        ["x = 1", "# why", "", "if x:", "    y()", '"""Doc."""', "return (", "def g():", "é = 'ü'"]
    ),
    max_size=8,
)


@given(SAID, SAID, NEWLINES)
def test_nothing_outside_changes(old: list[str], new: list[str], newline: str) -> None:
    body = "".join(f"    {line}\n" for line in old)
    text = f"# before\nimport os\n\n\ndef f(a):\n    a()\n{body}\n\ndef after():\n    pass\n"
    text = text.replace("\n", newline)
    here = region("a.py", text, "a()")
    answer = "def f(a):\n    a()\n" + "".join(f"    {line}\n" for line in new)
    try:
        edit = rewritten(text, here, answer, language_for("a.py"))
    except NoEdit:
        return
    found = applied(text, [edit])
    before, after = text[: here.start], text[here.end :]
    assert found.startswith(before)
    assert found.endswith(after)
    assert found[len(before) :].startswith(f"def f(a):{newline}")
    assert "\r" not in found.replace(newline, "")


@given(st.text(max_size=200))
def test_any_answer_is_an_edit_or_none(answer: str) -> None:
    try:
        edit = rewritten(CART, region("a.py", CART, "=+"), answer, language_for("a.py"))
    except NoEdit:
        return
    assert edit.text != CART[edit.start : edit.end]
