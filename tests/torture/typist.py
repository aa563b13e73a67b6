"""Somebody who types into a document, and waits for suggestions as an editor does."""

from __future__ import annotations

import time

from .session import Session

URI = "file:///shop/basket.py"
BEFORE = """\
def add(first, second):
    return first + second


def total_{}(prices):
    result = 0
    for price in prices:
        result = """
AFTER = "\n    return result\n"
LINE = BEFORE.count("\n")
WORD = "add(result, price)"
KEYS_S = 0.25


class Typist:
    """Types at the end of `BEFORE`, and begins again at times."""

    def __init__(self, session: Session, uri: str = URI) -> None:
        self.session = session
        self.uri = uri
        self.version = 1
        self._place = 0
        self._typed = ""
        session.open(uri, BEFORE.format(self._place) + AFTER)

    def move(self) -> None:
        """Go where nothing was suggested yet."""
        self._place += 1
        self._typed = ""

    def key(self) -> str:
        """One more key; the suggestion there."""
        self._typed = WORD[: (len(self._typed) + 1) % 7]
        self.version += 1
        text = BEFORE.format(self._place) + self._typed + AFTER
        self.session.edit(self.uri, self.version, {"text": text})
        return self.session.suggestion(self.uri, LINE, len("        result = " + self._typed))

    def seconds_to_suggestion(self, at_most: float = 120) -> float:
        """How long it takes until there is one again, at four keys a second."""
        begun = time.monotonic()
        while not self.key():
            if time.monotonic() - begun > at_most:
                raise TimeoutError(self.session.why())
            time.sleep(KEYS_S)
        return time.monotonic() - begun
