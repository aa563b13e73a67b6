"""A place in a file, as the command line names it."""

from __future__ import annotations

import re
from pathlib import Path

from midfill.engine.completion.pipeline import CompletionRequest
from midfill.engine.errors import UsageError

_LINE = re.compile(r"\r\n|\n|\r")


def request_at(file: Path, position: tuple[int, int], workspace: Path) -> CompletionRequest:
    """What a person asks for who names `file`, in the folder `workspace`, and LINE:COL.

    Raises:
        UsageError: the file is no text, or has no such place, or a name that is not UTF-8.
    """
    text = _read(file)
    offset = _offset(text, *position)
    return CompletionRequest(
        prefix=text[:offset],
        suffix=text[offset:],
        line=position[0] - 1,
        filename=file.relative_to(workspace).as_posix(),
        root=str(workspace),
        repository=workspace.name,
        document=file.as_uri(),
        explicit=True,
    )


def _read(file: Path) -> str:
    if not file.is_file():
        raise UsageError(f"{file} is no regular file")
    try:
        str(file).encode()
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return opened.read()
    except UnicodeEncodeError as error:
        raise UsageError("the file's name is not UTF-8: rename it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file} as UTF-8 text: {error}") from error


def _offset(text: str, line: int, column: int) -> int:
    """The place of LINE:COL in `text`, in characters."""
    starts = [0, *(found.end() for found in _LINE.finditer(text))]
    if line > len(starts):
        raise UsageError(f"there is no line {line}: the file has {len(starts)}")
    start = starts[line - 1]
    end = _LINE.search(text, start)
    length = (end.start() if end else len(text)) - start
    if column > length + 1:
        raise UsageError(f"there is no column {column}: line {line} ends at {length + 1}")
    return start + column - 1
