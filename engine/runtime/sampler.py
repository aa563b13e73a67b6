"""Choosing the next token."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from functools import lru_cache

import llama_cpp.llama_cpp as llama
import msgspec
import numpy as np
import numpy.typing as npt

from midfill.engine.errors import UsageError
from midfill.engine.runtime import gbnf
from midfill.engine.runtime.context import Context, Logits
from midfill.engine.runtime.vocab import Vocab

# Tokens that penalties look back; llama.cpp's default.
_PENALTY_WINDOW = 64
# What may follow an unfinished word or sign, as far as the tokenizer makes a difference.
_CONTINUATIONS = ("", "a", "s", "ing", "A", "1", "_", "(", ".", " ", " a", "\n")
# Where a token may end within a word: behind a sign, and before a capital letter.
_WORD_END = re.compile(r"\A[^\w\s]|[a-z](?=[A-Z])")
_WORDS_REMEMBERED = 1024


class SamplingParams(msgspec.Struct, frozen=True, kw_only=True):
    """As in OpenAI's and llama.cpp's interfaces. Temperature 0 takes the likeliest token."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    grammar: str = ""

    @property
    def penalises(self) -> bool:
        """Whether earlier tokens change the logits."""
        return (self.repeat_penalty, self.frequency_penalty, self.presence_penalty) != (1, 0, 0)


class Sampler:
    """Samples one sequence.

    A grammar is asked about the chosen token alone, and about the whole vocabulary only where it
    refuses that one, which takes about a hundred times as long. What is sampled is distributed as
    if it had been asked first; the method is that of llama.cpp's common_sampler_sample.

    Raises:
        UsageError: the grammar is malformed.
    """

    def __init__(self, vocab: Vocab, params: SamplingParams, offset: int = 0) -> None:
        self._grammar = _grammar(vocab, params.grammar) if params.grammar else None
        self._end: int = llama.llama_vocab_eos(vocab.handle)
        greedy = params.temperature <= 0 and not params.penalises
        self._chain = None if greedy else _chain(vocab, params, offset)

    def choose(self, context: Context, item: int) -> int:
        """The token behind the given item of the last batch."""
        if self._grammar is not None:
            return self._within(self._grammar, context.logits(item))
        if self._chain is None:
            return int(context.logits(item).argmax())
        return context.sample(self._chain, item)

    def close(self) -> None:
        """Free llama.cpp's part."""
        for sampler in (self._chain, self._grammar):
            if sampler is not None:
                llama.llama_sampler_free(sampler)
        self._chain = self._grammar = None

    def _within(self, grammar: llama.llama_sampler_p, logits: Logits) -> int:
        token = self._sampled(_Candidates(logits))
        if not _Candidates(logits, token).allowed_by(grammar):
            candidates = _Candidates(logits)
            candidates.apply(grammar)
            if candidates.none:  # nothing can follow, and llama.cpp would abort
                return self._end
            token = self._sampled(candidates)
        for sampler in (grammar, self._chain):
            if sampler is not None:
                llama.llama_sampler_accept(sampler, token)
        return token

    def _sampled(self, candidates: _Candidates) -> int:
        if self._chain is None:
            return candidates.likeliest
        candidates.apply(self._chain)
        return candidates.selected


class _Candidates:
    """Tokens with their logits, as llama.cpp's samplers take them: all of them, or one."""

    _TYPE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])

    def __init__(self, logits: Logits, token: int | None = None) -> None:
        tokens = np.arange(len(logits)) if token is None else np.array([token])
        self._data = np.zeros(len(tokens), self._TYPE)
        self._data["id"] = tokens
        self._data["logit"] = logits[tokens]
        self._array = llama.llama_token_data_array(
            data=self._data.ctypes.data_as(llama.llama_token_data_p),
            size=len(tokens),
            selected=-1,
            sorted=False,
        )

    @property
    def likeliest(self) -> int:
        return int(self._data["id"][self._data["logit"].argmax()])

    @property
    def selected(self) -> int:
        """What a chain that ends in a choice has chosen."""
        return int(self._array.data[self._array.selected].id)

    def apply(self, sampler: llama.llama_sampler_p) -> None:
        llama.llama_sampler_apply(sampler, ctypes.byref(self._array))

    @property
    def none(self) -> bool:
        """Whether none is left."""
        return not np.isfinite(self._data["logit"]).any()

    def allowed_by(self, grammar: llama.llama_sampler_p) -> bool:
        """Whether the grammar has all of them go on."""
        self.apply(grammar)
        return bool(np.isfinite(self._data["logit"]).all())


def log_probability(logits: Logits, token: int) -> float:
    """Natural logarithm of the softmax of `logits` at `token`."""
    return float(logits[token]) - _log_sum_exp(logits)


def likeliest(logits: Logits, count: int) -> list[tuple[int, float]]:
    """The `count` likeliest tokens with their log-probabilities, best first."""
    top = np.argpartition(logits, -count)[-count:]
    ordered = top[np.argsort(logits[top])[::-1]]
    total = _log_sum_exp(logits)
    return [(int(token), float(logits[token]) - total) for token in ordered]


def _log_sum_exp(logits: Logits) -> float:
    top = float(logits.max())
    return top + float(np.log(np.exp(logits - top).sum()))


class Healer:
    """Token healing: makes generation begin with text that the prompt's last tokens spelled.

    A prompt that ends within a word ends in tokens that the model has rarely seen there. They are
    dropped, and the tokens generated instead must spell the same bytes, and may go beyond them.
    A token that spells only some of them must be what the tokenizer begins such a text with: in
    " val" that is never the blank alone, however likely the model finds it to be before a digit.
    """

    def __init__(self, vocab: Vocab) -> None:
        tokens = sorted(filter(vocab.piece, range(vocab.size)), key=vocab.piece)
        self._pieces = [vocab.piece(token) for token in tokens]
        self._tokens = np.array(tokens, dtype=np.int32)
        self._vocab = vocab
        self._shorter = lru_cache(_WORDS_REMEMBERED)(self._beginnings)

    def allowed(self, rest: bytes) -> npt.NDArray[np.int32]:
        """Tokens that begin with `rest`, and those that a text begins with which `rest` begins."""
        start = bisect_left(self._pieces, rest)
        end = bisect_left(self._pieces, rest + b"\xff" * 8)
        return np.concatenate([self._tokens[start:end], self._shorter(rest)])

    def _beginnings(self, rest: bytes) -> npt.NDArray[np.int32]:
        """The first tokens, each shorter than `rest`, of texts that begin with it."""
        text = rest.decode("utf-8", "replace")
        tokens = {self._vocab.encode(text + more)[0] for more in _CONTINUATIONS}
        tokens.update(
            *(self._vocab.encode(text[: end.end()])[:1] for end in _WORD_END.finditer(text))
        )
        if "\ufffd" in text:  # part of a character: its bytes are tokens, too
            tokens.add(int(self._tokens[bisect_left(self._pieces, rest[:1])]))
        shorter = [token for token in tokens if _begins(rest, self._vocab.piece(token))]
        return np.array(shorter, dtype=np.int32)

    def mask(self, logits: Logits, rest: bytes) -> None:
        """Forbid, in place, every token that does not agree with `rest`."""
        allowed = self.allowed(rest)
        kept = logits[allowed]
        logits.fill(-np.inf)
        logits[allowed] = kept


def _begins(text: bytes, piece: bytes) -> bool:
    return len(piece) < len(text) and text.startswith(piece)


def _grammar(vocab: Vocab, text: str) -> llama.llama_sampler_p:
    gbnf.check(text)
    grammar = llama.llama_sampler_init_grammar(vocab.handle, text.encode(), b"root")
    if not grammar:
        raise UsageError("'grammar' is not valid GBNF with a rule named root")
    return grammar


def _chain(vocab: Vocab, params: SamplingParams, offset: int) -> llama.llama_sampler_p:
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())

    def add(sampler: llama.llama_sampler_p) -> None:
        llama.llama_sampler_chain_add(chain, sampler)

    if params.penalises:
        add(
            llama.llama_sampler_init_penalties(
                vocab.size,
                _PENALTY_WINDOW,
                params.repeat_penalty,
                params.frequency_penalty,
                params.presence_penalty,
            )
        )
    if params.temperature <= 0:
        add(llama.llama_sampler_init_greedy())
        return chain
    if params.top_k > 0:
        add(llama.llama_sampler_init_top_k(params.top_k))
    if params.top_p < 1:
        add(llama.llama_sampler_init_top_p(params.top_p, 1))
    if params.min_p > 0:
        add(llama.llama_sampler_init_min_p(params.min_p, 1))
    add(llama.llama_sampler_init_temp(params.temperature))
    seed = llama.LLAMA_DEFAULT_SEED if params.seed is None else (params.seed + offset) % 2**32
    add(llama.llama_sampler_init_dist(ctypes.c_uint32(seed)))
    return chain
