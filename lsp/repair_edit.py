"""A repaired text as edits of the document that an editor has open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lsprotocol import types

from midfill.engine.repair import lines
from midfill.lsp.document import Document

_ANNOTATION = "midfill"


@dataclass(frozen=True)
class Changed:
    """A document, open or not (then its version is None), and its new text."""

    document: Document
    text: str


def shows_edits(client: types.ClientCapabilities) -> bool:
    """Whether an editor that is asked to make an edit shows it first, where its note says so."""
    able = client.workspace and client.workspace.workspace_edit
    return bool(able and able.change_annotation_support)


def workspace_edit(
    changes: Sequence[Changed],
    client: types.ClientCapabilities,
    note: types.ChangeAnnotation | None,
) -> types.WorkspaceEdit:
    """The edits of all documents, with their versions where the editor takes any.

    With a `note` the editor shows them before they are made.
    """
    able = client.workspace and client.workspace.workspace_edit
    if not (able and able.document_changes):
        return types.WorkspaceEdit(
            changes={each.document.uri: list(_edits(each)) for each in changes}
        )
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(
                    each.document.uri, each.document.version
                ),
                [
                    types.AnnotatedTextEdit(_ANNOTATION, edit.range, edit.new_text)
                    if note
                    else edit
                    for edit in _edits(each)
                ],
            )
            for each in changes
        ],
        change_annotations={_ANNOTATION: note} if note else None,
    )


def _edits(changed: Changed) -> Iterator[types.TextEdit]:
    """What is different, and nothing around it."""
    document = changed.document
    text = document.text
    for start, end, new in differences(text, changed.text):
        first, last = document.position_at(start), document.position_at(end)
        yield types.TextEdit(
            types.Range(
                types.Position(first.line, first.character),
                types.Position(last.line, last.character),
            ),
            new,
        )


def differences(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text to put there) for each run of lines that differ, cut to what does."""
    before, after = lines.split(old), lines.split(new)
    starts = lines.offsets(old)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        if kind != "equal":
            text = "".join(after[new_first:new_last])
            yield _trimmed(old, starts[first], starts[last], text)


def _trimmed(old: str, start: int, end: int, text: str) -> tuple[int, int, str]:
    same = _common(old[start:end], text)
    start, text = start + same, text[same:]
    same = _common(old[start:end][::-1], text[::-1])
    end, text = end - same, text[: len(text) - same]
    # There is no position inside of "\r\n".
    if old[start - 1 : start + 1] == "\r\n":
        start, text = start - 1, "\r" + text
    if old[end - 1 : end + 1] == "\r\n":
        end, text = end + 1, text + "\n"
    return start, end, text


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
