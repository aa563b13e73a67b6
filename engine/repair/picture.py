"""What a picture shows of a fault, in words, by a model that sees, such as QVQ."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path

import msgspec

from midfill.engine.backend import Backend, ChatRequest, Message
from midfill.engine.errors import UsageError
from midfill.engine.repair.thinking import MARK, concluded

_TOKENS = 4096
_LARGEST = 10 << 20
_ASK = (
    "This shows a program that does not do what it should. Say what is wrong: names, messages and "
    f"numbers as they are written there. When you are done, write a line with {MARK} and below it "
    "what you have found, in a few sentences for the programmer who will mend it."
)


class Picture(msgspec.Struct, frozen=True):
    """An image: its file's `name`, and itself as a data URL."""

    name: str
    url: str


def read(image: Path) -> Picture:
    """An image from a file.

    Raises:
        UsageError: it is none, too large, or cannot be read.
    """
    kind, _ = mimetypes.guess_type(image.name)
    if kind is None or not kind.startswith("image/"):
        raise UsageError(f"{image.name} is no image: give a PNG or JPEG file")
    try:
        data = image.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {image}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise UsageError(f"{image.name} is larger than {_LARGEST >> 20} MiB")
    return Picture(image.name, f"data:{kind};base64,{base64.b64encode(data).decode()}")


async def diagnosis(backend: Backend, picture: Picture, wish: str) -> str:
    """What there is to see.

    Args:
        wish: the person's own words about it.

    Raises:
        BackendError: the model cannot answer.
    """
    request = ChatRequest(
        messages=(Message("user", f"{wish}\n{_ASK}".strip()),),
        images=(picture.url,),
        max_tokens=_TOKENS,
        files=(picture.name,),
        task="look",
    )
    return await concluded(backend, request)
