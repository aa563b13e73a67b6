"""What a model is told of a target, and the answer that is begun for it.

The code is asked for whole, and its beginning is put into the model's mouth: the signature stays as
it is, unless the fault is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from midfill.engine.backend import Message
from midfill.engine.context.tokens import estimate
from midfill.engine.repair import comments, lines
from midfill.engine.repair.failures.output import ends
from midfill.engine.repair.header import header_end
from midfill.engine.repair.localise import Target
from midfill.grammars.registry import Language

# Shares of a model's context: the code that is asked for, which is in it for every answer that is
# written at once and in the question; the code around it; definitions it uses; what was said.
CODE = 1 / 8
_AROUND, _RELATED, _OUTPUT = 1 / 8, 1 / 16, 1 / 16
# About how many characters a token of a tool's output has.
_CHARACTERS = 3
# So many errors are marked, with so many characters each.
_MOST_MARKS, _LONGEST_MARK = 5, 100
_FENCE = re.compile(r"`{3,}")
SYSTEM = "You are an expert programmer who changes code as little as is needed."


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of what is wanted.

    `wish` is the person's own words. `output` is what the checks say, and `told` the parts of it
    that are shown where that is too long. `related` are definitions that the code uses. `tried` is
    a change that did not do, and `outcome` what came of it.
    """

    wish: str = ""
    output: str = ""
    told: str = ""
    related: tuple[str, ...] = ()
    tried: str = ""
    outcome: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that ends before the answer: `opening`, code and `closing`.

    `code` is the code as it is, with its first line's margin, and `\\n` at the ends of lines. Its
    first `kept` characters stay: whole lines, or nothing. Code that is written anew begins with its
    first `begins`: what is kept, or as far as its name, so that it defines the same.
    """

    messages: tuple[Message, ...]
    opening: str
    code: str
    closing: str
    kept: int
    begins: int

    def begun(self, code: str) -> tuple[Message, ...]:
        """The conversation with an answer begun as far as `code`."""
        return (*self.messages, Message("assistant", self.opening + code))


def question(
    text: str, target: Target, language: Language | None, case: Case, context_tokens: int
) -> Question:
    """What to ask about a target of the file `text`, for a model with so much context."""
    region = target.region
    code = lines.plain(
        lines.margin_at(text, region.start) + text[region.start : region.end].rstrip()
    )
    inside = "\n".join((text, case.output, case.tried, case.outcome, *case.related))
    fence = fence_for(inside)
    name = language.name if language else ""
    kept = _kept(text, target, code, language)
    parts = [
        *_shown(text, target, language, round(_AROUND * context_tokens), fence),
        *uses(case.related, round(_RELATED * context_tokens), fence, name),
        *_said(case, round(_OUTPUT * context_tokens) * _CHARACTERS, fence),
        *_asked(code, target, case, fence),
    ]
    return Question(
        messages=(Message("system", SYSTEM), Message("user", "\n".join(parts))),
        opening=f"{fence}{name}\n",
        code=code,
        closing=f"\n{fence}",
        kept=kept,
        begins=kept or _named(text, target, code),
    )


def _shown(
    text: str, target: Target, language: Language | None, room: int, fence: str
) -> Iterator[str]:
    """The code with as much around it as there is room for, and its errors."""
    whole = [lines.bare(line) for line in lines.split(text)]
    start = lines.number_at(text, target.region.start)
    end = start + text.count("\n", target.region.start, target.region.end)
    first, last = lines.around(text, start, end, room)
    is_all = last - first + 1 == len(whole)
    yield f"This is {'' if is_all else 'a part of '}{target.path}:"
    yield f"{fence}{language.name if language else ''}"
    yield from whole[first - 1 : last]
    yield fence
    yield from _marked(whole, target)


def _marked(whole: Sequence[str], target: Target) -> Iterator[str]:
    """The lines that are wrong, with what is wrong with them.

    Comments in the code would mark them as well, and be copied into the answer.
    """
    for failure in target.failures[:_MOST_MARKS]:
        if failure.line is not None and failure.line <= len(whole):
            message = " ".join(failure.message.split())[:_LONGEST_MARK]
            yield f"Line {failure.line}, `{whole[failure.line - 1].strip()}`: {message}"


def fence_for(*texts: str) -> str:
    """A fence that none of the texts ends."""
    runs = [len(run) + 1 for text in texts for run in _FENCE.findall(text)]
    return "`" * max([3, *runs])


def uses(related: Sequence[str], room: int, fence: str, name: str) -> Iterator[str]:
    """As many of these definitions as there is room for, in tokens."""
    chosen = []
    for text in related:
        room -= estimate(text)
        if room < 0:
            break
        chosen.append(text)
    if chosen:
        yield from ("It uses:", f"{fence}{name}", *chosen, fence)


def _said(case: Case, room: int, fence: str) -> Iterator[str]:
    if case.output.strip():
        output = case.output if len(case.output) <= room else case.told or case.output
        yield from ("Checking it gives:", fence, _cut(output, room), fence)
    if case.tried:
        yield from ("This change was tried:", f"{fence}diff", _cut(case.tried, room // 2), fence)
        yield from ("It gives:", fence, _cut(case.outcome, room // 2), fence)


def _cut(output: str, room: int) -> str:
    """The end of an output tells most."""
    return ends(output.strip("\n"), room // 4, room - room // 4)


def _asked(code: str, target: Target, case: Case, fence: str) -> Iterator[str]:
    definition = target.region.definition
    what = f"the {definition.kind} `{definition.name}`" if definition else "only these lines"
    is_fault = bool(case.output or target.failures)
    done = "the bug fixed" if is_fault else "this done"
    yield from [case.wish] if case.wish else []
    yield f"Write {what} again with {done}. Change nothing else."
    yield from [] if definition else [fence, code, fence]


def _kept(text: str, target: Target, code: str, language: Language | None) -> int:
    """How much of the code stays: the lines of the signature, and of comments under it."""
    definition = target.region.definition
    if definition is None or target.in_signature:
        return 0
    end = header_end(text, definition, language)
    if end is None:
        return 0
    header = _in_code(text, target, code, end)
    rest = comments.without(code, language)[header:]
    blank = len(rest) - len(rest.lstrip())
    return code.rfind("\n", 0, header + blank) + 1


def _named(text: str, target: Target, code: str) -> int:
    """How much of the code is its first line as far as the name, if nothing is wrong with that."""
    definition = target.region.definition
    if definition is None or target.in_signature:
        return 0
    end = _in_code(text, target, code, definition.name_start + len(definition.name))
    return 0 if "\n" in code[:end] else end


def _in_code(text: str, target: Target, code: str, at: int) -> int:
    """The offset in the target's code of what is at `at` in the text."""
    margin = len(code) - len(code.lstrip(" \t"))
    return margin + len(lines.plain(text[target.region.start : at]))
