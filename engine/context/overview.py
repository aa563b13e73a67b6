"""A whole repository in outline: the signatures of what each file defines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from midfill.engine.context import skeleton
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Site, Store
from midfill.engine.context.tokens import estimate
from midfill.grammars.registry import languages


def overview(root: Path, store: Store, most_tokens: int) -> str:
    """The outlines of all files in the index, by their paths; empty if that is too long.

    Raises:
        MidfillError: the index cannot be read.
    """
    sources, parts = Sources(root), []
    for path in sorted(store.files()):
        text, sites = sources.text(path), store.defined_in(path)
        if text is None or not all(map(sources.has, sites)):
            continue  # the index is behind the file
        parts.append("\n".join([path, *_outlines(text, sites), ""]))
        most_tokens -= estimate(parts[-1])
        if most_tokens < 0:
            return ""
    return "\n".join(parts)


def _outlines(text: str, sites: Sequence[Site]) -> list[str]:
    members: dict[str, list[Site]] = {}
    for site in sites:
        members.setdefault(site.container, []).append(site)
    return [
        skeleton.skeleton(
            text, site, members.get(site.name, ()), languages().get(site.language), doc=False
        )
        for site in members.get("", ())
    ]
