"""The two ways in which a model is asked for a change of one target.

A deviation is the code as it is up to a token in whose place the model finds another one likelier,
and from there on what it writes until it is back at the code: a small change, and cheap. Where the
parser finds the code faulty, it knows some that are back at once. A rewrite is the code written
anew, which may change several places.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter

import msgspec

from midfill.engine.backend import ChatRequest, Message, Score
from midfill.engine.context.tokens import estimate
from midfill.engine.repair import lines
from midfill.engine.repair.answer import LONGEST
from midfill.engine.repair.ask import Question
from midfill.engine.repair.deviation import WORTH_WRITING, Deviation, deviations, rejoined
from midfill.engine.repair.edit import Edit, NoEdit, Unchanged
from midfill.engine.repair.grammar import rest_of_block
from midfill.engine.repair.likelihood import likelihood
from midfill.engine.repair.localise import Target
from midfill.engine.repair.mend import Frame, mends
from midfill.engine.repair.model import Model
from midfill.engine.repair.whole import rewritten
from midfill.grammars.difference import difference
from midfill.grammars.registry import Language

# Other tokens that are looked at in each place.
_CHOICES = 8
# A deviation that is not back at the code after so many tokens never will be.
_LONGEST_DEVIATION = 96
# A rewrite may be longer than the code by this factor, and so many lines or tokens. Lines come to
# an end first, by the grammar, so that an answer which repeats itself still has a form.
_LONGER, _MORE_LINES, _MORE_TOKENS = 1.5, 8, 256
# The first rewrite is the likeliest one; the others are sampled.
_TEMPERATURE = 0.8


class Asked(msgspec.Struct, frozen=True):
    """A target in the file `text`, and the question about it."""

    target: Target
    text: str
    language: Language | None
    question: Question


class Writer:
    """Asks about one target. `is_fault`: comments need no change then."""

    def __init__(self, model: Model, asked: Asked, *, is_fault: bool) -> None:
        self.asked = asked
        self.model = model
        self._is_fault = is_fault
        self._found: list[Deviation | str] | None = None
        self._looking = asyncio.Lock()

    def may_deviate(self, number: int) -> bool:
        """Whether there is a deviation of that number, as far as is known."""
        return self._found is None or number < len(self._found)

    async def deviation(self, number: int) -> Edit | None:
        """The change that begins with the deviation of that number.

        None: there are not so many, or it did not come back to the code and was given up.

        Raises:
            Unchanged: it came back to the code as it was.
            BackendError: the model cannot answer; so do all methods.
        """
        found = await self._deviations()
        if number >= len(found):
            return None
        deviation = found[number]
        if isinstance(deviation, str):
            return self._edit(deviation)
        question = self.asked.question
        original = question.code + question.closing + "\n"
        back = partial(rejoined, original, deviation)
        answer = await self.model.write(
            ChatRequest(
                messages=question.begun(question.code[: deviation.at] + deviation.text),
                max_tokens=_LONGEST_DEVIATION,
                files=(self.asked.target.path,),
            ),
            lambda written: back(deviation.text + written) is not None,
        )
        written = deviation.text + answer.text
        code = back(written) or (back(written + "\n") if answer.ended else None)
        if code is None:
            return None
        return self._edit(code.removesuffix("\n").removesuffix(question.closing))

    async def rewrite(self, number: int, seed: int) -> Edit:
        """The code written anew: for number 0 as is likeliest, else as the seed has it.

        Raises:
            NoEdit: the answer was cut short, or has no such code in it.
        """
        await self._deviations()  # evaluates what all answers have in common, once
        asked, question = self.asked, self.asked.question
        kept = question.code[: question.kept]
        answer = await self.model.write(
            ChatRequest(
                messages=question.begun(kept),
                max_tokens=round(_LONGER * estimate(question.code)) + _MORE_TOKENS,
                temperature=_TEMPERATURE if number else 0.0,
                seed=seed,
                grammar=rest_of_block(
                    question.closing.strip(),
                    round(_LONGER * question.code.count("\n")) + _MORE_LINES,
                ),
                files=(asked.target.path,),
            ),
            lambda written: len(written) > LONGEST,
        )
        if not answer.ended:
            raise NoEdit("the answer was cut short")
        return rewritten(
            asked.text,
            asked.target.region,
            question.opening + kept + answer.text,
            asked.language,
            keep_signature=not asked.target.in_signature,
            keep_comments=self._is_fault,
        )

    def conversation(self, edit: Edit) -> tuple[Message, ...]:
        """The conversation that would have led to the edit."""
        text = self.asked.text
        whole = lines.margin_at(text, edit.start) + edit.text
        return self.asked.question.begun(lines.plain(whole) + self.asked.question.closing)

    async def _deviations(self) -> list[Deviation | str]:
        """First the code as it is with some that mend its syntax, then the others."""
        async with self._looking:
            if self._found is None:
                question = self.asked.question
                scores = await self._scores(question.code + question.closing, 0)
                found = self._worth(scores)
                mended = await self._mended(found, scores)
                others = (each for each in found if each.promise > WORTH_WRITING)
                self._found = [*mended, *others]
        return self._found

    async def _scores(self, code: str, start: int) -> list[Score]:
        """What the model makes of an answer with `code`, from one of its characters on."""
        question = self.asked.question
        at = len(question.opening) + start if start else 0
        messages, files = question.begun(code), (self.asked.target.path,)
        return await self.model.score(messages, _CHOICES, files, at)

    def _worth(self, scores: Sequence[Score]) -> list[Deviation]:
        """The deviations, but for those where the code stays."""
        opening, kept = len(self.asked.question.opening), self.asked.question.kept
        pointed = _pointed(self.asked)
        found = deviations(scores, lambda at: any(at - opening in line for line in pointed))
        return [
            msgspec.structs.replace(each, at=each.at - opening)
            for each in found
            if each.at >= opening + kept
        ]

    async def _mended(self, found: Sequence[Deviation], scores: Sequence[Score]) -> list[str]:
        """The code with its syntax mended, the likeliest first, as the lines around tell."""
        question, frame = self.asked.question, self._frame()
        mended = await asyncio.to_thread(mends, question.code, found, frame) if frame else []
        if len(mended) < 2:
            return mended
        gains = await asyncio.gather(*(self._gain(each, scores) for each in mended))
        ranked = sorted(zip(gains, mended, strict=True), key=itemgetter(0), reverse=True)
        return [code for _, code in ranked]

    async def _gain(self, mended: str, scores: Sequence[Score]) -> float:
        """How much likelier the mended code is than the code, as far as the line after the last
        edit; `scores` are the code's."""
        question = self.asked.question
        start, old_end, new_end = difference(question.code, mended)
        after = len("\n".join(question.code[old_end:].split("\n")[:2]))
        shown = mended[: new_end + after]
        now = await self._scores(shown, start)
        at, opening = len(question.opening), question.opening
        before = opening + question.code + question.closing
        return likelihood(now, opening + shown, at + start, at + new_end + after) - likelihood(
            scores, before, at + start, at + old_end + after
        )

    def _frame(self) -> Frame | None:
        """What stands around the code, where a parser can tell its faults."""
        text, region, language = self.asked.text, self.asked.target.region, self.asked.language
        if language is None or not language.reports_errors:
            return None
        start = region.start - len(lines.margin_at(text, region.start))
        end = region.start + len(text[region.start : region.end].rstrip())
        below = lines.plain(text[end:])
        return Frame(language, lines.plain(text[:start]), below.removeprefix("\n"))

    def _edit(self, code: str) -> Edit:
        text, region = self.asked.text, self.asked.target.region
        margin = lines.margin_at(text, region.start)
        before = text[region.start : region.end].rstrip()
        if not code.startswith(margin):
            raise NoEdit("the answer moves the first line")
        after = lines.with_ends(before, code[len(margin) :].split("\n"), lines.newline(text))
        if after == before:
            raise Unchanged("the answer is the code as it was")
        return Edit(region.start, region.start + len(before), after)


def _pointed(asked: Asked) -> list[range]:
    """The characters of the code in each line that a failure points at."""
    first = lines.number_at(asked.text, asked.target.region.start)
    starts = lines.offsets(asked.question.code)
    return [
        range(start, end)
        for number, (start, end) in enumerate(pairwise(starts), first)
        if number in asked.target.lines
    ]
