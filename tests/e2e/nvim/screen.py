"""What a person sees of Neovim: a user interface that keeps every frame it was told to draw."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pynvim

from .picture import Cell, Style, picture

BLANK: Cell = (" ", 0)


class Screen:
    """Attached to the Neovim that listens at `address`; `frames` are its rows, one list a frame."""

    def __init__(self, address: str, columns: int = 90, rows: int = 24) -> None:
        self.frames: list[list[str]] = []
        self._cells: list[list[Cell]] = []
        self._drawn: list[list[Cell]] = []
        self._styles: dict[int, Style] = {}
        self._default: Style = {}
        self._size = columns, rows
        self._attached = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=[address], daemon=True)
        self._thread.start()
        assert self._attached.wait(30)

    @property
    def rows(self) -> list[str]:
        """The last frame, without the blanks at the end of its rows."""
        return self.frames[-1] if self.frames else []

    def picture(self) -> str:
        """The last frame, as SVG."""
        return picture(self._drawn, self._styles, self._default)

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
        self._cells = [[BLANK] * columns for _ in range(rows)]

    def _grid_clear(self, _: int) -> None:
        self._cells = [[BLANK] * len(row) for row in self._cells]

    def _grid_line(self, _: int, row: int, start: int, cells: list[list[Any]], *__: Any) -> None:
        style = 0
        for text, *more in cells:
            style, times = (*more, *(style, 1)[len(more) :])  # a cell without has the one before
            self._cells[row][start : start + times] = [(text, style)] * times
            start += times

    def _default_colors_set(self, foreground: int, background: int, *_: Any) -> None:
        self._default = {"foreground": foreground, "background": background}

    def _hl_attr_define(self, style: int, attributes: Style, *_: Any) -> None:
        self._styles[style] = attributes

    def _grid_scroll(
        self, _: int, top: int, bottom: int, left: int, right: int, down: int, *__: Any
    ) -> None:
        before = [row[left:right] for row in self._cells]
        for row in range(top, bottom):
            if top <= row + down < bottom:
                self._cells[row][left:right] = before[row + down]

    def _flush(self) -> None:
        self._drawn = [row[:] for row in self._cells]
        self.frames.append(["".join(text for text, _ in row).rstrip() for row in self._cells])
