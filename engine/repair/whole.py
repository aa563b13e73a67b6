"""A definition that a model gave back whole, as an edit of the file it is in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from rapidfuzz import fuzz

from midfill.engine.repair import lines
from midfill.engine.repair.answer import readings
from midfill.engine.repair.edit import Edit, NoEdit, Unchanged, applied
from midfill.engine.repair.header import header_end
from midfill.engine.repair.merge import merged
from midfill.engine.repair.region import Region
from midfill.grammars.faults import new_errors
from midfill.grammars.outline import Definition, definitions
from midfill.grammars.registry import Language
from midfill.grammars.tree import NotParsed, Span, Tree, parse

# A first line as alike as this, from 0 to 100, begins the same definition.
_ALIKE = 60
# No fix makes code this much longer.
_TIMES, _MORE = 5, 200
_INDENT = re.compile(r"[ \t]+(?=\S)")


def rewritten(
    text: str,
    region: Region,
    answer: str,
    language: Language | None,
    *,
    keep_signature: bool = True,
    keep_comments: bool = True,
) -> Edit:
    """The edit of `text` that puts the code of `answer` in the place of the region.

    Args:
        keep_signature: the fault is not in it, so it stays as it is.
        keep_comments: the fix needs none of them changed.

    Raises:
        Unchanged: it is the same code.
        NoEdit: the answer has no such definition in it.
    """
    region = _trimmed(text, region)
    size = text.count("\n", region.start, region.end)
    found: list[Edit] = []
    reasons: list[NoEdit] = []
    for code in readings(answer):
        if code.count("\n") > _TIMES * size + _MORE:
            raise NoEdit("the answer is far longer than the code it replaces")
        try:
            edit = _rewritten(text, region, code, language, keep_signature, keep_comments)
        except NoEdit as reason:
            reasons.append(reason)
            continue
        if not breaks(text, edit, language):
            return edit
        found.append(edit)
    if found:
        return found[0]
    reasons.sort(key=lambda reason: not isinstance(reason, Unchanged))
    raise reasons[0] if reasons else NoEdit("the answer holds no code")


def breaks(text: str, edit: Edit, language: Language | None) -> bool:
    """Whether the edit brings in a syntax error, as far as a parser can tell."""
    if language is None or not language.reports_errors:
        return False
    try:
        before = parse(language, text)
        return bool(new_errors(before, parse(language, applied(text, [edit]), before)))
    except NotParsed:
        return False


def _rewritten(
    text: str,
    region: Region,
    code: str,
    language: Language | None,
    keep_signature: bool,
    keep_comments: bool,
) -> Edit:
    code = code.strip("\n").rstrip()
    if region.definition is not None:
        placed = _indented(code, text, region)
        code = _only(text, region, region.definition, placed, language, keep_signature)
    code = _indented(code, text, region)
    if region.definition is not None and keep_signature:
        code = _with_signature(text, region, region.definition, code, language)
    before = text[region.start : region.end]
    new = [lines.bare(each) for each in lines.split(code)]
    if keep_comments:
        new = merged([lines.bare(each) for each in lines.split(before)], new, language)
    replaced = lines.with_ends(before, new, lines.newline(text))
    if replaced == before:
        raise Unchanged("the answer is the code as it was")
    return Edit(region.start, region.end, replaced)


def _indented(code: str, text: str, region: Region) -> str:
    """The code with the margin of the region, except for the first line, which the text has."""
    margin = lines.margin_at(text, region.start)
    old = [lines.bare(each) for each in lines.split(text[region.start : region.end])]
    new = code.split("\n")
    base = lines.margin(next((line for line in new if line.strip()), ""))
    if not base and margin and _begin_alike(old, new):
        new[0], base = margin + new[0], margin  # copied without the margin of the first line
    shifted = [line.removeprefix(base) for line in new]
    ours, theirs = _unit([line.removeprefix(margin) for line in old[1:]]), _unit(shifted)
    if ours and theirs and ours != theirs:
        shifted = [_converted(line, theirs, ours) for line in shifted]
    return "\n".join(margin + line if line.strip() else "" for line in shifted)[len(margin) :]


def _begin_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether both begin with the same word, and all the other lines lie as deep."""
    same = old[0].split()[:1] == new[0].split()[:1]
    return same and len(new) > 1 and _least(new[1:]) == _least(old[1:])


def _least(code: Sequence[str]) -> int:
    """The smallest margin of the lines, in characters."""
    return min((len(lines.margin(line)) for line in code if line.strip()), default=-1)


def _unit(shifted: Sequence[str]) -> str:
    """What the first indented line begins with."""
    indents = (found[0] for line in shifted if (found := _INDENT.match(line)) is not None)
    first = next(indents, "")
    return "\t" if first.startswith("\t") else first


def _converted(line: str, theirs: str, ours: str) -> str:
    margin = lines.margin(line)
    depth = 0
    while margin.startswith(theirs):
        margin, depth = margin[len(theirs) :], depth + 1
    return ours * depth + margin + line.lstrip(" \t")


def _only(
    text: str,
    region: Region,
    wanted: Definition,
    code: str,
    language: Language | None,
    keep_signature: bool,
) -> str:
    """Of the code only the definition that was asked for, with the blanks before it.

    Raises:
        NoEdit: there is none.
    """
    span = Span(region.start, region.start + len(code))
    tree = _placed(text, region, code, language)
    if tree is None:
        _begins_alike(text[region.start : region.end], code)
        return lines.margin_at(text, region.start) + code
    inside = _definitions(tree, span)
    named = [each for each in inside if each.name == wanted.name]
    if not named and not keep_signature:
        named = [each for each in inside if each.kind == wanted.kind]
    if not named:
        begins = lines.plain(text[region.start : wanted.name_start + len(wanted.name)])
        if code.startswith(begins):  # hidden by a bracket that it leaves open
            return lines.margin_at(text, region.start) + code
        raise NoEdit(f"the answer has no whole definition of {wanted.name}")
    found = min(named, key=lambda each: (each.kind != wanted.kind, each.start))
    # Behind a fault the parser may take the rest of the definition for something else.
    faulty = any(found.start <= fault.start < span.end for fault in tree.faults())
    is_whole = region.end <= wanted.end and not faulty
    end = min(found.end, span.end) if is_whole else span.end
    return lines.margin_at(tree.text, found.start) + tree.text[found.start : end]


def _with_signature(
    text: str, region: Region, wanted: Definition, code: str, language: Language | None
) -> str:
    """The definition with its signature as it was, where both can be told from their bodies."""
    span = Span(region.start, region.start + len(code))
    tree = _placed(text, region, code, language)
    inside = _definitions(tree, span) if tree else []
    found = next((each for each in inside if each.name == wanted.name), None)
    if tree is None or found is None:
        return code
    ours, theirs = header_end(text, wanted, language), header_end(tree.text, found, language)
    if ours is None or theirs is None:
        return code
    return text[wanted.start : ours] + tree.text[theirs : span.end]


def _placed(text: str, region: Region, code: str, language: Language | None) -> Tree | None:
    """The text with the code in the place of the region; None where no parser can tell."""
    if language is None:
        return None
    try:
        return parse(language, applied(text, [Edit(region.start, region.end, code)]))
    except NotParsed:
        return None


def _definitions(tree: Tree, span: Span) -> list[Definition]:
    """Those in the span, the outer before the inner; the end of a line may be one's last."""
    return [
        each
        for each in definitions(tree, span)
        if span.start <= each.start and not tree.text[span.end : each.end].strip()
    ]


def _trimmed(text: str, region: Region) -> Region:
    """Without the end of its last line, which some parsers take for a part of a definition."""
    end = region.start + len(text[region.start : region.end].rstrip())
    return msgspec.structs.replace(region, end=end)


def _begins_alike(before: str, code: str) -> None:
    first, second = (each.strip().partition("\n")[0].strip() for each in (before, code))
    if fuzz.ratio(first, second) < _ALIKE:
        raise NoEdit("the answer does not begin like the code it replaces")
