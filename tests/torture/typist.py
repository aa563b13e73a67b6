"""Somebody who types into a document, and waits for suggestions as an editor does."""

from __future__ import annotations

import time

from .session import Session

URI = "file:///shop/basket.py"
BEFORE = """\
def add(first, second):
    return first + second


def total(prices):
    result = 0
    for price in prices:
        result = """
AFTER = "\n    return result\n"
LINE = BEFORE.count("\n")


class Typist:
    """Types at the end of `BEFORE`, and begins again at times."""

    def __init__(self, session: Session, uri: str = URI) -> None:
        self.session = session
        self.uri = uri
        self.version = 1
        self._typed = ""
        session.open(uri, BEFORE + AFTER)

    def key(self) -> str:
        """One more key; the suggestion there."""
        word = "add(result, price)"
        self._typed = word[: (len(self._typed) + 1) % 7]
        self.version += 1
        self.session.edit(self.uri, self.version, {"text": BEFORE + self._typed + AFTER})
        return self.session.suggestion(self.uri, LINE, len("        result = " + self._typed))

    def seconds_to_suggestion(self, at_most: float = 120) -> float:
        """How long it takes until there is one again, at four keys a second."""
        begun = time.monotonic()
        while not self.key():
            if time.monotonic() - begun > at_most:
                raise TimeoutError(self.session.why())
            time.sleep(0.25)
        return time.monotonic() - begun
