"""The two ways in which a model is asked for a change of one target.

A deviation is the code as it is up to a token in whose place the model finds another one likelier,
and from there on what it writes until it is back at the code: a small change, and cheap. The first
is the one that the model finds likeliest as a whole. Where the parser finds the code faulty, it
knows some that are back at once. A rewrite is the code written anew, which may change several
places.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
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
from midfill.engine.repair.parallel import AT_ONCE, in_order
from midfill.engine.repair.whole import rewritten
from midfill.grammars.difference import difference
from midfill.grammars.registry import Language

# Other tokens that are looked at in each place.
_CHOICES = 8
# A deviation that is not back at the code after so many tokens never will be.
_LONGEST_DEVIATION = 96
# Of so many the likeliest is looked for, at most.
_WRITTEN = 16
# What is judged of a change, beside itself: the rest of its line, and the next. One more is shown,
# for the last token of what is shown may be cut short.
_JUDGED, _SHOWN = (re.compile(rf"[^\n]*(?:\n\s*\S[^\n]*){{0,{more}}}") for more in (1, 2))
_FIRST_LINE = re.compile(r"\s*\S[^\n]*")
# A rewrite may be longer than the code by this factor, and so many lines or tokens, and its lines
# than the longest by the factor and so many characters. Lines come to an end first, by the grammar,
# so that an answer which repeats itself still has a form; it has none within a line.
_LONGER, _MORE_LINES, _MORE_TOKENS, _MORE_CHARACTERS = 1.5, 8, 256, 200
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
        self._scores: list[Score] | None = None
        self._found: list[str] = []
        self._promising: list[Deviation] = []
        self._written = 0
        self._weighed: list[tuple[float, str]] = []
        self._looking, self._writing = asyncio.Lock(), asyncio.Lock()

    def may_deviate(self, number: int) -> bool:
        """Whether there is a deviation of that number, as far as is known."""
        left = len(self._promising) - self._written + len(self._weighed)
        return self._scores is None or number < len(self._found) + left

    async def deviation(self, number: int) -> Edit | None:
        """The change of that number: first those that mend the syntax, then the likeliest.

        None: there are not so many.

        Raises:
            NoEdit: it cannot be made.
            BackendError: the model cannot answer; so do all methods.
        """
        await self._look()
        async with self._writing:
            while number >= len(self._found) and (code := await self._likeliest()) is not None:
                self._found.append(code)
        return self._edit(self._found[number]) if number < len(self._found) else None

    async def rewrite(self, number: int, seed: int) -> Edit | None:
        """The code written anew: for number 0 as is likeliest, else as the seed has it.

        None: it came to no end, and was given up.

        Raises:
            NoEdit: the answer has no such code in it.
        """
        await self._look()  # evaluates what all answers have in common, once
        asked, question = self.asked, self.asked.question
        begun = question.code[: question.begins]
        longest = _LONGER * max(map(len, question.code.split("\n"))) + _MORE_CHARACTERS
        answer = await self.model.write(
            ChatRequest(
                messages=question.begun(begun),
                max_tokens=round(_LONGER * estimate(question.code)) + _MORE_TOKENS,
                temperature=_TEMPERATURE if number else 0.0,
                seed=seed,
                grammar=rest_of_block(
                    question.closing.strip(),
                    round(_LONGER * question.code.count("\n")) + _MORE_LINES,
                    in_line=question.begins > question.kept,
                ),
                files=(asked.target.path,),
            ),
            lambda written: len(written) > LONGEST or len(written.rpartition("\n")[2]) > longest,
        )
        if not answer.ended:
            return None
        return rewritten(
            asked.text,
            asked.target.region,
            question.opening + begun + answer.text,
            asked.language,
            keep_signature=not asked.target.in_signature,
            keep_comments=self._is_fault,
        )

    def conversation(self, edit: Edit) -> tuple[Message, ...]:
        """The conversation that would have led to the edit."""
        text = self.asked.text
        whole = lines.margin_at(text, edit.start) + edit.text
        return self.asked.question.begun(lines.plain(whole) + self.asked.question.closing)

    async def _look(self) -> None:
        """Find out what the model makes of the code."""
        async with self._looking:
            if self._scores is None:
                question = self.asked.question
                scores = await self._scored(question.code + question.closing, 0)
                found = self._worth(scores)
                self._found = await self._mended(found, scores)
                self._promising = [each for each in found if each.promise > WORTH_WRITING]
                self._scores = scores

    async def _scored(self, code: str, start: int) -> list[Score]:
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

    async def _likeliest(self) -> str | None:
        """The likeliest change of those that are left, None if there are none.

        None is likelier than its first token promises, so that few have to be written to know it.
        """
        while True:
            ahead = self._promising[self._written :][:AT_ONCE]
            best = max(self._weighed, default=None)
            if best is not None and (
                not ahead or best[0] >= ahead[0].promise or self._written >= _WRITTEN
            ):
                self._weighed.remove(best)
                return best[1]
            if not ahead:
                return None
            async with aclosing(in_order(self._weigh, ahead, AT_ONCE)) as weighed:
                found = [each async for each in weighed if each is not None]
            self._weighed += found
            self._written += len(ahead)

    async def _weigh(self, deviation: Deviation) -> tuple[float, str] | None:
        """How likely a change is, with what else speaks for it, and the code with it.

        None: it did not come back to the code and was given up, or came back to it as it was.
        """
        code = await self._write(deviation)
        if code is None or code == self.asked.question.code:
            return None
        assert self._scores is not None
        # Any code is likelier without some of its tokens, which says nothing for leaving them out.
        gain = min(deviation.gain, await self._gain(code, self._scores))
        return gain + deviation.bonus, code

    async def _write(self, deviation: Deviation) -> str | None:
        """The code as it goes on from the deviation."""
        question = self.asked.question
        # Some answers go on with what is below the code in the file, before they close the block.
        below = _FIRST_LINE.match(self._around()[1])
        ends = [f"{question.closing}\n", *([f"\n{below[0]}\n"] if below else [])]

        def back(written: str) -> str | None:
            for end in ends:
                code = rejoined(question.code + end, deviation, deviation.text + written)
                if code is not None:
                    return code.removesuffix(end).rstrip()
            return None

        answer = await self.model.write(
            ChatRequest(
                messages=question.begun(question.code[: deviation.at] + deviation.text),
                max_tokens=_LONGEST_DEVIATION,
                files=(self.asked.target.path,),
            ),
            lambda written: back(written) is not None,
        )
        return back(answer.text) or (back(f"{answer.text}\n") if answer.ended else None)

    async def _gain(self, changed: str, scores: Sequence[Score]) -> float:
        """How much likelier the changed code is than the code, as a difference of natural
        logarithms, up to the line after the change; `scores` are the code's."""
        question = self.asked.question
        old, new = question.code + question.closing, changed + question.closing
        start, old_end, new_end = difference(old, new)
        judged, shown = (
            len(found[0]) if (found := each.match(old, old_end)) else 0
            for each in (_JUDGED, _SHOWN)
        )
        now = await self._scored(new[: new_end + shown], start)
        at, opening = len(question.opening), question.opening
        return likelihood(
            now, opening + new[: new_end + shown], at + start, at + new_end + judged
        ) - likelihood(scores, opening + old, at + start, at + old_end + judged)

    def _frame(self) -> Frame | None:
        """What stands around the code, where a parser can tell its faults."""
        language = self.asked.language
        if language is None or not language.reports_errors:
            return None
        return Frame(language, *self._around())

    def _around(self) -> tuple[str, str]:
        """The text above and below the lines of the code."""
        text, region = self.asked.text, self.asked.target.region
        start = region.start - len(lines.margin_at(text, region.start))
        end = region.start + len(text[region.start : region.end].rstrip())
        return lines.plain(text[:start]), lines.plain(text[end:]).removeprefix("\n")

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
