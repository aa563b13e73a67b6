"""Names that the model is shown, and notebooks."""

from __future__ import annotations

from typing import Any

import pytest

FOLDERS = [
    {"uri": "file:///src/app", "name": "app"},
    {"uri": "file:///src/app/vendor/lib", "name": "the library"},
    {"uri": "vscode-vfs://github/some/where", "name": "remote"},
]


def folders(client: Any, added: object, removed: object = ()) -> None:
    event = {"added": added, "removed": removed}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("file:///src/app/pkg/a%20b.py", ("pkg/a b.py", "app")),
        ("file:///src/app/vendor/lib/x.c", ("x.c", "the library")),
        ("file:///src/application/x.py", ("x.py", "")),
        ("file:///elsewhere/x.py", ("x.py", "")),
        ("untitled:Untitled-1", ("", "")),
        ("vscode-notebook-cell:/src/app/n.ipynb#W1", ("n.ipynb", "app")),
        ("vscode-vfs://github/other/y.py", ("y.py", "")),
        ("", ("", "")),
        ("file://[", ("", "")),
        ("file:///src/app/%00.py", ("", "")),
        ("file:///src/app/pkg/../../../etc/passwd", ("passwd", "")),
    ],
)
def test_a_document_is_named_as_in_its_repository(
    new_client: Any, uri: str, place: tuple[str, str]
) -> None:
    client = new_client()
    folders(client, FOLDERS)
    assert client.server.workspace.place(uri) == place


def test_folders_come_and_go(new_client: Any) -> None:
    client = new_client()
    folders(client, FOLDERS)
    folders(client, [], FOLDERS[1:])
    assert client.server.workspace.place("file:///src/app/vendor/lib/x.c") == (
        "vendor/lib/x.c",
        "app",
    )


def test_the_root_of_old_clients_is_a_folder(new_client: Any) -> None:
    client = new_client(initialized=False)
    client.request(
        "initialize", {"processId": None, "rootUri": "file:///src/app", "capabilities": {}}
    )
    assert client.server.workspace.place("file:///src/app/a.py") == ("a.py", "app")


def test_a_notebook_is_kept_cell_by_cell(new_client: Any) -> None:
    client = new_client()
    notebook, cells = "file:///w/n.ipynb", ["vscode-notebook-cell:/w/n.ipynb#1", "n#2"]

    def item(cell: str, text: str) -> dict[str, object]:
        return {"uri": cell, "languageId": "python", "version": 1, "text": text}

    def text(cell: str) -> str | None:
        document = client.server.workspace.document(cell)
        return document and document.text

    client.notify(
        "notebookDocument/didOpen",
        {
            "notebookDocument": {
                "uri": notebook,
                "notebookType": "jupyter-notebook",
                "version": 1,
                "cells": [{"kind": 2, "document": cells[0]}],
            },
            "cellTextDocuments": [item(cells[0], "a\u2028b\n")],
        },
    )
    assert text(cells[0]) == "a\u2028b\n"

    cursor = {"line": 1, "character": 0}
    client.notify(
        "notebookDocument/didChange",
        {
            "notebookDocument": {"uri": notebook, "version": 2},
            "change": {
                "cells": {
                    "structure": {
                        "array": {
                            "start": 1,
                            "deleteCount": 0,
                            "cells": [{"kind": 2, "document": cells[1]}],
                        },
                        "didOpen": [item(cells[1], "second")],
                    },
                    "textContent": [
                        {
                            "document": {"uri": cells[0], "version": 2},
                            "changes": [{"range": {"start": cursor, "end": cursor}, "text": "c"}],
                        }
                    ],
                }
            },
        },
    )
    assert [text(cell) for cell in cells] == ["a\u2028b\nc", "second"]

    client.notify(
        "notebookDocument/didClose",
        {
            "notebookDocument": {"uri": notebook},
            "cellTextDocuments": [{"uri": cell} for cell in cells],
        },
    )
    assert [text(cell) for cell in cells] == [None, None]
