"""A file as text that can be written back byte for byte, but for an edit."""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path

import msgspec

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError

# The longer ones first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# PEP 263, and the same in Ruby.
_DECLARED = re.compile(rb"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is relative to the workspace, with slashes.

    `text` has the file's own line ends, and not its byte order mark, which is `mark`. With
    `guessed` the encoding is unknown, and Latin-1 only stands for it, because it keeps every byte.
    `digest` is that of the bytes; None where an editor has the text, whatever is on the disk.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    guessed: bool = False
    digest: str | None

    def stands(self, now: bytes | None) -> bool:
        """Whether a file with these bytes (None: no file) is still the one that was read."""
        return self.digest is None or (now is not None and digest(now) == self.digest)

    def encoded(self, text: str) -> bytes:
        """The bytes of a file that has `text` instead.

        Raises:
            MidfillError: it has characters that the encoding does not, or may not have.
        """
        if self.guessed and not set(text) <= {*self.text, *map(chr, range(128))}:
            raise MidfillError(
                f"{self.path} is not UTF-8, and the edit has characters that are not ASCII: "
                "save the file as UTF-8 first"
            )
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise MidfillError(
                f"{self.path} is written in {self.encoding}, which lacks a character of the edit: "
                "save the file as UTF-8 first"
            ) from error


def digest(data: bytes) -> str:
    """What tells two contents of a file apart."""
    return hashlib.sha256(data).hexdigest()


def read(file: Path, files: Files) -> Source:
    """Read a file of the workspace.

    Raises:
        MidfillError: it is not there, binary, outside of the workspace, ignored, or too large.
    """
    reason = files.excluded(file)
    if reason is not None:
        raise MidfillError(f"{file} is not read: {reason}")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise MidfillError(f"cannot read {file}: {error.strerror}") from error
    return decoded(file.resolve().relative_to(files.root).as_posix(), data)


def decoded(path: str, data: bytes) -> Source:
    """The bytes of a file as text.

    Raises:
        MidfillError: they are no text.
    """
    mark, encoding = next((each for each in _MARKS if data.startswith(each[0])), (b"", ""))
    content = data[len(mark) :]
    if not mark and b"\0" in content:
        raise MidfillError(f"{path} is not read: binary")
    for candidate in filter(None, (encoding, *(() if mark else (_declared(content), "utf-8")))):
        text = _decoded(content, candidate)
        if text is not None:
            return Source(path=path, text=text, encoding=candidate, mark=mark, digest=digest(data))
    if mark:
        raise MidfillError(f"{path} is not read: its text is not {encoding.upper()}")
    return Source(
        path=path,
        text=content.decode("latin-1"),
        encoding="latin-1",
        guessed=True,
        digest=digest(data),
    )


def _decoded(content: bytes, encoding: str) -> str | None:
    """The text, if it is in the encoding and leads back to the same bytes."""
    try:
        text = content.decode(encoding)
        return text if text.encode(encoding) == content else None
    except (UnicodeError, LookupError):
        return None


def _declared(content: bytes) -> str:
    found = _DECLARED.match(content)
    return found[1].decode("ascii", "replace") if found else ""
