"""Changes of one target."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from midfill.engine.backend import ChatRequest, Choice, Delta, Message, Score
from midfill.engine.repair.ask import Case, question
from midfill.engine.repair.localise import Target
from midfill.engine.repair.model import Model
from midfill.engine.repair.region import Region
from midfill.engine.repair.task import Cost
from midfill.engine.repair.writer import Asked, Writer
from midfill.engine.runtime.local import LocalEngine
from midfill.grammars.registry import language_for

from .scripted import Scripted

ABOVE = "import os\n\n\n"
CODE = "def size():\n    a = 1\n    b = 2\n    return a + b"


class Doubting(Scripted):
    """Would rather write a 3 in the place of every digit."""

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        other = Choice(b"3", -1.0)
        return [
            Score(Choice(each.encode(), -2.0), (other,) if each.isdigit() else ())
            for each in messages[-1].content
        ]


async def test_lines_that_a_failure_points_at_come_first() -> None:
    text, language = f"{ABOVE}{CODE}\n", language_for("size.py")
    for line, changed in ((5, "a = 3"), (6, "b = 3")):
        region = Region(len(ABOVE), len(ABOVE) + len(CODE))
        target = Target(path="size.py", region=region, score=1.0, reasons=(), lines=(line,))
        asked = Asked(target, text, language, question(text, target, language, Case(), 8192))
        below = CODE.split("\n")[line - 3]
        model = Model(Doubting([f"\n{below}\n"]), Cost())
        edit = await Writer(model, asked, is_fault=True).deviation(0)
        assert edit is not None
        assert edit.text == CODE.replace(changed.replace("3", str(line - 4)), changed)


class Regretting(Doubting):
    """Would rather change the first digit than the second, but not with what comes of it."""

    async def score(
        self,
        messages: tuple[Message, ...],
        choices: int,
        files: tuple[str, ...] = (),
        start: int = 0,
    ) -> list[Score]:
        regrets = "a = 3" in messages[-1].content
        return [
            Score(
                Choice(score.token.text, -4.0 if regrets else -2.0),
                (Choice(b"3", -0.5),) if score.token.text == b"1" else score.others,
            )
            for score in await super().score(messages, choices, files, start)
        ]


async def test_the_first_token_of_a_change_does_not_decide() -> None:
    text, language = f"{ABOVE}{CODE}\n", language_for("size.py")
    region = Region(len(ABOVE), len(ABOVE) + len(CODE))
    target = Target(path="size.py", region=region, score=1.0, reasons=())
    asked = Asked(target, text, language, question(text, target, language, Case(), 8192))
    backend = Regretting(["\n    b = 2\n", "\n    return a + b\n"])
    edit = await Writer(Model(backend, Cost()), asked, is_fault=True).deviation(0)
    assert edit is not None
    assert edit.text == CODE.replace("b = 2", "b = 3")


async def test_what_is_below_the_code_is_not_written_again() -> None:
    text, language = f"{ABOVE}{CODE}\n\n\ndef other():\n    pass\n", language_for("size.py")
    region = Region(len(ABOVE), len(ABOVE) + len(CODE))
    target = Target(path="size.py", region=region, score=1.0, reasons=(), lines=(6,))
    asked = Asked(target, text, language, question(text, target, language, Case(), 8192))
    model = Model(Doubting(["\n    return a * b\n\n\ndef other():\n"]), Cost())
    edit = await Writer(model, asked, is_fault=True).deviation(0)
    assert edit is not None
    assert edit.text == CODE.replace("b = 2\n    return a + b", "b = 3\n    return a * b")


class Endless(Scripted):
    """Writes one line and no more."""

    written = 0

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        while True:
            self.written += 1
            yield Delta("so ")


async def test_a_line_without_an_end_is_given_up() -> None:
    text, language = f"{ABOVE}{CODE}\n", language_for("size.py")
    region = Region(len(ABOVE), len(ABOVE) + len(CODE))
    target = Target(path="size.py", region=region, score=1.0, reasons=())
    asked = Asked(target, text, language, question(text, target, language, Case(), 8192))
    backend = Endless([])
    assert await Writer(Model(backend, Cost()), asked, is_fault=True).rewrite(0, 0) is None
    assert backend.written < 100


@pytest.mark.model
async def test_the_change_that_is_likeliest_as_a_whole_comes_first(engine: LocalEngine) -> None:
    code = (
        "function total(items) {\n  let sum = 0;\n  for (let i = 0; i <= items.length; i++) {\n"
        "    sum += items[i].price * items[i].quantity;\n  }\n  return sum;\n}"
    )
    language, region = language_for("cart.js"), Region(0, len(code))
    target = Target(path="cart.js", region=region, score=1.0, reasons=())
    asked = Asked(target, code, language, question(code, target, language, Case(), 8192))
    edit = await Writer(Model(engine, Cost()), asked, is_fault=True).deviation(0)
    assert edit is not None
    assert edit.text == code.replace("<=", "<")


@pytest.mark.model
@pytest.mark.parametrize(
    ("path", "code", "mended"),
    [
        (
            "size.py",
            "def top(words)\n    if not words\n        return 0\n    return max(words)",
            "def top(words):\n    if not words:\n        return 0\n    return max(words)",
        ),
        (
            "greet.js",
            'function greet(name) {\n  console.log("Hello, + name);\n  return name.length;\n}',
            'function greet(name) {\n  console.log("Hello, " + name);\n  return name.length;\n}',
        ),
        (
            "area.rs",
            "fn area(w: u32, h: u32) -> u32 {\n    let area = w * h\n    area\n}",
            "fn area(w: u32, h: u32) -> u32 {\n    let area = w * h;\n    area\n}",
        ),
        (
            "sum.c",
            "int sum(int *a, int n) {\n    int s = 0;\n    for (int i = 0; i < n; i++ {\n"
            "        s += a[i];\n    }\n    return s;\n}",
            "int sum(int *a, int n) {\n    int s = 0;\n    for (int i = 0; i < n; i++) {\n"
            "        s += a[i];\n    }\n    return s;\n}",
        ),
    ],
)
async def test_syntax_is_mended_without_a_word_being_written(
    engine: LocalEngine, path: str, code: str, mended: str
) -> None:
    language, cost = language_for(path), Cost()
    region = Region(0, len(code))
    target = Target(path=path, region=region, score=1.0, reasons=(), in_signature=True)
    asked = Asked(target, code, language, question(code, target, language, Case(), 8192))
    edit = await Writer(Model(engine, cost), asked, is_fault=True).deviation(0)
    assert edit is not None and edit.text == mended
    assert cost.tokens_generated == 0
