"""What compilers propose is tried first, and costs no token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shutil import which

import pytest

from midfill.engine.context.files import Files
from midfill.engine.repair.ask import Case, question
from midfill.engine.repair.failures.failure import Failure, Fixit, Frame, Replacement, Severity
from midfill.engine.repair.fixits import fixed
from midfill.engine.repair.localise import Target
from midfill.engine.repair.region import Region
from midfill.engine.repair.repair import repair
from midfill.engine.repair.task import Outcome, Task
from midfill.engine.repair.writer import Asked

from .scripted import Scripted


def put(start: tuple[int, int], end: tuple[int, int], text: str) -> Fixit:
    return (Replacement(start, end, text),)


def line(number: int, text: str) -> Fixit:
    return put((number, 1), (number + 1, 1), f"{text}\n")


def failure(*fixits: Fixit, message: str = "wrong", at: int = 1, path: str = "a.txt") -> Failure:
    return Failure(message=message, frames=(Frame(path, at),), fixits=fixits)


def texts(text: str, failures: Sequence[Failure], path: str = "a.txt") -> list[str]:
    target = Target(
        path=path, region=Region(0, len(text)), score=1.0, reasons=(), failures=tuple(failures)
    )
    asked = Asked(target, text, None, question(text, target, None, Case(), 8192))
    return [each[path] for each in fixed([asked], lambda *_: [])]


@pytest.mark.parametrize(
    ("code", "message", "meant"),
    [
        ("n = coutn + 1", "‘coutn’ undeclared; did you mean ‘count’?", "n = count + 1"),
        (
            "c->lenght",
            "no member named 'lenght' in 'struct c'; did you mean 'length'?",
            "c->length",
        ),
        (
            "return total(prises)",
            "NameError: name 'prises' is not defined. Did you mean: 'prices'?",
            "return total(prices)",
        ),
        (
            "str(x).uper()",
            "AttributeError: 'str' object has no attribute 'uper'. Did you mean: 'upper'?",
            "str(x).upper()",
        ),
        (
            "let n: Cart = cart.totl;",
            "Property 'totl' does not exist on type 'Cart'. Did you mean 'total'?",
            "let n: Cart = cart.total;",
        ),
        (
            "x.lenght",
            'undefined method `lenght\' for "abc":String (NoMethodError)\nDid you mean?  length',
            "x.length",
        ),
        ("$nmae + nmae2 + nmae", "use of 'nmae'; did you mean 'name'?", "$nmae + nmae2 + name"),
    ],
)
def test_a_name_that_was_meant(code: str, message: str, meant: str) -> None:
    found = texts(f"one\n{code}\n", [failure(message=message, at=2)])
    assert set(found) == {f"one\n{meant}\n"}


@pytest.mark.parametrize(
    "message",
    [
        "did you mean to use '->'?",
        "Did you mean to call it?",
        "name 'absent' is not defined. Did you mean: 'other'?",
        "name 'one' is not defined",
    ],
)
def test_nothing_that_was_meant(message: str) -> None:
    assert texts("one two\n", [failure(message=message), failure(message=message, at=9)]) == []


def test_all_together_then_each_way_then_each_alone() -> None:
    first = failure(line(1, "A"), line(1, "B"))
    second = failure(put((2, 2), (2, 2), "!"))
    found = list(dict.fromkeys(texts("a\nxy\n", [first, second])))
    assert found == ["A\nx!y\n", "B\nx!y\n", "A\nxy\n", "B\nxy\n", "a\nx!y\n"]


def test_only_errors_and_only_where_the_parser_has_none() -> None:
    warned = Failure(
        message="w", frames=(Frame("a.txt", 1),), severity=Severity.WARNING, fixits=(line(1, "A"),)
    )
    assert texts("a\n", [warned, failure(line(1, "A"), path="b.txt")]) == []
    wrong = failure(put((1, 11), (1, 11), ";"), path="a.rs")
    assert texts("fn f() { 1 }\n", [wrong], "a.rs") != []
    assert texts("fn f() { 1 \n", [wrong], "a.rs") == []


def test_line_ends_tabs_and_letters_stay() -> None:
    assert texts("é\r\n\tb\r\nc", [failure(line(2, "    B"))]) == ["é\r\n\tB\r\nc"] * 2
    assert texts("a\nb", [failure(line(2, "B"))]) == ["a\nB"] * 2
    assert texts("éa\n", [failure(put((1, 3), (1, 4), "b"))]) == ["éb\n"] * 2
    assert texts("a\r\n", [failure(put((1, 1), (1, 1), "use b;\n"))]) == ["use b;\r\na\r\n"] * 2
    # What is shown of a tab elsewhere is not what is there.
    assert texts("a\t=\t1\n", [failure(line(1, "a   =   2"))]) == []


@pytest.mark.parametrize(
    "fixit",
    [
        put((3, 1), (4, 1), "x"),
        put((0, 1), (1, 1), "x"),
        put((1, 0), (1, 1), "x"),
        put((2, 2), (1, 1), "x"),
        put((1, 1), (1, 3), "x") + put((1, 2), (1, 3), "y"),
    ],
)
def test_what_does_not_fit_is_left_alone(fixit: Fixit) -> None:
    assert texts("abc\nd", [failure(fixit)]) == []


async def repaired(root: Path, name: str, text: str) -> Outcome:
    (root / name).write_text(text)
    backend = Scripted([""])
    outcome = await repair(Task(paths=(name,), rounds=1), Files(root), [backend])
    assert outcome.fixed, outcome.reason
    assert (outcome.way, outcome.verified) == ("fix-it", True)
    assert outcome.cost.requests == len(backend.asked) == 0
    return outcome


async def test_a_compilers_fixits_are_checked_without_the_model(tmp_path: Path) -> None:
    text = (
        "struct cart { int length; };\n\nint size(struct cart *c)\n{\n"
        "    int count = c->lenght;\n    return coutn;\n}\n"
    )
    outcome = await repaired(tmp_path, "cart.c", text)
    assert outcome.texts == {"cart.c": text.replace("lenght", "length").replace("coutn", "count")}


@pytest.mark.skipif(which("rustc") is None, reason="rustc is not installed")
async def test_rusts_helps_reach_beyond_the_function(tmp_path: Path) -> None:
    text = (
        "pub fn count(words: &[u32]) -> usize {\n    let sums = HashMap::new();\n"
        "    for word in words {\n        sums.insert(word, 1);\n    }\n    sums.len()\n}\n"
    )
    outcome = await repaired(tmp_path, "count.rs", text)
    changed = text.replace("let sums", "let mut sums")
    assert outcome.texts == {"count.rs": f"use std::collections::HashMap;\n{changed}"}
