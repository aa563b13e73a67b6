"""What a model is told of a target."""

from __future__ import annotations

import pytest

from midfill.engine.backend import Message
from midfill.engine.context.tokens import estimate
from midfill.engine.repair.ask import Case, Question, question
from midfill.engine.repair.failures.failure import Failure, Frame
from midfill.engine.repair.localise import Place, Target, localise
from midfill.engine.repair.source import decoded
from midfill.grammars.registry import language_for

CART = """\
class Cart:
    def total(self, prices):
        \"\"\"The sum of the prices.\"\"\"
        # one by one
        return sum(price)

    def first(self, prices):
        return prices[1]
"""
CONTEXT = 8192


def asked(
    text: str, line: int, case: Case, context: int = CONTEXT, path: str = "cart.py"
) -> Question:
    target = target_at(text, line, path)
    return question(text, target, language_for(path), case, context)


def target_at(text: str, line: int, path: str = "cart.py", message: str = "") -> Target:
    failure = Failure(message=message, frames=(Frame(path, line),))
    source = decoded(path, text.encode())
    failures = [failure] if message else []
    return localise(failures, lambda _: source, lambda _: [], [Place(path, line, line)])[0]


def said(found: Question) -> str:
    return found.messages[-1].content


def test_what_is_above_the_first_statement_stays() -> None:
    found = asked(CART, 5, Case())
    kept = found.code[: found.kept]
    assert kept.startswith("    def total(self, prices):\n")
    assert kept.endswith("        # one by one\n")
    assert found.code == "\n".join(CART.split("\n")[1:5])
    begun = found.begun(kept)
    assert begun[-1] == Message("assistant", f"```python\n{kept}")
    assert CART in said(found)
    assert "the method `total`" in said(found)


def test_a_signature_with_the_fault_in_it_does_not_stay() -> None:
    target = target_at(CART, 2, message="unused argument")
    found = question(CART, target, language_for("cart.py"), Case(), CONTEXT)
    assert found.kept == 0
    assert "Line 2, `def total(self, prices):`: unused argument" in said(found)


@pytest.mark.parametrize(
    ("text", "path", "begins"),
    [
        ("#define MOST 100\n", "cart.c", "#define MOST"),
        ("#if 1\n  #define MOST 100\n#endif\n", "cart.c", "  #define MOST"),
        ("typedef struct {\n    int most;\n} Cart;\n", "cart.c", ""),
    ],
)
def test_what_has_no_body_is_begun_as_far_as_its_name(text: str, path: str, begins: str) -> None:
    line = text[: text.lower().index("most")].count("\n") + 1
    found = asked(text, line, Case(), path=path)
    assert (found.kept, found.code[: found.begins]) == (0, begins)


def test_line_ends_are_those_of_the_model() -> None:
    found = asked(CART.replace("\n", "\r\n"), 5, Case())
    assert found == asked(CART, 5, Case())


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    found = asked(CART.replace("one by one", "````"), 5, Case())
    assert (found.opening, found.closing) == ("`````python\n", "\n`````")


def test_lines_without_a_definition_are_told() -> None:
    found = asked("the shop\n\npens\nink\n\nprices\n", 4, Case(), path="shop.txt")
    assert found.code == "pens\nink"
    assert "Write only these lines again" in said(found)
    assert said(found).endswith("\n```\npens\nink\n```")


def test_a_wish() -> None:
    assert "round up\nWrite the method `total` again with this done." in said(
        asked(CART, 5, Case(wish="round up"))
    )
    assert "with the bug fixed" in said(asked(CART, 5, Case(wish="round up", output="it fails")))


def test_everything_is_cut_to_what_the_model_holds() -> None:
    long = "value = 1  # one more line of code\n" * 2000
    case = Case(
        output="E   an error of many words\n" * 2000,
        told="E   an error of many words\n" * 2000,
        related=("def helper(value):\n    ...",) * 2000,
        tried="+ a line\n" * 2000,
        outcome="it fails\n" * 2000,
    )
    found = asked(long + CART + long, 2005, case, 2048)
    assert found.code.lstrip().startswith("def total")
    assert estimate(said(found)) < 1024
    assert "a part of cart.py" in said(found)


def test_what_is_told_of_the_target_is_shown_where_all_of_it_is_too_long() -> None:
    case = Case(output="noise\n" * 5000, told="E   assert 1 == 2")
    assert "```\nE   assert 1 == 2\n```" in said(asked(CART, 5, case))
    assert "noise" not in said(asked(CART, 5, case))
