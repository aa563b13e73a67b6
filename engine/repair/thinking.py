"""Models that think before they answer, such as QwQ and QVQ: their conclusion without the thinking.

A server with a parser for it keeps the thinking apart, and the client leaves it out. Others send it
as text: between tags, or with nothing to tell it by, so that the model is asked for a mark.
"""

from __future__ import annotations

from midfill.engine.backend import Backend, BackendError, ChatRequest
from midfill.engine.repair.model import Model
from midfill.engine.repair.task import Cost

MARK = "CONCLUSION:"
# A text that was not marked ends with what it comes to.
_LONGEST = 2000
_TAG = "</think>"


async def concluded(backend: Backend, request: ChatRequest) -> str:
    """What the model comes to.

    Raises:
        BackendError: it comes to nothing, or cannot answer.
    """
    answer = await Model(backend, Cost()).write(request)
    found = conclusion(answer.text)
    if not found or not (answer.ended or MARK in answer.text):
        raise BackendError(f"{backend.name} came to no conclusion")
    return found


def conclusion(text: str) -> str:
    """The part of an answer behind the thinking."""
    _, _, said = text.rpartition(_TAG)
    _, _, said = said.rpartition(MARK)
    return said.strip(" \n*`")[-_LONGEST:]
