"""Candidates: the changes that a model proposes, the most promising first, each only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from functools import partial
from itertools import cycle, islice
from typing import TypeVar

import msgspec

from midfill.engine.backend import Message
from midfill.engine.repair import comments, lines
from midfill.engine.repair.across import across
from midfill.engine.repair.ask import Case
from midfill.engine.repair.edit import Edit, NoEdit, Unchanged, applied
from midfill.engine.repair.model import Model
from midfill.engine.repair.parallel import AT_ONCE, in_order
from midfill.engine.repair.task import Cost
from midfill.engine.repair.writer import Asked, Writer
from midfill.grammars.registry import Language, language_for

_T = TypeVar("_T")

# In which order the ways are tried for a fault, and for a wish, which is seldom a small change.
_FOR_A_FAULT = ("deviation", "deviation", "deviation", "rewrite")
_FOR_A_WISH = ("rewrite", "rewrite", "deviation")
# Tries for each candidate that is wanted: many lead to the same code, or to none.
_TRIES = 4


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """New texts of files, by their paths.

    `way` tells how it came about, and `conversation` is the one that would have led to it.
    """

    texts: dict[str, str]
    way: str
    conversation: tuple[Message, ...]


class _Try(msgspec.Struct, frozen=True):
    """The `number`th time that a writer is asked in that way."""

    writer: Writer
    way: str
    number: int


async def _counted(cost: Cost, answer: Awaitable[_T | None]) -> _T | None:
    """The answer, if there is one that can become a candidate."""
    try:
        found = await answer
    except NoEdit as reason:
        cost.answers += 1
        cost.malformed += not isinstance(reason, Unchanged)
        return None
    cost.answers += found is not None
    return found


class Proposals:
    """What has been proposed so far, over all rounds.

    Args:
        is_fault: something is wrong with the code, so that other comments make no other candidate.
    """

    def __init__(self, *, is_fault: bool) -> None:
        self._is_fault = is_fault
        self._known: set[frozenset[tuple[str, str]]] = set()
        self._samples = 0

    async def next(
        self, model: Model, asked: Sequence[Asked], count: int
    ) -> AsyncGenerator[Candidate]:
        """Up to `count` that are new. Closing the iterator ends all work.

        Args:
            asked: of those with a higher score more are given.

        Raises:
            BackendError: the model cannot answer.
        """
        for each in asked:
            code = each.target.path, self._meaning(each.text, each.language)
            self._known.add(frozenset([code]))
        writers = [Writer(model, each, is_fault=self._is_fault) for each in asked]
        tries = islice(self._tries(writers), _TRIES * count)
        async with aclosing(self._new(self._answered, tries, count)) as candidates:
            async for candidate in candidates:
                yield candidate

    async def across(
        self, model: Model, texts: Mapping[str, str], case: Case, count: int
    ) -> AsyncGenerator[Candidate]:
        """The same for files that are changed together, as search/replace blocks."""
        ask = partial(self._across, model, texts, case)
        async with aclosing(self._new(ask, range(_TRIES * count), count)) as candidates:
            async for candidate in candidates:
                yield candidate

    async def _new(
        self, ask: Callable[[_T], Awaitable[Candidate | None]], tries: Iterable[_T], count: int
    ) -> AsyncGenerator[Candidate]:
        async with aclosing(in_order(ask, tries, AT_ONCE)) as candidates:
            async for candidate in candidates:
                if candidate is None or not self.is_new(candidate):
                    continue
                yield candidate
                count -= 1
                if not count:
                    return

    async def _across(
        self, model: Model, texts: Mapping[str, str], case: Case, number: int
    ) -> Candidate | None:
        self._samples += number > 0
        answer = await _counted(model.cost, across(model, texts, case, self._samples))
        if answer is None:
            return None
        changed, conversation = answer
        return Candidate(texts=changed, way="blocks", conversation=conversation)

    def _tries(self, writers: Sequence[Writer]) -> Iterator[_Try]:
        """Each time the writer whose score is the highest for the tries that it has had."""
        ways = [cycle(_FOR_A_FAULT if self._is_fault else _FOR_A_WISH) for _ in writers]
        had: list[Counter[str]] = [Counter() for _ in writers]
        while True:
            at = max(
                range(len(writers)),
                key=lambda at: writers[at].asked.target.score / (had[at].total() + 1),
            )
            way = next(ways[at])
            if way == "deviation" and not writers[at].may_deviate(had[at][way]):
                way = "rewrite"
            yield _Try(writers[at], way, had[at][way])
            had[at][way] += 1

    async def _answered(self, tried: _Try) -> Candidate | None:
        """A candidate, if the answer is one."""
        edit = await _counted(tried.writer.model.cost, self._edit(tried))
        if edit is None:
            return None
        asked = tried.writer.asked
        text = applied(asked.text, [edit])
        return Candidate(
            texts={asked.target.path: text},
            way=tried.way,
            conversation=tried.writer.conversation(edit),
        )

    def is_new(self, candidate: Candidate) -> bool:
        """Whether it was not there before; from now on it was."""
        keys = frozenset(
            (path, self._meaning(text, language_for(path, first_line=text)))
            for path, text in candidate.texts.items()
        )
        if keys in self._known:
            return False
        self._known.add(keys)
        return True

    async def _edit(self, tried: _Try) -> Edit | None:
        if tried.way == "deviation":
            return await tried.writer.deviation(tried.number)
        self._samples += 1
        return await tried.writer.rewrite(tried.number, self._samples)

    def _meaning(self, text: str, language: Language | None) -> str:
        """What is the same in two texts that differ in nothing that matters."""
        if not self._is_fault:
            return text
        code = comments.without(text, language)
        indented = language is None or language.blocks in ("indentation", "none")
        return "\n".join(
            f"{lines.margin(line) if indented else ''}{' '.join(line.split())}"
            for line in code.splitlines()
            if line.strip()
        )
