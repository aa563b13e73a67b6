"""A new text as edits: made by an editor they give that text, and touch nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from midfill.lsp.document import Document, Position
from midfill.lsp.encoding import ENCODINGS
from midfill.lsp.repair_edit import Changed, workspace_edit

LINES = st.lists(st.sampled_from(["a", "b", "🐟", "é", "\n", "\r\n", "\r", " "]), max_size=12)


def edits(old: str, new: str, encoding: str = "utf-16") -> list[types.TextEdit]:
    document = Document("file:///w/a.py", old, encoding=ENCODINGS[encoding])
    made = workspace_edit([Changed(document, new)], types.ClientCapabilities(), None)
    assert made.changes is not None
    return list(made.changes["file:///w/a.py"])


@given(LINES, LINES, st.sampled_from(sorted(ENCODINGS)))
def test_the_edits_give_the_new_text(old: list[str], new: list[str], encoding: str) -> None:
    before, after = "".join(old), "".join(new)
    document = Document("file:///w/a.py", before, encoding=ENCODINGS[encoding])
    for edit in reversed(edits(before, after, encoding)):
        start, end = edit.range.start, edit.range.end
        document.edit(
            Position(start.line, start.character), Position(end.line, end.character), edit.new_text
        )
    assert document.text == after


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 9), ("utf-16", 7), ("utf-32", 6)])
def test_only_what_differs_is_touched(encoding: str, column: int) -> None:
    old = "first\r\n🐟 = fond\r\nlast\r\n"
    [edit] = edits(old, old.replace("fond", "found"), encoding)
    assert edit.range == types.Range(types.Position(1, column), types.Position(1, column))
    assert edit.new_text == "u"


def test_two_places_are_two_edits() -> None:
    made = edits("a = 1\nb = 2\nc = 3\n", "a = 0\nb = 2\nc = 0\n")
    assert [edit.range.start.line for edit in made] == [0, 2]


def test_an_editor_that_takes_versions_gets_them_and_a_preview() -> None:
    able = types.WorkspaceEditClientCapabilities(document_changes=True)
    client = types.ClientCapabilities(types.WorkspaceClientCapabilities(workspace_edit=able))
    document = Document("file:///w/a.py", "a\n", version=3)
    note = types.ChangeAnnotation("Midfill", needs_confirmation=True)
    made = workspace_edit([Changed(document, "b\n")], client, note)
    [change] = made.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 3
    [edit] = change.edits
    assert isinstance(edit, types.AnnotatedTextEdit)
    assert (made.change_annotations or {})[edit.annotation_id] is note
