"""The fill-in-the-middle prompt for a server, as text or as tokens.

As text it is `completion.prompt`'s, in the same order: what is typed is appended, so that the
server's prefix cache holds the rest. Without a vocabulary at hand, budgets are estimates, and what
would become a special token is spelled otherwise.

The unfinished word at the cursor is left off, as there: see `healing`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Protocol, TypeVar

import msgspec

from midfill.engine.backend import InfillRequest
from midfill.engine.completion import prompt as by_tokens
from midfill.engine.completion.prompt import OPEN_END
from midfill.engine.context.tokens import estimate
from midfill.engine.remote.vocabulary import Vocabulary

# Qwen2.5's ids for the ends of text and turn, and for all that begins another part of a prompt.
# As texts they would make vLLM hold back as many characters as the longest of them has.
STOP_TOKENS = (151643, 151645, 151659, 151661, 151662, 151663, 151664)
_SPECIAL = re.compile(
    r"<\|(?=(?:fim_(?:prefix|suffix|middle|pad)|repo_name|file_sep|endoftext|im_start|im_end)\|>)"
)
# As in `completion.prompt`: a window that has left its budget starts again this full.
_REFILL = 0.75
# A word that is longer is left as it is: to write it again would take too many tokens.
_LONGEST_END = 24
_ANCHOR = 64  # characters by which its start is found again
_DOCUMENTS_REMEMBERED = 64
# About how many characters a token has, where a line is too long for its budget.
_CHARACTERS = 3

_Anchor = TypeVar("_Anchor", str, tuple[int, ...])


class Prompt(Protocol):
    """A prompt without the unfinished word at the cursor, and that word, `end`."""

    @property
    def end(self) -> str: ...

    def followed_by(self, text: str) -> str | list[int]:
        """The prompt, and behind it what the answer begins with."""
        ...


class TextPrompt(msgspec.Struct, frozen=True):
    """A Prompt."""

    text: str
    end: str

    def followed_by(self, text: str) -> str:
        """See `Prompt.followed_by`."""
        return self.text + text


class TokenPrompt(msgspec.Struct, frozen=True):
    """A Prompt, and the vocabulary that its tokens are of."""

    tokens: list[int]
    end: str
    vocabulary: Vocabulary

    def followed_by(self, text: str) -> list[int]:
        """See `Prompt.followed_by`."""
        return self.tokens + self.vocabulary.encode(text)


class Prompts(Protocol):
    """Makes prompts, and keeps each document's window where it was, so that caches hit."""

    def build(self, request: InfillRequest) -> Prompt:
        """The prompt for `request`."""
        ...


class TokenPrompts:
    """Prompts of the tokens of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._anchors: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def build(self, request: InfillRequest) -> TokenPrompt:
        """See `Prompts.build`."""
        vocabulary, anchor = self._vocabulary, self._anchors.get(request.document, ())
        made = by_tokens.build(vocabulary, vocabulary.fim, request, anchor)
        _remember(self._anchors, request.document, made.anchor)
        return TokenPrompt(made.tokens, made.forced.decode("utf-8", "replace"), vocabulary)


class TextPrompts:
    """Prompts as text."""

    def __init__(self) -> None:
        self._anchors: OrderedDict[str, str] = OrderedDict()

    def build(self, request: InfillRequest) -> TextPrompt:
        """See `Prompts.build`."""
        suffix = _head(request.suffix, request.suffix_tokens)
        start = self._start(request)
        prefix = request.prefix[start:]
        found = OPEN_END.search(prefix[-_LONGEST_END:])
        end = found.group() if found and len(found.group()) < _LONGEST_END else ""
        begun = (
            f"{_header(request)}<|fim_prefix|><|fim_suffix|>{_plain(suffix)}<|fim_middle|>"
            f"{_plain(prefix.removesuffix(end))}"
        )
        return TextPrompt(begun, end)

    def _start(self, request: InfillRequest) -> int:
        """Where the window before the cursor begins: where it did, if that still fits."""
        prefix, budget = request.prefix, request.prefix_tokens
        anchor = self._anchors.get(request.document)
        start = prefix.find(anchor) if anchor else 0
        if start < 0 or estimate(prefix[start:]) > budget:
            start = _tail(prefix, round(budget * _REFILL))
        _remember(self._anchors, request.document, prefix[start : start + _ANCHOR])
        return start


def _remember(anchors: OrderedDict[str, _Anchor], document: str, anchor: _Anchor) -> None:
    anchors[document] = anchor
    anchors.move_to_end(document)
    if len(anchors) > _DOCUMENTS_REMEMBERED:
        anchors.popitem(last=False)


def _header(request: InfillRequest) -> str:
    parts = []
    if request.repository:
        parts.append(f"<|repo_name|>{_one_line(request.repository)}")
    for extra in request.extra:
        parts.append(f"<|file_sep|>{_one_line(extra.filename)}{_plain(extra.text)}")
    if request.filename:
        parts.append(f"<|file_sep|>{_one_line(request.filename)}")
    return "".join(parts)


def _one_line(name: str) -> str:
    return _plain(" ".join(name.split())) + "\n"


def _plain(text: str) -> str:
    """Text in which no special token is spelled out: it gets a blank."""
    return _SPECIAL.sub("<| ", text)


def _head(text: str, budget: int) -> str:
    """The first lines that fit; of a long first line a part."""
    end, left = 0, budget
    for line in text.splitlines(keepends=True):
        left -= estimate(line)
        if left < 0:
            break
        end += len(line)
    return text[: end or _CHARACTERS * budget]


def _tail(text: str, budget: int) -> int:
    """Where the last lines that fit begin; of a long last line a part."""
    start, left = len(text), budget
    for line in reversed(text.splitlines(keepends=True)):
        left -= estimate(line)
        if left < 0:
            break
        start -= len(line)
    return start if start < len(text) else max(len(text) - _CHARACTERS * budget, 0)
