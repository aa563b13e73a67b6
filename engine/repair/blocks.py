"""Search/replace blocks, for edits in several files.

    path/of/the/file.py
    <<<<<<< SEARCH
    lines as they are
    =======
    lines as they shall be
    >>>>>>> REPLACE

The form is Aider's. Lines must be found exactly, but for a margin that all of them lack or have too
much; nothing is matched by likeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from rapidfuzz import fuzz

from midfill.engine.repair import lines
from midfill.engine.repair.edit import Edit, NoEdit, Unchanged, applied

_SEARCH = re.compile(r"<{5,9} ?SEARCH>?\s*$")
_DIVIDER = re.compile(r"={5,9}\s*$")
_REPLACE = re.compile(r">{5,9} ?REPLACE\s*$")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_ELLIPSIS = "..."
# What is as alike as this, from 0 to 100, may be meant; so many lines around it are shown.
_ALIKE, _AROUND = 60, 5


class Block(msgspec.Struct, frozen=True):
    """Bare lines of the file `path`, and those in their place. No `search`: a new file."""

    path: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


def blocks_in(answer: str, path: str = "") -> list[Block]:
    """The blocks of an answer; `path` is the file of those that name none.

    Raises:
        NoEdit: there is none, or one is not whole.
    """
    answered = [lines.bare(line) for line in lines.split(answer)]
    found: list[Block] = []
    at = 0
    while at < len(answered):
        if not _SEARCH.match(answered[at]):
            at += 1
            continue
        path = _path_above(answered, at) or path
        divider = _next(_DIVIDER, answered, at, "=======")
        end = _next(_REPLACE, answered, divider, ">>>>>>> REPLACE")
        found.append(
            Block(path, tuple(answered[at + 1 : divider]), tuple(answered[divider + 1 : end]))
        )
        at = end + 1
    if not found:
        raise NoEdit("the answer has no SEARCH/REPLACE block")
    return found


def placed(blocks: Sequence[Block], texts: Mapping[str, str]) -> dict[str, str]:
    """The new texts of the files that the blocks change, each block after the one before it.

    Args:
        texts: the files that may be changed, by their paths.

    Raises:
        NoEdit: one does not fit; says which do, and what may have been meant.
        Unchanged: all of them leave everything as it was.
    """
    changed: dict[str, str] = {}
    wrong: list[str] = []
    for number, block in enumerate(blocks, 1):
        text = changed.get(block.path, texts.get(block.path))
        try:
            changed[block.path] = _created(block) if text is None else _replaced(text, block)
        except NoEdit as reason:
            wrong.append(f"block {number} ({block.path or 'no file named'}): {reason}")
    if wrong:
        fit = len(blocks) - len(wrong)
        raise NoEdit(
            "\n".join([*wrong, f"{fit} of {len(blocks)} blocks fit, and none was applied"])
        )
    if all(texts.get(path) == text for path, text in changed.items()):
        raise Unchanged("the blocks leave everything as it was")
    return changed


def _created(block: Block) -> str:
    if not block.path:
        raise NoEdit("name the file on the line above the block")
    if any(map(str.strip, block.search)):
        raise NoEdit("this is none of the files that were shown")
    return "".join(f"{line}\n" for line in block.replace)


def _replaced(text: str, block: Block) -> str:
    """The text with the block applied, by the first rule under which it fits.

    Raises:
        NoEdit: it fits nowhere, or in several places.
    """
    if not any(map(str.strip, block.search)):
        raise NoEdit("SEARCH is empty, and the file exists: copy the lines to replace")
    for search, replace in _forms(block):
        if _ELLIPSIS in map(str.strip, search):
            found = _piecewise(text, search, replace)
        else:
            found = _at_one_place(text, search, replace)
        if found is not None:
            return found
    raise NoEdit(_explained(text, block.search))


def _forms(block: Block) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """As it is, then without the blank line that a model puts first."""
    yield block.search, block.replace
    if not block.search[0].strip():
        replace = block.replace
        yield block.search[1:], replace[1:] if replace and not replace[0].strip() else replace


def _at_one_place(text: str, search: Sequence[str], replace: Sequence[str]) -> str | None:
    """The text with the lines replaced; None where they are not found."""
    whole = [lines.bare(line) for line in lines.split(text)]
    shifted: dict[int, tuple[str, str]] = {}
    for at in range(len(whole) - len(search) + 1):
        window = whole[at : at + len(search)]
        if window == list(search):
            shifted[at] = "", ""
    if not shifted:
        for at in range(len(whole) - len(search) + 1):
            shift = _shift(search, whole[at : at + len(search)])
            if shift is not None:
                shifted[at] = shift
    if not shifted:
        return None
    if len(shifted) > 1:
        raise NoEdit(f"SEARCH fits in {len(shifted)} places: copy more lines around it")
    ((at, shift),) = shifted.items()
    return applied(text, [_edit(text, at, len(search), [_moved(line, *shift) for line in replace])])


def _edit(text: str, first: int, count: int, new: Sequence[str]) -> Edit:
    starts = lines.offsets(text)
    start, end = starts[first], starts[first + count]
    if not new and end == len(text) and first and not lines.end_of(lines.split(text)[-1]):
        start -= len(lines.end_of(lines.split(text)[first - 1]))
    return Edit(start, end, lines.with_ends(text[start:end], new, lines.newline(text)))


def _shift(search: Sequence[str], window: Sequence[str]) -> tuple[str, str] | None:
    """The margin to take away and the one to add that make the one of the other, if it is so."""
    pairs = [(ours, theirs) for ours, theirs in zip(search, window, strict=True)]
    if any(ours.strip() != theirs.strip() for ours, theirs in pairs):
        return None
    coded = [(ours, theirs) for ours, theirs in pairs if ours.strip()]
    ours, theirs = min(coded, key=lambda pair: len(lines.margin(pair[0])))
    less, more = lines.margin(ours), lines.margin(theirs)
    same = all(_moved(ours, less, more) == theirs for ours, theirs in coded)
    return (less, more) if same else None


def _moved(line: str, less: str, more: str) -> str:
    return more + line.removeprefix(less) if line.strip() else line


def _piecewise(text: str, search: Sequence[str], replace: Sequence[str]) -> str | None:
    """`...` stands for lines that stay: each piece between them must be found at one place."""
    before, after = _pieces(search), _pieces(replace)
    if len(before) != len(after):
        raise NoEdit("SEARCH and REPLACE must have the same lines of `...`")
    for old, new in zip(before, after, strict=True):
        if not old and new:
            raise NoEdit("lines cannot be added at a `...`: copy a line beside them")
        if old != new:
            found = _at_one_place(text, old, new)
            if found is None:
                return None
            text = found
    return text


def _pieces(block: Sequence[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for line in block:
        if line.strip() == _ELLIPSIS:
            pieces.append([])
        else:
            pieces[-1].append(line)
    return pieces


def _explained(text: str, search: Sequence[str]) -> str:
    """That it is not there, and the lines that are the most like it."""
    whole = [lines.bare(line) for line in lines.split(text)]
    wanted, count = "\n".join(search), len(search)
    places = range(max(len(whole) - count, 0) + 1)
    likeness = {at: fuzz.ratio(wanted, "\n".join(whole[at : at + count])) for at in places}
    best = max(likeness, key=lambda at: likeness[at])
    if likeness[best] < _ALIKE:
        return "the lines of SEARCH are not in the file"
    shown = whole[max(best - _AROUND, 0) : best + count + _AROUND]
    return "\n".join(["the lines of SEARCH are not in the file; did you mean these?", *shown])


def _path_above(answered: Sequence[str], at: int) -> str:
    """The file that is named above a block, perhaps over the fence around it."""
    for line in reversed(answered[max(at - 3, 0) : at]):
        if _REPLACE.match(line):
            return ""
        if line.strip() and not _FENCE.match(line):
            named = line.strip().strip("#*`: ")
            return named if " " not in named else ""
    return ""


def _next(mark: re.Pattern[str], answered: Sequence[str], at: int, name: str) -> int:
    for line in range(at + 1, len(answered)):
        if mark.match(answered[line]):
            return line
        if _SEARCH.match(answered[line]):
            break
    raise NoEdit(f"a block has no line `{name}`: the answer may have been cut short")
