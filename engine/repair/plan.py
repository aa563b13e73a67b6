"""A plan for a repair, by a model that thinks; another one that writes code carries it out."""

from __future__ import annotations

import msgspec

from midfill.engine.backend import Backend, ChatRequest, Message
from midfill.engine.repair.ask import Question
from midfill.engine.repair.thinking import MARK, concluded

# Thinking takes most of them.
_TOKENS = 4096
_ASK = (
    "Do not write that code yet: find out what is wrong, and what else the change must not break. "
    f"When you are done, write a line with {MARK} and below it what to change, in a few sentences "
    "for the programmer who will."
)


async def planned(planner: Backend, question: Question, path: str) -> Question:
    """The question with a plan for its answer.

    Raises:
        BackendError: there is none.
    """
    *before, asked = question.messages
    request = ChatRequest(
        messages=(*before, Message(asked.role, f"{asked.content}\n{_ASK}")),
        max_tokens=_TOKENS,
        files=(path,),
        task="plan",
    )
    plan = await concluded(planner, request)
    told = Message(asked.role, f"{asked.content}\nA colleague has looked into it:\n{plan}")
    return msgspec.structs.replace(question, messages=(*before, told))
