"""The open documents, notebook cells among them, and the folders they lie in."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote

import pygls.workspace
from lsprotocol import types

from midfill.lsp.document import Document, Position
from midfill.lsp.encoding import ENCODINGS
from midfill.lsp.uri import file_of, path_of

_LOG = logging.getLogger(__name__)


class Workspace(pygls.workspace.Workspace):
    """pygls's workspace with documents of our own in it."""

    def document(self, uri: str) -> Document | None:
        """The open document called `uri`."""
        found: object = self._text_documents.get(unquote(uri))
        return found if isinstance(found, Document) else None

    @property
    def roots(self) -> dict[Path, str]:
        """The folders on disk that the editor has open, each with its name."""
        named = {folder.uri: folder.name for folder in self._folders.values()}
        paths = {
            path: name
            for uri, name in (named or {self._root_uri or "": ""}).items()
            if (path := file_of(uri))
        }
        return {path: name or path.name for path, name in paths.items()}

    def documents_in(self, root: Path) -> dict[str, Document]:
        """The open documents that are files below a folder, by their paths in it."""
        found: dict[str, Document] = {}
        for document in self._text_documents.values():
            assert isinstance(document, Document)
            path = file_of(document.uri)
            if path and path.is_relative_to(root):
                found[path.relative_to(root).as_posix()] = document
        return found

    def place(self, uri: str) -> tuple[str, str]:
        """(path, repository) to show to the model.

        The path is relative to the folder that is the repository, with forward slashes; outside of
        every folder it is the file's name, and for an untitled document "".
        """
        path = path_of(uri)
        if path is None:
            return "", ""
        root = self.root_of(uri)
        if root is None:
            return path.name, ""
        return path.relative_to(root).as_posix(), self.roots[root]

    def root_of(self, uri: str) -> Path | None:
        """The innermost open folder with the document in it."""
        path = path_of(uri)
        around = [root for root in self.roots if path and path.is_relative_to(root)]
        return max(around, key=lambda root: len(root.parts), default=None)

    def update_text_document(
        self,
        text_doc: types.VersionedTextDocumentIdentifier,
        change: types.TextDocumentContentChangeEvent,
    ) -> None:
        document = self.document(text_doc.uri)
        if document is None:
            _LOG.warning("Ignored a change of a document that is not open")
            return
        if isinstance(change, types.TextDocumentContentChangePartial):
            start, end = change.range.start, change.range.end
            document.edit(
                Position(start.line, start.character),
                Position(end.line, end.character),
                change.text,
            )
        else:
            document.replace(change.text)
        document.version = text_doc.version

    def update_notebook_document(self, params: types.DidChangeNotebookDocumentParams) -> None:
        if unquote(params.notebook_document.uri) not in self._notebook_documents:
            _LOG.warning("Ignored a change of a notebook that is not open")
            return
        super().update_notebook_document(params)

    def _create_text_document(  # type: ignore[override]  # ours has no base in common with pygls's
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> Document:
        return Document(
            doc_uri,
            source or "",
            version=version,
            language_id=language_id or "",
            encoding=ENCODINGS[self.position_encoding or "utf-16"],
        )
