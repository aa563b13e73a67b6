"""Models that think before they answer, such as QwQ and QVQ: their conclusion without the thinking.

A server with a parser for it keeps the thinking apart, and the client leaves it out. Others send it
as text: between tags, or with nothing to tell it by, so that the model is asked for a mark.
"""

from __future__ import annotations

from contextlib import aclosing

from midfill.engine.backend import Backend, BackendError, ChatRequest

MARK = "CONCLUSION:"
# A text that was not marked ends with what it comes to.
_LONGEST = 2000
_TAG = "</think>"


async def concluded(backend: Backend, request: ChatRequest) -> str:
    """What the model comes to.

    Raises:
        BackendError: it comes to nothing, or cannot answer.
    """
    text, stats = "", None
    async with aclosing(backend.chat(request)) as stream:
        async for delta in stream:
            text += delta.text
            stats = delta.stats or stats
    found, has_ended = conclusion(text), stats is not None and stats.stop_type == "eos"
    if not found or not (has_ended or MARK in text):
        raise BackendError(f"{backend.name} came to no conclusion")
    return found


def conclusion(text: str) -> str:
    """The part of an answer behind the thinking."""
    _, _, said = text.rpartition(_TAG)
    _, _, said = said.rpartition(MARK)
    return said.strip(" \n*`")[-_LONGEST:]
