"""What a person sees of Neovim: a user interface that keeps every frame it was told to draw."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pynvim


class Screen:
    """Attached to the Neovim that listens at `address`; `frames` are its rows, one list a frame."""

    def __init__(self, address: str, columns: int = 90, rows: int = 24) -> None:
        self.frames: list[list[str]] = []
        self._cells: list[list[str]] = []
        self._size = columns, rows
        self._attached = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=[address], daemon=True)
        self._thread.start()
        assert self._attached.wait(30)

    @property
    def rows(self) -> list[str]:
        """The last frame, without the blanks at the end of its rows."""
        return self.frames[-1] if self.frames else []

    def _follow(self, address: str) -> None:
        nvim = pynvim.attach("socket", path=address)
        nvim.ui_attach(*self._size, rgb=True, ext_linegrid=True)
        self._attached.set()
        with contextlib.suppress(EOFError):  # Neovim has ended
            nvim.run_loop(None, self._draw)

    def _draw(self, _: str, batches: list[list[Any]]) -> None:
        for event, *calls in batches:
            draw = getattr(self, f"_{event}", None)
            for arguments in calls if draw else []:
                draw(*arguments)

    def _grid_resize(self, _: int, columns: int, rows: int) -> None:
        self._cells = [[" "] * columns for _ in range(rows)]

    def _grid_clear(self, _: int) -> None:
        self._cells = [[" "] * len(row) for row in self._cells]

    def _grid_line(self, _: int, row: int, start: int, cells: list[list[Any]], *__: Any) -> None:
        for text, *style in cells:
            times = style[1] if len(style) > 1 else 1
            self._cells[row][start : start + times] = [text] * times
            start += times

    def _grid_scroll(
        self, _: int, top: int, bottom: int, left: int, right: int, down: int, *__: Any
    ) -> None:
        before = [row[left:right] for row in self._cells]
        for row in range(top, bottom):
            if top <= row + down < bottom:
                self._cells[row][left:right] = before[row + down]

    def _flush(self) -> None:
        self.frames.append(["".join(row).rstrip() for row in self._cells])
