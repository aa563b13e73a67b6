"""The texts that the index was made from."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from midfill.engine import regular
from midfill.engine.context.files import LARGEST
from midfill.engine.context.store import Site

_REMEMBERED = 256


class Sources:
    """Files below `root`, the last of them kept while they do not change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def text(self, path: str) -> str | None:
        """The text of a file, as the index reads it; None where it is gone."""
        file = self._root / path
        try:
            changed = file.stat().st_mtime_ns
            known = self._texts.get(path)
            if known is None or known[0] != changed:
                known = changed, regular.read(file, LARGEST).decode("utf-8-sig", "replace")
                self._texts[path] = known
        except OSError:
            return None
        self._texts.move_to_end(path)
        if len(self._texts) > _REMEMBERED:
            self._texts.popitem(last=False)
        return known[1]

    def has(self, site: Site) -> bool:
        """Whether a definition still stands where the index says."""
        text = self.text(site.path)
        return text is not None and text.startswith(site.name, site.name_start)
