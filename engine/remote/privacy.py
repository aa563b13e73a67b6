"""What may leave this machine: no file that is excluded in its workspace, nothing with a secret.

What is only shown beside the document is left out; a document or a conversation that may not leave
is not sent at all, and whatever was to be done is left to the local engine. All text at hand is
looked at, not only the part that would be sent: of a private key only the first line tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from midfill.engine.backend import Extra, InfillRequest, Message
from midfill.engine.context.files import Files
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.secrets import secret_in


class Withheld(RemoteError):
    """What stays on this machine, and why."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} stays on this machine: {why}", lasting=False)


def cleared(request: InfillRequest) -> InfillRequest:
    """The request with what may leave.

    Raises:
        Withheld: the document may not.
    """
    files = Files(Path(request.root)) if request.root else None
    excluded = _document_excluded(request, files)
    name = request.filename or "the document"
    if excluded:
        raise Withheld(name, excluded)
    # A name is part of the text: `password = "` may stand before the cursor and the rest behind it.
    secret = secret_in(request.prefix + request.suffix)
    if secret:
        raise Withheld(name, f"it seems to hold a secret ({secret})")
    extra = tuple(each for each in request.extra if _may_leave(each, files))
    return msgspec.structs.replace(request, extra=extra)


def check(messages: Iterable[Message]) -> None:
    """Look at a conversation; the files in it were chosen by who may not read excluded ones.

    Raises:
        Withheld: it may not leave.
    """
    for message in messages:
        secret = secret_in(message.content)
        if secret:
            kind, _, _ = secret.rpartition(", ")
            raise Withheld("the request", f"it seems to hold a secret ({kind})")


def _document_excluded(request: InfillRequest, files: Files | None) -> str | None:
    if files is not None:
        return files.excluded(files.root / request.filename)
    address = urlsplit(request.document)
    if address.scheme != "file":
        return None
    path = Path(url2pathname(address.path))
    return Files(path.parent).excluded(path)


def _may_leave(extra: Extra, files: Files | None) -> bool:
    if files is None or PurePath(extra.filename).is_absolute():
        return False
    return files.excluded(files.root / extra.filename) is None and secret_in(extra.text) is None
