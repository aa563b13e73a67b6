"""Makes a server's answer begin with the unfinished word at the cursor, which its prompt lacks.

The local engine forbids all tokens that do not go on with the word. A server cannot be told to:
vLLM could, with a regular expression, which takes it longer than the answer itself. But it tells
which other tokens are likely. Where it begins another word, it is asked once more, behind the
likeliest token that goes on with this one.
"""

from __future__ import annotations

from midfill.engine.backend import Delta
from midfill.engine.remote.prompt import Prompt

# What vLLM tells at most, unless it is told to tell more.
CHOICES = 20


class Healing:
    """What to ask next. `astray`: the answer is of no more use, and `prompt` is to be sent now."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._end = prompt.end
        self._said = ""
        self.astray = False

    @property
    def left(self) -> str:
        """What of the word has still to come."""
        return self._end[len(self._said) :]

    def prompt(self) -> str | list[int]:
        """What to send: with as much of the word as the server has agreed to."""
        self.astray = False
        return self._prompt.followed_by(self._said)

    def read(self, delta: Delta) -> str:
        """What of the answer's next part is behind the word."""
        if not self.left:
            return delta.text
        if delta.text and self._fits(self._said + delta.text):
            return self._go_on(self._said + delta.text)
        if not (delta.text or delta.scores):
            return ""
        self.astray = True
        for score in delta.scores:
            others = (choice.text.decode("utf-8", "replace") for choice in score.others)
            fitting = [self._said + each for each in others if each]
            token = self._said + score.token.text.decode("utf-8", "replace")
            if not self._fits(token):
                return self._go_on(next(filter(self._fits, fitting), self._end))
            self._go_on(token)
        return self._go_on(self._end)

    def finish(self) -> None:
        """The answer is over. If the word did not come, all of it is sent."""
        if self.left and not self.astray:
            self._go_on(self._end)
            self.astray = True

    def _fits(self, said: str) -> bool:
        """Whether the word may begin so. A blank alone is likely before a digit, and no tokenizer
        leaves it alone before a word."""
        if said.startswith(self._end):
            return True
        left = self._end.removeprefix(said)
        return left != self._end and (not said.isspace() or left[0].isspace())

    def _go_on(self, said: str) -> str:
        new = said[max(len(self._end), len(self._said)) :]
        self._said = said
        return new
