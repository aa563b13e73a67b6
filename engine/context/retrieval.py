"""What of a repository may help at a cursor: one ranked list."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from midfill.engine.context.definitions import Definitions
from midfill.engine.context.files import Files
from midfill.engine.context.piece import LeftOut, Piece
from midfill.engine.context.place import Place
from midfill.engine.context.rank import Graph
from midfill.engine.context.resolve import Paths
from midfill.engine.context.ring import Ring
from midfill.engine.context.similar import similar
from midfill.engine.context.sources import Sources
from midfill.engine.context.store import Store

# Ranks change slowly, and a graph of a large workspace takes a second: until then, none are used.
_GRAPH_S = 60.0
_PATIENCE_S = 0.03
# A definition that scores less is there by chance: rather than that, nothing is shown.
_LEAST = 0.2
# A larger one takes too long; the names around the cursor tell enough there.
_MOST_REFERENCES = 1_000_000


class Retrieval:
    """Looks into the indexes of workspace folders. Threads take turns.

    Args:
        ring: where the person has been.
        open_store: gives the index of a folder, the first time something is wanted there.
    """

    def __init__(self, ring: Ring, open_store: Callable[[Path], Store] = Store.open) -> None:
        self._ring = ring
        self._open_store = open_store
        self._folders: dict[Path, _Folder] = {}
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, "midfill-graph")

    def pieces(self, place: Place) -> tuple[list[Piece], list[LeftOut]]:
        """Everything that may help at `place`, the best first; and what may not be shown.

        Definitions and excerpts come so that either takes half of any budget.

        Raises:
            MidfillError: the index cannot be read.
        """
        found: list[Piece] = []
        left_out: list[LeftOut] = []
        if not place.root.is_dir():  # An editor may show what is on another machine.
            return found, left_out
        with self._lock:
            for piece, why in self._folder(place.root).pieces(place, self._ring):
                if why is None:
                    found.append(piece)
                else:
                    left_out.append(LeftOut(piece, why))
        found.sort(key=lambda piece: (-piece.score, piece.path, piece.start_line))
        definitions = [piece for piece in found if not piece.excerpt]
        excerpts = [piece for piece in found if piece.excerpt]
        return list(_in_turn(definitions, excerpts)), left_out

    def close(self) -> None:
        """Let go of the indexes."""
        self._thread.shutdown(cancel_futures=True)
        with self._lock:
            for folder in self._folders.values():
                folder.store.close()
            self._folders = {}

    def _folder(self, root: Path) -> _Folder:
        if root not in self._folders:
            self._folders[root] = _Folder(root, self._open_store(root), self._thread)
        return self._folders[root]


class _Folder:
    """One workspace folder."""

    def __init__(self, root: Path, store: Store, thread: Executor) -> None:
        self.store = store
        self._thread = thread
        self._root = root
        self._sources = Sources(root)
        self._generation = -1
        self._files = Files(root)
        self._paths = Paths({})
        self._graph: Graph | None = None
        self._next_graph: Future[Graph | None] | None = None
        self._graph_asked = -_GRAPH_S

    def pieces(self, place: Place, ring: Ring) -> Iterator[tuple[Piece, str | None]]:
        """Each piece, and why it may not be shown."""
        self._refresh()
        definitions = Definitions(self.store, self._sources, self._paths)
        ranks = self._graph.rank([place.path], place.names.keys()) if self._graph else {}
        for piece in definitions.pieces(place, ranks):
            why = "of little use" if piece.score < _LEAST else None
            yield piece, why or _near(piece, place)
        for piece in similar(self.store, self._sources, ring.chunks, place):
            why = self._files.excluded(self._root / piece.path)
            yield piece, why or _near(piece, place)

    def _refresh(self) -> None:
        """Take note of what changed in the index."""
        generation = self.store.generation
        if generation != self._generation:
            self._generation = generation
            self._files = Files(self._root)
            self._paths = Paths({path: file.language for path, file in self.store.files().items()})
            if time.monotonic() > self._graph_asked + _GRAPH_S:
                self._graph_asked = time.monotonic()
                self._next_graph = self._thread.submit(_graph, self.store)
        pending, self._next_graph = self._next_graph, None
        if pending is not None:
            try:
                self._graph = pending.result(_PATIENCE_S)
            except TimeoutError:
                self._next_graph = pending


def _graph(store: Store) -> Graph | None:
    references = []
    for row in store.edges():
        references.append(row)
        if len(references) > _MOST_REFERENCES:
            return None
    definers: dict[str, set[str]] = {}
    for site in store.defined({name for _, name, _ in references}):
        definers.setdefault(site.name, set()).add(site.path)
    return Graph(references, definers)


def _in_turn(first: Sequence[Piece], second: Sequence[Piece]) -> Iterator[Piece]:
    """Both lists in one, in which each has about as many tokens up to any place."""
    left = deque(first), deque(second)
    spent = [0, 0]
    while left[0] and left[1]:
        turn = 0 if spent[0] <= spent[1] else 1
        piece = left[turn].popleft()
        spent[turn] += piece.tokens
        yield piece
    yield from (*left[0], *left[1])


def _near(piece: Piece, place: Place) -> str | None:
    """Whether the piece shows what the prompt shows anyway."""
    near = piece.path == place.path and (
        piece.start_line <= place.lines.stop and place.lines.start < piece.end_line
    )
    return "near the cursor" if near else None
