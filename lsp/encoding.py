"""Position encodings of LSP: how many code units a character counts for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """A Unicode encoding whose code units count the columns of a line; `width` is in bytes."""

    codec: str
    width: int

    def index(self, text: str, units: int) -> int:
        """The index in `text` after `units` code units, moved back to a character's beginning."""
        if units <= 0:
            return 0
        head = text[:units]
        if head.isascii():
            return len(head)
        # What the cut leaves of a character is an incomplete sequence, which "ignore" drops.
        return len(head.encode(self.codec)[: units * self.width].decode(self.codec, "ignore"))

    def units(self, text: str) -> int:
        """The number of code units of `text`."""
        return len(text) if text.isascii() else len(text.encode(self.codec)) // self.width


# Keys are the values of `PositionEncodingKind`.
ENCODINGS = {
    "utf-8": Encoding("utf-8", 1),
    "utf-16": Encoding("utf-16-le", 2),
    "utf-32": Encoding("utf-32-le", 4),
}
