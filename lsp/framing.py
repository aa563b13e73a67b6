"""LSP's base protocol: messages in a stream of bytes, each after a header with its length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

_LENGTH = re.compile(rb"content-length:\s*(\d{1,9})\s*\Z", re.IGNORECASE)
_LONGEST_LINE = 8192


def bodies(stream: BinaryIO) -> Iterator[bytes]:
    """The bodies of the messages in a stream, until it ends; what is no message is skipped."""
    length = None
    while line := stream.readline(_LONGEST_LINE):
        if found := _LENGTH.search(line):
            length = int(found[1])
        elif length is not None and not line.strip():
            body = stream.read(length)
            if len(body) == length:
                yield body
            length = None
