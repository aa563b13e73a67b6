"""Drafts: guesses at the next tokens, which one batch verifies (prompt lookup decoding, Saxena
2023; https://github.com/apoorvumang/prompt-lookup-decoding).

A guess is what followed the same tokens earlier in the prompt, or in what was generated for the
same document before: the suggestion that a key overtook. Whether such guesses hold is observed at
every token, drafted or not, so nothing is spent on finding out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from midfill.engine.runtime.ngrams import LONGEST_MATCH, Ngrams

# Earlier suggestions are remembered for so many documents, and so many tokens of each, with this
# much of the prompt before them.
_DOCUMENTS = 16
_REMEMBERED = 512
_LEAD = 8
# Guesses that a batch verifies, over all jobs.
_MOST_GUESSES = 15
# An observation loses this part of its weight with each that follows, and a rate starts as if it
# had been observed so often.
_FADE = 0.99
_PRIOR_WEIGHT = 4.0


class Guess(NamedTuple):
    """A token, and the probability that it and all guesses before it hold."""

    token: int
    probability: float


class _Rates:
    """How often guesses held, by the length of the match that they come from."""

    def __init__(self, prior: Callable[[int], float]) -> None:
        lengths = range(LONGEST_MATCH + 1)
        self._held = [_PRIOR_WEIGHT * prior(length) for length in lengths]
        self._seen = [_PRIOR_WEIGHT for _ in lengths]

    def record(self, length: int, held: bool) -> None:
        """Take note of whether the guess behind a match of `length` tokens held."""
        self._held[length] = self._held[length] * _FADE + held
        self._seen[length] = self._seen[length] * _FADE + 1

    def __getitem__(self, length: int) -> float:
        """The probability that a guess behind a match of `length` tokens holds."""
        index = min(length, LONGEST_MATCH)
        return self._held[index] / self._seen[index]


class _Source(NamedTuple):
    """Text in which to look, and how far its guesses may be trusted."""

    text: Ngrams
    rates: _Rates


class Draft:
    """Guesses for one job.

    Args:
        own: the job's prompt, to which its generated tokens are added here.
        earlier: what was generated for the same document before.
    """

    def __init__(self, own: _Source, earlier: _Source) -> None:
        self._own = own
        self._sources = (earlier, own)

    def guesses(self, limit: int) -> list[Guess]:
        """At most `limit` tokens that may come next, from the source that promises most."""
        found = [self._from(source, limit) for source in self._sources]
        return max(found, key=lambda guesses: sum(guess.probability for guess in guesses))

    def add(self, token: int) -> None:
        """Take the token that did come next."""
        tail = self._own.text.tokens
        for source in self._sources:
            match = source.text.find(tail)
            if match is not None:
                source.rates.record(match.length, source.text.tokens[match.position] == token)
        self._own.text.extend([token])

    def _from(self, source: _Source, limit: int) -> list[Guess]:
        match = source.text.find(self._own.text.tokens)
        if match is None:
            return []
        probability, guesses = 1.0, []
        tokens = source.text.tokens[match.position : match.position + min(limit, _MOST_GUESSES)]
        for length, token in enumerate(tokens, match.length):
            probability *= source.rates[length]
            guesses.append(Guess(token, probability))
        return guesses


class Drafts:
    """The texts to guess from, of all sequences and documents."""

    def __init__(self) -> None:
        self._sequences: dict[int, Ngrams] = {}
        self._documents: OrderedDict[str, Ngrams] = OrderedDict()
        self._own_rates = _Rates(lambda length: min(0.9, 0.1 + 0.1 * length))
        self._earlier_rates = _Rates(lambda length: min(0.9, 0.3 + 0.1 * length))

    def begin(self, sequence: int, document: str, prompt: list[int]) -> Draft:
        """Guesses for a job with this prompt in `sequence`, where it is alone until its end."""
        text = self._sequences.setdefault(sequence, Ngrams())
        text.align(prompt)
        earlier = self._documents.get(document) or Ngrams()
        return Draft(_Source(text, self._own_rates), _Source(earlier, self._earlier_rates))

    def remember(self, document: str, prompt: list[int], generated: list[int]) -> None:
        """Keep what was generated, finished or not, to guess from when the place is asked again."""
        if not document or not generated:
            return
        text = self._documents.pop(document, None)
        if text is None or len(text.tokens) > _REMEMBERED:
            text = Ngrams()
        text.extend(prompt[-_LEAD:])
        text.extend(generated)
        self._documents[document] = text
        if len(self._documents) > _DOCUMENTS:
            self._documents.popitem(last=False)


def allot(
    drafts: list[list[Guess]], cost: Callable[[int], float], tokens: int, saved: float
) -> list[int]:
    """How many guesses of each job's draft to verify in one batch: as many as save most time.

    Args:
        cost: seconds that a batch of so many tokens takes.
        tokens: that are in the batch anyway.
        saved: seconds that are saved by each guess which holds.
    """
    likeliest = sorted(
        ((guess.probability, job) for job, draft in enumerate(drafts) for guess in draft),
        key=lambda pair: -pair[0],
    )
    best, most, expected, plain = 0.0, 0, 0.0, cost(tokens)
    for count, (probability, _) in enumerate(likeliest[:_MOST_GUESSES], 1):
        expected += probability * saved
        gain = expected - (cost(tokens + count) - plain)
        if gain > best:
            best, most = gain, count
    lengths = Counter(job for _, job in likeliest[:most])
    return [lengths[job] for job in range(len(drafts))]
