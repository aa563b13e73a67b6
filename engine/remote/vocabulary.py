"""Qwen2.5's tokens, read from a model file: the language server makes them without llama.cpp."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import tiktoken

from midfill.engine.completion.prompt import GROUP_START, GROUPS_REMEMBERED, FimTokens
from midfill.engine.models import gguf

# How Qwen2's tokenizer cuts a text before it merges bytes: `pretokenize_regex` in tokenizer.json.
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_FIRST_SPECIAL = b"<|endoftext|>"


class Vocabulary:
    """A `completion.prompt.Tokenizer`.

    Args:
        pieces: all tokens by their ids, as a GGUF file has them.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        plain = pieces[: pieces.index(_FIRST_SPECIAL)]
        self._pieces = [piece.decode().translate(_BYTES).encode("latin-1") for piece in plain]
        # Tokens are numbered in the order in which they are merged.
        ranks = {piece: rank for rank, piece in enumerate(self._pieces)}
        encoding = tiktoken.Encoding(
            "qwen2", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={}
        )
        self._encode = lru_cache(GROUPS_REMEMBERED)(encoding.encode_ordinary)
        self.fim = FimTokens(
            **{name: pieces.index(f"<|{token}|>".encode()) for name, token in _FIM.items()}
        )

    @classmethod
    def read(cls, model: Path) -> Vocabulary | None:
        """That of a GGUF file; None where it is another model's.

        Raises:
            MidfillError: the file cannot be read.
        """
        if gguf.text(model, "tokenizer.ggml.pre") != "qwen2":
            return None
        pieces = gguf.texts(model, "tokenizer.ggml.tokens")
        return cls(pieces) if b"<|fim_middle|>" in pieces else None

    def groups(self, text: str) -> list[str]:
        """Cut `text` where tokenising the parts gives the same tokens as tokenising the whole."""
        return GROUP_START.split(text)

    def encode_group(self, group: str) -> Sequence[int]:
        """Tokens of one part that `groups` returned."""
        return self._encode(group)

    def encode(self, text: str) -> list[int]:
        """Tokens of `text`. Nothing in it becomes a special token."""
        return [token for group in self.groups(text) for token in self._encode(group)]

    def piece(self, token: int) -> bytes:
        """The bytes of a token that is not special."""
        return self._pieces[token]


_FIM = {
    "prefix": "fim_prefix",
    "suffix": "fim_suffix",
    "middle": "fim_middle",
    "repo_name": "repo_name",
    "file_sep": "file_sep",
}


def _bytes_of_characters() -> dict[int, int]:
    """GPT-2's printable characters that stand for bytes, for `str.translate` into Latin-1."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {0x100 + number: byte for number, byte in enumerate(others)}


_BYTES = _bytes_of_characters()
