"""The model's vocabulary: text to tokens and back."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

import llama_cpp.llama_cpp as llama

from midfill.engine.completion.prompt import GROUP_START, GROUPS_REMEMBERED, FimTokens

_SPLITTABLE = frozenset({"qwen2"})


class Vocab:
    """Tokenises as llama.cpp does, remembering lines so that typing tokenises one line."""

    def __init__(self, handle: llama.llama_vocab_p, pre_tokenizer: str) -> None:
        self.handle = handle
        self._splittable = pre_tokenizer in _SPLITTABLE
        self._encode_group = lru_cache(GROUPS_REMEMBERED)(self._tokenize_plain)
        self.size: int = llama.llama_vocab_n_tokens(handle)

    @cached_property
    def fim(self) -> FimTokens | None:
        """The fill-in-the-middle tokens, or None where the model was not trained with them."""
        of = self.handle
        prefix, suffix = llama.llama_vocab_fim_pre(of), llama.llama_vocab_fim_suf(of)
        middle, file_sep = llama.llama_vocab_fim_mid(of), llama.llama_vocab_fim_sep(of)
        repo_name = llama.llama_vocab_fim_rep(of)
        if min(prefix, suffix, middle) < 0:
            return None
        return FimTokens(
            prefix=prefix,
            suffix=suffix,
            middle=middle,
            repo_name=repo_name if repo_name >= 0 else None,
            file_sep=file_sep if file_sep >= 0 else None,
        )

    def groups(self, text: str) -> list[str]:
        """Cut `text` where tokenising the parts gives the same tokens as tokenising the whole."""
        return GROUP_START.split(text) if self._splittable else [text]

    def encode(self, text: str) -> list[int]:
        """Tokens of `text`. Nothing in it becomes a special token."""
        tokens: list[int] = []
        for group in self.groups(text):
            tokens += self._encode_group(group)
        return tokens

    def encode_group(self, group: str) -> tuple[int, ...]:
        """Tokens of one part that `groups` returned."""
        return self._encode_group(group)

    def encode_with_special(self, text: str) -> list[int]:
        """Tokens of `text`, in which `<|im_start|>` and its like become special tokens."""
        return list(self._tokenize(text, parse_special=True))

    def piece(self, token: int) -> bytes:
        """The bytes of a token; empty for special ones."""
        return self._pieces[token]

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of `tokens`; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self._pieces[token] for token in tokens).decode("utf-8", "replace")

    def is_end(self, token: int) -> bool:
        """Whether the model says with `token` that it has finished."""
        return token in self._ends

    @cached_property
    def _pieces(self) -> list[bytes]:
        buffer = ctypes.create_string_buffer(1024)
        pieces = []
        for token in range(self.size):
            length = llama.llama_token_to_piece(self.handle, token, buffer, 1024, 0, False)
            pieces.append(buffer.raw[:length] if length > 0 else b"")
        return pieces

    @cached_property
    def special_text(self) -> re.Pattern[str]:
        """Matches the text of any control token, as a person might write it."""
        buffer = ctypes.create_string_buffer(1024)
        texts = []
        for token in range(self.size):
            if not self._pieces[token]:
                length = llama.llama_token_to_piece(self.handle, token, buffer, 1024, 0, True)
                if length > 0:
                    texts.append(re.escape(buffer.raw[:length].decode("utf-8", "replace")))
        return re.compile("|".join(sorted(texts, key=len, reverse=True)) or r"(?!)")

    @cached_property
    def _ends(self) -> frozenset[int]:
        ends = {t for t in range(self.size) if llama.llama_vocab_is_eog(self.handle, t)}
        if self.fim is not None:
            ends |= self.fim.all()
        return frozenset(ends)

    def _tokenize_plain(self, text: str) -> tuple[int, ...]:
        return self._tokenize(text, parse_special=False)

    def _tokenize(self, text: str, *, parse_special: bool) -> tuple[int, ...]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 1
        tokens = (llama.llama_token * room)()
        count = llama.llama_tokenize(
            self.handle, data, len(data), tokens, room, False, parse_special
        )
        if count < 0:
            raise ValueError(f"cannot tokenise {len(data)} bytes")
        return tuple(tokens[:count])
