"""A change as a unified diff that `git apply` and `patch` take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff

from midfill.engine.repair.source import Source

_HUNK = re.compile(r"^(?=@@ )", re.MULTILINE)
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(path: str, before: str | None, after: str) -> str:
    """The diff of one file, whose path is relative to the workspace; None: it is new."""
    old, new = "" if before is None else before, after
    source = "/dev/null" if before is None else _quoted(f"a/{path}")
    return "".join(_lines(old, new, source, _quoted(f"b/{path}")))


def all_of(sources: Mapping[str, Source], texts: Mapping[str, str]) -> str:
    """The diff of several files, by their paths; those without a source are new."""
    return "".join(
        unified(path, sources[path].text if path in sources else None, text)
        for path, text in sorted(texts.items())
    )


def hunks(diff: str) -> list[str]:
    """The parts of a diff that stand for themselves, each from its `@@` on."""
    return _HUNK.split(diff)[1:]


def _quoted(path: str) -> str:
    """As git writes a path that would end the line that it stands in, or its quotation."""
    if not _SPECIAL.search(path):
        return path
    return '"' + _SPECIAL.sub(lambda found: f"\\{ord(found[0]):03o}", path) + '"'


def _lines(old: str, new: str, source: str, target: str) -> Iterator[str]:
    for line in unified_diff(_split(old), _split(new), source, target):
        yield line
        if not line.endswith("\n"):
            yield "\n" + _NO_NEWLINE


def _split(text: str) -> list[str]:
    """For a diff only a line feed ends a line."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
