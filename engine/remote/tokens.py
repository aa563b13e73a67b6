"""What a server makes of a text: `/tokenize`, of vLLM as of llama.cpp's server and our engine."""

from __future__ import annotations

import msgspec

from midfill.engine.remote.connection import Connection
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.vocabulary import Vocabulary

# Words, names, numbers, signs, blanks, accents, other scripts and bytes that are merged rarely.
_PROBE = """\
class HTTPServer2:  # naïve, 名前 🙂
\tdef _get_items(self, n=1234, *args):
        return [x**2 for x in self.items if x != 0x1F]\n\n\n    "don't"\r\n
"""


class _Tokens(msgspec.Struct, frozen=True):
    tokens: list[int]


async def tokens(connection: Connection, text: str, model: str = "") -> list[int]:
    """The ids, special tokens among them where their text is in it.

    Raises:
        RemoteError: the server does not tell.
    """
    body = {"prompt": text, "add_special_tokens": False, "content": text, "parse_special": True}
    if model:
        body["model"] = model
    answer = await connection.post("/tokenize", msgspec.json.encode(body))
    try:
        return msgspec.json.decode(answer, type=_Tokens).tokens
    except msgspec.DecodeError:
        raise RemoteError("its answer is none of /tokenize", lasting=False) from None


async def agree(connection: Connection, vocabulary: Vocabulary) -> bool:
    """Whether the server has the same tokens; not if it does not tell."""
    fim = vocabulary.fim
    ours = [fim.prefix, fim.suffix, *vocabulary.encode(_PROBE), fim.middle]
    text = f"<|fim_prefix|><|fim_suffix|>{_PROBE}<|fim_middle|>"
    try:
        return await tokens(connection, text) == ours
    except RemoteError:
        return False
