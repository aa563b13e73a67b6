"""What the URIs of documents name; a client may send any string for one."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from urllib.parse import unquote, urlsplit

from pygls.uris import to_fs_path


def file_of(uri: str) -> Path | None:
    """The file on disk, with no ".." in its path; None if `uri` names none."""
    try:
        path = to_fs_path(uri)
    except ValueError:
        return None
    return Path(os.path.normpath(path)) if path and "\0" not in path else None


def path_of(uri: str) -> PurePath | None:
    """The path in a URI of any scheme; None if it has none, as that of an untitled document."""
    try:
        address = urlsplit(uri)
    except ValueError:
        return None
    if address.scheme in ("file", "untitled"):
        return file_of(uri)
    return PurePath(unquote(address.path))
