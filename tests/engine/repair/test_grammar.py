"""The forms of answers, as the engine keeps them."""

from __future__ import annotations

import pytest

from midfill.engine.backend import ChatRequest, Message
from midfill.engine.repair.grammar import blocks, rest_of_block
from midfill.engine.runtime.local import LocalEngine

pytestmark = pytest.mark.model


async def answered(
    engine: LocalEngine,
    begun: str,
    grammar: str,
    tokens: int,
    asked: str = "Say hello in one word.",
) -> tuple[str, str]:
    """The answer to a question that has nothing to do with its form, and how it ended."""
    messages = (Message("user", asked), Message("assistant", begun))
    request = ChatRequest(messages=messages, max_tokens=tokens, grammar=grammar)
    deltas = [delta async for delta in engine.chat(request)]
    assert deltas[-1].stats is not None
    return "".join(delta.text for delta in deltas), deltas[-1].stats.stop_type


async def test_a_block_ends_with_its_fence_and_with_no_shorter_one(engine: LocalEngine) -> None:
    begun = '````python\ndef shown():\n    """\n```\nx\n'
    text, ended = await answered(engine, begun, rest_of_block("````", 40), 48)
    *above, last = text.rstrip("\n").split("\n")
    assert (ended, last) == ("eos", "````") or (ended == "limit" and "````" not in text)
    assert not any(line.startswith("````") for line in above)


async def test_a_line_that_has_begun_comes_to_its_end_first(engine: LocalEngine) -> None:
    asked = "Answer with three backticks."
    grammar = rest_of_block("```", 0, in_line=True)
    text, ended = await answered(engine, "```c\n#define MOST", grammar, 48, asked)
    assert ended == "eos"
    line, fence = text.rstrip("\n").split("\n")
    assert fence == "```"
    assert line


async def test_a_block_ends_after_so_many_lines(engine: LocalEngine) -> None:
    begun = "Everything that is asked for:\n```python\nONE = 1\nTWO = 2\n"
    text, ended = await answered(engine, begun, rest_of_block("```", 3), 96)
    *lines, fence = text.rstrip("\n").split("\n")
    assert (ended, fence) == ("eos", "```")
    assert len(lines) <= 3


async def test_a_model_that_would_go_on_behind_the_fence_ends_with_it(engine: LocalEngine) -> None:
    begun = "```python\nONE = 1\n"
    asked = "Set ONE to 1 in Python, and explain in a paragraph why that is right."
    text, ended = await answered(engine, begun, rest_of_block("```", 40), 48, asked)
    assert (ended, text.rstrip("\n")) == ("eos", "```")


async def test_blocks_name_only_files_that_are_given(engine: LocalEngine) -> None:
    text, _ = await answered(engine, "Here:\n", blocks(['a "b" ü.py']), 32)
    assert text.startswith('a "b" ü.py\n<<<<<<< SEARCH\n')
