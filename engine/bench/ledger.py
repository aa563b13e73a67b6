"""What a long benchmark has found so far, in a file: the next run goes on from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from midfill.engine.errors import UsageError

T = TypeVar("T")


class Ledger(Generic[T]):
    """JSON lines: what the run was asked for, and then each answer as soon as it is there."""

    def __init__(self, kept: list[T], lines: Any = None) -> None:
        self.answers = kept
        self._lines = lines

    def add(self, answer: T) -> None:
        """One answer more; it is in the file when this returns."""
        self.answers.append(answer)
        if self._lines is not None:
            self._lines.write(msgspec.json.encode(answer) + b"\n")


@contextmanager
def opened(file: Path | None, asked: Mapping[str, Any], kind: type[T]) -> Iterator[Ledger[T]]:
    """The ledger in `file`: a new one, or that of an earlier run, with answers of one `kind`.

    `asked` is all that the answers depend on. Without a file they are not kept.

    Raises:
        UsageError: the file is no ledger, or that of a run that was asked for something else.
    """
    if file is None:
        yield Ledger([])
        return
    header = msgspec.json.encode(asked, order="sorted") + b"\n"
    try:
        lines = file.open("ab+", buffering=0)
    except OSError as error:
        raise UsageError(f"the answers cannot be kept in {file}: {error}") from error
    with lines:
        lines.seek(0)
        data = lines.read()
        # A run that was killed may have left half a line.
        whole = data[: data.rfind(b"\n") + 1]
        if data and not whole.startswith(header):
            raise UsageError(f"{file} holds something else than answers of this run: name another")
        try:
            kept = [msgspec.json.decode(line, type=kind) for line in whole.splitlines()[1:]]
        except msgspec.DecodeError as error:
            raise UsageError(f"the answers in {file} cannot be read: {error}") from error
        lines.truncate(len(whole))
        if not whole:
            lines.write(header)
        yield Ledger(kept, lines)
